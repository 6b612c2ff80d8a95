"""Several drawings on one sheet: side by side while there is room, then below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Sheet", "shelve"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The upper left corner of every drawing, in the order given, and the size of it all."""

    places: tuple[tuple[int, int], ...]
    width: int
    height: int


def shelve(sizes: Sequence[tuple[int, int]], *, limit: int, gap: int) -> Sheet:
    """Place drawings of ``sizes`` (width, height) on shelves, each shelf in the middle.

    Args:
        sizes: them, the first one leftmost and uppermost.
        limit: how wide a shelf may get; a drawing that is wider has one to itself.
        gap: how far apart drawings are, and shelves.
    """
    shelves: list[list[int]] = [[]]
    for number in range(len(sizes)):
        if shelves[-1] and _width([*shelves[-1], number], sizes, gap) > limit:
            shelves.append([])
        shelves[-1].append(number)
    width = max(_width(shelf, sizes, gap) for shelf in shelves)
    places: list[tuple[int, int]] = []
    y = -gap
    for shelf in shelves:
        y += gap
        x = (width - _width(shelf, sizes, gap)) // 2
        for number in shelf:
            places.append((x, y))
            x += sizes[number][0] + gap
        y += max(sizes[number][1] for number in shelf)
    return Sheet(tuple(places), width, y)


def _width(shelf: Sequence[int], sizes: Sequence[tuple[int, int]], gap: int) -> int:
    return sum(sizes[number][0] for number in shelf) + gap * (len(shelf) - 1)
