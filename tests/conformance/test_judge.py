"""Any vantage, any legal conversation: silence. One wrong step: one finding, there."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schematic import (
    AuthStrategy,
    BoundEndpoint,
    CloseCode,
    Closing,
    ConnectionLifecycle,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import Table, compile_lifecycle
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.machine import Machine
from support.lifecycles import DIRECTIONS, bound, lifecycles, message
from support.lookalikes import SHARED
from support.recordings import closed, found, judged, line, opened, said

Step = tuple[Side, str]

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")
CLIENT, SERVER = Side
INIT, TEXT, CLOSE = {"text": " "}, {"text": "Hello "}, {"text": ""}
AUDIO, FINAL = {"audio": "QQ=="}, {"isFinal": True}
ERROR = {"message": "No such voice", "error": "voice_id_does_not_exist", "code": 1008}


def walk(data: st.DataObject, table: Table, *, least: int = 0) -> list[Step]:
    """A legal conversation."""
    machine, steps = Machine(table), list[Step]()
    for _ in range(data.draw(st.integers(least, 12))):
        legal = [(side, name) for side in Side for name in machine.allowed(side)]
        if not legal:
            break
        side, name = data.draw(st.sampled_from(legal))
        move = machine.move(side, name)
        assert move is not None
        machine.apply(side, move)
        steps.append((side, name))
    return steps


def spoken(steps: list[Step]) -> list[str]:
    return [said(side, {"type": name, "number": 1}) for side, name in steps]


def rules(endpoint: BoundEndpoint, *lines: str, notes: bool = False) -> list[tuple[int, str]]:
    return found(judged(endpoint, lines), notes=notes)


# ------------------------------------------------------------------------------------ properties


@given(lifecycles(), st.data())
def test_a_legal_conversation_is_clean(lifecycle: ConnectionLifecycle, data: st.DataObject) -> None:
    steps = walk(data, compile_lifecycle(lifecycle))
    assert rules(bound(lifecycle), opened(), *spoken(steps)) == []


@given(lifecycles(), st.data())
def test_one_illegal_step_is_one_finding_at_its_line(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    steps = walk(data, table)
    place = data.draw(st.integers(0, len(steps)))
    machine = Machine(table)
    for side, name in steps[:place]:
        move = machine.move(side, name)
        assert move is not None
        machine.apply(side, move)
    everything = {(side, name) for one in Side for name in table.vocabulary(one) for side in Side}
    wrong = sorted(
        (side.value, name) for side, name in everything if machine.move(side, name) is None
    )
    assume(wrong)
    value, name = data.draw(st.sampled_from(wrong))
    steps.insert(place, (Side(value), name))
    [(at, rule)] = rules(bound(lifecycle), opened(), *spoken(steps))
    assert at == place + 2
    assert rule == ("SCH-101" if name in table.vocabulary(Side(value)) else "SCH-102")


@given(lifecycles(), st.data())
def test_a_legal_conversation_is_clean_wherever_its_recording_begins(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    steps = walk(data, compile_lifecycle(lifecycle), least=1)
    first = data.draw(st.integers(0, len(steps)))
    assert rules(bound(lifecycle), *spoken(steps[first:])) == []


@given(lifecycles(), st.data())
def test_a_legal_conversation_stays_clean_whatever_line_is_unreadable(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    lines = [opened(), *spoken(walk(data, compile_lifecycle(lifecycle), least=1))]
    torn = data.draw(st.integers(0, len(lines) - 1))
    lines[torn] = lines[torn][: data.draw(st.integers(1, len(lines[torn]) - 1))]
    assert rules(bound(lifecycle), *lines) == [(torn + 1, "SCH-901")]


# ----------------------------------------------------------------------------------- what is said


def test_text_before_the_opening_is_illegal_and_says_what_would_help() -> None:
    trace = judged(SPEECH, [opened(), said(CLIENT, TEXT)])
    finding = trace.findings[0].finding
    assert (finding.rule.id, finding.line, finding.side) == ("SCH-101", 2, CLIENT)
    assert finding.state == "INITIALIZING"
    assert finding.allowed == ("InitializeConnection",)
    assert finding.path == ((CLIENT, "InitializeConnection"),)


def test_text_after_the_close_message_cannot_become_legal_again() -> None:
    trace = judged(SPEECH, [opened(), *(said(CLIENT, m) for m in (INIT, CLOSE, TEXT))])
    finding = trace.findings[0].finding
    assert (finding.rule.id, finding.line, finding.path) == ("SCH-101", 4, None)


@pytest.mark.parametrize(
    ("side", "body", "rule"),
    [
        (SERVER, TEXT, "SCH-102"),
        (CLIENT, AUDIO, "SCH-102"),
        (SERVER, {"hello": 1}, "SCH-201"),
        (SERVER, [1], "SCH-201"),
        (SERVER, b"\x00", "SCH-201"),
        (SERVER, {"audio": 5}, "SCH-202"),
        (SERVER, "hello", "SCH-203"),
    ],
)
def test_a_message_that_is_wrong_in_itself_is_one_finding(
    side: Side, body: object, rule: str
) -> None:
    lines = [
        opened(),
        said(CLIENT, INIT),
        said(side, body),
        said(CLIENT, TEXT),
        said(SERVER, AUDIO),
    ]
    assert rules(SPEECH, *lines) == [(3, rule)]


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    "deep", ["[" * 100_000, '{"text": "Hi ", "more": ' + "[" * 5000 + "]" * 5000 + "}"]
)
def test_what_is_nested_too_deeply_to_be_read_is_undecided_and_not_held_against_its_sender(
    side: Side, deep: str
) -> None:
    lines = [opened(), said(CLIENT, INIT), said(side, deep), said(side, deep)]
    trace = judged(SPEECH, [*lines, said(CLIENT, TEXT), said(SERVER, AUDIO)])
    assert found(trace, notes=True) == [(3, "SCH-906"), (6, "SCH-903")]
    assert "nested too deeply to be read" in trace.findings[0].finding.text


def test_an_invalid_opening_is_one_finding_and_what_follows_is_judged_as_after_it() -> None:
    lines = [opened(), said(CLIENT, INIT | {"try_trigger_generation": 3}), said(CLIENT, TEXT)]
    assert rules(SPEECH, *lines) == [(2, "SCH-202")]


@pytest.mark.parametrize(
    ("payload", "rule", "words"),
    [
        ({"type": "response.create", "response": {"conversation": "none"}}, "", ""),
        ({"type": "response.create"}, "", ""),
        ({"type": "Inject", "is_dynamic": True}, "", ""),
        ({"event": {"type": "x", "number": 1}}, "", ""),
        ({"type": "Inject", "is_dynamic": False}, "SCH-202", "Inject from the client does not fit"),
        ({"event": {"type": "new"}}, "SCH-201", "an object with event, event.type='new'"),
        (b'{"text": "hi"}', "", ""),
        (json.dumps({"text": "hi"}), "SCH-201", "with text (meant for a binary frame)"),
    ],
)
def test_a_tap_recognises_a_message_as_its_receiver_would(
    payload: object, rule: str, words: str
) -> None:
    side = SERVER if "hi" in str(payload) else CLIENT
    trace = judged(SHARED, [opened(), said(side, payload)])
    findings = [shown.finding for shown in trace.findings if shown.finding.rule.id < "SCH-9"]
    assert [finding.rule.id for finding in findings] == ([rule] if rule else [])
    assert all(words in finding.text for finding in findings)


def test_two_messages_that_look_alike_leave_both_possible() -> None:
    go, stop = Schema("Go"), Schema("Stop")
    alike = [
        MessageSchema(id="Go", direction=DIRECTIONS[CLIENT], schema=go),
        MessageSchema(id="Stop", direction=DIRECTIONS[CLIENT], schema=stop, final=True),
    ]
    endpoint = bound(ConnectionLifecycle(streaming_messages=alike))
    trace = judged(
        endpoint, [opened(), said(CLIENT, {}), said(CLIENT, {}), line("text", SERVER, data="1")]
    )
    assert found(trace) == [(4, "SCH-201")]
    assert trace.findings[0].finding.state == "STREAMING or CLOSING"
    assert "Go|Stop" in {turn.message for turn in trace.findings[0].turns}


def test_a_message_after_its_senders_close_frame_is_a_finding_but_not_before_the_other_sides() -> (
    None
):
    lines = [opened(), said(CLIENT, INIT), closed(CLIENT), said(SERVER, AUDIO)]
    assert rules(SPEECH, *lines, said(CLIENT, TEXT)) == [(5, "SCH-103")]


# ---------------------------------------------------------------------------------------- the end


ASKED = [opened(), said(CLIENT, INIT), said(CLIENT, CLOSE)]


@pytest.mark.parametrize("code", [1000, 1001, 1005])
def test_a_normal_end_without_the_final_message_is_a_warning_once_it_was_asked_for(
    code: int,
) -> None:
    ended = [closed(SERVER, code), closed(CLIENT, code)]
    assert rules(SPEECH, *ASKED, *ended) == [(4, "SCH-301")]
    assert rules(SPEECH, *ASKED, ended[0]) == [(4, "SCH-301")]
    assert rules(SPEECH, *ASKED[:2], *ended) == []
    assert rules(SPEECH, *ASKED, said(SERVER, FINAL), *ended) == []


def test_a_final_message_that_crosses_the_close_frame_still_counts() -> None:
    assert rules(SPEECH, *ASKED, closed(CLIENT), said(SERVER, FINAL), closed(SERVER)) == []


@pytest.mark.parametrize("code", [1006, 1008, 1011, 4000])
def test_an_abnormal_end_before_the_final_message_is_one_warning(code: int) -> None:
    ended = [closed(SERVER, code), closed(CLIENT, code)]
    assert rules(SPEECH, *ASKED, *ended) == [(4, "SCH-302")]
    assert rules(SPEECH, *ASKED[:2], *ended) == [(3, "SCH-302")]
    assert rules(SPEECH, *ASKED, said(SERVER, FINAL), *ended) == []
    error = ERROR if code == 1006 else ERROR | {"code": code}
    assert rules(SPEECH, *ASKED, said(SERVER, error), *ended) == []


def test_who_announces_a_code_and_closes_with_another_has_contradicted_itself() -> None:
    failed = [opened(), said(CLIENT, INIT), said(SERVER, ERROR)]
    trace = judged(SPEECH, [*failed, closed(SERVER, 1011), closed(CLIENT, 1011)])
    assert found(trace) == [(4, "SCH-303")]
    assert trace.findings[0].finding.side is SERVER
    assert "ServerError on line 3 had announced 1008" in trace.findings[0].finding.text
    assert rules(SPEECH, *failed, closed(SERVER, 1008), closed(CLIENT, 1008)) == []
    impossible = [*failed[:2], said(SERVER, ERROR | {"code": 404})]
    assert rules(SPEECH, *impossible, closed(SERVER, 1011), closed(CLIENT, 1011)) == []


def test_of_two_close_frames_that_cross_only_the_first_shows_a_decision() -> None:
    failed = [opened(), said(CLIENT, INIT), said(SERVER, ERROR)]
    assert rules(SPEECH, *failed, closed(CLIENT, 1000), closed(SERVER, 1000)) == []
    assert rules(SPEECH, *failed, closed(SERVER, 1008), closed(CLIENT, 1000)) == []


def test_a_code_that_is_described_as_a_normal_end_is_one() -> None:
    lifecycle = ConnectionLifecycle(
        streaming_messages=[message("Say", CLIENT)],
        server_messages=[message("End", SERVER, final=True)],
        closing=Closing(
            codes=[
                CloseCode(code=4000, meaning="time is up", normal=True),
                CloseCode(code=4001, meaning="no money left"),
            ]
        ),
    )
    talk = [opened(), *spoken([(CLIENT, "Say")])]
    assert rules(bound(lifecycle), *talk, closed(SERVER, 4000)) == []
    trace = judged(bound(lifecycle), [*talk, closed(SERVER, 4001)])
    assert found(trace) == [(3, "SCH-302")]
    assert "code 4001 (no money left) before End" in trace.findings[0].finding.text


def test_a_server_that_closes_before_a_word_was_said_has_refused_which_is_its_right() -> None:
    assert rules(SPEECH, opened(), closed(SERVER, 1008), closed(CLIENT, 1008)) == []


def test_an_abnormal_end_is_nothing_where_no_side_announces_its_end() -> None:
    endpoint = bound(ConnectionLifecycle(streaming_messages=[message("Say", CLIENT)]))
    lines = [opened(), *spoken([(CLIENT, "Say")]), closed(SERVER, 1011)]
    assert rules(endpoint, *lines) == []


def test_a_rejected_connection_has_nothing_to_judge_and_its_number_may_be_used_again() -> None:
    rejected = line("rejected", SERVER, status=401)
    trace = judged(SPEECH, [line("http", CLIENT), opened(), rejected, *ASKED, said(CLIENT, TEXT)])
    assert found(trace) == [(7, "SCH-101")]
    assert [one.line for one in trace.connections] == [1, 4]


def test_connections_of_one_file_are_judged_alone() -> None:
    trace = judged(
        SPEECH,
        [
            opened(0),
            opened(1),
            said(CLIENT, INIT, 1),
            said(CLIENT, TEXT, 0),
            said(CLIENT, TEXT, 1),
            closed(CLIENT, 1000, 1),
        ],
    )
    assert found(trace, notes=True) == [(4, "SCH-101"), (4, "SCH-903")]
    assert [(one.number, one.messages, one.code) for one in trace.connections] == [
        (0, 1, None),
        (1, 2, 1000),
    ]


# ---------------------------------------------------------------------------- from the middle on


def test_a_recording_from_the_middle_says_so_and_flags_only_what_no_state_allows() -> None:
    lines = [said(SERVER, AUDIO), said(CLIENT, TEXT), said(SERVER, FINAL), said(SERVER, AUDIO)]
    assert rules(SPEECH, *lines, notes=True) == [
        (1, "SCH-902"),
        (3, "SCH-101"),  # the client has not closed its half: it spoke on line 2
        (4, "SCH-903"),
    ]


def test_a_recording_without_its_upgrade_that_begins_with_the_opening_is_whole() -> None:
    trace = judged(SPEECH, [said(CLIENT, INIT), said(CLIENT, CLOSE), closed(SERVER)])
    assert found(trace, notes=True) == [(3, "SCH-301")]
    assert trace.connections[0].complete


def test_an_opening_that_may_as_well_come_later_is_no_proof_of_a_beginning() -> None:
    hello, greet = message("Hello", CLIENT), message("Greet", SERVER)
    late = message("Late", SERVER, after=("Mark",))
    endpoint = bound(
        ConnectionLifecycle(
            initialize=hello,
            streaming_messages=[hello, message("Mark", CLIENT)],
            server_messages=[greet, late],
        )
    )
    lines = spoken([(CLIENT, "Hello"), (SERVER, "Late")])
    assert rules(endpoint, *lines) == []
    assert rules(endpoint, opened(), *lines) == [(3, "SCH-101")]


def test_a_recording_that_holds_only_the_end_is_clean() -> None:
    assert rules(SPEECH, closed(SERVER, 1011), closed(CLIENT, 1011), notes=True) == []


# ------------------------------------------------------------------------ the opening handshake

NEEDY = bound(ConnectionLifecycle(), subprotocols=["v2", "v1"])


@pytest.mark.parametrize(
    ("offered", "chosen", "expected"),
    [
        (["v9", "v1"], "v1", []),
        (["v9"], None, [(1, CLIENT)]),
        ([], None, [(1, CLIENT)]),
        (["v1"], None, [(2, SERVER)]),
        (["v1", "v9"], "v9", [(2, SERVER)]),
        ([], "v1", [(1, CLIENT), (2, SERVER)]),
        (["v1"], "v2", [(2, SERVER)]),
        (None, None, []),
        (None, "v1", []),
    ],
)
def test_who_speaks_no_subprotocol_that_is_needed_is_found(
    offered: list[str] | None, chosen: str | None, expected: list[tuple[int, Side]]
) -> None:
    recorded = [
        line("open", CLIENT, path="/only", subprotocols=offered),
        line("accepted", SERVER, status=101, subprotocol=chosen),
    ]
    findings = [shown.finding for shown in judged(NEEDY, recorded).findings]
    sided = [one for one in findings if one.rule.id != "SCH-903"]
    assert [(one.line, one.side) for one in sided] == expected
    assert {one.rule.id for one in sided} <= {"SCH-401"}


def test_an_endpoint_that_needs_none_takes_any_that_was_offered() -> None:
    for chosen, expected in ((None, []), ("v1", []), ("v2", [(2, "SCH-401")])):
        recorded = [
            line("open", CLIENT, subprotocols=["v1"]),
            line("accepted", SERVER, subprotocol=chosen),
        ]
        assert rules(bound(ConnectionLifecycle()), *recorded) == expected


def test_no_finding_shows_a_secret_that_was_offered_or_said() -> None:
    auth = AuthStrategy.any_of(
        AuthStrategy.subprotocol("token"), AuthStrategy.in_message("Hello", field="login.word")
    )
    hello = message("Hello", CLIENT)
    endpoint = bound(ConnectionLifecycle(initialize=hello), auth=auth, subprotocols="v1")
    recorded = [
        line("open", CLIENT, path="/only?key=s3cret", subprotocols=["token", "s3cret"]),
        line("accepted", SERVER, subprotocol="s3cret"),
        said(CLIENT, {"type": "Hello", "login": {"word": "s3cret", "user": "me"}}),
        said(CLIENT, {"type": "Nothing"}),
    ]
    trace = judged(endpoint, recorded)
    assert [shown.finding.rule.id for shown in trace.findings] == [
        "SCH-401",
        "SCH-201",
        "SCH-903",
    ]
    assert "s3cret" not in str(trace)
    assert '"user":"me"' in str(trace)
