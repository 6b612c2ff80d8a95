"""Masks of frames (RFC 6455, sections 5.3 and 10.3): making them, and applying them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

__all__ = ["Masks", "xor"]

_POOL: Final = 4096
_LONG: Final = 1024


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
