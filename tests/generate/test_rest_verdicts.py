"""What type checkers say of generated REST clients, and of programs that use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schematic.generate.rest import rest_client
from support.hostile import HOSTILE, hiding_api, hostile_api
from support.rest_apis import everything
from support.type_checkers import CHECKERS

PROGRAMS = sorted((Path(__file__).parent / "verdicts" / "rest").glob("*.txt"))
_WRONG = re.compile(r"#\s*wrong$")


def wrong_lines(program: Path) -> set[tuple[str, int]]:
    """The lines of a program that have to be reported."""
    lines = program.read_text("utf-8").splitlines()
    found = {number for number, line in enumerate(lines, 1) if _WRONG.search(line)}
    assert found
    return {(f"{program.stem}.py", number) for number in found}


@pytest.mark.parametrize("checker", CHECKERS)
def test_wrong_programs_are_reported_and_nothing_else(checker: str, tmp_path: Path) -> None:
    """Not right programs, not a client of everything, not hostile texts or names."""
    for program in PROGRAMS:
        (tmp_path / f"{program.stem}.py").write_text(program.read_text("utf-8"), "utf-8")
    (tmp_path / "everything_rest.py").write_text(rest_client(everything()), "utf-8")
    (tmp_path / "hiding_rest.py").write_text(rest_client(hiding_api()), "utf-8")
    for index, text in enumerate(HOSTILE[:8]):
        (tmp_path / f"hostile_{index}.py").write_text(rest_client(hostile_api(text)), "utf-8")
    said = {
        (file, line): what
        for file, lines in CHECKERS[checker](tmp_path).items()
        for line, what in lines.items()
    }
    wrong = {line for program in PROGRAMS for line in wrong_lines(program)}
    assert {line: said.get(line) for line in said.keys() ^ wrong} == {}
