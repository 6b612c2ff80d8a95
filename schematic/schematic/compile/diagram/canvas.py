"""A sheet of character cells: lines that join where they meet, and texts over them."""

from __future__ import annotations

from dataclasses import dataclass, field

from schematic.compile.diagram.wording import cells

__all__ = ["ASCII_LINES", "EAST", "LINES", "NORTH", "SOUTH", "WEST", "Canvas"]

NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8

LINES = " │─╰││╭├─╯─┴╮┤┬┼"
"""A character for each set of directions in which a line goes on."""

ASCII_LINES = " |-+||++-+-+++++"
"""The same for terminals that know no better."""


@dataclass(slots=True)
class Canvas:
    """A sheet of cells, first lines, then characters over them.

    Attributes:
        pen: a character for each set of directions, `LINES` or `ASCII_LINES`.
        lines: the directions in which lines go on from a cell, by column and row.
        signs: what is written over them.
    """

    pen: str
    lines: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    signs: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])

    def down(self, x: int, top: int, bottom: int) -> None:
        """Draw a line through the rows from ``top`` to the one before ``bottom``."""
        for y in range(top, bottom):
            self.add(x, y, NORTH | SOUTH)

    def across(self, left: int, right: int, y: int) -> None:
        """Draw a line through the columns from ``left`` to the one before ``right``."""
        for x in range(left, right):
            self.add(x, y, EAST | WEST)

    def add(self, x: int, y: int, directions: int) -> None:
        """Let lines go on from a cell in these directions, too."""
        self.lines[x, y] = self.lines.get((x, y), 0) | directions

    def write(self, x: int, y: int, text: str) -> None:
        """Write ``text`` over whatever is there; a wide character takes two cells."""
        for character in text:
            width = cells(character)
            if width == 0:
                self.signs[x - 1, y] = self.signs.get((x - 1, y), " ") + character
                continue
            self.signs[x, y] = character
            if width == 2:
                self.signs[x + 1, y] = ""
            x += width

    def render(self) -> str:
        """The sheet as lines without trailing blanks."""
        used = [*self.lines, *self.signs]
        width, height = (max(place[axis] for place in used) + 1 for axis in (0, 1))
        return "\n".join(
            "".join(self._cell(x, y) for x in range(width)).rstrip() for y in range(height)
        )

    def _cell(self, x: int, y: int) -> str:
        sign = self.signs.get((x, y))
        return self.pen[self.lines.get((x, y), 0)] if sign is None else sign
