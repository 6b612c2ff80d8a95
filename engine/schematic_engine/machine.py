"""The machine: where one conversation stands, and what may be said next.

The whole state is three numbers, which only this module assigns: the row of the client's half,
the row of the server's half, and the marks (see `schematic.compile.table`). The machine does not
know which side it works for; a client, a server and a tap between them run the same code on what
passed at their place. Judging changes nothing, applying a judged move cannot fail, and so a
refused message leaves no trace.

    INITIALIZING ──▶ STREAMING ──▶ CLOSING

is read off the numbers: a gating step of the opening is unfinished; it is done; one side has
ended its half. The phases before and after, ``CONNECTING``, ``CLOSED`` and ``FAILED``, belong to
the socket, and `schematic_engine.connection` knows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schematic.compile.paths import way_to
from schematic.compile.table import Move, Phase, Row, RowKind, State, Table
from schematic.define import Side

__all__ = ["Machine"]

_CLIENT = Side.CLIENT  # looking up a member of an Enum costs more than the rest of a step


class Machine:
    """Follows one conversation through a table."""

    __slots__ = ("_client", "_marks", "_server", "table")

    def __init__(self, table: Table, state: State | None = None) -> None:
        """Start where ``table`` starts, or at ``state``."""
        self.table = table
        self._client, self._server, self._marks = table.start if state is None else state

    @property
    def state(self) -> State:
        """Client row, server row and marks."""
        return (self._client, self._server, self._marks)

    @property
    def phase(self) -> Phase:
        """INITIALIZING, STREAMING or CLOSING."""
        return self.table.phase(self.state)

    def candidates(self, side: Side) -> Mapping[str, Move]:
        """What ``side`` may say in its row, some of it only once marks allow."""
        return self._row(side).moves

    def move(self, side: Side, message: str) -> Move | None:
        """The move that ``message`` from ``side`` would make, or None if it is illegal now."""
        table = self.table
        row = table.client[self._client] if side is _CLIENT else table.server[self._server]
        move = row.moves.get(message)
        if move is None or self._marks & move.once or move.needs & ~self._marks:
            return None
        return move

    def apply(self, side: Side, move: Move) -> None:
        """Make a move that `move` returned."""
        if side is _CLIENT:
            self._client = move.target
        else:
            self._server = move.target
        self._marks |= move.sets

    def allowed(self, side: Side) -> tuple[str, ...]:
        """The ids of the messages that ``side`` may say now."""
        marks = self._marks
        return tuple(name for name, move in self._row(side).moves.items() if move.legal(marks))

    def ended(self, side: Side) -> bool:
        """Whether ``side`` has said its last message."""
        return self._row(side).kind is RowKind.DONE

    def explain(self, side: Side, message: str) -> dict[str, Any]:
        """Why ``message`` from ``side`` is illegal now: the facts of an `IllegalMessage`."""
        return {
            "side": side,
            "message": message,
            "state": self.phase.value,
            "why": self._why(side, message),
            "allowed": self.allowed(side),
            "path": way_to(self.table, self.state, side, message),
        }

    def _row(self, side: Side) -> Row:
        if side is _CLIENT:
            return self.table.client[self._client]
        return self.table.server[self._server]

    def _why(self, side: Side, message: str) -> str:
        row = self._row(side)
        move = row.moves.get(message)
        if move is not None and self._marks & move.once:
            return "it may be sent once, and it has been"
        if move is not None:
            missing = self.table.names(move.needs & ~self._marks)
            return "it has to wait until " + " and ".join(missing)
        if message not in self.table.vocabulary(side):
            return f"only the {side.other.value} may send it"
        if row.kind is RowKind.DONE:
            return f"the {side.value} has ended its half of the conversation"
        if row.kind is RowKind.OPENING:
            return f"the {side.value} is still opening the conversation"
        return "it belongs to the opening, which is over"
