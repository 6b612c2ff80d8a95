"""`Parts`: what is sent or received in parts, put together for the judge alone."""

from __future__ import annotations

__all__ = ["MAX_MESSAGE", "Parts", "as_text"]

MAX_MESSAGE = 1 << 24
"""Bytes of a message in parts that are kept: 16 MiB. A longer one is not judged."""


class Parts:
    """The parts of one message.

    Attributes:
        text: whether it is text.
    """

    def __init__(self, *, text: bool) -> None:
        self.text = text
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: str | bytes | bytearray | memoryview) -> None:
        """Another part, as text or as bytes."""
        self._size += len(part)
        if self._size <= MAX_MESSAGE:
            self._parts.append(part.encode() if isinstance(part, str) else bytes(part))
        else:
            self._parts.clear()

    @property
    def data(self) -> bytes | None:
        """The bytes of the message; None if they are too many."""
        return b"".join(self._parts) if self._size <= MAX_MESSAGE else None

    @property
    def message(self) -> str | bytes | None:
        """The message as it was sent; None if it is too long."""
        data = self.data
        return as_text(data) if self.text and data is not None else data


def as_text(data: bytes) -> str:
    """What a text frame says, whatever it holds."""
    return data.decode("utf-8", "replace")
