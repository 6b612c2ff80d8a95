"""Frames written by hand, right or wrong, and ways to cut bytes into reads."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import strategies as st

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = False
) -> bytes:
    """One frame (RFC 6455, section 5.2); masked with a key of ones and twos where asked for."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = masked << 7
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if not masked:
        return head + payload
    key = b"\x01\x02\x01\x02"
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def close_frame(code: int, reason: bytes = b"", *, masked: bool = False) -> bytes:
    """A close frame with a code and a reason."""
    return frame(CLOSE, struct.pack("!H", code) + reason, masked=masked)


def deflated(data: bytes, *, final: bool = False) -> bytes:
    """A message as permessage-deflate sends it; with ``final``, ended by a BFINAL block."""
    packer = zlib.compressobj(wbits=-15)
    if final:
        return packer.compress(data) + packer.flush(zlib.Z_FINISH) + b"\x00"
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def cut(data: bytes, places: Sequence[int]) -> Iterator[bytes]:
    """The same bytes in several non-empty reads."""
    marks = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    for start, end in pairwise(marks):
        yield data[start:end]


def cuts() -> st.SearchStrategy[list[int]]:
    """Places for `cut`."""
    return st.lists(st.integers(0, 1 << 20), max_size=12)
