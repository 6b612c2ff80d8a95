"""How a connection ended, and whether somebody was still owed a last message.

A message marked ``final`` is a promise: its sender says when it is done. Its absence cannot be
held against anybody without knowing more (a network fails, a user walks away), so it is a warning.
Which codes end a conversation normally is for the description to say; any code is normal once a
final message was said, which is how services announce an error and then close with its code.

A code that was announced is another matter: who announces one and then closes with another has
contradicted itself. The first of two close frames is its sender's own decision; the second may
answer the first, so it proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from schematic.compile import CompiledEndpoint
from schematic.compile.table import RowKind
from schematic.define import CloseCode, Side
from schematic_engine.conformance import rules
from schematic_engine.conformance.findings import Because, Broken
from schematic_engine.conformance.possible import Possible
from schematic_engine.conformance.repairs import correct, say_first
from schematic_engine.conformance.trace import Record
from schematic_engine.notices import announced

__all__ = ["LOST", "Promises"]

LOST = 1006
"""The code that stands for a connection lost without a close frame."""


class Promises:
    """The last messages that the sides of one connection owe each other, and announced codes."""

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        lifecycle = endpoint.endpoint.lifecycle
        self._close = lifecycle.close
        self._closing = lifecycle.closing
        self._notices = {m.id: m.closes for m in lifecycle.messages if m.closes is not None}
        self._finals = {side: _finals(endpoint, side) for side in Side}
        self._asked: dict[Side, int] = {}
        self._announced: dict[Side, tuple[int, Because]] = {}

    def fresh(self) -> Promises:
        """The same promises, on another connection."""
        twin = copy(self)
        twin.forget()
        return twin

    def forget(self) -> None:
        """Nothing has been said."""
        self._asked, self._announced = {}, {}

    @property
    def noted(self) -> tuple[str, ...]:
        """The messages that make a difference here."""
        close = () if self._close is None else (self._close.id,)
        return (*close, *self._notices)

    def note(self, record: Record, message: str) -> None:
        """``record`` is ``message``, and it was its turn."""
        if self._close is not None and message == self._close.id:
            self._asked.setdefault(record.side, record.line)
        notice = self._notices.get(message)
        if notice is not None and record.payload is not None:
            code, _ = announced(notice, record.payload)
            if code is not None:
                self._announced[record.side] = (code, Because(record.line, record.side, message))

    def broken(self, first: Record, possible: Possible) -> Iterator[Broken]:
        """The rules that are broken by an end which began with the close ``first``.

        ``possible`` is where the conversation stood when nothing more could come.
        """
        code, told = self._announced.get(first.side, (first.code, None))
        if told is not None and first.code not in (LOST, code):
            text = (
                f"the {first.side.value} closed the connection with code {first.code}, but its "
                f"{told.message} on line {told.line} had announced {code}"
            )
            repair = correct(f"close with code {code}, as announced")
            yield Broken(rules.OTHER_CODE_ANNOUNCED, text, repair, told)
        yield from self._owed(first, possible)

    def _owed(self, first: Record, possible: Possible) -> Iterator[Broken]:
        """The last message that somebody was owed and did not get."""
        waiting = [side for side in Side if self._finals[side] and not possible.ended(side)]
        if not waiting or any(self._finals[s] and s not in waiting for s in Side):
            return
        repair = say_first(waiting[0], self._finals[waiting[0]])
        if first.code == LOST:
            text = f"the connection was lost before {self._awaited(waiting)}"
            yield Broken(rules.ABNORMAL_END, text, repair)
        elif not self._closing.is_normal(first.code):
            text = (
                f"the {first.side.value} closed the connection with code {first.code}"
                f"{_meaning(self._closing.find(first.code))} before {self._awaited(waiting)}"
            )
            yield Broken(rules.ABNORMAL_END, text, repair)
        else:
            yield from self._unanswered(first, waiting)

    def _unanswered(self, first: Record, waiting: list[Side]) -> Iterator[Broken]:
        """The first side that was asked for its last message, and let it be closed before that."""
        for side in waiting:
            asked = self._asked.get(side.other)
            if asked is not None and self._close is not None:
                text = (
                    f"the {side.other.value} ended its half with {self._close.id} on line "
                    f"{asked}, but the connection was closed (code {first.code}) before "
                    + self._awaited([side])
                )
                repair = say_first(side, self._finals[side])
                because = Because(asked, side.other, self._close.id)
                yield Broken(rules.NO_FINAL_MESSAGE, text, repair, because)
                return

    def _awaited(self, sides: list[Side]) -> str:
        return " or ".join(
            f"{' or '.join(self._finals[side])} from the {side.value}" for side in sides
        )


def _meaning(documented: CloseCode | None) -> str:
    return "" if documented is None else f" ({documented.meaning})"


def _finals(endpoint: CompiledEndpoint, side: Side) -> tuple[str, ...]:
    """The messages with which ``side`` says that all went well and it is done.

    The close message asks for the end and ambient messages come at any time, so neither is one;
    nor is a refusal during the opening.
    """
    rows = [row for row in endpoint.table.rows(side) if row.kind is RowKind.STREAMING]
    return tuple(
        message.id
        for message in endpoint.endpoint.lifecycle.messages
        if message.final
        and not message.ambient
        and message != endpoint.endpoint.lifecycle.close
        and any(message.id in row.moves for row in rows)
    )
