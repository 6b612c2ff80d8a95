"""The chart: a lifecycle as a statechart, the structure that everything else is read from.

One parallel state ``open`` holds a region for each half and one for each latch:

* The **halves** go through their opening steps, then ``streaming``, then ``done``. Every message
  is an event that is owned by the half of its sender, and by nothing else.
* A **latch** has two states, shut and open. A gating step has one, which opens when the step is
  finished; a message that others wait for (``after``) has one, which opens when it passes.
  Latches never shut again.

An event goes through a chart if *any* region takes it, so a transition that must wait says so
with ``In('<latch>_open')``, and a latch that listens to an event carries ``In()`` over the state
in which the owner takes it. ``In()`` is the only guard there is. Marks for once-only messages are
counters rather than structure and stay outside; the table adds them.

This module alone imports the statechart library, and the engine never imports this module: a
chart is where the truth is written, drawn and tested, the table is what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias, cast

from statemachine import StateChart
from statemachine.io import (
    create_machine_class_from_definition,  # pyright: ignore[reportUnknownVariableType]
)

from schematic.define import ConnectionLifecycle, MessageSchema, Side

__all__ = ["OPEN", "REGIONS", "Chart", "build_chart", "event"]

OPEN = "_open"
"""How the open state of a latch is called: the latch's name and this."""

REGIONS = {Side.CLIENT: "client_half", Side.SERVER: "server_half"}
"""The names of the regions of the two halves."""

_FLAGS: dict[str, bool] = {
    # An event that no region takes must be an error, never silence.
    "allow_event_without_transition": False,
    "catch_errors_as_events": False,
    "atomic_configuration_update": True,
    # Unreachable and final states are for `verify` to report, with a counter-example.
    "validate_disconnected_states": False,
    "validate_trap_states": False,
    "validate_final_reachability": False,
}


# The library's own annotation leaves the type of the keyword arguments open.
_create = cast("Callable[..., type[StateChart[Any]]]", create_machine_class_from_definition)


@dataclass(frozen=True, slots=True)
class Chart:
    """A compiled statechart class, and which latches belong to gating steps.

    Attributes:
        machine: the statechart class; instantiate it to run the chart.
        latches: the names of all latches, those of gating steps first.
        gating: how many of them belong to gating steps.
    """

    machine: type[StateChart[Any]]
    latches: tuple[str, ...]
    gating: int


_Transition: TypeAlias = tuple[MessageSchema, str | None, tuple[str, ...]]
"""A message, the state it leads to (None: it changes nothing), and the latches it needs."""


@dataclass(slots=True)
class _Half:
    """One side's states, each with its transitions."""

    side: Side
    states: dict[str, list[_Transition]]


def event(side: Side, message: str) -> str:
    """The event by which the chart knows ``message`` from ``side``.

    One dot keeps it apart from the attributes of the chart class.
    """
    return f"{side.value[0]}.{message}"


def build_chart(lifecycle: ConnectionLifecycle) -> Chart:
    """Build the statechart of ``lifecycle``."""
    halves = [_half(lifecycle, side) for side in Side]
    gating = [_step_latch(i) for i, step in enumerate(lifecycle.opening) if step.gating]
    awaited = dict.fromkeys(
        latch
        for message in lifecycle.messages
        for side in message.direction.senders
        for latch in _awaited(lifecycle, message, side)
    )
    latches = (*gating, *awaited)
    regions: dict[str, Any] = {
        REGIONS[half.side]: {"states": _half_states(half)} for half in halves
    }
    for latch in latches:
        regions[f"{latch}_latch"] = {"states": _latch_states(latch, halves)}
    machine = _create(
        "Lifecycle",
        states={"open": {"initial": True, "parallel": True, "states": regions}},
        **_FLAGS,
    )
    return Chart(machine, latches, len(gating))


