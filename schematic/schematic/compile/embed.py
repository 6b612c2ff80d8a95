"""Tables as data: what a generated module embeds, so that it need not compile.

Only what differs from the default is written, a move that stays in its row as ``{}``, and marks by
their numbers, so that a table of a page stays one, and a change of the description a change of a
few lines::

    {
        "client": [
            {
                "name": "client_opening_1",
                "kind": "opening",
                "moves": {"Start": {"target": 1, "once": 1, "sets": [0, 1]}},
            },
            {"name": "client_streaming", "moves": {"Line": {}, "Stop": {"target": 2}}},
            {"name": "client_done", "kind": "done"},
        ],
        "server": [{"name": "server_streaming", "moves": {"Caption": {"needs": [0]}}}, ...],
        "marks": ["opening step 1 (Start) is finished", "Start from the client has passed"],
        "opening": [0],
    }

`schematic.compile.assemble` makes an endpoint of a description and its table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from schematic.compile.table import ChannelTable, Move, Row, RowKind, State, Table
from schematic.define import ChannelKey, DefinitionError, KeyReuse, Refusal, Side

__all__ = ["table_from_data", "table_to_data"]


class _Data(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Written without what has its default, and read without what is not known."""


class _MoveData(_Data, frozen=True, kw_only=True):
    """A move; ``target`` is None where it stays in its row."""

    target: int | None = None
    needs: tuple[int, ...] = ()
    once: int | None = None
    sets: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()
    channel: int = -1
    refuses: tuple[int, ...] = ()

    @classmethod
    def of(cls, move: Move, row: int) -> _MoveData:
        """``move`` of row ``row``."""
        return cls(
            target=None if move.target == row else move.target,
            needs=_numbers(move.needs),
            once=move.once.bit_length() - 1 if move.once else None,
            sets=_numbers(move.sets),
            stops=_numbers(move.stops),
            channel=move.channel,
            refuses=move.refuses,
        )

    def move(self, row: int) -> Move:
        """The move, of row ``row``."""
        return Move(
            target=row if self.target is None else self.target,
            needs=_bits(self.needs),
            once=0 if self.once is None else 1 << self.once,
            sets=_bits(self.sets),
            stops=_bits(self.stops),
            channel=self.channel,
            refuses=self.refuses,
        )

    def problems(self, table: _TableData, rows: int) -> Iterator[str]:
        """What it names that ``table``, of whose half there are ``rows``, does not have."""
        if self.target is not None and not 0 <= self.target < rows:
            yield f"there is no row {self.target}"
        once = () if self.once is None else (self.once,)
        yield from _missing((*self.needs, *once, *self.sets, *self.stops), len(table.marks), "mark")
        own = () if self.channel == -1 else (self.channel,)
        yield from _missing((*own, *self.refuses), len(table.channels), "channel")


class _RowData(_Data, frozen=True, kw_only=True):
    """A row, with its moves."""

    name: str
    kind: RowKind = RowKind.STREAMING
    moves: dict[str, _MoveData] = {}

    @classmethod
    def of(cls, row: Row, number: int) -> _RowData:
        """``row``, the one with that number."""
        moves = {name: _MoveData.of(move, number) for name, move in row.moves.items()}
        return cls(name=row.name, kind=row.kind, moves=moves)

    def row(self, number: int) -> Row:
        """The row, as the one with that number."""
        return Row(self.name, self.kind, {name: m.move(number) for name, m in self.moves.items()})


class _KeyData(_Data, frozen=True, kw_only=True):
    """Where the key of a channel is written."""

    client: str | None = None
    server: str | None = None
    default: str | int | None = None

    @classmethod
    def of(cls, key: ChannelKey) -> _KeyData:
        """``key``."""
        return cls(client=key.client, server=key.server, default=key.default)

    def key(self) -> ChannelKey:
        """The key."""
        return ChannelKey(client=self.client, server=self.server, default=self.default)


class _RefusalData(_Data, frozen=True, kw_only=True):
    """What refuses a channel."""

    message: str
    names: str | None = None
    ticket: str | None = None

    @classmethod
    def of(cls, refusal: Refusal) -> _RefusalData:
        """``refusal``."""
        return cls(message=refusal.message, names=refusal.names, ticket=refusal.ticket)

    def refusal(self) -> Refusal:
        """The refusal."""
        return Refusal(message=self.message, names=self.names, ticket=self.ticket)


