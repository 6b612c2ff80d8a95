"""What stood in a secret field is hidden in all that is written and shown from then on."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import AuthStrategy, Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import (
    Finding,
    Judge,
    Record,
    Report,
    examine_records,
    read_trace,
    to_html,
    to_junit,
    to_sarif,
)
from schematic_engine.monitor import Monitor, Opening
from schematic_engine.tap import Journal, JournalFile, Recorder, Secrets
from support.lifecycles import LOGIN, bound
from support.recordings import line, opened, said

ENDPOINT = compile_endpoint(
    bound(LOGIN, auth=AuthStrategy.in_message("Hello", field="payload.pass"))
)
CANARIES = st.text(st.sampled_from("aZ09-._~é'\"\\ <&/+=世"), min_size=6, max_size=20).map(
    lambda text: "Zq7" + text.strip() + "x"
)


def places(canary: str) -> list[object]:
    """Bodies with the canary in a field that is secret, or sounds like it."""
    inner = json.dumps({"api_key": canary})
    return [
        {"type": "Hello", "payload": {"pass": canary}},
        {"type": "Hello", "password": canary},
        {"type": "Hello", "list": [{"access_token": [canary]}]},
        {"type": "Hello", "text": inner},
        inner.encode(),
    ]


def repetitions(canary: str) -> list[str]:
    """The canary again, wherever somebody may put it."""
    return [
        *(
            said(Side.SERVER, body)
            for body in (
                {"type": "Challenge", "error": f"key {canary} is not valid"},
                {"type": canary, "text": canary},
                {"type": f"the type {canary}", "text": "x" * 10},
                {"type": "Challenge", canary: [canary]},
                json.dumps({"type": "Challenge", "text": canary}, ensure_ascii=False),
                [canary],
                f"what is {canary}?",
                f"{canary}".encode(),
                {"type": "Note", "text": json.dumps({"text": canary})},
            )
        ),
        said(Side.CLIENT, {"type": "Answer", "text": "y" * 390 + canary}),
        line("close", Side.SERVER, code=1008, reason=f"key {canary} is not valid"),
    ]


def records(lines: Iterable[str]) -> list[Record]:
    read = list(read_trace(one.encode() for one in lines))
    assert all(isinstance(one, Record) for one in read)
    return [one for one in read if isinstance(one, Record)]


def shown(report: Report) -> list[str]:
    return [
        report.as_text(),
        report.as_json(),
        to_junit(report),
        to_sarif(report),
        to_html(report),
    ]


def assert_hidden(canary: str, outputs: Iterable[str]) -> None:
    forms = {canary, repr(canary)[1:-1], json.dumps(canary)[1:-1], html.escape(canary)}
    for output in outputs:
        for text in (output, html.unescape(output)):
            assert not any(form in text for form in forms), text


@settings(max_examples=60, deadline=None)
@given(CANARIES, st.integers(0, 4), st.data())
def test_a_secret_of_a_body_appears_in_no_output_wherever_it_is_repeated(
    canary: str, place: int, data: st.DataObject
) -> None:
    again = data.draw(st.permutations(repetitions(canary)))
    lines = records([opened(), said(Side.CLIENT, places(canary)[place]), *again])
    journal = Journal(ENDPOINT)
    written = [journal.line(one).decode() for one in lines]
    payloads = [str(json.loads(one).get("data", "")) for one in written]
    told: list[str] = []
    recorder = Recorder(ENDPOINT, tell=lambda one: told.append(repr(one)))
    findings = [one for record in lines for one in recorder.take(record)]
    findings += recorder.end(0)
    checked = Report("x", (examine_records(ENDPOINT, "x", lines, transcribe=50),))
    outputs = [*written, *payloads, *told, *(one.text for one in findings)]
    assert_hidden(canary, [*outputs, *shown(recorder.report()), *shown(checked)])


@settings(max_examples=60, deadline=None)
@given(CANARIES, st.integers(0, 4), st.data())
def test_hiding_it_changes_no_verdict(canary: str, place: int, data: st.DataObject) -> None:
    again = data.draw(st.permutations(repetitions(canary)))
    lines = records([opened(), said(Side.CLIENT, places(canary)[place]), *again])
    judge = Judge(ENDPOINT, 0)
    recorder = Recorder(ENDPOINT)
    for number, record in enumerate(lines, 1):
        verdict = judge.feed(record)
        found = recorder.take(record)
        assert verdicts(found) == verdicts(verdict.findings), number
    assert verdicts(recorder.end(0)) == verdicts(judge.finish())


@given(CANARIES, st.integers(0, 4))
def test_a_recording_of_it_is_judged_as_the_connection_was(canary: str, place: int) -> None:
    lines = [
        opened(),
        said(Side.CLIENT, places(canary)[place]),
        said(Side.SERVER, {"type": "Challenge", "error": f"key {canary}", canary: canary}),
        said(Side.CLIENT, {"type": "Say", "text": canary}),
        said(Side.SERVER, {"what": canary}),
        line("close", Side.SERVER, code=1008, reason=canary),
    ]
    journal, recorder = Journal(ENDPOINT), Recorder(ENDPOINT)
    live = [one for record in records(lines) for one in recorder.take(record)]
    again = records(journal.line(record).decode() for record in records(lines))
    findings = [one.finding for one in examine_records(ENDPOINT, "x", again).findings]
    if place < 4:  # what is hidden in a binary message is not written at all
        assert verdicts(findings) == verdicts((*live, *recorder.end(0)))


def verdicts(findings: Iterable[Finding]) -> list[tuple[str, int, str]]:
    return [(one.rule.id, one.line, one.message) for one in findings]


def test_a_monitor_hides_it_in_its_journal_and_its_reports(tmp_path: Path) -> None:
    path, canary = tmp_path / "m.jsonl", "sekrit-body-2"
    with JournalFile(path) as file:
        monitor = Monitor(elevenlabs(), journal=file)
        watch = monitor.connection(Side.CLIENT)
        watch.asked(Opening.of("ws://127.0.0.1/v1/text-to-speech/r/stream-input"))
        watch.accepted(None)
        with watch.sending(json.dumps({"text": " ", "xi_api_key": canary})):
            pass
        watch.received(json.dumps({"error": "bad", "message": f"key {canary}", "code": 1008}))
        watch.received(json.dumps({"what": canary}))
        watch.end()
        outputs = shown(monitor.finish())
    assert_hidden(canary, [path.read_text(), *outputs])


@pytest.mark.parametrize(
    "value", ["abc", "12345", "******", "xxxxxxxx", "unlimited", "Hello", "Challenge"]
)
def test_what_is_short_or_commonplace_is_hidden_in_its_field_alone(value: str) -> None:
    secrets = Secrets(ENDPOINT)
    first, again = records(
        [
            said(Side.CLIENT, {"type": "Hello", "password": value}),
            said(Side.SERVER, {"type": "Note", "text": value}),
        ]
    )
    assert json.loads(str(secrets.hidden(first).payload))["password"] == "[redacted]"
    assert secrets.hidden(again) is again


def test_what_is_learned_is_bounded() -> None:
    secrets = Secrets(ENDPOINT)
    for number in range(1000):
        (one,) = records([said(Side.CLIENT, {"password": f"number-{number:04}-of-many"})])
        assert "of-many" not in str(secrets.hidden(one).payload)
    assert len(secrets.forms) < 512
    (long,) = records([said(Side.CLIENT, {"password": "long " * 10_000})])
    before = secrets.forms
    secrets.hidden(long)
    assert secrets.forms == before


def test_a_number_that_is_a_password_is_hidden_when_it_is_repeated() -> None:
    secrets = Secrets(ENDPOINT)
    first, again = records(
        [
            said(Side.CLIENT, {"password": 48151623}),
            said(Side.SERVER, '{"text": "no 48151623", "n": 48151623, "m": 481516230}'),
        ]
    )
    secrets.hidden(first)
    shown = '{"text": "no [redacted]", "n": "[redacted]", "m": 481516230}'
    assert secrets.hidden(again).payload == shown
