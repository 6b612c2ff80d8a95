"""The table: an endpoint's order of messages as the engine runs it.

Messages cross in flight, so order is a property of each direction. A connection has two *halves*,
what the client says and what the server says, and each half has its own rows::

    opening 1 ──▶ opening 2 ──▶ streaming ──▶ done

A row lists the messages that its side may say there, each with a `Move`. What couples the halves
is a set of *marks*, bits that are set and never cleared: "gating step 1 is finished", "message X
has passed". A move may need marks, and it may set some. So the whole state of a connection is
three numbers, ``(client row, server row, marks)``; judging a message is one dictionary lookup and
two mask tests, and the same function serves sender, receiver and a tap between them.

A *channel* is a table of its own, with a state for each key. Its messages are moves of the
connection's streaming rows as well, which change nothing there: they need the connection to be
streaming, and then the channel's table decides.

The table is read from the chart (see `schematic.compile.chart`), never written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from schematic.define import ChannelKey, KeyReuse, Refusal, Side

__all__ = ["ChannelTable", "Move", "Phase", "Row", "RowKind", "State", "Table"]

State: TypeAlias = tuple[int, int, int]
"""Where a connection stands: client row, server row, marks."""


class Phase(Enum):
    """Where a connection stands, in the words its users use."""

    CONNECTING = "CONNECTING"
    INITIALIZING = "INITIALIZING"
    STREAMING = "STREAMING"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    FAILED = "FAILED"


class RowKind(Enum):
    """What a half is doing in a row."""

    OPENING = "opening"
    STREAMING = "streaming"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Move:
    """What saying one message means in one row.

    Attributes:
        target: the row of the speaker's half afterwards.
        needs: marks that must be set.
        once: the mark that must not be set yet, for a message that may be said once; else 0.
        sets: marks that are set afterwards.
        stops: marks any of which forbids the move to a sender that knows of it. They say nothing
            about a message that is received: its sender may not have known.
        channel: the number of the channel whose table has to agree; -1 for none.
        refuses: the numbers of the channels of which it may refuse one that waits for a key.
    """

    target: int
    needs: int = 0
    once: int = 0
    sets: int = 0
    stops: int = 0
    channel: int = -1
    refuses: tuple[int, ...] = ()

    def legal(self, marks: int) -> bool:
        """Whether the move may be made when ``marks`` are set."""
        return not (marks & self.once or self.needs & ~marks)


@dataclass(frozen=True, slots=True)
class Row:
    """One state of one half: its name, its kind, and the moves of its side by message id."""

    name: str
    kind: RowKind
    moves: Mapping[str, Move]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of both halves; row 0 of each is where a connection starts.

    Attributes:
        client: the rows of what the client says.
        server: the rows of what the server says.
        marks: what each bit of the marks means, lowest first.
        opening: the marks of the gating steps: all set once the opening is done.
        releases: the marks of messages that end both halves without an answer.
        channels: the tables of the channels.
        ambient: the ids of messages that may be said at any moment until their sender's end.
        is_channel: whether it is a channel's, which is over when nobody has any more to say.
    """

    client: tuple[Row, ...]
    server: tuple[Row, ...]
    marks: tuple[str, ...]
    opening: int
    releases: int = 0
    channels: tuple[ChannelTable, ...] = ()
    ambient: frozenset[str] = frozenset()
    is_channel: bool = False

    @property
    def start(self) -> State:
        """The state of a connection on which nothing has been said."""
        return (0, 0, 0)

    def rows(self, side: Side) -> tuple[Row, ...]:
        """The rows of one half."""
        return self.client if side is Side.CLIENT else self.server

    def row(self, state: State, side: Side) -> Row:
        """The row in which ``side`` stands."""
        return self.client[state[0]] if side is Side.CLIENT else self.server[state[1]]

    def vocabulary(self, side: Side) -> tuple[str, ...]:
        """Every message that ``side`` may ever say, in order of appearance."""
        return tuple(dict.fromkeys(name for row in self.rows(side) for name in row.moves))

    def every_channel(self) -> Iterator[tuple[str, ChannelTable]]:
        """Each channel with its name, then those within it: ``Response``, ``Item in Response``."""
        for spec in self.channels:
            yield spec.id, spec
            for name, inner in spec.table.every_channel():
                yield f"{name} in {spec.id}", inner

    def legal(self, state: State, side: Side, message: str) -> Move | None:
        """The move that ``message`` from ``side`` makes in ``state``, or None if it is illegal."""
        move = self.row(state, side).moves.get(message)
        return move if move is not None and move.legal(state[2]) else None

    def after(self, state: State, side: Side, move: Move) -> State:
        """The state after ``side`` made ``move``."""
        client, server, marks = state
        if side is Side.CLIENT:
            return (move.target, server, marks | move.sets)
        return (client, move.target, marks | move.sets)

    def steps(self, state: State) -> Iterator[tuple[Side, str, State]]:
        """Every legal message in ``state``, with the state it leads to."""
        for side in Side:
            for message, move in self.row(state, side).moves.items():
                if move.legal(state[2]):
                    yield side, message, self.after(state, side, move)

    def choices(self, state: State) -> Iterator[tuple[Side, str, State]]:
        """The same without what its sender, who knows of all that has passed, should not say."""
        for side, message, after in self.steps(state):
            if not self.row(state, side).moves[message].stops & state[2]:
                yield side, message, after

    def phase(self, state: State) -> Phase:
        """The name of ``state``: a side has ended, a gating step is open, or all is streaming."""
        client, server, marks = state
        if RowKind.DONE in (self.client[client].kind, self.server[server].kind):
            return Phase.CLOSING
        return Phase.STREAMING if self.opening & ~marks == 0 else Phase.INITIALIZING

    def ended(self, state: State, side: Side) -> bool:
        """Whether ``side`` has said its last message, or on a channel has none left to say."""
        row = self.row(state, side)
        return row.kind is RowKind.DONE or (self.is_channel and not row.moves)

    def ended_by(self, state: State, side: Side) -> State:
        """``state`` once ``side`` is taken to have said its last message."""
        kinds = [row.kind for row in self.rows(side)]
        client, server, marks = state
        done = kinds.index(RowKind.DONE)
        return (done, server, marks) if side is Side.CLIENT else (client, done, marks)

    def over(self, state: State) -> bool:
        """Whether neither side has anything left to say, late messages aside."""
        if state[2] & self.releases:
            return True
        return all(self.ended(state, side) for side in Side)

    def names(self, marks: int) -> tuple[str, ...]:
        """What the set bits of ``marks`` mean."""
        return tuple(name for bit, name in enumerate(self.marks) if marks >> bit & 1)

    def stopping(self) -> int:
        """The marks that forbid some sender something."""
        mask = 0
        for rows in (self.client, self.server):
            for row in rows:
                for move in row.moves.values():
                    mask |= move.stops
        return mask

    def coupling(self) -> int:
        """The marks that decide what can still happen.

        Those that some move needs, and those of once-only messages that do more than pass. The
        others only count: they tell whether a message may be repeated, and nothing else.
        """
        moves = [
            (number, move)
            for rows in (self.client, self.server)
            for number, row in enumerate(rows)
            for move in row.moves.values()
        ]
        needed = self.opening
        for _, move in moves:
            needed |= move.needs
        for number, move in moves:
            if move.target != number or move.sets & needed:
                needed |= move.once
        return needed


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """The table of a channel, and the rules about its keys.

    Attributes:
        id: the channel's id.
        table: the order of its messages; a channel that is not open is at its start.
        opener: the side that opens it.
        key: where each side writes the key.
        max_open: how many may be open at once; None means any number.
        max_answered: how many the other side may have begun to answer and not ended.
        reuse: when a key may be used again.
        ignores: messages that are no breach where no channel of their key is open.
        answers: the openings without a key to which each answer brings one.
        asked: where a channel stands before each answer to it.
        unasked: the answers that open a channel by themselves too.
        uncounted: openings and answers that count for no limit.
        keyless: messages that carry no key: they belong to the channel that their sender is in.
        to_all: messages that without a key go to all channels that their sender has opened.
        refusal: what refuses an opening without a key.
    """

    id: str
    table: Table
    opener: Side
    key: ChannelKey
    max_open: int | None
    max_answered: int | None
    reuse: KeyReuse
    ignores: frozenset[str]
    answers: Mapping[str, frozenset[str]]
    asked: Mapping[str, State]
    unasked: frozenset[str]
    uncounted: frozenset[str]
    keyless: frozenset[str]
    to_all: frozenset[str]
    refusal: Refusal | None

    @property
    def mixed(self) -> bool:
        """Whether what is open is no longer the opener's word alone.

        The other side opens some as well, or refuses with a message that may be about something
        else. Then the limit binds whoever opens, as far as it knows, and nobody on receipt.
        """
        return bool(self.unasked) or self.refusal is not None

    def reusable(self, state: State) -> bool:
        """Whether the key of a channel that stands at ``state`` may open another one."""
        if self.reuse is KeyReuse.NEVER:
            return False
        if self.reuse is KeyReuse.IMMEDIATE and self.table.ended(state, self.opener):
            return True
        return self.table.over(state)
