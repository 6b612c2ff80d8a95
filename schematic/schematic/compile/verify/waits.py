"""Waits that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schematic.compile.paths import Path
from schematic.compile.table import Phase, RowKind, State
from schematic.compile.verify.findings import RULES, Finding
from schematic.compile.verify.place import Place, listed
from schematic.define import Side, TimerKind

__all__ = ["waits"]

_RULE = "waiting-without-timer"


@dataclass(frozen=True, slots=True)
class _Wait:
    """Where a side can do nothing but wait.

    Attributes:
        place: where.
        side: who waits.
        state: the state in which it does.
        way: the shortest conversation after which it does.
        awaited: what has to be said for it to go on.
    """

    place: Place
    side: Side
    state: State
    way: Path
    awaited: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is waited for, and what for."""
        spec, table = self.place.spec, self.place.table
        row = table.row(self.state, self.side.other)
        opening = row.kind is RowKind.OPENING or table.phase(self.state) is Phase.INITIALIZING
        where = "opening" if opening else "end"
        if spec is not None:
            where = f"{where} of {spec.id}"
        return f"{listed(list(self.awaited))} ({where})"


def waits(places: Sequence[Place]) -> Iterator[Finding]:
    """For each side the waits that nothing ends, on the connection and on channels."""
    for side in Side:
        found = [wait for place in places for wait in _waits(place, side)]
        if found:
            first = found[0]
            yield Finding(
                _RULE,
                RULES[_RULE][0],
                f"no timer ends the {side.value}'s wait for "
                + listed([wait.words for wait in found], "and"),
                first.place.scenario(
                    first.way,
                    remark=f"the {side.value} waits for {listed(list(first.awaited))}",
                    fault=False,
                ),
            )


def _waits(place: Place, side: Side) -> list[_Wait]:
    """The nearest of each wait of ``side`` that no timer ends."""
    nearest: dict[tuple[str, ...], _Wait] = {}
    for state, path in place.stands.items():
        if place.numbers and state == place.table.start:
            continue  # nobody waits for a channel to be opened
        once = _said_once(place, state, side)
        if (
            place.is_end(state)
            or set(place.sayable(state, side)) - set(once)
            or _timed(place, state, side)
        ):
            continue
        awaited = place.awaited(state, side.other)
        wait = _Wait(place, side, state, (*path, *((side, name) for name in once)), awaited)
        known = nearest.get(awaited)
        if awaited and (known is None or len(wait.way) < len(known.way)):
            nearest[awaited] = wait
    return sorted(nearest.values(), key=lambda wait: len(wait.way))


def _said_once(place: Place, state: State, side: Side) -> tuple[str, ...]:
    """What ``side`` may say once, and leads nowhere: afterwards it waits all the same."""
    moves = place.table.row(state, side).moves
    return tuple(
        name
        for who, name, after in place.table.choices(state)
        if who is side
        and moves[name].once
        and (*after[:2], after[2] & place.standing) == state
        and not place.messages[name].ambient
    )


def _timed(place: Place, state: State, side: Side) -> bool:
    """Whether some timer ends the wait of ``side``, whoever it binds.

    The connection's timers measure silence on all of it, so they say nothing about an answer on a
    channel; a channel's own do. Time for a reply ends with the first word, so it ends a wait only
    where every word is one that is waited for.
    """
    opening = bool(place.table.opening & ~state[2])
    awaited = place.awaited(state, side.other)
    answered = set(place.sayable(state, side.other)) <= set(awaited)
    return any(
        (timer.kind is TimerKind.INITIALIZE and opening)
        or (timer.kind is TimerKind.IDLE and timer.of is side.other)
        or (timer.kind is TimerKind.REPLY and timer.owner is side and answered)
        for timer in place.lifecycle.timers
    )
