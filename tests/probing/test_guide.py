"""The guide to probing shows what the command prints about the server that it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from probing.faulty import FAULTS
from probing.figures import generated, is_of_a_table, written

from support.commands import run
from support.pages import blocks

PAGE = Path(__file__).parent.parent.parent / "docs" / "probe.md"
TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = [
    part
    for block in TEXT.split("<!-- findings -->\n```text\n")[1:]
    for part in block.partition("\n```")[0].split("\n\n")
]
STEPS = [
    re.split(" {2,}", line.strip())[0]
    for line in TEXT.partition("<!-- steps -->\n```text\n")[2].partition("\n```")[0].splitlines()
]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """The port of the guide's server, whose files are in ``tmp_path``."""
    for block in blocks(TEXT):
        if block.mark == "file":
            (tmp_path / block.argument).write_text(block.text, encoding="utf-8")
    command = [sys.executable, "server.py", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.kill()


def test_the_findings_of_the_guide_are_what_the_command_prints_and_its_scripts_show(
    port: str, tmp_path: Path
) -> None:
    server, found = f"ws://127.0.0.1:{port}", tmp_path / "found"
    reference = f"{tmp_path}/captions.py:captions"
    done = run("probe", server, "-e", reference, "--save", str(found))
    assert done.exit_code == 1
    assert len(SHOWN) == 3
    assert len(STEPS) == 12
    for part in (*SHOWN, *STEPS):  # a slow machine may count a step otherwise at first
        assert part in done.output
    [script] = found.glob("*-prb-103-no-last-message.py")
    again = subprocess.run(
        [sys.executable, script, f"{server}/captions"], capture_output=True, check=False
    )
    assert again.returncode == 1
    assert run("check", str(script.with_suffix(".jsonl")), "-e", reference).exit_code == 0
    assert script.name.partition("-")[2] in TEXT


def test_the_table_of_the_guide_has_a_line_for_each_mistake() -> None:
    lines = TEXT.splitlines()
    for fault in FAULTS:
        [line] = [line for line in lines if line.startswith(f"| {fault.mistake} |")]
        assert line.endswith(f"| {fault.shortest} | {fault.shortest} |")


def test_the_generated_part_of_the_guide_is_two_tables_and_nothing_else() -> None:
    lines = generated(TEXT)
    assert [line for line in lines if not is_of_a_table(line)] == []
    assert sum(line.startswith("| mistake of the ") for line in lines) == 2
    assert len(lines) == len(FAULTS) + 5  # two heads, and an empty line between them


def test_what_was_complained_about_while_the_tables_were_made_gets_into_no_page() -> None:
    page = written(TEXT, [*generated(TEXT), ""])
    assert page == TEXT
    for line in (
        "Traceback (most recent call last):",
        "| half a row |",
        "Exception | in | a | thread",
    ):
        with pytest.raises(ValueError, match="belong to no table"):
            written(TEXT, [*generated(TEXT), line])
