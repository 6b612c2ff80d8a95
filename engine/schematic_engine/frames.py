"""Whole data frames as they are sent (RFC 6455, section 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final

from schematic_engine.boundaries import BINARY, MASKED, TEXT
from schematic_engine.masking import masker

__all__ = ["masked", "unmasked"]

_SHORT: Final = 126
"""Bytes of the shortest payload whose length does not fit into the second byte."""


def _heads(flag: int) -> tuple[list[bytes], list[bytes]]:
    """The headers of short frames, by length: of binary ones, and of text."""
    binary, text = ([bytes((kind, flag | n)) for n in range(_SHORT)] for kind in (BINARY, TEXT))
    return binary, text


_UNMASKED: Final = _heads(0)
_MASKED: Final = _heads(MASKED)
_two_bytes: Final = Struct("!BBH").pack
_eight_bytes: Final = Struct("!BBQ").pack


def unmasked(payload: bytes, is_text: bool) -> bytes:
    """A whole data frame as servers send them."""
    size = len(payload)
    return (_UNMASKED[is_text][size] if size < _SHORT else _long(size, is_text, 0)) + payload


def masked(masks: Iterator[bytes]) -> Callable[[bytes, bool], bytes]:
    """What makes whole data frames as clients send them, each with the next of ``masks``."""
    mask_with = masker()

    def frame(payload: bytes, is_text: bool) -> bytes:
        size, mask = len(payload), next(masks)
        head = _MASKED[is_text][size] if size < _SHORT else _long(size, is_text, MASKED)
        return b"".join((head, mask, mask_with(payload, mask)))

    return frame


def _long(size: int, is_text: bool, flag: int) -> bytes:
    """The header of a longer frame."""
    kind = TEXT if is_text else BINARY
    if size <= 0xFFFF:
        return _two_bytes(kind, flag | 126, size)
    return _eight_bytes(kind, flag | 127, size)
