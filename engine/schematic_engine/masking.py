"""Masks of frames (RFC 6455, sections 5.3 and 10.3): making them, and applying them.

Masking long payloads is what Python does badly, so a compiled function is taken if there is one:
that of ``websockets``, which the extra ``masker`` installs. It does the same as `xor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from struct import iter_unpack
from typing import Final

__all__ = ["masker", "masks", "xor"]

_POOL: Final = 512  # bytes; an idle connection keeps them
_LONG: Final = 1024


_number: Final = int.from_bytes


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
    pad = (mask * (size // 4 + 1))[:size]
    return (_number(payload, "little") ^ _number(pad, "little")).to_bytes(size, "little")


@cache
def masker() -> Callable[[bytes, bytes], bytes]:
    """What masks a payload: compiled code if it is installed, else `xor`."""
    try:
        from websockets.speedups import apply_mask  # noqa: PLC0415  # only if somebody masks
    except ImportError:
        return xor
    return apply_mask


@cache
def _xored(byte: int) -> bytes:
    """What each byte becomes under ``byte`` of a mask."""
    return bytes(other ^ byte for other in range(256))


def masks(entropy: Callable[[int], bytes]) -> Iterator[bytes]:
    """Unpredictable masks without end (RFC 6455, section 10.3).

    Args:
        entropy: a function that returns that many unpredictable bytes; it is asked for many at
            a time, and none of them is used twice.
    """
    while True:
        for (mask,) in iter_unpack("4s", entropy(_POOL)):
            yield mask
