"""Many files and long ones: several processes find what one would have found."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schematic import Side
from schematic_engine.cli.commands import schematic
from schematic_engine.cli.progress import Progress
from support.recordings import closed, opened, said

CLIENT, SERVER = Side
SPEECH = ("-e", "elevenlabs/StreamTextToSpeech")
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(schematic, ["check", *arguments])


def test_any_number_of_processes_gives_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("schematic_engine.cli.checking"), "_LEAST_SHARE", 500)
    long = tmp_path / "long.jsonl"
    lines: list[str] = []
    for number in range(20):
        lines += [opened(number), said(CLIENT, {"text": "Hi "}, number), "{"]
        lines += [said(CLIENT, {"text": " "}, number - 1), closed(SERVER, 1011, number - 1)]
    long.write_text("\n".join(lines), encoding="utf-8")
    files = [str(long), str(TRACES / "elevenlabs_probe_abrupt.jsonl"), "gone.jsonl", str(long)]
    alone = run(*files, *SPEECH, "--format", "json")
    assert alone.exit_code == 2
    for jobs in ("3", "0"):
        together = run(*files, *SPEECH, "--format", "json", "--jobs", jobs)
        assert together.exit_code == 2
        assert together.stdout == alone.stdout


def test_a_share_is_never_cut_from_a_file_without_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("schematic_engine.cli.checking"), "_LEAST_SHARE", 500)
    har = str(TRACES.parent / "captures" / "chrome.har")
    assert run(har, "--jobs", "3").stdout == run(har).stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_on_a_terminal_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with Progress(1 << 30) as progress:
        progress.advance(1 << 29)
    assert "0.5/1.0 GiB" in terminal.getvalue()


@pytest.mark.parametrize(("stream", "size"), [(Terminal(), 10), (io.StringIO(), 1 << 30)])
def test_no_bar_is_shown_for_little_or_where_nobody_sees_it(
    stream: io.StringIO, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(size) as progress:
        progress.advance(size)
    assert stream.getvalue() == ""
