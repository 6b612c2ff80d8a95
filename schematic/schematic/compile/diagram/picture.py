"""What every picture of a table shows: its states, and the messages that lead on from them.

A node is a reachable configuration of the two halves. What may be said there without leaving it is
written into the node; a message that leads somewhere else is an arrow. The WebSocket may be closed
in every state: that is one sentence, `ANY_STATE`, and not one more arrow from each node.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from schematic.compile.paths import explore
from schematic.compile.table import Phase, RowKind, State, Table
from schematic.define import Side

__all__ = ["ANY_STATE", "ENTRY", "EXIT", "Arrow", "Node", "Picture", "Saying", "picture_of"]

ENTRY = "upgrade accepted"
"""What leads to the first state."""

EXIT = "WebSocket close"
"""What leads from the last state to the end."""

ANY_STATE = "The WebSocket may be closed in any state."
"""The one thing that is true of every node."""

_MOST_NODES = 24

_HALF = {RowKind.OPENING: "is still opening", RowKind.DONE: "has ended"}


@dataclass(frozen=True, slots=True)
class Saying:
    """A message as one side says it."""

    side: Side
    message: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One state of the conversation.

    Attributes:
        title: the phase in capitals, or ``BOTH ENDED``.
        phase: the phase.
        notes: what tells the node from others of its title.
        stays: what may be said there and changes nothing.
        ended: whether both sides have said their last message.
    """

    title: str
    phase: Phase
    notes: tuple[str, ...]
    stays: tuple[Saying, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one node to another: indices of nodes, and one or more messages."""

    source: int
    target: int
    says: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The nodes, nearest to the start first, their arrows, and the node to emphasise."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    current: int | None


_Moves: TypeAlias = "dict[State, list[tuple[Saying, State]]]"
"""What may be said in each state, and where it leads."""


def picture_of(table: Table, current: State | None = None) -> Picture:
    """What there is to draw of ``table``; ``current`` is where a conversation stands.

    States with the same future are one node. Where messages that others wait for still make more
    than two dozen, nodes tell apart only where each half is and whether the opening is done.
    """
    mask = table.coupling()
    moves = {
        state: [(saying, _masked(after, mask)) for saying, after in _sayings(table, state)]
        for state, _ in explore(table, table.start, marks=mask)
    }
    index = _nodes_of(moves, table.opening)
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
    keys = [_common(states) for states in members.values()]
    nodes = tuple(_node(table, key, keys, tuple(stays[n])) for n, key in enumerate(keys))
    arrows = tuple(Arrow(*ends, tuple(leads[ends])) for ends in sorted(leads))
    return Picture(nodes, arrows, None if current is None else index.get(_masked(current, mask)))


def _sayings(table: Table, state: State) -> Iterator[tuple[Saying, State]]:
    for side, message, after in table.steps(state):
        yield Saying(side, message, bool(table.row(state, side).moves[message].once)), after


def _masked(state: State, marks: int) -> State:
    return (state[0], state[1], state[2] & marks)


def _nodes_of(moves: _Moves, opening: int) -> dict[State, int]:
    """The number of the node for each state, counted from the start.

    States are told apart by rows and opening first, then by where their messages lead, until that
    tells no more of them apart (Moore, 1956).
    """
    coarse = _numbered({state: _masked(state, opening) for state in moves})
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


def _common(states: list[State]) -> State:
    """The rows of ``states``, which agree, and the marks that are set in all of them."""
    client, server, marks = states[0]
    for state in states:
        marks &= state[2]
    return (client, server, marks)


def _node(table: Table, key: State, keys: list[State], stays: tuple[Saying, ...]) -> Node:
    ended = all(table.row(key, side).kind is RowKind.DONE for side in Side)
    phase = table.phase(key)
    title = "BOTH ENDED" if ended else phase.value
    notes = () if ended else (*_standing(table, key, phase), *_passed(table, key, keys))
    return Node(title, phase, notes, stays, ended)


def _standing(table: Table, key: State, phase: Phase) -> Iterator[str]:
    """Where the halves are, as far as the phase does not say it."""
    kinds = {side: table.row(key, side).kind for side in Side}
    if phase is Phase.INITIALIZING:
        opening = [[r.kind for r in table.rows(s)].count(RowKind.OPENING) for s in Side]
        step = sum(min(row, count) for row, count in zip(key[:2], opening, strict=True)) + 1
        if sum(opening) > 1:
            yield f"step {step} of {sum(opening)}"
        return
    for side, kind in kinds.items():
        if kind is not RowKind.STREAMING:
            yield f"the {side.value} " + _HALF[kind]


def _passed(table: Table, key: State, keys: list[State]) -> tuple[str, ...]:
    """The messages that have passed, where that is all that tells ``key`` from another node."""
    differ = 0
    for other in keys:
        if other[:2] == key[:2] and not (other[2] ^ key[2]) & table.opening:
            differ |= other[2] ^ key[2]
    return table.names(key[2] & differ)
