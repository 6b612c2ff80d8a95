"""Shortest ways through a table: for counter-examples, and for errors that say what to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from schematic.compile.table import State, Table
from schematic.define import Side

__all__ = ["Path", "explore", "shortest_path", "way_to"]

Path: TypeAlias = tuple[tuple[Side, str], ...]
"""A conversation: who says what, in order."""


_Steps: TypeAlias = Callable[[State], Iterable[tuple[Side, str, State]]]


def explore(
    table: Table, start: State, *, marks: int, steps: _Steps | None = None
) -> Iterator[tuple[State, Path]]:
    """Every state reachable from ``start``, nearest first, with the shortest way to it.

    Args:
        table: the order of messages.
        start: where to begin.
        marks: the marks that count: states that differ in no other are one. With
            ``table.coupling()``, a dozen once-only messages do not make a thousand states.
        steps: what leads on from a state; by default every legal message.
    """
    steps = steps or table.steps
    first = (start[0], start[1], start[2] & marks)
    ways: dict[State, Path] = {first: ()}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        yield state, ways[state]
        for side, message, (client, server, seen) in steps(state):
            after = (client, server, seen & marks)
            if after not in ways:
                ways[after] = (*ways[state], (side, message))
                queue.append(after)


def shortest_path(
    table: Table, start: State, goal: Callable[[State], bool], *, marks: int
) -> Path | None:
    """The shortest conversation from ``start`` to a state that ``goal`` accepts, or None."""
    return next((path for state, path in explore(table, start, marks=marks) if goal(state)), None)


def way_to(table: Table, start: State, side: Side, message: str) -> Path | None:
    """The shortest conversation after which ``side`` may say ``message``, or None."""
    once = 0
    for row in table.rows(side):
        if message in row.moves:
            once |= row.moves[message].once
    return shortest_path(
        table,
        start,
        lambda state: table.legal(state, side, message) is not None,
        marks=table.coupling() | once,
    )
