"""Choices of both sides at once: what crosses, and whether it matters who was first.

Two messages of different sides *conflict* where both may be said, and whoever hears the one first
does not say the other any more. When both are under way at the same time, each side hears the
other's after its own: halves and marks come to the same then, in whichever order. Who was first
matters all the same where more, or less, can be said after both than after one of them alone.

Channels that both sides may open under one limit conflict as well, and there it does matter who
was first: when the openings cross, one too many is open, or one of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schematic.compile.scenario import Heard
from schematic.compile.table import State
from schematic.compile.verify.apart import Talk, Talks
from schematic.compile.verify.findings import Finding, Severity
from schematic.compile.verify.place import Place, listed
from schematic.define import Side

__all__ = ["mixed_choices", "openings_that_cross"]


@dataclass(frozen=True, slots=True)
class _Conflict:
    """Two messages that may cross, of which one forbids the other.

    Attributes:
        state: a state in which both may be said, the nearest of those where it matters most.
        side: who says the forbidding one.
        first: the forbidding message.
        other: the forbidden one.
        loses: what can be said in the end only where they cross, or only where they do not.
    """

    state: State
    side: Side
    first: str
    other: str
    loses: tuple[str, ...] = ()


def mixed_choices(place: Place) -> Iterator[Finding]:
    """For each message that takes a choice from the other side, what may cross it."""
    if not place.table.stopping():
        return
    found: dict[tuple[Side, str, bool], list[_Conflict]] = {}
    for conflict in _conflicts(place):
        same = (conflict.side, conflict.first, bool(conflict.loses))
        found.setdefault(same, []).append(conflict)
    for (side, first, matters), conflicts in found.items():
        crossing = listed(list(dict.fromkeys(one.other for one in conflicts)))
        nearest = next((one for one in conflicts if one.other != first), conflicts[0])
        yield place.finding(
            "mixed-choice",
            f"{first} from the {side.value} may cross {crossing}, which the {side.other.value} "
            f"does not say once it knows; what crossed is good all the same, {_outcome(conflicts)}",
            place.scenario(
                place.stands[nearest.state],
                place.said(side, first),
                place.said(side.other, nearest.other),
                Heard(side),
                Heard(side.other),
                remark=f"{nearest.other} is good: the {side.other.value} had not heard of {first}",
                fault=False,
            ),
            Severity.WARNING if matters else Severity.NOTE,
        )


def _outcome(conflicts: list[_Conflict]) -> str:
    """What comes of who was first, in conflicts where it matters or where it does not."""
    names = list(dict.fromkeys(name for one in conflicts for name in one.loses))
    if not names:
        return "and both sides come to the same whoever was first"
    return f"but who was first decides whether {listed(names)} can be said in the end"


def _conflicts(place: Place) -> Iterator[_Conflict]:
    """Every pair in conflict, once, where it is nearest."""
    found: dict[tuple[Side, str, str], _Conflict] = {}
    outcomes = _Outcomes(place)
    for state in place.stands:
        said: dict[Side, list[str]] = {side: [] for side in Side}
        for side, name, _ in place.table.choices(state):
            said[side].append(name)
        for side in Side:
            for first in said[side]:
                for other in said[side.other]:
                    pair = (side, first, other)
                    known = found.get(pair)
                    mirrored = (side.other, other, first) in found
                    if mirrored or (known and known.loses) or not _forbids(place, state, *pair):
                        continue
                    loses = outcomes.differ(state, *pair)
                    if known is None or loses:
                        found[pair] = _Conflict(state, *pair, loses)
    yield from found.values()


class _Outcomes:
    """What can still be said after two messages in conflict, by who was first."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._said: dict[State, frozenset[Talk]] = {}

    def differ(self, state: State, side: Side, first: str, other: str) -> tuple[str, ...]:
        """What can be said in the end after both and not after the first alone, or only then."""
        alone = self._after(state, (side, first))
        both = self._after(state, (side, first), (side.other, other))
        different = self._ever(alone) ^ self._ever(both)
        if _forbids(self._place, state, side.other, other, first):
            different |= self._ever(self._after(state, (side.other, other))) ^ self._ever(both)
        pair = {(side, first), (side.other, other)}
        return tuple(sorted({name for _, name in different - pair}))

    def _ever(self, state: State) -> frozenset[Talk]:
        if state not in self._said:
            self._said[state] = Talks(self._place, state).said
        return self._said[state]

    def _after(self, state: State, *talks: Talk) -> State:
        table = self._place.table
        for side, name in talks:
            state = table.after(state, side, table.row(state, side).moves[name])
        client, server, seen = state
        return client, server, seen & self._place.standing


def _forbids(place: Place, state: State, side: Side, first: str, other: str) -> bool:
    """Whether ``first`` from ``side`` keeps the other side, once it knows, from ``other``."""
    table = place.table
    sets = table.row(state, side).moves[first].sets
    return bool(sets & table.row(state, side.other).moves[other].stops)


def openings_that_cross(place: Place) -> Iterator[Finding]:
    """Channels that both sides may open, though one has no room for both."""
    spec = place.spec
    unasked = [] if spec is None else sorted(spec.unasked - spec.uncounted)
    limit = None if spec is None else spec.max_open
    if spec is None or limit is None or not unasked:
        return
    opener = spec.opener
    asked = [
        name
        for side, name, _ in spec.table.steps(spec.table.start)
        if side is opener and name not in spec.uncounted
    ]
    outcome = (
        f"{limit + 1} are open at once, of at most {limit}"
        if spec.refusal is None
        else f"{spec.refusal.message} may refuse what the {opener.value} has opened"
    )
    for name in asked[:1]:
        yield place.finding(
            "mixed-choice",
            f"{listed(asked)} from the {opener.value} may cross {listed(unasked)}, with which the "
            f"{opener.other.value} opens one by itself; who is first keeps the other from it, and "
            f"when they cross, {outcome}",
            place.scenario(
                ((opener, name),) * (limit - 1),
                place.said(opener, name),
                place.said(opener.other, unasked[0]),
                Heard(opener),
                Heard(opener.other),
                remark=outcome,
            ),
        )
