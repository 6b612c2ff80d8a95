"""Pages whose examples run.

A line in a page marks the fenced block that follows it:

``<!-- file: NAME -->``
    The block is saved under that name, for the blocks after it.
``<!-- run -->``
    The block is run: a ``python`` block as a script of its own, a ``bash`` block line by line. It
    must succeed, or exit as announced: ``<!-- run: exits 1 -->``.
``<!-- output -->``
    The block is what the run before it printed.
``<!-- command: NAME -->``
    A bash block of one line that `.ci/run` runs in a fresh copy; not run from here.

All blocks of one page share a working directory. Unmarked blocks only illustrate. A page that
begins with ``<!-- needs: peers -->`` uses what others wrote, and is run with ``tests/peers``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.plugged import environment

__all__ = ["ROOT", "Block", "Page", "blocks", "pages", "run"]

ROOT = Path(__file__).parent.parent.parent
_NEEDS_PEERS = "<!-- needs: peers -->\n"

_BLOCK = re.compile(
    r"^<!-- (?P<mark>file|run|output|command)(?:: (?P<argument>[^\n]+?))? -->\n"
    r"+```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"^<!-- (?:file|run|output|command)\b", re.MULTILINE)
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A marked block of a page: the mark, its argument, the language, the text, and the line."""

    mark: str
    argument: str
    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its marked blocks; and whether they need what others wrote."""

    path: Path
    blocks: tuple[Block, ...]
    needs_peers: bool = False


def pages() -> Iterator[Page]:
    """The README and the pages of the site."""
    written = (ROOT / "docs").rglob("*.md")
    for path in (ROOT / "README.md", ROOT / "definitions" / "README.md", *sorted(written)):
        if "_build" not in path.parts:
            text = path.read_text(encoding="utf-8")
            yield Page(path, tuple(blocks(text)), text.startswith(_NEEDS_PEERS))


def blocks(text: str) -> Iterator[Block]:
    """The marked blocks of a page; a mark that nothing follows is an error."""
    found = list(_BLOCK.finditer(text))
    starts = {match.start() for match in found}
    for mark in _MARK.finditer(text):
        line = text.count("\n", 0, mark.start()) + 1
        assert mark.start() in starts, f"line {line}: no block follows {mark.group()} ... -->"
    for match in found:
        yield Block(
            mark=match["mark"],
            argument=match["argument"] or "",
            language=match["language"],
            text=match["text"],
            line=text.count("\n", 0, match.start()) + 1,
        )


def run(page: Page, folder: Path) -> None:
    """Run the page in ``folder``; the first block that does not do as announced is an error."""
    printed = ""
    for block in page.blocks:
        where = f"{page.path.name}, line {block.line}"
        if block.mark == "file":
            (folder / block.argument).write_text(block.text, encoding="utf-8")
        elif block.mark == "run":
            printed = "".join(_run(command, block, folder, where) for command in _commands(block))
        elif block.mark == "output":
            assert printed.rstrip() == block.text.rstrip(), f"{where}:\n{printed}"


def _commands(block: Block) -> list[list[str]]:
    if block.language == "python":
        return [[sys.executable, "-W", "error", "-c", block.text]]
    assert block.language == "bash", f"cannot run {block.language!r}"
    return [["bash", "-c", line] for line in block.text.splitlines() if line]


def _run(command: list[str], block: Block, folder: Path, where: str) -> str:
    expected = int(block.argument.removeprefix("exits ") or 0)
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            **os.environ,
            **environment(),
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
        },
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == expected, f"{where}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout
