"""How a connection ended, and whether somebody was still owed a last message.

A message marked ``final`` is a promise: its sender says when it is done. Its absence cannot be
held against anybody without knowing more (a network fails, a user walks away), so everything here
is a warning. Codes that end a conversation normally are 1000, 1001 and 1005 (none given), see RFC
6455, section 7.4.1; any other code is normal too once a final message was said, which is how
services announce an error and then close with its code.
"""

from __future__ import annotations

from schematic.compile import CompiledEndpoint
from schematic.compile.table import RowKind
from schematic.define import Side
from schematic_engine.conformance import rules
from schematic_engine.conformance.possible import Possible
from schematic_engine.conformance.rules import Rule
from schematic_engine.conformance.trace import Record

__all__ = ["LOST", "NORMAL_CODES", "Promises"]

NORMAL_CODES = frozenset({1000, 1001, 1005})
"""Close codes of a normal end."""

LOST = 1006
"""The code that stands for a connection lost without a close frame."""


class Promises:
    """The last messages that the sides of one connection owe each other."""

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self._close = endpoint.endpoint.lifecycle.close
        self._finals = {side: _finals(endpoint, side) for side in Side}
        self._asked: dict[Side, int] = {}

    def note(self, side: Side, message: str, line: int) -> None:
        """``side`` said ``message``, and it was its turn."""
        if self._close is not None and message == self._close.id:
            self._asked.setdefault(side, line)

    def broken(self, first: Record, possible: Possible) -> tuple[Rule, str] | None:
        """The rule that is broken by an end which began with the close ``first``, and how.

        ``possible`` is where the conversation stood when nothing more could come.
        """
        waiting = [side for side in Side if self._finals[side] and not possible.ended(side)]
        if not waiting or any(self._finals[s] and s not in waiting for s in Side):
            return None
        if first.code == LOST:
            return rules.ABNORMAL_END, f"the connection was lost before {self._awaited(waiting)}"
        if first.code not in NORMAL_CODES:
            return rules.ABNORMAL_END, (
                f"the {first.side.value} closed the connection with code {first.code} before "
                + self._awaited(waiting)
            )
        for side in waiting:
            asked = self._asked.get(side.other)
            if asked is not None and self._close is not None:
                return rules.NO_FINAL_MESSAGE, (
                    f"the {side.other.value} ended its half with {self._close.id} on line "
                    f"{asked}, but the connection was closed (code {first.code}) before "
                    + self._awaited([side])
                )
        return None

    def _awaited(self, sides: list[Side]) -> str:
        return " or ".join(
            f"{' or '.join(self._finals[side])} from the {side.value}" for side in sides
        )


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