def _half(lifecycle: ConnectionLifecycle, side: Side) -> _Half:
    half = _Half(side, {})
    own = [index for index, step in enumerate(lifecycle.opening) if step.side is side]
    streaming, done = f"{side.value}_streaming", f"{side.value}_done"
    ambient = [message for message in lifecycle.streaming(side) if message.ambient]

    def say(state: str, message: MessageSchema, target: str | None, gates: tuple[str, ...]) -> None:
        needs = dict.fromkeys((*gates, *_awaited(lifecycle, message, side)))
        ends = message.ends or message == lifecycle.close
        half.states[state].append((message, done if ends else target, tuple(needs)))

    names = [*(f"{side.value}_opening_{index + 1}" for index in own), streaming]
    for index, (name, target) in zip(own, pairwise(names), strict=True):
        half.states[name] = []
        for message in lifecycle.opening[index].messages:
            say(name, message, target, _gates(lifecycle, side, index))
        for message in ambient:
            say(name, message, None, ())
    half.states[streaming] = []
    everything = _gates(lifecycle, side, len(lifecycle.opening))
    for message in lifecycle.streaming(side):
        say(streaming, message, None, () if message.ambient else everything)
    if lifecycle.close is not None and side in lifecycle.close.direction.senders:
        say(streaming, lifecycle.close, None, everything)
    # What is said on a channel is judged there; to the connection it is one more thing to stream.
    half.states[streaming] += [(message, None, everything) for message in lifecycle.carried(side)]
    half.states[done] = [
        (message, None, _awaited(lifecycle, message, side))
        for message in ambient
        if message.after_end
    ]
    return half


def _gates(lifecycle: ConnectionLifecycle, side: Side, before: int) -> tuple[str, ...]:
    """The latches of the other side's gating steps among the first ``before`` ones.

    A side's own earlier steps are finished already by the state it stands in.
    """
    return tuple(
        _step_latch(index)
        for index, step in enumerate(lifecycle.opening[:before])
        if step.gating and step.side is not side
    )


def _awaited(lifecycle: ConnectionLifecycle, message: MessageSchema, side: Side) -> tuple[str, ...]:
    """The latches of the messages that ``message`` from ``side`` waits for."""
    if not message.after:
        return ()
    known = {other.id: other for other in lifecycle.messages}
    return tuple(
        _message_latch(
            side.other if side.other in known[name].direction.senders else side,
            name,
        )
        for name in message.after
    )


def _step_latch(index: int) -> str:
    return f"step_{index + 1}"


def _message_latch(side: Side, message: str) -> str:
    return f"seen_{side.value}_{message}"


def _guard(states: tuple[str, ...]) -> list[str]:
    """Guards that hold while all of ``states`` are active; the quotes inside are essential."""
    return [f"In('{state}')" for state in states]


def _opened(latches: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(latch + OPEN for latch in latches)


def _half_states(half: _Half) -> dict[str, Any]:
    states: dict[str, Any] = {}
    for number, (name, transitions) in enumerate(half.states.items()):
        on: dict[str, list[dict[str, Any]]] = {}
        for message, target, needs in transitions:
            on[event(half.side, message.id)] = [
                {"target": target, "cond": _guard(_opened(needs)) or None}
            ]
        states[name] = {"initial": number == 0, "on": on}
    return states


def _latch_states(latch: str, halves: list[_Half]) -> dict[str, Any]:
    on: dict[str, list[dict[str, Any]]] = {}
    for half, state, message, needs in _setters(latch, halves):
        cond = _guard((state, *_opened(needs)))
        on.setdefault(event(half.side, message.id), []).append(
            {"target": latch + OPEN, "cond": cond}
        )
    return {f"{latch}_shut": {"initial": True, "on": on}, latch + OPEN: {}}


def _setters(
    latch: str, halves: list[_Half]
) -> Iterator[tuple[_Half, str, MessageSchema, tuple[str, ...]]]:
    """Where ``latch`` is opened: the half, its state, the message, and what that one waits for."""
    for half in halves:
        for state, transitions in half.states.items():
            for message, _, needs in transitions:
                if latch in (
                    _message_latch(half.side, message.id),
                    _finishes(state, message, half),
                ):
                    yield half, state, message, needs


def _finishes(state: str, message: MessageSchema, half: _Half) -> str | None:
    """The latch of the opening step that ``message`` finishes in ``state``, if it does."""
    prefix = f"{half.side.value}_opening_"
    if not state.startswith(prefix) or message.ambient or message.ends:
        return None
    return f"step_{state.removeprefix(prefix)}"
