"""Reports: a compiler's words for people, a stable form for programs, no secrets in either."""

from __future__ import annotations

import json

import pytest

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import RULES, Report, Unusable, examine
from support.recordings import closed, judged, opened, said

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")
CLIENT, SERVER = Side

TWICE_TOO_LATE = [
    opened(),
    said(CLIENT, {"text": " ", "xi-api-key": "hunter2"}),
    said(CLIENT, {"text": ""}),
    said(CLIENT, {"text": "More "}),
    said(CLIENT, {"text": "More "}),
    said(SERVER, {"isFinal": True}),
]
NO_FINAL = [*TWICE_TOO_LATE[:3], closed(SERVER)]


def report(*files: list[str]) -> Report:
    return Report("ElevenLabs/StreamTextToSpeech", tuple(judged(SPEECH, one) for one in files))


def test_the_name_of_a_file_is_shown_on_one_line() -> None:
    bad = Unusable("a\nb\x1b[31m.jsonl", "it is empty")
    (trace,) = (examine(compile_endpoint(SPEECH), "c\nd", [b"{", opened().encode()]),)
    told = Report("", (trace,), (bad,)).as_text()
    assert "a\\nb\\x1b[31m.jsonl: unusable: it is empty\n" in told
    assert told.startswith("c\\nd:1: warning[SCH-901]")


def test_a_text_report_shows_the_finding_in_its_conversation() -> None:
    trace = [opened(), said(CLIENT, {"text": "Hi "}), said(CLIENT, {"text": " "}), closed(CLIENT)]
    problem = (
        "SendText from the client is illegal here: the client is still opening the conversation"
    )
    assert report(trace).as_text().splitlines() == [
        f"trace.jsonl:2: error[SCH-101]: {problem}",
        "  --> connection 0, INITIALIZING",
        "     1 | client ->                       open",
        '   > 2 | client -> SendText              {"text":"Hi "}',
        '     3 | client -> InitializeConnection  {"text":" "}',
        "   = legal now from the client: InitializeConnection",
        "   = SendText is legal after InitializeConnection from the client",
        "   = shortest repair: send InitializeConnection before it",
        "   = illegal-order: " + RULES["SCH-101"].summary,
        "ElevenLabs/StreamTextToSpeech: not conforming; 1 error (2 messages in 1 connection)",
    ]


def test_the_same_finding_again_is_one_line() -> None:
    text = report(TWICE_TOO_LATE).as_text()
    assert text.count("cannot become legal again") == 1
    assert text.count("error[SCH-101]") == 2


def test_no_report_shows_a_credential() -> None:
    both = report(TWICE_TOO_LATE, NO_FINAL)
    assert "[redacted]" in both.as_text()
    assert "hunter2" not in both.as_text() + both.as_json()
    assert "sk-header" not in both.as_text() + both.as_json()


def test_the_json_form_has_all_that_the_text_has() -> None:
    read = json.loads(report(TWICE_TOO_LATE).as_json())
    assert read["schema"] == "schematic.check/1"
    assert read["conforming"] is False
    assert read["summary"] == {
        "errors": 2,
        "warnings": 0,
        "notes": 1,
        "messages": 5,
        "connections": 1,
    }
    first = read["findings"][0]
    assert first.pop("turns")[-1] == {
        "line": 5,
        "side": "client",
        "kind": "text",
        "message": "SendText",
        "text": '{"text":"More "}',
    }
    assert first.pop("text").startswith("SendText from the client")
    assert first == {
        "rule": "SCH-101",
        "name": "illegal-order",
        "severity": "error",
        "file": "trace.jsonl",
        "line": 4,
        "connection": 0,
        "side": "client",
        "message": "SendText",
        "state": "CLOSING",
        "allowed": [],
        "path": None,
        "because": {"line": 3, "side": "client", "message": "CloseConnection"},
        "repair": {
            "action": "move",
            "text": "move it before line 3 (CloseConnection)",
            "line": 3,
            "steps": [],
        },
    }


def test_a_path_is_a_list_of_steps() -> None:
    read = json.loads(report([opened(), said(CLIENT, {"text": "Hi "})]).as_json())
    assert read["findings"][0]["path"] == [{"side": "client", "message": "InitializeConnection"}]


@pytest.mark.parametrize(
    ("files", "plain", "strict"),
    [
        ([], 0, 0),
        ([[*NO_FINAL[:3], said(SERVER, {"isFinal": True}), closed(SERVER)]], 0, 0),
        ([NO_FINAL[:3]], 0, 0),
        ([NO_FINAL], 0, 1),
        ([["{", opened()]], 0, 1),
        ([['{"conn": 4}', opened()]], 0, 1),
        ([NO_FINAL, TWICE_TOO_LATE], 1, 1),
    ],
)
def test_errors_count_always_and_warnings_when_strict(
    files: list[list[str]], plain: int, strict: int
) -> None:
    made = report(*files)
    assert (made.exit_code(), made.exit_code(strict=True)) == (plain, strict)
    assert ("not conforming" in made.as_text()) == (plain == 1)


def test_a_file_that_could_not_be_judged_counts_most() -> None:
    made = Report("X/Y", report(TWICE_TOO_LATE).traces, (Unusable("gone.jsonl", "No such file"),))
    assert made.exit_code() == 2
    assert "gone.jsonl: unusable: No such file" in made.as_text()
    assert json.loads(made.as_json())["unusable"] == [
        {"file": "gone.jsonl", "problem": "No such file"}
    ]


def test_nothing_conforms_while_a_file_could_not_be_judged() -> None:
    gone = Unusable("gone.jsonl", "No such file")
    for traces, outcome in (
        ((), "not judged: 1 unusable file; nothing found (0 messages in 0 connections)"),
        (report(NO_FINAL).traces, "not judged: 1 unusable file; 1 warning"),
        (report(TWICE_TOO_LATE).traces, "not conforming; 2 errors"),
    ):
        made = Report("X/Y", traces, (gone,))
        assert made.as_text().splitlines()[-1].startswith(f"X/Y: {outcome}")
        assert json.loads(made.as_json())["conforming"] is False
    assert report().as_text().startswith("ElevenLabs/StreamTextToSpeech: conforming; nothing found")
