"""What is wrong with a lifecycle before anybody speaks it: findings with a counter-example.

The rules so far, which hold for the connection and inside each channel:

``unreachable-message``
    No conversation ever gets to a point where the message may be said.
``no-way-to-the-end``
    A conversation can get stuck: from some point on, the opening can no longer be finished, or a
    side that has a last message can no longer say it.
``decodes-alike``
    Two messages may be said at the same moment by the same side and nothing in a payload tells
    them apart, so a receiver cannot know which one it was.
``unbounded-channels``
    Any number of channels of one kind may be open at once, so a peer can make the other remember
    as many as it likes.
``reuse-race``
    A key may open another channel while the other side may still speak on the old one, so late
    messages of the old are taken for messages of the new.

There is no rule about mixed choices, where both sides may act at once and the outcome depends on
who was first: no lifecycle contains one. An opening step belongs to one side, one side opens a
channel, each half ends by its own side's word, and what ends both halves ends them in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from schematic.compile.endpoint import CompiledEndpoint, Kind
from schematic.compile.paths import Path, explore, shortest_path
from schematic.compile.shapes import alike
from schematic.compile.table import ChannelTable, RowKind, State, Table
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
    "unbounded-channels": (Severity.WARNING, "channels without a limit"),
    "reuse-race": (Severity.WARNING, "a key that is used again too early"),
}
"""Every rule by its name: how bad a breach is, and what it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition.

    Attributes:
        rule: the name of the rule, a key of `RULES`.
        message: what is wrong, in a sentence.
        example: the shortest conversation that leads there; all of its messages of a channel have
            one key.
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
    return (
        *_in_order(endpoint, -1, endpoint.table),
        *(
            replace(
                finding,
                message=f"channel {spec.id}: {finding.message}",
                example=_with_the_way_there(endpoint.table, finding.example),
            )
            for number, spec in enumerate(endpoint.table.channels)
            for finding in (*_in_order(endpoint, number, spec.table), *_in_keys(spec))
        ),
    )


def _with_the_way_there(table: Table, talk: Path) -> Path:
    """``talk``, which is on a channel, after the shortest way to where all of it may be said.

    Empty where there is no such way: then `_in_order` finds fault with the connection.
    """

    def open_to_it(state: State) -> bool:
        return all(table.legal(state, side, name) is not None for side, name in talk)

    way = shortest_path(table, table.start, open_to_it, marks=table.coupling())
    return () if way is None or not talk else (*way, *talk)


def _in_order(endpoint: CompiledEndpoint, owner: int, table: Table) -> Iterator[Finding]:
    """The faults of one table: the connection's (owner -1), or a channel's."""
    ways = dict(explore(table, table.start, marks=table.coupling()))
    kinds = [kind for kind in endpoint.kinds if owner in (-1, kind.channel)]
    pairs = [
        (one, other)
        for one, other in combinations(kinds, 2)
        # Two of one channel are compared there, where it is known what its key has come to.
        if one.side is other.side and (one.channel != other.channel or one.channel == owner)
    ]
    yield from _unreachable(table, ways)
    yield from _stuck(table, ways)
    yield from _alike(table, ways, pairs)


def _in_keys(spec: ChannelTable) -> Iterator[Finding]:
    """The faults of what a channel says about its keys."""
    table, opener = spec.table, spec.opener
    if spec.max_open is None:
        yield Finding(
            "unbounded-channels",
            "any number may be open at once; say how many with max_open",
            (),
        )

    def too_early(state: State) -> bool:
        room = spec.max_open != 1 or table.over(state)
        return room and spec.reusable(state) and not table.ended(state, opener.other)

    path = shortest_path(table, table.start, too_early, marks=table.coupling() | table.releases)
    if path is not None:
        yield Finding(
            "reuse-race",
            f"the {opener.value} may open another one under the same key while messages of the "
            f"{opener.other.value} for the old one are on their way",
            (*path, path[0]),
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


def _alike(
    table: Table, ways: dict[State, Path], pairs: list[tuple[Kind, Kind]]
) -> Iterator[Finding]:
    for one, other in pairs:
        if not alike(one.shape, other.shape):
            continue
        if (path := _both_legal(table, ways, one, other)) is not None:
            yield Finding(
                "decodes-alike",
                f"{one.id} and {other.id} from the {one.side.value} can be said at the same "
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
