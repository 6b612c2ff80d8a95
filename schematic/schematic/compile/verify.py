"""What is wrong with a lifecycle before anybody speaks it: findings with a counter-example.

Three rules so far:

``unreachable-message``
    No conversation ever gets to a point where the message may be said.
``no-way-to-the-end``
    A conversation can get stuck: from some point on, the opening can no longer be finished, or a
    side that has a last message can no longer say it.
``decodes-alike``
    Two messages may be said at the same moment by the same side and nothing in a payload tells
    them apart, so a receiver cannot know which one it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from schematic.compile.endpoint import CompiledEndpoint, Kind
from schematic.compile.paths import Path, explore
from schematic.compile.shapes import alike
from schematic.compile.table import RowKind, State, Table
from schematic.define import Side

__all__ = ["RULES", "Finding", "Severity", "verify"]


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


RULES: dict[str, tuple[Severity, str]] = {
    "unreachable-message": (Severity.ERROR, "a message that can never be said"),
    "no-way-to-the-end": (Severity.ERROR, "a conversation that cannot be brought to its end"),
    "decodes-alike": (Severity.WARNING, "two messages that a receiver cannot tell apart"),
}
"""Every rule by its name: how bad a breach is, and what it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition.

    Attributes:
        rule: the name of the rule, a key of `RULES`.
        message: what is wrong, in a sentence.
        example: the shortest conversation that leads there.
    """

    rule: str
    message: str
    example: Path

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RULES[self.rule][0]


def verify(endpoint: CompiledEndpoint) -> tuple[Finding, ...]:
    """Check the lifecycle of ``endpoint``; an empty answer means that nothing was found."""
    table = endpoint.table
    ways = dict(explore(table, table.start, marks=table.coupling()))
    return (
        *_unreachable(table, ways),
        *_stuck(table, ways),
        *_alike(endpoint, ways),
    )


def _unreachable(table: Table, ways: dict[State, Path]) -> Iterator[Finding]:
    for side in Side:
        said = {
            name
            for state in ways
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
                yield Finding(
                    "unreachable-message",
                    f"{name} from the {side.value} can never be said: it waits until "
                    + " and ".join(sorted(needs)),
                    (),
                )


def _stuck(table: Table, ways: dict[State, Path]) -> Iterator[Finding]:
    """The nearest state from which the end is out of reach, if there is one."""
    ends = {state for state in ways if _is_end(table, state)}
    before: dict[State, set[State]] = {}
    marks = table.coupling()
    for state in ways:
        for _, _, (client, server, seen) in table.steps(state):
            before.setdefault((client, server, seen & marks), set()).add(state)
    hopeful, queue = set(ends), list(ends)
    while queue:
        for state in before.get(queue.pop(), ()):
            if state not in hopeful:
                hopeful.add(state)
                queue.append(state)
    stuck = next((state for state in ways if state not in hopeful), None)
    if stuck is not None:
        yield Finding(
            "no-way-to-the-end",
            f"a conversation can get stuck while {table.phase(stuck).value}: from there on it "
            "cannot be brought to its end",
            ways[stuck],
        )


def _is_end(table: Table, state: State) -> bool:
    """Whether nothing is owed: the opening was refused, or is done and who can end has ended."""
    done = {side: table.row(state, side).kind is RowKind.DONE for side in Side}
    if table.opening & ~state[2]:
        return any(done.values())
    return all(done[side] or not _can_end(table, side) for side in Side)


def _can_end(table: Table, side: Side) -> bool:
    """Whether ``side`` has a last message, once the opening is over."""
    rows = table.rows(side)
    return any(
        rows[move.target].kind is RowKind.DONE
        for row in rows
        if row.kind is RowKind.STREAMING
        for move in row.moves.values()
    )


def _alike(endpoint: CompiledEndpoint, ways: dict[State, Path]) -> Iterator[Finding]:
    table = endpoint.table
    for side in Side:
        kinds = [kind for kind in endpoint.kinds if kind.side is side]
        for one, other in combinations(kinds, 2):
            if not alike(one.shape, other.shape):
                continue
            if (path := _both_legal(table, ways, one, other)) is not None:
                yield Finding(
                    "decodes-alike",
                    f"{one.id} and {other.id} from the {side.value} can be said at the same "
                    "moment, and nothing tells them apart",
                    path,
                )


def _both_legal(table: Table, ways: dict[State, Path], one: Kind, other: Kind) -> Path | None:
    """The shortest way to a state in which both messages may be said, if there is one."""
    return next(
        (
            path
            for state, path in ways.items()
            if table.legal(state, one.side, one.id) and table.legal(state, other.side, other.id)
        ),
        None,
    )
