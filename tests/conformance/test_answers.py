"""Whether breaches are answered as described: what proves that they were not, and what does not."""

from __future__ import annotations

import pytest

from schematic import (
    Breach,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    OnBreach,
    Side,
    Timer,
)
from schematic_engine.conformance import Report
from support.lifecycles import bound, message
from support.recordings import closed, found, judged, opened, said

CLIENT, SERVER = Side
ENDPOINT = bound(
    ConnectionLifecycle(
        initialize=message("Hello", CLIENT),
        streaming_messages=[
            message("Say", CLIENT),
            message("Chat", CLIENT, repeatable=False),
        ],
        server_messages=[
            message("Oops", SERVER),
            message("Failed", SERVER, ambient=True, final=True, closes=CloseNotice(code="number")),
        ],
        timers=[Timer.idle(10, close_code=4408)],
        closing=Closing(
            codes=[
                CloseCode(code=4003, meaning="no money left", by=SERVER),
                CloseCode(code=4004, meaning="no money left", by=CLIENT),
                CloseCode(code=4429, meaning="hello twice"),
            ]
        ),
        on_breach=[
            OnBreach.ignore(Breach.EARLY, message="Say"),
            OnBreach.close(4429, Breach.REPEATED, message="Hello"),
            OnBreach.say("Oops", Breach.REPEATED, message="Chat"),
            OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, Breach.FOREIGN, by=None),
        ],
    )
)
HELLO = said(CLIENT, {"type": "Hello"})
CHAT = said(CLIENT, {"type": "Chat"})
OOPS = said(SERVER, {"type": "Oops"})
TWICE = [opened(), HELLO, HELLO]
BREACH = (3, "SCH-101")


def rules(*lines: str) -> list[tuple[int, str]]:
    return found(judged(ENDPOINT, lines))


@pytest.mark.parametrize(
    ("breach", "words"),
    [
        (HELLO, "because of Hello from the client on line 3"),
        (said(CLIENT, {"type": "Helo"}), "because of an unknown message from the client on line 3"),
    ],
)
def test_what_was_answered_otherwise_is_named_and_not_called_a_close_frame(
    breach: str, words: str
) -> None:
    trace = judged(ENDPOINT, [opened(), HELLO, breach, closed(SERVER, 4999), closed(CLIENT, 4999)])
    assert words in Report(ENDPOINT.api.name, (trace,)).as_text()


def test_the_documented_code_is_the_answer_from_whichever_frame_it_comes() -> None:
    assert rules(*TWICE, closed(SERVER, 4429), closed(CLIENT, 4429)) == [BREACH]
    assert rules(*TWICE, closed(CLIENT, 1000), closed(SERVER, 4429)) == [BREACH]


@pytest.mark.parametrize("code", [4400, 4500, 1008, 1002, 4004])
def test_a_code_for_which_there_is_no_other_reason_is_a_wrong_answer(code: int) -> None:
    trace = judged(ENDPOINT, [*TWICE, closed(SERVER, code), closed(CLIENT, code)])
    assert found(trace) == [BREACH, (4, "SCH-304")]
    finding = trace.findings[1].finding
    assert finding.side is SERVER
    assert finding.text == (
        f"the server closed the connection with code {code}, but what the client sent on line 3 "
        "is answered with code 4429"
    )


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1011, 1012, 4003, 4408])
def test_a_server_that_had_reasons_of_its_own_may_not_have_seen_the_breach(code: int) -> None:
    assert rules(*TWICE, closed(SERVER, code), closed(CLIENT, code)) == [BREACH]
    assert rules(*TWICE, closed(CLIENT, 4999), closed(SERVER, code)) == [BREACH]


def test_a_close_that_was_announced_has_its_reason() -> None:
    failed = said(SERVER, {"type": "Failed", "number": 4500})
    assert rules(*TWICE, failed, closed(SERVER, 4500)) == [BREACH]


def test_who_answers_the_close_frame_behind_the_breach_has_seen_the_breach() -> None:
    ended = [closed(CLIENT, 1000), closed(SERVER, 1000)]
    assert rules(*TWICE, *ended) == [BREACH, (4, "SCH-304")]
    assert rules(*TWICE, ended[0]) == [BREACH]


def test_a_lost_connection_and_a_recording_that_just_ends_prove_nothing() -> None:
    assert rules(*TWICE, closed(SERVER, 1006)) == [BREACH]
    assert rules(*TWICE, closed(CLIENT, 1000), closed(SERVER, 1006)) == [BREACH]
    assert rules(*TWICE) == [BREACH]


def test_nobody_answers_what_comes_behind_his_own_close_frame() -> None:
    lines = [opened(), HELLO, closed(SERVER, 4999), HELLO, closed(CLIENT, 4999)]
    assert rules(*lines) == [(4, "SCH-101")]


def test_an_answer_that_is_a_message_is_owed_until_it_is_said() -> None:
    lines = [opened(), HELLO, CHAT, CHAT]
    ended = [closed(CLIENT, 1000), closed(SERVER, 1000)]
    breach = (4, "SCH-101")
    assert rules(*lines, OOPS, *ended) == [breach]
    trace = judged(ENDPOINT, [*lines, *ended])
    assert found(trace) == [breach, (5, "SCH-304")]
    assert trace.findings[1].finding.text.endswith("is answered with Oops")
    assert rules(*lines[:3], OOPS, CHAT, *ended) == [(5, "SCH-101"), (6, "SCH-304")]


def test_one_answer_is_enough_for_several_breaches() -> None:
    unknown = said(CLIENT, {"type": "never"})
    ended = [closed(SERVER, 4400), closed(CLIENT, 4400)]
    assert rules(*TWICE, unknown, *ended) == [BREACH, (4, "SCH-201")]


def test_a_client_owes_answers_too() -> None:
    lines = [opened(), HELLO, said(SERVER, {"type": "never"})]
    unknown = (3, "SCH-201")
    assert rules(*lines, closed(CLIENT, 4400), closed(SERVER, 4400)) == [unknown]
    assert rules(*lines, closed(CLIENT, 4004), closed(SERVER, 4004)) == [unknown]
    trace = judged(ENDPOINT, [*lines, closed(CLIENT, 4003), closed(SERVER, 4003)])
    assert found(trace) == [unknown, (4, "SCH-304")]
    assert trace.findings[1].finding.side is CLIENT


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (said(CLIENT, {"type": "Hello", "number": "x"}), "SCH-202"),
        (said(CLIENT, {"type": "Oops"}), "SCH-102"),
        (said(CLIENT, "{"), "SCH-203"),
    ],
)
def test_every_sort_of_breach_has_its_answer(line: str, rule: str) -> None:
    right, wrong = closed(SERVER, 4400), closed(SERVER, 4500)
    assert rules(opened(), line, right) == [(2, rule)]
    assert rules(opened(), line, wrong) == [(2, rule), (3, "SCH-304")]


def test_a_breach_that_is_borne_is_a_note_and_nobody_owes_anything() -> None:
    say = said(CLIENT, {"type": "Say"})
    lines = [opened(), say, HELLO, closed(CLIENT, 1000), closed(SERVER, 1000)]
    assert rules(*lines) == []
    trace = judged(ENDPOINT, lines)
    assert found(trace, notes=True) == [(2, "SCH-905")]
    assert trace.findings[0].finding.message == "Say"
