"""Where frames end and fragmented messages stand, as far as their headers tell.

The parser keeps that to itself, and what goes past it has to know where the parser will need the
next byte, see `schematic_engine.lane`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BINARY", "MASKED", "TEXT", "Boundaries", "measure"]

TEXT: Final = 0x81
"""The first byte of a whole text message: FIN and the opcode (RFC 6455, section 5.2)."""

BINARY: Final = 0x82
"""The first byte of a whole binary message."""

MASKED: Final = 0x80
"""The bit of the second byte that says that there is a mask."""

_FIN: Final = 0x80
_CONTROL: Final = 0x08
_LONGEST: Final = 14


def measure(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Sizes of the header and of the payload of the frame at ``at``; zeros if it is cut off."""
    here = len(data) - at
    if here < 2:
        return 0, 0
    second = data[at + 1]
    length = second & 0x7F
    size = (2 if length < 126 else 4 if length == 126 else 10) + (4 if second & MASKED else 0)
    if here < size:
        return 0, 0
    if length >= 126:
        length = int.from_bytes(data[at + 2 : at + (4 if length == 126 else 10)], "big")
    return size, length


class Boundaries:
    """Follows the frames that go to the parser.

    Attributes:
        left: payload bytes of the current frame that are still to come.
        joining: whether a fragmented message is under way.
    """

    __slots__ = ("_head", "joining", "left")

    def __init__(self) -> None:
        self._head = bytearray()  # of a frame whose header is incomplete
        self.left = 0
        self.joining = False

    @property
    def within(self) -> bool:
        """Whether the parser stands within a frame."""
        return bool(self.left or self._head)

    def follow(self, data: bytes, at: int) -> int:
        """How many bytes from ``at`` on belong to the current frame, which may begin there."""
        here = len(data) - at
        if not self.left:
            held = len(self._head)
            self._head += data[at : at + _LONGEST - held]
            size, length = measure(self._head, 0)
            if not size:
                return here
            if not self._head[0] & _CONTROL:
                self.joining = not self._head[0] & _FIN
            self._head.clear()
            self.left = size - held + length
        taken = min(self.left, here)
        self.left -= taken
        return taken
