"""What every picture of a table shows: its states, and the messages that lead on from them.

A node is a reachable configuration of the two halves. What may be said there without leaving it is
written into the node; a message that leads somewhere else is an arrow. The WebSocket may be closed
in every state: that is one sentence, `ANY_STATE`, and not one more arrow from each node.

A channel is drawn by itself, since each of its keys stands somewhere else. In the picture of the
connection its messages are one word: the channel's name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from schematic.compile.paths import explore
from schematic.compile.table import ChannelTable, Phase, RowKind, State, Table
from schematic.define import KeyReuse, Side

__all__ = [
    "ANY_STATE",
    "Arrow",
    "Carried",
    "Node",
    "Picture",
    "Saying",
    "channel_picture",
    "picture_of",
]

ANY_STATE = "The WebSocket may be closed in any state."
"""The one thing that is true of every node."""

_MOST_NODES = 24

_HALF = {RowKind.OPENING: "is still opening", RowKind.DONE: "has ended"}
_FREE = "the key is free again"
_USED = "the key is never used again"


@dataclass(frozen=True, slots=True)
class Saying:
    """A message as one side says it; for any message of a channel, the channel's name."""

    side: Side
    message: str
    once: bool = False
    on_channel: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """The messages of one channel in a picture of the connection: its name, and who may speak."""

    channel: str
    sides: tuple[Side, ...]

    @property
    def chip(self) -> str:
        """The name as it stands in texts."""
        return f"[{self.channel}]"

    @property
    def speakers(self) -> str:
        """``client, server``, or one of them."""
        return ", ".join(side.value for side in self.sides)


