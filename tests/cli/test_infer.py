"""``schematic infer`` writes a module that the other commands take at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from infer.endpoints import TRACES

from support.commands import run
from support.type_checkers import refusals

TRACE = str(TRACES / "elevenlabs_stream_input.jsonl")


def test_a_recording_becomes_a_module_that_accepts_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "speech.py"
    done = run("infer", TRACE, "-o", str(file))
    assert done.exit_code == 0
    assert f"wrote {file}, from 1 conversations with 10 messages" in done.output
    assert f"schematic verify {file}:speech" in done.output
    assert run("show", f"{file}:speech").exit_code == 0
    assert run("verify", f"{file}:speech").exit_code == 0
    endpoint = f"{file}:speech/TextToSpeechStreamInputV1"
    assert run("check", TRACE, "-e", endpoint, "--strict").exit_code == 0


@pytest.mark.parametrize("name", ["chrome.har", "mitmproxy.har"])
def test_captures_of_other_programs_are_read(name: str) -> None:
    done = run("infer", str(TRACES.parent / "captures" / name))
    assert done.exit_code == 0
    assert 'id="BlankText"' in done.output


def test_without_a_file_the_module_is_printed() -> None:
    done = run("infer", TRACE, "--name", "My speech", "--base-url", "wss://example.com")
    assert "def my_speech() -> WebSocketApi:" in done.output
    assert 'base_url="wss://example.com"' in done.output
    assert "choose: the address" not in done.output


def test_a_file_that_is_there_is_kept_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "speech.py"
    file.write_text("mine", encoding="utf-8")
    done = run("infer", TRACE, "-o", str(file))
    assert done.exit_code == 2
    assert f"{file} is there already; --force writes over it." in done.output
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("infer", TRACE, "-o", str(file), "--force").exit_code == 0
    assert file.read_text(encoding="utf-8") != "mine"


def test_a_file_that_is_not_there_is_named() -> None:
    done = run("infer", "nowhere.jsonl")
    assert done.exit_code == 2
    assert "nowhere.jsonl cannot be read" in done.output


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules drafted from recordings of very different protocols."""
    folder = tmp_path_factory.mktemp("drafts")
    for name in ("elevenlabs_stream", "deepgram_agent", "openai_realtime", "gql_node_py"):
        traces = map(str, sorted(TRACES.glob(f"{name}*.jsonl")))
        assert run("infer", *traces, "-o", str(folder / f"{name}.py")).exit_code == 0
    return folder


def test_type_checkers_find_nothing_in_drafts(drafts: Path, tmp_path: Path) -> None:
    assert refusals(drafts, tmp_path) == {"mypy": set(), "pyright": set()}


def test_ruff_finds_nothing_in_drafts(drafts: Path) -> None:
    for command in (
        ["check", "--select=E,F,I,UP,B,N,PYI,RUF,SIM", "--line-length=100"],
        ["format", "--check", "--line-length=100"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(drafts)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=drafts,
        )
        assert done.returncode == 0, done.stdout
