"""The fast lane: whole plain frames, past the frame parser, and provably the same.

wsproto owns every rule and every error. But most traffic is whole, uncompressed data frames, and
for those there is nothing to decide: `Lane.scan` takes them straight out of what was read, all in
one loop, and hands every other byte to wsproto as it came. A frame takes the lane only if it is
unfragmented, without reserved bits, masked as its sender's role demands, of minimal length
encoding, within the message limit, valid UTF-8 if it is text, and no fragmented message is under
way. Where the end of a read cuts the payload of such a frame, it is held back as long as it is
valid; a header that is cut, and all else, goes to the parser at once.

That the outcome is the same with and without it, for any bytes in any chunks, is a property test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from schematic.define import Side
from schematic_engine.boundaries import BINARY, MASKED, TEXT, Boundaries, measure
from schematic_engine.held import HeldFrame
from schematic_engine.masking import masker

__all__ = ["Lane"]

_Take: TypeAlias = Callable[[str | bytes], object]


class Lane:
    """Cuts one direction of a connection into plain messages and the rest.

    Args:
        side: our role; the peer's frames are masked if we are the server.
        limit: bytes of one message; longer ones are left to the parser, which refuses them.

    Attributes:
        at: how far into what was read the last `scan` has come.
    """

    __slots__ = ("_flag", "_held", "_limit", "_parsed", "_unmask", "at")

    def __init__(self, side: Side, limit: int) -> None:
        self._flag = MASKED if side is Side.SERVER else 0
        self._limit = limit
        self._unmask = masker()
        self._parsed = Boundaries()  # of the frames that go to the parser
        self._held: HeldFrame | None = None  # an incomplete plain frame
        self.at = 0

    @property
    def within(self) -> bool:
        """Whether a frame, or a message of several, is under way; whatever the reads were."""
        parsed = self._parsed
        return self._held is not None or parsed.within or parsed.joining

    def scan(self, data: bytes, take: _Take) -> Iterator[bytes]:
        """Goes through what was read, in order; it can be left after any piece.

        Args:
            data: what was read.
            take: is called with each message that takes the lane.

        Yields:
            what to feed to the parser before the next message is taken.
        """
        at, end, parsed = 0, len(data), self._parsed
        if self._held is not None:
            at = min(self._held.left, end)
            piece = self._resume(self._held, data[:at], take)
            if piece:
                self.at = at
                yield piece
        while at < end:
            if not (parsed.within or parsed.joining):
                at = self._take(data, at, take)
                if at == end or self._hold(data, at):
                    return
            begin, at = at, at + parsed.follow(data, at)
            self.at = at
            yield data[begin:at]

    def _take(self, data: bytes, at: int, take: _Take) -> int:
        """Takes the whole plain frames from ``at`` on; returns where they end."""
        end, flag, limit = len(data), self._flag, self._limit
        last, short, header = end - 1, min(limit, 125), 6 if flag else 2
        while at < last:
            kind, length, begin = data[at], data[at + 1] ^ flag, at + header
            if length > short:
                if length == 126 and at + 4 <= end:
                    least, begin = 126, begin + 2
                    length = data[at + 2] << 8 | data[at + 3]
                elif length == 127:
                    least, begin = 1 << 16, begin + 8
                    length = int.from_bytes(data[at + 2 : at + 10], "big")
                else:
                    break
                if not least <= length <= limit:
                    break
            stop = begin + length
            if stop > end or not TEXT <= kind <= BINARY:
                break
            payload = data[begin:stop]
            if flag:
                payload = self._unmask(payload, data[begin - 4 : begin])
            try:
                take(payload.decode() if kind == TEXT else payload)
            except UnicodeDecodeError:
                break  # the parser knows which error that is
            at = stop
        return at

    def _hold(self, data: bytes, at: int) -> bool:
        """Holds a frame back if it is cut off, and its header lets it be a plain one."""
        size, length = measure(data, at)
        if not size or at + size + length <= len(data):
            return False
        code = data[at + 1] ^ self._flag
        least = 0 if code < 126 else 126 if code == 126 else 1 << 16
        if not TEXT <= data[at] <= BINARY or code >= MASKED or not least <= length <= self._limit:
            return False
        unmask = self._unmask if self._flag else None
        held = HeldFrame(data[at : at + size], length, unmask)
        if not held.add(data[at + size :]):
            return False
        self._held = held
        return True

    def _resume(self, held: HeldFrame, piece: bytes, take: _Take) -> bytes:
        """Goes on with the frame that was held back; returns what the parser has to have of it."""
        sound = held.add(piece)
        if sound and held.left:
            return b""
        self._held = None
        try:
            if sound:
                take(held.message())
                return b""
        except UnicodeDecodeError:
            pass  # the parser knows which error that is
        self._parsed.left = held.left
        return held.frame()
