"""Whole data frames as they are sent (RFC 6455, section 5.2)."""

from __future__ import annotations

from typing import Final

from schematic_engine.masking import xor

__all__ = ["frame"]

_TEXT: Final = 0x81  # FIN and the opcode
_BINARY: Final = 0x82
_MASKED: Final = 0x80


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
