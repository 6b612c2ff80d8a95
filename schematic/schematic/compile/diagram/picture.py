"""What every picture of a table shows: its states, and the messages that lead on from them.

A node is a reachable configuration of the two halves. What may be said there without leaving it is
written into the node; a message that leads somewhere else is an arrow. The WebSocket may be closed
in every state: that is one sentence, `ANY_STATE`, and not one more arrow from each node. So is what
may be said at any moment, such as an error.

A channel is drawn by itself, since each of its keys stands somewhere else. In the picture of the
connection its messages are one word: the channel's name.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TypeAlias

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

_MOST_NODES = 8
_MOST_SAYINGS = 60
_FOOT_WIDTH = 90

_HALF = {RowKind.OPENING: "is still opening", RowKind.DONE: "has ended"}
_FREE = "the key is free again"
_USED = "the key is never used again"


@dataclass(frozen=True, slots=True)
class Saying:
    """A message as one side says it; for any message of a channel, the channel's name.

    Attributes:
        side: who says it.
        message: its id.
        once: whether it may be said once only.
        on_channel: whether it stands for all messages of a channel.
        after: messages that must have passed, where a node does not say whether they have.
    """

    side: Side
    message: str
    once: bool = False
    on_channel: bool = False
    after: tuple[str, ...] = ()


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
        foot: what may happen in any node, in sentences, each short enough for a line.
    """

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    current: int | None
    entry: str
    exit: str
    foot: tuple[str, ...]


_Moves: TypeAlias = "dict[State, list[tuple[Saying, int, State]]]"
"""What may be said in each state, the marks that it needs, and where it leads."""


def picture_of(table: Table, current: State | None = None) -> Picture:
    """What there is to draw of ``table``; ``current`` is where a conversation stands.

    States with the same future are one node. Where messages that others wait for still make more
    than a handful, or the same long lists again and again, nodes tell apart only where each half
    is and whether the opening is done. What may be said at any moment is told below the picture,
    unless that has brought the conversation where it stands.
    """
    ends = ("upgrade accepted", "WebSocket close")
    anywhere = _anywhere(table)
    picture = _picture(table, None, current, ends=ends, anywhere=anywhere)
    if current is not None and picture.current is None:
        return _picture(table, None, current, ends=ends, anywhere={})
    return picture


def channel_picture(spec: ChannelTable) -> Picture:
    """What there is to draw of a channel: where one of its keys may stand."""
    never = spec.reuse is KeyReuse.NEVER
    ends = ("a new key", _USED) if never else ("a free key", _FREE)
    return _picture(spec.table, spec, None, ends=ends, anywhere={})


def _picture(
    table: Table,
    spec: ChannelTable | None,
    current: State | None,
    *,
    ends: tuple[str, str],
    anywhere: Mapping[Saying, bool],
) -> Picture:
    mask = table.coupling() | table.releases
    moves = _moves(table, mask, anywhere)
    index = _nodes_of(moves, table)
    members: dict[int, list[State]] = {}
    for state, here in index.items():
        members.setdefault(here, []).append(state)
    stays: dict[int, dict[Saying, None]] = {here: {} for here in members}
    leads: dict[tuple[int, int], dict[Saying, None]] = {}
    for here, states in members.items():
        known = table.opening | _common(states)[2]
        for saying, needs, after in (said for state in states for said in moves[state]):
            there = index[after]
            group = stays[here] if there == here else leads.setdefault((here, there), {})
            waits = tuple(map(_message_of, table.names(needs & ~known)))
            group[replace(saying, after=waits)] = None
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
    arrows = tuple(Arrow(*way, tuple(leads[way])) for way in sorted(leads))
    stands = None if current is None else index.get(_masked(current, mask))
    foot = () if spec is not None else (*_foot(anywhere), ANY_STATE)
    return Picture(nodes, arrows, stands, *ends, foot)


def _anywhere(table: Table) -> dict[Saying, bool]:
    """What may be said in every state until its sender's end, and whether it is that end.

    Only what nobody waits for, and what waits for nothing itself.
    """
    found: dict[Saying, bool] = {}
    seen = table.coupling() | table.releases
    for side in Side:
        rows = table.rows(side)
        for name in table.ambient.intersection(table.vocabulary(side)):
            late = any(name in row.moves for row in rows if row.kind is RowKind.DONE)
            moves = [row.moves[name] for row in rows if name in row.moves]
            if late or any(move.needs or move.sets & ~move.once & seen for move in moves):
                continue
            ends = any(rows[move.target].kind is RowKind.DONE for move in moves)
            found[Saying(side, name, any(move.once for move in moves))] = ends
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0].side.value, one[0].message)))


def _foot(anywhere: Mapping[Saying, bool]) -> Iterator[str]:
    for ends in (False, True):
        for side in Side:
            said = [
                one.message + (" (once)" if one.once and not ends else "")
                for one in anywhere
                if (one.side, anywhere[one]) == (side, ends)
            ]
            if said:
                last = ", which is its last word" if ends else ""
                sentence = f"At any moment the {side.value} may say {' or '.join(said)}{last}."
                yield from wrap(sentence, _FOOT_WIDTH, break_long_words=False)


def _moves(table: Table, mask: int, anywhere: Collection[Saying]) -> _Moves:
    """What may be said in each state that can be reached without saying any of ``anywhere``."""
    moves: _Moves = {}
    queue = [table.start]
    for state in queue:
        if state in moves:
            continue
        moves[state] = [
            (saying, needs, _masked(after, mask))
            for saying, needs, after in _sayings(table, state)
            if saying not in anywhere
        ]
        queue += [after for _, _, after in moves[state]]
    return moves


def _sayings(table: Table, state: State) -> Iterator[tuple[Saying, int, State]]:
    for side, message, after in table.steps(state):
        move = table.row(state, side).moves[message]
        if move.channel < 0:
            yield Saying(side, message, bool(move.once)), move.needs, after
        else:
            channel = table.channels[move.channel].id
            yield Saying(side, channel, on_channel=True), move.needs, after


def _message_of(mark: str) -> str:
    """``Media`` for the mark that Media from the client has passed."""
    return mark.partition(" from the ")[0]


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
                state: (index[state], frozenset((say, index[after]) for say, _, after in steps))
                for state, steps in moves.items()
            }
        )
        if max(finer.values()) == max(index.values()):
            said = sum(len(moves[state]) for state in {n: s for s, n in index.items()}.values())
            small = max(index.values()) < _MOST_NODES and said <= _MOST_SAYINGS
            return index if small else coarse
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
