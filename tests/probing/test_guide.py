"""The guide to probing shows what the command prints about the server that it shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from probing.faulty import FAULTS

from schematic import Side
from support.commands import run
from support.pages import blocks

PAGE = Path(__file__).parent.parent.parent / "docs" / "probe.md"
TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = [
    part
    for block in TEXT.split("<!-- findings -->\n```text\n")[1:]
    for part in block.partition("\n```")[0].split("\n\n")
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


def test_the_findings_of_the_guide_are_what_the_command_prints(port: str, tmp_path: Path) -> None:
    done = run("probe", f"ws://127.0.0.1:{port}", "-e", f"{tmp_path}/captions.py:captions")
    assert done.exit_code == 1
    assert len(SHOWN) == 4
    for part in SHOWN:
        assert part in done.output


def test_the_table_of_the_guide_has_a_line_for_each_mistake() -> None:
    lines = TEXT.splitlines()
    for fault in FAULTS:
        if fault.role is Side.SERVER:
            [line] = [line for line in lines if line.startswith(f"| {fault.mistake} |")]
            assert line.endswith(f"| {fault.shortest} | {fault.shortest} |")