class _ChannelData(_Data, frozen=True, kw_only=True):
    """A channel's rules and its table."""

    id: str
    opener: Side = Side.CLIENT
    key: _KeyData = _KeyData()
    max_open: int | None = None
    max_answered: int | None = None
    reuse: KeyReuse = KeyReuse.AFTER_BOTH_ENDED
    ignores: list[str] = []
    answers: dict[str, list[str]] = {}
    asked: dict[str, State] = {}
    unasked: list[str] = []
    uncounted: list[str] = []
    keyless: list[str] = []
    to_all: list[str] = []
    refusal: _RefusalData | None = None
    table: _TableData

    @classmethod
    def of(cls, channel: ChannelTable) -> _ChannelData:
        """``channel``, names that have no order in the alphabet's."""
        return cls(
            id=channel.id,
            opener=channel.opener,
            key=_KeyData.of(channel.key),
            max_open=channel.max_open,
            max_answered=channel.max_answered,
            reuse=channel.reuse,
            ignores=sorted(channel.ignores),
            answers={name: sorted(openings) for name, openings in channel.answers.items()},
            asked=dict(channel.asked),
            unasked=sorted(channel.unasked),
            uncounted=sorted(channel.uncounted),
            keyless=sorted(channel.keyless),
            to_all=sorted(channel.to_all),
            refusal=None if channel.refusal is None else _RefusalData.of(channel.refusal),
            table=_TableData.of(channel.table),
        )

    def channel(self) -> ChannelTable:
        """The channel."""
        return ChannelTable(
            id=self.id,
            table=self.table.table(),
            opener=self.opener,
            key=self.key.key(),
            max_open=self.max_open,
            max_answered=self.max_answered,
            reuse=self.reuse,
            ignores=frozenset(self.ignores),
            answers={name: frozenset(openings) for name, openings in self.answers.items()},
            asked=self.asked,
            unasked=frozenset(self.unasked),
            uncounted=frozenset(self.uncounted),
            keyless=frozenset(self.keyless),
            to_all=frozenset(self.to_all),
            refusal=None if self.refusal is None else self.refusal.refusal(),
        )


class _TableData(_Data, frozen=True, kw_only=True):
    """A table."""

    client: list[_RowData]
    server: list[_RowData]
    marks: list[str] = []
    opening: tuple[int, ...] = ()
    releases: tuple[int, ...] = ()
    channels: list[_ChannelData] = []
    ambient: list[str] = []
    is_channel: bool = False

    @classmethod
    def of(cls, table: Table) -> _TableData:
        """``table``, ambient messages in the alphabet's order."""
        return cls(
            client=[_RowData.of(row, number) for number, row in enumerate(table.client)],
            server=[_RowData.of(row, number) for number, row in enumerate(table.server)],
            marks=list(table.marks),
            opening=_numbers(table.opening),
            releases=_numbers(table.releases),
            channels=[_ChannelData.of(channel) for channel in table.channels],
            ambient=sorted(table.ambient),
            is_channel=table.is_channel,
        )

    def table(self) -> Table:
        """The table."""
        for problem in self.problems():
            raise DefinitionError(f"this is not the data of a table: {problem}")
        return Table(
            client=tuple(row.row(number) for number, row in enumerate(self.client)),
            server=tuple(row.row(number) for number, row in enumerate(self.server)),
            marks=tuple(self.marks),
            opening=_bits(self.opening),
            releases=_bits(self.releases),
            channels=tuple(channel.channel() for channel in self.channels),
            ambient=frozenset(self.ambient),
            is_channel=self.is_channel,
        )

    def problems(self) -> Iterator[str]:
        """What in it would be found missing while a conversation goes on."""
        for name, rows in (("client", self.client), ("server", self.server)):
            if not rows:
                yield f"{name} has no rows"
            for row in rows:
                for message, move in row.moves.items():
                    for problem in move.problems(self, len(rows)):
                        yield f"{name}, {row.name}, {message}: {problem}"
        yield from _missing((*self.opening, *self.releases), len(self.marks), "mark")


def table_to_data(table: Table) -> dict[str, Any]:
    """``table`` as JSON values: dicts, lists, strings, numbers and booleans.

    The same table gives the same data, in the same order; `table_from_data` gives an equal table.
    """
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(_TableData.of(table)))
    return data


def table_from_data(data: object) -> Table:
    """The table that ``data`` describes, as `table_to_data` made it.

    Raises:
        DefinitionError: it is not the data of a table; the message says where it is not.
    """
    try:
        return msgspec.convert(data, _TableData).table()
    except msgspec.ValidationError as error:
        raise DefinitionError(f"this is not the data of a table: {error}") from None


def _numbers(marks: int) -> tuple[int, ...]:
    """The numbers of the set bits of ``marks``."""
    return tuple(number for number in range(marks.bit_length()) if marks >> number & 1)


def _bits(numbers: Iterable[int]) -> int:
    """The marks with these numbers."""
    return sum(1 << number for number in set(numbers))


def _missing(numbers: Iterable[int], count: int, what: str) -> Iterator[str]:
    """Which of ``numbers`` no thing of ``count`` has."""
    for number in numbers:
        if not 0 <= number < count:
            yield f"there is no {what} {number}"
