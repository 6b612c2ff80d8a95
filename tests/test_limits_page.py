"""The page on limits says what `Limits` has."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import schematic_engine.errors
from schematic_engine.errors import ProtocolError
from schematic_engine.limits import Limits

PAGE = (Path(__file__).parent.parent / "docs" / "limits.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.split("## ")[0].splitlines()
    if line.startswith("| `")
]
UNITS = {"KiB": 2**10, "MiB": 2**20, "s": 1, "messages": 1, "characters": 1}


def value(text: str) -> float | None:
    """``16 MiB`` as a number; None for none."""
    if text == "none":
        return None
    number, _, unit = text.replace(",", "").partition(" ")
    return float(number) * UNITS.get(unit, 1)


def test_the_table_has_every_limit_in_order_with_its_default() -> None:
    given = [(row[0].strip("`"), value(row[1])) for row in ROWS]
    assert given == [(one.name, one.default) for one in fields(Limits)]


def test_the_docstring_names_the_same_defaults() -> None:
    described = Limits.__doc__ or ""
    for name, default, *_ in ROWS:
        entry = rf"^        {name.strip('`')}: (.*(?:\n {{12}}.*)*)"
        (text,) = re.findall(entry, described, re.MULTILINE)
        number = re.sub(" (messages|characters)", "", default)
        assert ("None" if number == "none" else number) in text, name


def test_the_errors_and_close_codes_are_those_of_the_engine() -> None:
    for row in ROWS:
        for name in re.findall(r"`([A-Z]\w+)`", row[3]):
            error: type[ProtocolError] = getattr(schematic_engine.errors, name)
            if name == "MessageTooBig" and row[4].isdecimal():
                assert int(row[4]) == error.close_code
