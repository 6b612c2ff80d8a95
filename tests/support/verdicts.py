"""Programs with the verdicts that type checkers must give on them.

A line that must be refused says so, and for which reason by each checker:

    await closing.close()  # refused: attr-defined / AttributeAccessIssue

The rules of mypy stand first, and then those of pyright, without the ``report`` that all of them
begin with; a ``-`` stands for the checker that lets it pass. Every other line must pass both.
"""

from __future__ import annotations

import re
from pathlib import Path

from support.type_checkers import Refusal

__all__ = ["expected"]

_REFUSED = re.compile(r"  # refused: (?P<mypy>[\w, -]+) / (?P<pyright>[\w, -]+)$")


def expected(folder: Path, checker: str) -> set[Refusal]:
    """What the programs in ``folder`` say that a checker must say."""
    verdicts: set[Refusal] = set()
    for file in folder.glob("*.py"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = _REFUSED.search(line)
            assert match or "# refused" not in line, f"{file.name}, line {number}: which rules?"
            if match and match[checker] != "-":
                verdicts |= {Refusal(file.name, number, one) for one in match[checker].split(", ")}
    return verdicts
