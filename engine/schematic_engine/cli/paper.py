"""What the commands write on: colours on terminals, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

__all__ = ["Paper", "clean", "standard_output"]

_INDENT = 2


def clean(text: str) -> str:
    """``text`` on one line and without control characters: descriptions may come from anywhere."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def standard_output() -> TextIO:
    """Standard output, writing characters that its encoding lacks as escapes."""
    out: TextIO = sys.stdout
    reconfigure = getattr(out, "reconfigure", None)  # a replaced stream may not have it
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return out


class Paper:
    """Standard output. Colours go by what rich makes of the terminal and of ``NO_COLOR``."""

    def __init__(self) -> None:
        self._console = Console(file=standard_output(), highlight=False, soft_wrap=True)

    @property
    def ascii_only(self) -> bool:
        """Whether lines of a drawing have to be made of ASCII characters."""
        return not self._console.encoding.startswith("utf")

    def line(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """Write one line made of texts, or of texts with a style."""
        self._console.print(Text.assemble(" " * indent, *parts))

    def heading(self, text: str) -> None:
        """Write a heading below an empty line."""
        self.line()
        self.line((text, "bold"))

    def block(self, text: str) -> None:
        """Write a drawing as it is, indented."""
        for line in text.rstrip("\n").split("\n"):
            self.line(line, indent=_INDENT if line else 0)

    def columns(
        self, rows: Sequence[Sequence[str]], *, styles: Sequence[str], indent: int = _INDENT
    ) -> None:
        """Write ``rows`` in aligned columns, each column in its style."""
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            padded = [
                (text + " " * (width - cell_len(text) + 2), style)
                for text, width, style in zip(row, widths, styles, strict=True)
                if width
            ]
            line = Text.assemble(" " * indent, *padded)
            line.rstrip()
            self._console.print(line)
