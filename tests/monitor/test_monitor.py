"""`Monitor`: what it keeps, tells, logs, raises and writes, and that nothing of it disturbs."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side, WebSocketApi
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import (
    Catalog,
    Finding,
    Judge,
    Record,
    Severity,
    Verdict,
    examine,
    rules,
    to_html,
)
from schematic_engine.monitor import LOGGER, Monitor, NotConforming, NotWatchable, Opening, Watch
from schematic_engine.tap import JournalFile
from support.apis import SPEECH
from support.replays import VANTAGES, Replay, found_in, replays

OPENING, TEXT, STOP = '{"text":" "}', '{"text":"a "}', '{"text":""}'
AUDIO, FINAL = '{"audio":"QQ=="}', '{"isFinal":true}'
LATE = '{"text":"a word that nobody may log, sk-123456"}'


def begin(monitor: Monitor, side: Side = Side.CLIENT, url: str = "ws://127.0.0.1/talk") -> Watch:
    watch = monitor.connection(side)
    watch.asked(Opening.of(url))
    watch.accepted(None)
    return watch


def say(watch: Watch, *texts: str) -> None:
    for text in texts:
        with watch.sending(text):
            pass


def found(monitor: Monitor) -> list[tuple[int, str]]:
    return found_in(monitor.report().traces[0].findings)


# ------------------------------------------------------------------------------ who is told what


def test_a_violation_is_logged_by_names_and_told_in_full(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Finding] = []
    monitor = Monitor(SPEECH, on_finding=told.append)
    watch = begin(monitor, url="ws://127.0.0.1/talk?token=sk-123456")
    say(watch, OPENING, STOP, LATE)
    watch.received("sk-123456 is no JSON")
    assert [finding.rule for finding in told] == [rules.ILLEGAL_ORDER, rules.NOT_JSON]
    assert monitor.findings == tuple(told)
    assert {(record.name, record.levelno) for record in caplog.records} == {
        (LOGGER, logging.WARNING)
    }
    why = ", because of CloseConnection from the client"
    assert [record.getMessage() for record in caplog.records] == [
        f"SCH-101 illegal-order: SendText from the client, connection 0{why}",
        "SCH-203 not-json from the server, connection 0",
    ]


def test_notes_are_told_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Finding] = []
    monitor = Monitor(SPEECH, on_finding=told.append)
    say(begin(monitor), OPENING)
    monitor.finish()
    assert [finding.rule for finding in told] == [rules.UNFINISHED]
    assert caplog.records == []


def test_what_the_programs_own_function_raises_goes_no_further(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def on_finding(_: Finding) -> None:
        raise LookupError("sk-123456")

    monitor = Monitor(SPEECH, on_finding=on_finding)
    say(begin(monitor), TEXT, OPENING)
    assert [finding.rule for finding in monitor.findings] == [rules.ILLEGAL_ORDER]
    assert "on_finding failed: LookupError in test_monitor.py" in caplog.text
    assert "sk-123456" not in caplog.text


def test_judging_that_fails_ends_for_that_connection_and_disturbs_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    judge = Judge.feed

    def feed(self: Judge, record: Record) -> Verdict:
        if record.payload == LATE:
            raise RuntimeError(LATE)
        return judge(self, record)

    monkeypatch.setattr(Judge, "feed", feed)
    monitor = Monitor(SPEECH, raises=True)
    broken, sound = begin(monitor), begin(monitor)
    say(broken, OPENING, LATE, TEXT)
    broken.received(AUDIO)
    with broken.closing(1000), broken.sends():
        broken.has_sent(TEXT)
    broken.received_bytes(AUDIO.encode())
    broken.end()
    assert broken.is_over
    assert not sound.is_over
    with pytest.raises(NotConforming):
        say(sound, TEXT)
    report = monitor.finish()
    (unusable,) = report.unusable
    assert unusable.problem.startswith(
        "connection 0 is not judged any more: RuntimeError in test_monitor.py, line "
    )
    assert report.exit_code() == 2
    assert "sk-123456" not in caplog.text


# --------------------------------------------------------------------------------------- raising


def test_errors_are_raised_at_the_end_and_warnings_if_they_are_wanted() -> None:
    monitor = Monitor(SPEECH)
    watch = begin(monitor)
    say(watch, OPENING, STOP)
    watch.closed(1000)
    watch.end()
    monitor.raise_for_findings()
    with pytest.raises(NotConforming, match=r"warning\[SCH-301\]: .*before FinalOutput"):
        monitor.raise_for_findings(strict=True)


def test_many_findings_are_told_in_part() -> None:
    monitor = Monitor(SPEECH)
    say(begin(monitor), *[TEXT] * 8)
    with pytest.raises(NotConforming, match="and 3 more") as raised:
        monitor.raise_for_findings()
    assert len(raised.value.findings) == 8
    assert str(raised.value).count("shortest repair: ") == 5


def test_a_block_raises_what_was_found_in_it_but_never_instead_of_another_error() -> None:
    def run(*, raises: bool, fails: bool) -> None:
        with Monitor(SPEECH, raises=raises) as monitor:
            with suppress(NotConforming):
                say(begin(monitor), TEXT)
            if fails:
                raise LookupError

    run(raises=False, fails=False)
    with pytest.raises(NotConforming):
        run(raises=True, fails=False)
    with pytest.raises(LookupError):
        run(raises=True, fails=True)


def test_what_goes_on_after_the_end_is_not_judged() -> None:
    monitor = Monitor(SPEECH, raises=True)
    watch = begin(monitor)
    report = monitor.finish()
    say(watch, TEXT)
    say(begin(monitor), TEXT)
    watch.unread()
    watch.end()
    assert monitor.finish() == monitor.report() == report


# ---------------------------------------------------------------------------- what it is told of


def test_what_cannot_be_sent_was_not_said_and_what_is_cancelled_may_have_been() -> None:
    monitor = Monitor(SPEECH)
    watch = begin(monitor)
    with pytest.raises(OSError, match="gone"), watch.sending(TEXT):
        raise OSError("gone")
    with pytest.raises(asyncio.CancelledError), watch.sending(OPENING):
        raise asyncio.CancelledError
    say(watch, TEXT)
    assert found(monitor) == [(3, rules.BODY_UNKNOWN.id)]


def test_an_api_finds_the_endpoint_of_each_connection() -> None:
    api = elevenlabs()
    for known in (api, Catalog(api.endpoint(one.id) for one in api.endpoints)):
        monitor = Monitor(known)
        begin(monitor, url="wss://x/v1/text-to-speech/a/stream-input")
        begin(monitor, url="wss://x/v1/speech-to-text/realtime")
        connections = monitor.report().traces[0].connections
        assert [one.endpoint for one in connections] == [
            "ElevenLabs/StreamTextToSpeech",
            "ElevenLabs/SpeechToText",
        ]
        assert monitor.report().endpoint == ""


@pytest.mark.parametrize("known", [SPEECH, SPEECH.api, compile_endpoint(SPEECH)])
def test_one_endpoint_can_be_named_in_any_form(known: WebSocketApi) -> None:
    assert Monitor(known).report().endpoint == "Speech/Talk"


def test_other_things_cannot_be_watched() -> None:
    with pytest.raises(NotWatchable, match=r"object cannot be watched: expected .* websockets"):
        Monitor(SPEECH).watch(object())
    with pytest.raises(TypeError, match="str is not an endpoint"):
        Monitor("Speech")  # type: ignore[arg-type]


def test_a_report_has_the_forms_of_check() -> None:
    monitor = Monitor(SPEECH, name="my program", transcribe=3)
    watch = begin(monitor)
    say(watch, OPENING, TEXT, STOP, TEXT)
    report = monitor.report()
    assert report.as_text().startswith("my program:6: error[SCH-101]: SendText from the client")
    assert '"conforming": false' in report.as_json()
    assert "<html" in to_html(report)
    (talk,) = report.traces[0].transcripts
    assert [step.number for step in talk.steps] == [1, 2, 3, 4, 5, 6]  # 3 and what is around
    assert report.count(Severity.ERROR) == 1


def test_any_number_of_threads_may_use_one_monitor() -> None:
    monitor = Monitor(SPEECH)

    def run(_: int) -> None:
        watch = begin(monitor)
        say(watch, OPENING, *[TEXT] * 20)
        watch.received(AUDIO)
        say(watch, STOP)
        watch.received(FINAL)
        watch.closed(1000)
        watch.end()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(16)))
    monitor.raise_for_findings(strict=True)
    counts = monitor.report().traces[0].counts
    assert (counts.connections, counts.messages) == (16, 16 * 24)


# ------------------------------------------------------------------------------------ the journal


@given(replays(), st.sampled_from(Side))
@settings(max_examples=20, deadline=None)
def test_check_finds_in_the_journal_what_was_found_live(
    tmp_path_factory: pytest.TempPathFactory, replay: Replay, own: Side
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    with JournalFile(path) as journal, Monitor(replay.endpoint, journal=journal) as monitor:
        watch = monitor.connection(own)
        offered = () if replay.subprotocol is None else (replay.subprotocol,)
        watch.asked(Opening(replay.target, "127.0.0.1", offered))
        watch.accepted(replay.subprotocol)
        for side, said in replay.said:
            if side is own:
                with watch.sending(said):
                    pass
            else:
                watch.received(said)
        watch.closed(1000, "")
        watch.has_sent_close(1000)
        watch.end()
    with path.open("rb") as lines:
        trace = examine(replay.endpoint, "journal", lines, vantage=VANTAGES[own])
    assert found_in(trace.findings) == found(monitor)
    assert trace.records == monitor.report().traces[0].records


def test_the_journal_has_no_secrets_and_says_what_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for count in (1, 2):
        with JournalFile(path, append=True) as journal:
            monitor = Monitor(SPEECH, journal=journal, secrets=["open sesame"])
            watch = monitor.connection(Side.CLIENT)
            headers = (("Authorization", "Bearer abcdef123456"),)
            watch.asked(Opening("/talk?api_key=qwertyuiop", "127.0.0.1", (), headers))
            watch.accepted(None)
            say(watch, OPENING, '{"text":"open sesame, qwertyuiop, abcdef123456"}', TEXT, OPENING)
            say(watch, STOP, TEXT)
            watch.unread()
            watch.closed(1000)
            watch.end()
            assert watch.number == count - 1
            assert [line for line, _ in found(monitor)] == [8 + 10 * (count - 1)]
    written = path.read_text(encoding="utf-8")
    for secret in ("open sesame", "qwertyuiop", "abcdef123456"):
        assert secret not in written
    with path.open("rb") as lines:
        trace = examine(compile_endpoint(SPEECH), "journal", lines)
    assert [rule for _, rule in found_in(trace.findings)] == [
        rules.BODY_UNKNOWN.id,  # what was hidden tells messages apart
        rules.ILLEGAL_ORDER.id,
        rules.NOT_FOLLOWED.id,
    ] * 2


def test_a_journal_that_cannot_be_written_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = JournalFile(tmp_path / "journal.jsonl")
    monitor = Monitor(SPEECH, journal=journal)
    watch = begin(monitor)
    journal.close()
    say(watch, TEXT, OPENING)
    assert found(monitor)[0] == (3, rules.ILLEGAL_ORDER.id)
    assert caplog.text.count("the journal is not written any more: Bad file descriptor") == 1
    assert monitor.report().exit_code() == 1


def test_findings_name_the_lines_of_the_journal_whatever_comes_late(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with JournalFile(path) as journal:
        monitor = Monitor(SPEECH, journal=journal)
        one, two = begin(monitor), begin(monitor)
        one.closed(1000)
        one.end()
        say(one, TEXT)  # its connection is over
        one.unread()
        say(two, TEXT)
    written = path.read_text(encoding="utf-8").splitlines()
    ((line, rule),) = found(monitor)
    assert (line, rule) == (len(written), rules.ILLEGAL_ORDER.id)
    assert '"data"' in written[line - 1]


def test_a_peer_can_cause_no_more_than_so_many_findings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.jsonl"
    with JournalFile(path) as journal:
        monitor = Monitor(SPEECH, max_findings=3, journal=journal)
        flooded, other = begin(monitor, Side.SERVER), begin(monitor, Side.SERVER)
        for _ in range(50):
            flooded.received(TEXT)
        flooded.closed(1000)
        flooded.end()
        other.received(TEXT)
    assert [(finding.rule, finding.connection) for finding in monitor.findings] == [
        *[(rules.ILLEGAL_ORDER, 0)] * 3,
        (rules.NOT_FOLLOWED, 0),
        (rules.ILLEGAL_ORDER, 1),
    ]
    assert len(caplog.records) == 4
    with path.open("rb") as lines:
        trace = examine(compile_endpoint(SPEECH), "journal", lines, vantage=VANTAGES[Side.SERVER])
    assert found_in(trace.findings)[:5] == found(monitor)
