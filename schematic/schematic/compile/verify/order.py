"""What can be said at all, and what can be brought to its end."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.scenario import Scenario
from schematic.compile.table import State
from schematic.compile.verify.findings import Finding
from schematic.compile.verify.place import Place
from schematic.define import Side

__all__ = ["stuck", "unreachable"]


def unreachable(place: Place) -> Iterator[Finding]:
    """Messages that no conversation ever gets to."""
    table = place.table
    for side in Side:
        said = {
            name
            for state in place.ways
            for name, move in table.row(state, side).moves.items()
            if move.legal(state[2])
        }
        for name in table.vocabulary(side):
            if name not in said:
                needs = {
                    mark
                    for row in table.rows(side)
                    if name in row.moves
                    for mark in table.names(row.moves[name].needs)
                }
                yield place.finding(
                    "unreachable-message",
                    f"{name} from the {side.value} can never be said: it waits until "
                    + " and ".join(sorted(needs)),
                    Scenario(),
                )


def stuck(place: Place) -> Iterator[Finding]:
    """The nearest state from which the end is out of reach, if there is one."""
    hopeful = _hopeful(place)
    state = next((state for state in place.ways if state not in hopeful), None)
    if state is not None:
        yield place.finding(
            "no-way-to-the-end",
            f"a conversation can get stuck while {place.table.phase(state).value}: from there on "
            "it cannot be brought to its end",
            place.scenario(
                place.ways[state], remark="no way leads from here to the end", last=False
            ),
        )


def _hopeful(place: Place) -> set[State]:
    """The states from which an end can be reached."""
    table, marks = place.table, place.marks
    before: dict[State, set[State]] = {}
    for state in place.ways:
        for _, _, (client, server, seen) in table.steps(state):
            before.setdefault((client, server, seen & marks), set()).add(state)
    queue = [state for state in place.ways if place.is_end(state)]
    hopeful = set(queue)
    while queue:
        fresh = before.get(queue.pop(), set()) - hopeful
        hopeful |= fresh
        queue.extend(fresh)
    return hopeful
