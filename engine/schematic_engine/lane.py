"""The fast lane: whole plain frames, past the frame parser, and provably the same.

wsproto owns every rule and every error. But most traffic is whole, uncompressed data frames, and
for those there is nothing to decide: `Lane.scan` takes them straight out of what was read, and
hands every other byte to wsproto as it came. A frame takes the lane only if it is complete in one
read, unfragmented, without reserved bits, masked as its sender's role demands, of minimal length
encoding, within the message limit, valid UTF-8 if it is text, and no fragmented message is under
way. The lane follows the boundaries of the frames it hands on, so that it knows where the next
one begins.

That the outcome is the same with and without it, for any bytes in any chunks, is a property test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from schematic.define import Side

__all__ = ["Lane", "Masks", "frame", "xor"]

_FIN: Final = 0x80
_TEXT: Final = 0x81  # FIN and the opcode: RFC 6455, section 5.2
_BINARY: Final = 0x82
_WHOLE: Final = (_TEXT, _BINARY)
_MASKED: Final = 0x80
_CONTROL: Final = 0x08
_POOL: Final = 4096
_LONG: Final = 1024


class Lane:
    """Cuts one direction of a connection into plain messages and the rest.

    Args:
        side: our role; the peer's frames are masked if we are the server.
        limit: bytes of one message; longer ones are left to the parser, which refuses them.
    """

    __slots__ = ("_head", "_joining", "_left", "_limit", "_masked")

    def __init__(self, side: Side, limit: int) -> None:
        self._masked = side is Side.SERVER
        self._limit = limit
        self._head = bytearray()  # of a frame whose header is incomplete; the parser has it too
        self._left = 0  # payload bytes of the current frame that the parser still needs
        self._joining = False  # a fragmented message is under way

    def scan(self, data: bytes) -> Iterator[tuple[str | bytes | None, bytes]]:
        """Goes through what was read, in order.

        Yields:
            ``(message, b"")`` for a message that took the lane, ``(None, piece)`` for bytes to
            feed to the parser.
        """
        at, end = 0, len(data)
        while at < end:
            if self._left or self._head:
                taken = self._follow(data, at)
                yield None, data[at : at + taken]
                at += taken
                continue
            size, length = _measure(data, at)
            whole = at + size + length
            if size and whole <= end:
                message = self._plain(data, at, size, length)
                if message is not None:
                    yield message, b""
                    at = whole
                    continue
            taken = self._begin(data, at, size, length)
            yield None, data[at : at + taken]
            at += taken

    def _plain(self, data: bytes, at: int, size: int, length: int) -> str | bytes | None:
        """The message in a whole frame, or None if it is not for the lane."""
        kind, second = data[at], data[at + 1]
        if kind not in _WHOLE or self._joining or length > self._limit:
            return None
        if (second >= _MASKED) is not self._masked or not _minimal(second & 0x7F, length):
            return None
        payload = data[at + size : at + size + length]
        if self._masked:
            payload = xor(payload, data[at + size - 4 : at + size])
        if kind == _BINARY:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return None  # the parser knows which error that is

    def _begin(self, data: bytes, at: int, size: int, length: int) -> int:
        """Starts to follow a frame that goes to the parser; returns how much of it is here."""
        here = len(data) - at
        if not size:
            self._head += data[at:]
            return here
        self._note(data[at])
        taken = min(here, size + length)
        self._left = size + length - taken
        return taken

    def _follow(self, data: bytes, at: int) -> int:
        """Goes on with the frame that the parser has begun; returns how much belongs to it."""
        if self._left:
            taken = min(self._left, len(data) - at)
            self._left -= taken
            return taken
        held = len(self._head)
        self._head += data[at : at + 14 - held]  # no header is longer
        size, length = _measure(self._head, 0)
        if not size:
            return len(self._head) - held
        self._note(self._head[0])
        self._head.clear()
        self._left = length
        return size - held

    def _note(self, first: int) -> None:
        """A frame with this first byte goes to the parser."""
        if not first & _CONTROL:
            self._joining = not first & _FIN


def _measure(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Sizes of the header and of the payload of the frame at ``at``; zeros if it is cut off."""
    here = len(data) - at
    if here < 2:
        return 0, 0
    second = data[at + 1]
    length = second & 0x7F
    size = (2 if length < 126 else 4 if length == 126 else 10) + (4 if second & _MASKED else 0)
    if here < size:
        return 0, 0
    if length >= 126:
        length = int.from_bytes(data[at + 2 : at + (4 if length == 126 else 10)], "big")
    return size, length


def _minimal(code: int, length: int) -> bool:
    """Whether ``length`` is written as short as it can be (RFC 6455, section 5.2)."""
    return code < 126 or (code == 126 and length > 125) or length > 0xFFFF


def frame(payload: bytes, *, is_text: bool, mask: bytes | None) -> bytes:
    """A whole data frame, masked if there is a mask (RFC 6455, section 5.2)."""
    length, flag = len(payload), 0 if mask is None else _MASKED
    kind = _TEXT if is_text else _BINARY
    if length < 126:
        head = bytes((kind, flag | length))
    elif length <= 0xFFFF:
        head = bytes((kind, flag | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((kind, flag | 127)) + length.to_bytes(8, "big")
    return head + payload if mask is None else b"".join((head, mask, xor(payload, mask)))


def xor(payload: bytes, mask: bytes) -> bytes:
    """Masks or unmasks (RFC 6455, section 5.3).

    Short payloads as one operation on two long integers, long ones by looking up every fourth
    byte at once; which is quicker changes at about a kilobyte.
    """
    size = len(payload)
    if size > _LONG:
        masked = bytearray(payload)
        for at, byte in enumerate(mask):
            masked[at::4] = masked[at::4].translate(_xored(byte))
        return bytes(masked)
    pad = mask * (size // 4) + mask[: size % 4]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


@cache
def _xored(byte: int) -> bytes:
    """What each byte becomes under ``byte`` of a mask."""
    return bytes(other ^ byte for other in range(256))


class Masks:
    """Unpredictable masks (RFC 6455, section 10.3), drawn from the given entropy in batches.

    Args:
        entropy: a function that returns that many unpredictable bytes.
    """

    __slots__ = ("_at", "_entropy", "_pool")

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._pool: bytes = b""
        self._at = 0

    def next(self) -> bytes:
        """Four bytes that were not used before."""
        if self._at == len(self._pool):
            self._pool, self._at = self._entropy(_POOL), 0
        self._at += 4
        return self._pool[self._at - 4 : self._at]
