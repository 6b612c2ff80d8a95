"""What can be said at all, and what can be brought to its end."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.scenario import Scenario
from schematic.compile.table import RowKind
from schematic.compile.verify.apart import Apart, Talks
from schematic.compile.verify.findings import Finding
from schematic.compile.verify.place import Place
from schematic.define import Side

__all__ = ["stuck", "unreachable"]


def unreachable(place: Place) -> Iterator[Finding]:
    """Messages that no conversation ever gets to."""
    talks = Talks(place, place.table.start)
    for side in Side:
        for name in place.table.vocabulary(side):
            if (side, name) not in talks.said:
                yield place.finding(
                    "unreachable-message",
                    f"{name} from the {side.value} can never be said: {_why(talks, side, name)}",
                    Scenario(),
                )


def _why(talks: Talks, side: Side, name: str) -> str:
    """Why nobody ever gets to say ``name``: what it waits for, knows of, or does not outlast."""
    table = talks.place.table
    met = [
        (move, view[2])
        for apart in talks.ways
        if (move := table.row(view := apart.view(side), side).moves.get(name)) is not None
    ]
    if not met:
        return _why_not_there(talks, side)
    missing = min((move.needs & ~marks for move, marks in met), key=int.bit_count)
    if missing:
        return "it waits until " + " and ".join(sorted(table.names(missing)))
    stops = next(move.stops & marks for move, marks in met if not move.needs & ~marks)
    return f"by then the {side.value} knows that " + " and ".join(table.names(stops))


def _why_not_there(talks: Talks, side: Side) -> str:
    """Why ``side`` never gets to a row."""
    table = talks.place.table
    rows = [table.row(apart.view(side), side) for apart in talks.ways]
    last = max((row for row in rows if row.kind is not RowKind.DONE), key=table.rows(side).index)
    steps = [name for name in last.moves if name not in table.ambient]
    if any((side, name) in talks.said for name in steps):
        return f"the {side.value} has ended by then"
    return f"the {side.value} never gets beyond {' or '.join(steps)}"


def stuck(place: Place) -> Iterator[Finding]:
    """The nearest moment from which the end is out of reach, if there is one."""
    talks = Talks(place, place.table.start)
    hopeful = _hopeful(talks)
    apart = next((apart for apart in talks.ways if apart not in hopeful), None)
    if apart is not None:
        phase = place.table.phase(talks.together(apart)).value
        yield place.finding(
            "no-way-to-the-end",
            f"a conversation can get stuck while {phase}: from there on it cannot be brought to "
            "its end",
            place.scenario(
                (), *talks.ways[apart], remark="no way leads from here to the end", last=False
            ),
        )


def _hopeful(talks: Talks) -> set[Apart]:
    """From where an end can be reached."""
    before: dict[Apart, set[Apart]] = {}
    for apart in talks.ways:
        for after, _ in talks.edges(apart):
            before.setdefault(after, set()).add(apart)
    queue = [apart for apart in talks.ways if talks.place.is_end(talks.together(apart))]
    hopeful = set(queue)
    while queue:
        fresh = before.get(queue.pop(), set()) - hopeful
        hopeful |= fresh
        queue.extend(fresh)
    return hopeful
