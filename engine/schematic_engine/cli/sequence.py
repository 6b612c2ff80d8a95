"""A conversation as a sequence chart made of characters."""

from __future__ import annotations

from schematic.compile.diagram.wording import cells
from schematic.compile.paths import Path
from schematic.define import Side

__all__ = ["sequence_chart"]

_NARROWEST = 24
_UNICODE = ("─", "▶", "◀", "│")
_ASCII = ("-", ">", "<", "|")


def sequence_chart(path: Path, *, ascii_only: bool = False) -> str:
    """Draw ``path``: a line for each side, and an arrow between them for each message.

    Returns:
        Lines without trailing blanks, the last one without a newline.
    """
    dash, right, left, life = _ASCII if ascii_only else _UNICODE
    inner = max([_NARROWEST, *(cells(message) + 8 for _, message in path)])
    lines = ["client" + " " * (inner - 4) + "server"]
    for side, message in path:
        rest = inner - 4 - cells(message)
        before, after = dash * (rest // 2), dash * (rest - rest // 2)
        arrow = (
            f"{before}{dash} {message} {after}{right}"
            if side is Side.CLIENT
            else f"{left}{before} {message} {after}{dash}"
        )
        lines.append(f"   {life}{arrow}{life}")
    return "\n".join(lines)
