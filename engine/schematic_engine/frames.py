"""Whole data frames as they are sent (RFC 6455, section 5.2)."""

from __future__ import annotations

from typing import Final

from schematic_engine.boundaries import BINARY, MASKED, TEXT
from schematic_engine.masking import masker

__all__ = ["frame"]

_HEADS: Final = {kind: [bytes((kind, second)) for second in range(256)] for kind in (TEXT, BINARY)}
"""The headers of short frames."""


def frame(payload: bytes, *, is_text: bool, mask: bytes | None) -> bytes:
    """A whole data frame, masked if there is a mask (RFC 6455, section 5.2)."""
    length, flag = len(payload), 0 if mask is None else MASKED
    kind = TEXT if is_text else BINARY
    if length < 126:
        head = _HEADS[kind][flag | length]
    elif length <= 0xFFFF:
        head = bytes((kind, flag | 126, length >> 8, length & 0xFF))
    else:
        head = bytes((kind, flag | 127)) + length.to_bytes(8, "big")
    return head + payload if mask is None else b"".join((head, mask, masker()(payload, mask)))
