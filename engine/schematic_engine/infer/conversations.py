"""Recorded conversations, gathered from records: what was asked for, who said what, how it ended.

What is read is bounded: `MOST_MESSAGES` in all, and of each no more than `LONGEST` characters. A
conversation of which something is missing, or whose beginning was not recorded, is not *whole*: it
shows which messages there are, and says nothing about their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from schematic.define import Side
from schematic_engine.conformance import BadLine, Record, RecordKind

__all__ = ["LONGEST", "MOST_MESSAGES", "Close", "Conversation", "Gathering", "Said"]

MOST_MESSAGES = 100_000
"""Messages that are read in all."""

MOST_BYTES = 1 << 28
"""Characters of texts that are kept in all."""

MOST_CONVERSATIONS = 100_000
"""Connections that are followed in all."""

LONGEST = 1 << 20
"""Characters of a text, or bytes of a binary frame, that are looked at."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message.

    Attributes:
        side: who said it.
        payload: ``str`` for a text frame, ``bytes`` for a binary one.
        line: its line in the recording, from 1.
        time: when it was said, in seconds; None where that was not recorded.
    """

    side: Side
    payload: str | bytes
    line: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """One close frame: who sent it, and when; code 1006 for a lost connection."""

    side: Side
    code: int
    line: int
    time: float | None = None


@dataclass(slots=True)
class Conversation:
    """One connection.

    Attributes:
        source: what the recording is called.
        number: the number of the connection within it.
        target: the request target; None where it was not recorded.
        offered: the subprotocols that the client offered.
        chosen: the subprotocol that the server chose.
        said: the messages in the order in which they passed.
        closes: the close frames; the first began the end.
        host: host and port that were asked; empty where that was not recorded.
        time: when it began, in seconds; None where that was not recorded.
        begun: whether the beginning was recorded.
        whole: whether nothing of it is missing.
    """

    source: str
    number: int
    target: str | None = None
    offered: tuple[str, ...] = ()
    chosen: str | None = None
    said: list[Said] = field(default_factory=list[Said])
    closes: list[Close] = field(default_factory=list[Close])
    host: str = ""
    time: float | None = None
    begun: bool = False
    whole: bool = True

    @property
    def in_order(self) -> bool:
        """Whether it can be asked about the order of messages."""
        return self.begun and self.whole


class Gathering:
    """Gathers the conversations of recordings."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.unread = 0
        self.too_long = 0
        self.is_full = False
        self._messages = self._bytes = 0

    def add(self, source: str, records: Iterable[Record | BadLine]) -> None:
        """Take in one recording.

        Args:
            source: what to call it.
            records: what was read of it, in order.
        """
        current: dict[int, Conversation] = {}
        for record in records:
            if isinstance(record, BadLine):
                self._miss(record, current)
            elif record.kind is not RecordKind.HTTP:
                self._take(source, record, current)

    def _miss(self, bad: BadLine, current: dict[int, Conversation]) -> None:
        self.unread += 1
        for number, one in current.items():
            if bad.connection in (None, number):
                one.whole = False

    def _take(self, source: str, record: Record, current: dict[int, Conversation]) -> None:
        number = record.connection
        known = current.get(number)
        if known is None or (record.kind is RecordKind.OPEN and known.begun):
            known = current[number] = Conversation(source, number)
            if len(self.conversations) >= MOST_CONVERSATIONS:
                self.is_full = True
                return
            self.conversations.append(known)
        if record.kind is RecordKind.OPEN:
            known.begun = not known.said
            known.target, known.offered = record.target, record.offered or ()
            known.host, known.time = record.host, record.time
        elif record.kind is RecordKind.ACCEPTED:
            known.begun = known.begun or not known.said
            known.chosen = record.chosen
        elif record.kind is RecordKind.CLOSE:
            known.closes.append(Close(record.side, record.code, record.line, record.time))
        elif record.kind is RecordKind.LOST:
            known.whole = False
        elif record.kind is not RecordKind.REJECTED:
            self._hear(record, known)

    def _hear(self, record: Record, known: Conversation) -> None:
        payload = record.payload
        if self._messages >= MOST_MESSAGES or self._bytes >= MOST_BYTES:
            self.is_full, known.whole = True, False
        elif payload is None or len(payload) > LONGEST:
            self.too_long += 1
            known.whole = False
        else:
            self._messages += 1
            self._bytes += len(payload)
            if isinstance(payload, bytes) and payload[:1] not in (b"{", b"["):
                payload = b""  # nothing in it is looked at
            known.said.append(Said(record.side, payload, record.line, record.time))
