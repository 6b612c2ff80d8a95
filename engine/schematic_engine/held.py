"""A data frame that is held back until the rest of it has come, see `schematic_engine.lane`."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from io import BytesIO

from schematic_engine.boundaries import TEXT

__all__ = ["HeldFrame"]


class HeldFrame:
    """A whole message in one frame, of which the parser knows nothing yet.

    What has come is kept in one buffer, which becomes the payload without being copied.

    Args:
        head: its header.
        size: bytes of its payload.
        unmask: removes its mask, the last four bytes of the header; None if it has none.

    Attributes:
        left: bytes of it that are still to come.
    """

    __slots__ = ("_came", "_head", "_unmask", "_utf8", "left")

    def __init__(
        self, head: bytes, size: int, unmask: Callable[[bytes, bytes], bytes] | None
    ) -> None:
        self._head = head
        self._unmask = unmask
        self._came = BytesIO()
        self._utf8: IncrementalDecoder | None = None  # checks it, once it is not ASCII
        self.left = size

    def add(self, piece: bytes) -> bool:
        """Takes the next bytes of it; returns whether they are sound, as UTF-8 if it is text."""
        done = self._came.tell()
        self._came.write(piece)
        self.left -= len(piece)
        if self._head[0] != TEXT:
            return True
        if self._unmask is not None:
            mask = self._head[-4:] * 2
            piece = self._unmask(piece, mask[done % 4 : done % 4 + 4])
        if self._utf8 is None:
            if piece.isascii():
                return True
            self._utf8 = getincrementaldecoder("utf-8")()
        try:
            self._utf8.decode(piece)
        except UnicodeDecodeError:
            return False
        return True

    def frame(self) -> bytes:
        """What has come of it, as it came."""
        return self._head + self._came.getvalue()

    def message(self) -> str | bytes:
        """What it says, once it has come.

        Raises:
            UnicodeDecodeError: it is text and ends within a character.
        """
        payload = self._came.getvalue()
        if self._unmask is not None:
            payload = self._unmask(payload, self._head[-4:])
        return payload.decode() if self._head[0] == TEXT else payload
