"""`Sketch`: a conversation whose lines are laid out when somebody looks at them."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from schematic_engine.conformance.redact import excerpt, laid_out, printable, redact_text
from schematic_engine.conformance.shown import Step, Transcript, Turn
from schematic_engine.conformance.trace import Record, RecordKind

__all__ = ["Sketch", "turn_of"]

_LONGEST = 1 << 11
"""Bytes or characters of a payload that are kept as they are: 2 KiB."""


class _Line(msgspec.Struct, frozen=True):
    """A line that nobody has looked at.

    Attributes:
        record: the line.
        message: the id of the message.
        phase: where the conversation stood after it.
    """

    record: Record
    message: str
    phase: str


class Sketch:
    """What is kept of one conversation.

    To lay a line out, with its secrets hidden, costs many times what judging it does. So it is done
    once, when it is shown; at once only for what would be long to keep.
    """

    def __init__(self, first: Record, endpoint: str, secret: Collection[str]) -> None:
        """Begin a conversation.

        Args:
            first: its first record.
            endpoint: the name of what it speaks.
            secret: names of fields that hold credentials.
        """
        self._first, self._endpoint, self._secret = first, endpoint, secret
        self._lines: dict[int, _Line | Step] = {}

    def __contains__(self, number: int) -> bool:
        """Whether the line of that number is kept."""
        return number in self._lines

    def __len__(self) -> int:
        """How many lines are kept."""
        return len(self._lines)

    def keep(self, number: int, record: Record, message: str, phase: str) -> None:
        """Keep a line.

        Args:
            number: which of the conversation's lines it is, from 1.
            record: the line.
            message: the id of the message; empty if it is none.
            phase: where the conversation stood after it.
        """
        line = _Line(record, message, phase)
        long = record.payload is not None and len(record.payload) > _LONGEST
        self._lines[number] = self._laid_out(number, line) if long else line

    def transcript(self, length: int) -> Transcript:
        """All that is kept, of a conversation of ``length`` lines."""
        steps: list[Step] = []
        for number, line in self._lines.items():
            steps.append(line if isinstance(line, Step) else self._laid_out(number, line))
        self._lines = {step.number: step for step in steps}
        return Transcript(
            self._first.connection, self._first.line, self._endpoint, tuple(steps), length
        )

    def _laid_out(self, number: int, line: _Line) -> Step:
        record = line.record
        turn, payload = turn_of(record, line.message, self._secret), record.payload
        body = turn.text if payload is None else laid_out(payload, secret=self._secret)
        return Step(number, turn, body, line.phase, record.time)


def turn_of(record: Record, message: str, secret: Collection[str]) -> Turn:
    """One line of a conversation, ready to be shown.

    Args:
        record: the line.
        message: the id of the message; empty if it is none.
        secret: names of fields that hold credentials.
    """
    if record.payload is not None:
        text = excerpt(record.payload, secret=secret)
    elif record.is_message:
        text = "[not recorded in full]"
    elif record.kind is RecordKind.CLOSE:
        text = f"close {record.code} {printable(redact_text(record.reason))}".rstrip()
    else:
        text = record.kind.value
    return Turn(record.line, record.side.value, record.kind.value, message, text)
