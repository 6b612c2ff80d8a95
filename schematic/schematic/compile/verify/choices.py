"""Choices of both sides at once: what crosses, and whether it matters who was first.

Two messages of different sides *conflict* where both may be said, and whoever hears the one first
does not say the other any more. When both are under way at the same time, each side hears the
other's after its own: halves and marks come to the same then, in whichever order.

Channels that both sides may open under one limit conflict as well, and there it does matter who
was first: when the openings cross, one too many is open, or one of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schematic.compile.scenario import Heard
from schematic.compile.table import State, Table
from schematic.compile.verify.findings import Finding, Severity
from schematic.compile.verify.place import Place, listed
from schematic.define import Side

__all__ = ["mixed_choices", "openings_that_cross"]


@dataclass(frozen=True, slots=True)
class _Conflict:
    """Two messages that may cross, of which one forbids the other.

    Attributes:
        state: the nearest state in which both may be said.
        side: who says the forbidding one.
        first: the forbidding message.
        other: the forbidden one.
    """

    state: State
    side: Side
    first: str
    other: str


def mixed_choices(place: Place) -> Iterator[Finding]:
    """For each message that takes a choice from the other side, what may cross it."""
    if not place.table.stopping():
        return
    by_first: dict[tuple[Side, str], list[_Conflict]] = {}
    for conflict in _conflicts(place):
        by_first.setdefault((conflict.side, conflict.first), []).append(conflict)
    for (side, first), conflicts in by_first.items():
        crossing = listed(list(dict.fromkeys(one.other for one in conflicts)))
        nearest = next((one for one in conflicts if one.other != first), conflicts[0])
        yield place.finding(
            "mixed-choice",
            f"{first} from the {side.value} may cross {crossing}, which the {side.other.value} "
            "does not say once it knows; what crossed is good all the same, and both sides come "
            "to the same whoever was first",
            place.scenario(
                place.stands[nearest.state],
                place.said(side, first),
                place.said(side.other, nearest.other),
                Heard(side),
                Heard(side.other),
                remark=f"{nearest.other} is good: the {side.other.value} had not heard of {first}",
                fault=False,
            ),
            Severity.NOTE,
        )


def _conflicts(place: Place) -> Iterator[_Conflict]:
    """Every pair in conflict, once, where it is nearest."""
    table = place.table
    seen: set[tuple[Side, str, str]] = set()
    for state in place.stands:
        said: dict[Side, list[str]] = {side: [] for side in Side}
        for side, name, _ in table.choices(state):
            said[side].append(name)
        for side in Side:
            for first in said[side]:
                for other in said[side.other]:
                    pair = (side, first, other)
                    if pair not in seen and _forbids(table, state, *pair):
                        seen |= {pair, (side.other, other, first)}
                        yield _Conflict(state, *pair)


def _forbids(table: Table, state: State, side: Side, first: str, other: str) -> bool:
    """Whether ``first`` from ``side`` keeps the other side, once it knows, from ``other``."""
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
