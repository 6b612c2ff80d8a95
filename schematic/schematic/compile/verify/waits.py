"""Waits that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schematic.compile.table import Phase, RowKind, State
from schematic.compile.verify.findings import RULES, Finding
from schematic.compile.verify.place import Place, listed
from schematic.define import Side, TimerKind

__all__ = ["waits"]

_RULE = "waiting-without-timer"


@dataclass(frozen=True, slots=True)
class _Wait:
    """A state in which a side can do nothing but wait.

    Attributes:
        place: where.
        side: who waits.
        state: the nearest one in which it waits for this.
        awaited: what has to be said for it to go on.
    """

    place: Place
    side: Side
    state: State
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
                    first.place.stands[first.state],
                    remark=f"the {side.value} waits for {listed(list(first.awaited))}",
                    fault=False,
                ),
            )


def _waits(place: Place, side: Side) -> Iterator[_Wait]:
    """The nearest state of each wait of ``side`` that no timer ends."""
    seen: set[tuple[str, ...]] = set()
    for state in place.stands:
        if place.number >= 0 and state == place.table.start:
            continue  # nobody waits for a channel to be opened
        if place.is_end(state) or _sayable(place, state, side) or _timed(place, state, side):
            continue
        awaited = _awaited(place, state, side.other)
        if awaited and awaited not in seen:
            seen.add(awaited)
            yield _Wait(place, side, state, awaited)


def _sayable(place: Place, state: State, side: Side) -> tuple[str, ...]:
    """What ``side`` may say of its own accord; ambient messages lead nowhere.

    On a channel that the other side opens it has to wait for that.
    """
    specs = place.table.channels
    moves = place.table.row(state, side).moves
    return tuple(
        name
        for who, name, _ in place.table.choices(state)
        if who is side
        and not place.messages[name].ambient
        and (moves[name].channel < 0 or specs[moves[name].channel].opener is side)
    )


def _awaited(place: Place, state: State, side: Side) -> tuple[str, ...]:
    """What ``side`` has to say for the other to go on: a step, its end, what opens a gate."""
    row, marks = place.table.row(state, side), state[2]
    here = place.table.rows(side).index(row)
    gates = 0
    for move in place.table.row(state, side.other).moves.values():
        gates |= move.needs & ~marks
    return tuple(
        name
        for name in _sayable(place, state, side)
        if row.moves[name].target != here or row.moves[name].sets & gates
    )


def _timed(place: Place, state: State, side: Side) -> bool:
    """Whether some timer ends the wait of ``side``, whoever it binds.

    Silence is measured on the whole connection, so it says nothing about an answer on a channel.
    """
    opening = bool(place.table.opening & ~state[2])
    return place.number < 0 and any(
        (timer.kind is TimerKind.INITIALIZE and opening)
        or (timer.kind is TimerKind.IDLE and timer.of is side.other)
        for timer in place.endpoint.endpoint.lifecycle.timers
    )
