"""Text that goes into Markdown as what it is."""

from __future__ import annotations

import re

__all__ = ["plain"]

_UNSAFE = re.compile(r"[\\`*<>\[\]|&]")


def plain(text: str) -> str:
    """Escape what Markdown would read as markup inside a table."""
    return _UNSAFE.sub(lambda found: "\\" + found[0], " ".join(text.split()))
