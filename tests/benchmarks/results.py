"""What was measured, kept in a file beside this one: the page and the pictures are made from it.

So a table that is measured alone replaces itself, and the rest stays as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from benchmarks.measure import Measured

__all__ = ["FILE", "Results", "load", "save"]

FILE = Path(__file__).parent / "measured.json"


@dataclass
class Results:
    """All that was measured.

    Attributes:
        tables: by the name of the table.
        curves: by the name of the curve, and then by the point as it is written.
    """

    tables: dict[str, Measured] = field(default_factory=dict[str, Measured])
    curves: dict[str, dict[str, Measured]] = field(default_factory=dict[str, dict[str, Measured]])


def load() -> Results:
    """What was measured before."""
    if not FILE.exists():
        return Results()
    return msgspec.json.decode(FILE.read_bytes(), type=Results)


def save(results: Results) -> None:
    """Keeps it; a figure has four digits."""
    for measured in _all(results):
        for figures in measured.figures.values():
            figures[:] = [float(f"{figure:.4g}") for figure in figures]
    text = msgspec.json.format(msgspec.json.encode(results), indent=1).decode()
    one_line_a_peer = re.sub(r"\[[^\]]*\]", lambda found: "".join(found[0].split()), text)
    FILE.write_text(one_line_a_peer + "\n", encoding="utf-8")


def _all(results: Results) -> list[Measured]:
    return [
        *results.tables.values(),
        *(measured for points in results.curves.values() for measured in points.values()),
    ]
