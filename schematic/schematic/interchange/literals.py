"""Text of others as Python source: string literals and comments that nothing can break out of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from unicodedata import east_asian_width

__all__ = ["comment", "string"]

_LINE = 96
_LEAST = 24


def string(text: str, width: int = _LINE) -> str:
    """A literal of ``text``; of several pieces in parentheses where it is longer than ``width``.

    Args:
        text: any text; what cannot be printed is escaped.
        width: columns for one piece, its quotes included.
    """
    whole = repr(text)
    if _columns(whole) <= width:
        return whole
    pieces = [repr(piece) for piece in _pieces(text, max(width, _LEAST) - 2)]
    return "(" + "\n".join(pieces) + ")"


def comment(text: str, width: int = _LINE) -> list[str]:
    """``text`` as lines of comment of at most ``width`` columns, without indentation.

    What cannot be printed, which line breaks and marks of writing direction are, becomes a space.
    """
    plain = "".join(one if one.isprintable() else " " for one in text)
    room = max(width, _LEAST) - 2
    if _columns(plain) > len(plain):
        room //= 2
    return [f"# {line}" for line in textwrap.wrap(plain, room, break_on_hyphens=False)]


def _pieces(text: str, width: int) -> Iterator[str]:
    """``text`` in pieces whose literals have at most ``width`` columns, cut after spaces."""
    piece, columns = "", 0
    for word in _words(text, width):
        wide = _columns(repr(word)) - 2
        if piece and columns + wide > width:
            yield piece
            piece, columns = "", 0
        piece, columns = piece + word, columns + wide
    yield piece


def _words(text: str, width: int) -> Iterator[str]:
    """The words of ``text`` with the space behind them, long ones in parts."""
    longest = max(1, width // 10)  # an escape has at most ten characters
    for word in text.replace(" ", " \0").split("\0") if "\0" not in text else [text]:
        if _columns(repr(word)) <= width:
            yield word
        else:
            yield from (word[at : at + longest] for at in range(0, len(word), longest))


def _columns(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1
