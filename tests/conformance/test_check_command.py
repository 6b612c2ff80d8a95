"""``schematic check`` as people run it: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schematic import Side
from schematic_engine.cli.commands import schematic
from support.recordings import opened, said

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"
CLEAN = str(TRACES / "elevenlabs_stream_input.jsonl")
WARNED = str(TRACES / "elevenlabs_probe_abrupt.jsonl")
WRONG = str(TRACES / "elevenlabs_probe_unknown_message.jsonl")
SPEECH = ("-e", "elevenlabs/StreamTextToSpeech")


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(schematic, ["check", *arguments], input=stdin.encode())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((CLEAN, *SPEECH), 0),
        ((CLEAN, *SPEECH, "--strict"), 0),
        ((WARNED, *SPEECH), 0),
        ((WARNED, *SPEECH, "--strict"), 1),
        ((CLEAN, WRONG, *SPEECH), 1),
        ((WRONG, *SPEECH, "--format", "json"), 1),
        ((WRONG, "-e", "elevenlabs"), 1),
        ((WRONG, "-e", "deepgram", "-e", "openai"), 2),
        ((WRONG, *SPEECH, "--format-in", "har"), 2),
        ((WRONG, *SPEECH, "-o", "/nowhere/report.txt"), 2),
        ((CLEAN, "gone.jsonl", *SPEECH), 2),
        ((str(TRACES), *SPEECH), 2),
        ((__file__, *SPEECH), 2),
        ((CLEAN,), 0),
        (SPEECH, 2),
        ((CLEAN, "-e", "elevenlabs/Nothing"), 2),
        ((CLEAN, "-e", "nobody/Nothing"), 2),
    ],
)
def test_the_exit_code_says_whether_it_conforms(arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


def test_a_finding_names_file_line_rule_and_what_is_wrong() -> None:
    assert f"{WRONG}:6: error[SCH-201]: the server sent" in run(WRONG, *SPEECH).stdout


def test_of_a_file_that_holds_nothing_the_first_unreadable_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "wide.jsonl"
    file.write_bytes(Path(CLEAN).read_text(encoding="utf-8").encode("utf-16"))
    done = run(str(file), *SPEECH)
    assert done.exit_code == 2
    assert "unusable: it holds no record of a connection; line 1: " in done.stdout


def test_json_is_json_alone() -> None:
    read = json.loads(run(WRONG, WARNED, *SPEECH, "--format", "json").stdout)
    assert [(one["rule"], one["line"]) for one in read["findings"]] == [
        ("SCH-201", 6),
        ("SCH-302", 6),
    ]


def test_a_recording_may_come_from_standard_input() -> None:
    lines = [opened(), said(Side.CLIENT, {"text": "Hi "})]
    done = run("-", *SPEECH, stdin="\n".join(lines))
    assert done.exit_code == 1
    assert "<stdin>:2: error[SCH-101]" in done.stdout


def test_a_missing_file_does_not_keep_the_others_from_being_judged() -> None:
    done = run("gone.jsonl", WRONG, *SPEECH)
    assert "SCH-201" in done.stdout
    assert "gone.jsonl: unusable" in done.stdout


def test_a_terminal_without_a_payloads_letters_gets_them_escaped() -> None:
    lines = [opened(), said(Side.CLIENT, {"text": "Grüße "})]
    done = CliRunner(charset="ascii").invoke(
        schematic, ["check", "-", *SPEECH], input="\n".join(lines).encode()
    )
    assert done.exit_code == 1
    assert r"Gr\xfc\xdfe" in done.stdout


def test_a_capture_of_a_browser_is_judged_without_a_word_about_what_it_is() -> None:
    done = run(str(TRACES.parent / "captures" / "chrome.har"), "--vantage", "client")
    assert done.exit_code == 1
    assert "1 of them not judged" in done.stdout


@pytest.mark.parametrize(
    ("form", "start"),
    [("junit", "<?xml"), ("sarif", "{"), ("html", "<!DOCTYPE html>"), ("text", WRONG)],
)
def test_a_report_goes_to_a_file_and_its_verdict_to_standard_error(
    form: str, start: str, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    done = run(WRONG, *SPEECH, "--format", form, "-o", str(report))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "not conforming; 1 error" in done.stderr
    assert report.read_text(encoding="utf-8").startswith(start)
