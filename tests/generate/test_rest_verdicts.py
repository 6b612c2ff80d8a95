"""What type checkers say of generated REST clients, and of programs that use them."""

from __future__ import annotations

import re
from pathlib import Path

from schematic.generate.rest import rest_client
from support.hostile import HOSTILE, hiding_api, hostile_api
from support.rest_apis import everything
from support.type_checkers import refusals

PROGRAMS = sorted((Path(__file__).parent / "verdicts" / "rest").glob("*.txt"))
_WRONG = re.compile(r"#\s*wrong$")


def wrong_lines(program: Path) -> set[tuple[str, int]]:
    """The lines of a program that have to be reported."""
    lines = program.read_text("utf-8").splitlines()
    found = {number for number, line in enumerate(lines, 1) if _WRONG.search(line)}
    assert found
    return {(f"{program.stem}.py", number) for number in found}


def test_wrong_programs_are_reported_and_nothing_else(tmp_path: Path) -> None:
    """Not right programs, not a client of everything, not hostile texts or names."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for program in PROGRAMS:
        (folder / f"{program.stem}.py").write_text(program.read_text("utf-8"), "utf-8")
    (folder / "everything_rest.py").write_text(rest_client(everything()), "utf-8")
    (folder / "hiding_rest.py").write_text(rest_client(hiding_api()), "utf-8")
    for index, text in enumerate(HOSTILE[:8]):
        (folder / f"hostile_{index}.py").write_text(rest_client(hostile_api(text)), "utf-8")
    wrong = {line for program in PROGRAMS for line in wrong_lines(program)}
    for checker, found in refusals(folder, tmp_path / "scratch").items():
        said = {(one.file, one.line): one.why for one in found}
        assert {line: said.get(line) for line in said.keys() ^ wrong} == {}, checker