@dataclass(frozen=True, slots=True)
class Node:
    """One state of the conversation.

    Attributes:
        title: the phase in capitals, ``BOTH ENDED``, or for a channel ``NOT OPEN``.
        phase: the phase.
        notes: what tells the node from others of its title.
        stays: what may be said there and changes nothing.
        carries: the channels on which something may be said there.
        ended: whether both sides have said their last message.
    """

    title: str
    phase: Phase
    notes: tuple[str, ...]
    stays: tuple[Saying, ...]
    carries: tuple[Carried, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one node to another: indices of nodes, and one or more messages."""

    source: int
    target: int
    says: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The nodes, nearest to the start first, their arrows, and the node to emphasise.

    Attributes:
        nodes: them.
        arrows: what leads from one to another.
        current: the number of the node to emphasise.
        entry: what leads to the first node.
        exit: what leads to the end.
    """

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    current: int | None
    entry: str
    exit: str


_Moves: TypeAlias = "dict[State, list[tuple[Saying, State]]]"
"""What may be said in each state, and where it leads."""


def picture_of(table: Table, current: State | None = None) -> Picture:
    """What there is to draw of ``table``; ``current`` is where a conversation stands.

    States with the same future are one node. Where messages that others wait for still make more
    than two dozen, nodes tell apart only where each half is and whether the opening is done.
    """
    return _picture(table, None, current, "upgrade accepted", "WebSocket close")


def channel_picture(spec: ChannelTable) -> Picture:
    """What there is to draw of a channel: where one of its keys may stand."""
    never = spec.reuse is KeyReuse.NEVER
    return _picture(
        spec.table, spec, None, "a new key" if never else "a free key", _USED if never else _FREE
    )


def _picture(
    table: Table, spec: ChannelTable | None, current: State | None, entry: str, leave: str
) -> Picture:
    mask = table.coupling() | table.releases
    moves = {
        state: [(saying, _masked(after, mask)) for saying, after in _sayings(table, state)]
        for state, _ in explore(table, table.start, marks=mask)
    }
    index = _nodes_of(moves, table)
    members: dict[int, list[State]] = {}
    stays: dict[int, dict[Saying, None]] = {}
    leads: dict[tuple[int, int], dict[Saying, None]] = {}
    for state, here in index.items():
        members.setdefault(here, []).append(state)
        own = stays.setdefault(here, {})
        for saying, after in moves[state]:
            there = index[after]
            group = own if there == here else leads.setdefault((here, there), {})
            group[saying] = None
    nodes = tuple(
        Node(
            title=_title(table, states[0], spec),
            phase=table.phase(states[0]),
            notes=(
                *_standing(table, states[0], spec),
                *_passed(table, list(members.values()), states),
            ),
            stays=tuple(saying for saying in stays[number] if not saying.on_channel),
            carries=tuple(_carried(stays[number])),
            ended=_both_ended(table, states[0]),
        )
        for number, states in members.items()
    )
    arrows = tuple(Arrow(*ends, tuple(leads[ends])) for ends in sorted(leads))
    stands = None if current is None else index.get(_masked(current, mask))
    return Picture(nodes, arrows, stands, entry, leave)


def _sayings(table: Table, state: State) -> Iterator[tuple[Saying, State]]:
    for side, message, after in table.steps(state):
        move = table.row(state, side).moves[message]
        if move.channel < 0:
            yield Saying(side, message, bool(move.once)), after
        else:
            yield Saying(side, table.channels[move.channel].id, on_channel=True), after


def _carried(says: Iterable[Saying]) -> Iterator[Carried]:
    """The channels among what is said in a node."""
    speakers: dict[str, list[Side]] = {}
    for saying in says:
        if saying.on_channel:
            speakers.setdefault(saying.message, []).append(saying.side)
    for channel, sides in speakers.items():
        yield Carried(channel, tuple(sides))


def _masked(state: State, marks: int) -> State:
    return (state[0], state[1], state[2] & marks)


def _nodes_of(moves: _Moves, table: Table) -> dict[State, int]:
    """The number of the node for each state, counted from the start.

    States are told apart by rows, opening and whether it is over first, then by where their
    messages lead, until that tells no more of them apart (Moore, 1956).
    """
    coarse = _numbered(
        {state: (_masked(state, table.opening), table.over(state)) for state in moves}
    )
    index = coarse
    while True:
        finer = _numbered(
            {
                state: (index[state], frozenset((say, index[after]) for say, after in steps))
                for state, steps in moves.items()
            }
        )
        if max(finer.values()) == max(index.values()):
            return index if max(index.values()) < _MOST_NODES else coarse
        index = finer


def _numbered(groups: Mapping[State, Hashable]) -> dict[State, int]:
    """Numbers instead of names for ``groups``, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return {state: numbers.setdefault(group, len(numbers)) for state, group in groups.items()}


def _title(table: Table, state: State, spec: ChannelTable | None) -> str:
    if _both_ended(table, state):
        return "BOTH ENDED"
    return "NOT OPEN" if _not_open(table, state, spec) else table.phase(state).value


def _both_ended(table: Table, state: State) -> bool:
    return all(table.ended(state, side) for side in Side)


def _not_open(table: Table, state: State, spec: ChannelTable | None) -> bool:
    return spec is not None and state[:2] == table.start[:2]


def _standing(table: Table, state: State, spec: ChannelTable | None) -> Iterator[str]:
    """Where the halves are, as far as the title does not say it."""
    if _both_ended(table, state) or _not_open(table, state, spec):
        return
    if table.phase(state) is Phase.INITIALIZING:
        opening = [[r.kind for r in table.rows(s)].count(RowKind.OPENING) for s in Side]
        step = sum(min(row, count) for row, count in zip(state[:2], opening, strict=True)) + 1
        if sum(opening) > 1:
            yield f"step {step} of {sum(opening)}"
        return
    for side in Side:
        kind = table.row(state, side).kind
        if kind is RowKind.DONE and table.over(state):
            yield f"the {side.value} has ended it for both"
        elif kind is not RowKind.STREAMING:
            yield f"the {side.value} " + _HALF[kind]
    if spec is not None and spec.reusable(state):
        yield _FREE


def _passed(table: Table, nodes: Sequence[list[State]], states: list[State]) -> tuple[str, ...]:
    """The messages that have passed, where that is all that tells a node from another one."""
    key = _common(states)
    if _both_ended(table, key):
        return ()
    differ = 0
    for other in map(_common, nodes):
        if other[:2] == key[:2] and not (other[2] ^ key[2]) & table.opening:
            differ |= other[2] ^ key[2]
    return table.names(key[2] & differ & ~table.releases)


def _common(states: list[State]) -> State:
    """The rows of ``states``, which agree, and the marks that are set in all of them."""
    client, server, marks = states[0]
    for state in states:
        marks &= state[2]
    return (client, server, marks)
