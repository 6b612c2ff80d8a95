from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args
from unittest.mock import ANY

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from schematic import (
    BoundEndpoint,
    Channel,
    ConnectionLifecycle,
    JsonFrame,
    MessageDirection,
    OpeningStep,
    Schema,
    Side,
)
from schematic.compile import Phase, compile_endpoint
from schematic_engine.errors import (
    InvalidMessage,
    LocalIllegalMessage,
    LocalInvalidMessage,
    LocalProtocolError,
    RemoteIllegalMessage,
    RemoteInvalidMessage,
    UnknownMessage,
)
from schematic_engine.events import Ambiguous, Message, Unknown, Violation
from schematic_engine.policy import Policy
from schematic_engine.session import Session
from support.apis import (
    LISTEN,
    NAMES,
    SPEECH,
    TAGGED,
    TO_CLIENT,
    TO_SERVER,
    Answer,
    Ask,
    AudioOutput,
    CloseConnection,
    Done,
    Error,
    FinalOutput,
    Initialize,
    KeepAlive,
    SendText,
    Stop,
    Transcript,
    kind,
    one_endpoint,
)
from support.lookalikes import (
    SHARED,
    Apart,
    Create,
    CreateApart,
    InjectAnything,
    InjectWords,
    Response,
)
from support.recordings import judged, opened, said

REPORT_ALL = Policy(unknown="error")


class HasPing(Struct):
    ping: dict[str, int]


class HasText(Struct):
    text: str


def client(endpoint: BoundEndpoint = SPEECH, **options: Any) -> Session:
    return Session(endpoint, Side.CLIENT, **options)


def server(endpoint: BoundEndpoint = SPEECH, **options: Any) -> Session:
    return Session(endpoint, Side.SERVER, **options)


def streaming_pair(endpoint: BoundEndpoint = SPEECH) -> tuple[Session, Session]:
    one, other = client(endpoint), server(endpoint)
    other.receive(one.send(Initialize()))
    return one, other


def violation(event: object) -> Any:
    assert isinstance(event, Violation)
    return event.error


# --------------------------------------------------------------------------- a conversation


def test_a_conversation_from_opening_to_both_ends() -> None:
    one, other = client(), server()
    assert (one.phase, one.allowed()) == (Phase.INITIALIZING, ("Initialize",))

    said = one.send(Initialize(voice_settings=None))
    assert said == '{"text":" ","voice_settings":null}'
    assert other.receive(said) == Message("Initialize", Initialize(voice_settings=None), said)
    assert [one.phase, other.phase] == [Phase.STREAMING] * 2

    said = one.send("SendText", {"text": "Hello "})
    assert other.receive(said) == Message("SendText", SendText("Hello "), said)
    assert "AudioOutput" in one.expected()
    said = other.send(AudioOutput(audio="AAAA"))
    assert one.receive(said) == Message("AudioOutput", AudioOutput(audio="AAAA"), said)

    said = one.send("CloseConnection")
    assert said == '{"text":""}'
    assert other.receive(said) == Message("CloseConnection", CloseConnection(), said)
    assert [one.phase, other.phase] == [Phase.CLOSING] * 2
    assert one.allowed() == ()

    said = other.send(FinalOutput(is_final=True))
    assert one.receive(said) == Message("FinalOutput", FinalOutput(is_final=True), said)
    assert one.expected() == ()


def test_the_same_payload_is_another_message_at_another_moment() -> None:
    one, other = client(), server()
    first, second = one.send(Initialize()), one.send(KeepAlive())
    assert first == second
    events = [other.receive(first), other.receive(second)]
    assert [event.id for event in events if isinstance(event, Message)] == [
        "Initialize",
        "KeepAlive",
    ]


def test_a_compiled_endpoint_will_do() -> None:
    compiled = compile_endpoint(SPEECH)
    assert Session(compiled, Side.CLIENT).endpoint is compiled


# ------------------------------------------------------------------------------------- sending


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda s: s.send(SendText("hi")), LocalIllegalMessage, "opening"),
        (lambda s: s.send("AudioOutput", {"audio": ""}), LocalIllegalMessage, "only the server"),
        (lambda s: s.send("Nonsense"), LocalInvalidMessage, "there is no such message"),
        (lambda s: s.send(Answer("42")), LocalInvalidMessage, "has a body of type Answer"),
        (lambda s: s.send({"text": " "}), LocalInvalidMessage, "name the message"),
        (lambda s: s.send_frame(Initialize(), {}), LocalInvalidMessage, "takes no body"),
        (lambda s: s.send("Initialize", {"text": "x"}), LocalInvalidMessage, "Invalid enum"),
    ],
)
def test_a_refused_send_changes_nothing(
    act: Callable[[Session], object], error: type[LocalProtocolError], words: str
) -> None:
    session = client()
    before = session.machine.state
    with pytest.raises(error, match=words):
        act(session)
    assert session.machine.state == before
    session.send(Initialize())


def test_an_empty_chunk_that_the_peer_would_take_for_the_close_message_is_refused() -> None:
    one, _ = streaming_pair()
    with pytest.raises(LocalInvalidMessage, match="would read this body as CloseConnection"):
        one.send(SendText(""))
    assert one.phase is Phase.STREAMING


def test_a_chunk_that_the_peer_takes_for_a_keep_alive_does_no_harm() -> None:
    one, other = streaming_pair()
    event = other.receive(one.send(SendText(" ")))
    assert isinstance(event, Message)
    assert event.id == "KeepAlive"
    assert one.machine.state == other.machine.state


@given(st.lists(st.text(max_size=3) | st.sampled_from(["", " "]), max_size=8))
def test_whatever_is_sent_moves_the_receiver_as_it_moved_the_sender(texts: list[str]) -> None:
    one, other = streaming_pair()
    for text in texts:
        try:
            payload = one.send(SendText(text))
        except InvalidMessage:
            continue
        assert isinstance(other.receive(payload), Message)
        assert one.machine.state == other.machine.state


def test_a_long_message_is_checked_each_time_it_is_said() -> None:
    one, _ = streaming_pair()
    long = "x" * 5000
    assert len({one.send(SendText(long)) for _ in range(3)}) == 1
    with pytest.raises(LocalInvalidMessage, match="bool"):
        one.send(SendText(long, flush="yes"))  # type: ignore[arg-type]
    assert one.send(SendText(long)) == f'{{"text":"{long}"}}'


def test_the_one_legal_kind_of_a_type_is_meant() -> None:
    shared = one_endpoint(
        "Shared",
        initialize=kind(TO_SERVER, KeepAlive, "Begin"),
        streaming_messages=[kind(TO_SERVER, KeepAlive, "Beat"), kind(TO_SERVER, KeepAlive, "Tick")],
    )
    one = client(shared)
    one.send(KeepAlive())
    with pytest.raises(LocalInvalidMessage, match="may be Beat, Tick; name the one you mean"):
        one.send(KeepAlive())
    assert one.send("Beat", KeepAlive()) == '{"text":" "}'


def test_words_and_binary_go_out_as_text_and_bytes() -> None:
    one = client(LISTEN)
    assert one.send(b"\0\1") == b"\0\1"
    assert one.send("Audio", bytearray(b"\2")) == b"\2"
    assert one.send("Ping") == "PING"
    assert one.send("Speed", "fast") == "fast"
    assert one.send_frame("Audio", b"") == (b"", False)
    assert one.send_frame("EndOfStream") == (b"EOS", True)
    with pytest.raises(LocalIllegalMessage, match="ended its half"):
        one.send("Ping")


def test_two_binary_kinds_are_taken_at_their_word() -> None:
    twins = one_endpoint(
        "Twins",
        streaming_messages=[kind(TO_SERVER, Schema.binary(), name) for name in ("Left", "Right")],
    )
    assert client(twins).send("Left", b"x") == b"x"


def test_bare_names_are_sent_at_their_word_and_never_refused() -> None:
    one = client(NAMES)
    for message in ("Begin", "Say", "End"):
        assert one.send(message, {"text": ""}) == '{"text":""}'


# ----------------------------------------------------------------------------------- receiving


def test_undocumented_fields_pass_and_the_payload_is_kept() -> None:
    one, _ = streaming_pair()
    payload = '{"audio":"AA==","isFinal":null,"new":{"deep":[1]}}'
    assert one.receive(payload) == Message("AudioOutput", AudioOutput("AA=="), payload)


def test_text_that_no_word_matches_is_unknown_even_if_the_other_side_speaks_json() -> None:
    words = one_endpoint(
        "Words",
        streaming_messages=[kind(TO_SERVER, Ask)],
        server_messages=[kind(TO_CLIENT, Schema.text("PONG"), "Pong")],
    )
    assert client(words).receive("PING") == Unknown("PING", "a text message that is not JSON")


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_text_may_come_as_any_kind_of_bytes(wrap: Callable[[bytes], Any]) -> None:
    one, _ = streaming_pair()
    payload = '{"audio":"é"}'.encode()
    assert one.receive(wrap(payload)) == Message("AudioOutput", AudioOutput("é"), payload)


def test_a_known_message_at_the_wrong_moment_is_illegal_not_unknown() -> None:
    other = server()
    for payload in ('{"text":"hi"}', '{"text":""}'):
        error = violation(other.receive(payload))
        assert isinstance(error, RemoteIllegalMessage)
        assert error.allowed == ("Initialize",)
    assert other.phase is Phase.INITIALIZING


class Piece(Struct):
    text: str
    key: str


BEGIN, GO_ON = kind(TO_SERVER, Piece, "Begin"), kind(TO_SERVER, Piece, "GoOn")


def test_of_kinds_alike_and_illegal_the_one_that_is_nearest_to_being_legal_is_meant() -> None:
    ready = OpeningStep(kind(TO_CLIENT, Done, "Ready"))
    endpoint = one_endpoint("Pieces", initialize=[BEGIN, ready], streaming_messages=[GO_ON])
    piece = {"text": "a", "key": "b"}
    one = server(endpoint)
    assert isinstance(one.receive(json.dumps(piece)), Message)
    error = violation(one.receive(json.dumps(piece)))
    assert (error.message, error.path) == ("GoOn", ((Side.SERVER, "Ready"),))
    trace = judged(endpoint, [opened(), said(Side.CLIENT, piece), said(Side.CLIENT, piece)])
    (wrong,) = (one.finding for one in trace.findings if one.finding.rule.id == "SCH-101")
    assert (wrong.line, wrong.message) == (3, "GoOn"), "and the checker says the same"


def test_of_kinds_alike_whose_key_cannot_be_read_the_first_is_invalid() -> None:
    inside = ConnectionLifecycle(initialize=BEGIN, streaming_messages=[GO_ON])
    endpoint = one_endpoint("Pieces", channels=[Channel(id="Job", key="key", lifecycle=inside)])
    error = violation(server(endpoint).receive('{"text": "a", "key": 1.5}'))
    assert isinstance(error, RemoteInvalidMessage)
    assert error.message == "Begin"


def test_a_message_of_the_wrong_side_is_illegal() -> None:
    one, other = streaming_pair()
    error = violation(one.receive('{"text":"hi"}'))
    assert isinstance(error, RemoteIllegalMessage)
    assert (error.message, error.side) == ("SendText", Side.SERVER)
    assert isinstance(other.receive('{"isFinal":true}'), Violation)


def test_a_shape_that_says_nothing_does_not_claim_an_unknown_message() -> None:
    mixed = one_endpoint(
        "Mixed",
        streaming_messages=[kind(TO_SERVER, "Anything")],
        server_messages=[kind(TO_CLIENT, Answer)],
    )
    assert isinstance(client(mixed).receive('{"a":1}'), Unknown)


@pytest.mark.parametrize(
    ("payload", "message", "words"),
    [
        ("not json", "", "it is not JSON: JSON is malformed"),
        ("", "", "it is not JSON: Input data was truncated"),
        (b'{"audio":"\xff"}', "", "not valid UTF-8"),
        (b'{"audio":"A","skipped":"\xff"}', "", "not valid UTF-8"),
        ("\ud800", "", "surrogates"),
        ("[" * 100_000, "", "recursion"),
        ('{"audio":1}', "AudioOutput", "Expected `str`, got `int`"),
        ('{"message":"m","error":"e","code":"1008"}', "Error", "Expected `int`"),
    ],
)
def test_a_body_that_cannot_be_read_is_invalid_and_names_its_kind_if_known(
    payload: str | bytes, message: str, words: str
) -> None:
    one, _ = streaming_pair()
    before = one.machine.state
    error = violation(one.receive(payload))
    assert isinstance(error, RemoteInvalidMessage)
    assert error.message == message
    assert words in error.problem
    assert one.machine.state == before


@given(st.binary() | st.text(), st.sampled_from([SPEECH, TAGGED, LISTEN, NAMES, SHARED]))
def test_no_payload_makes_receive_raise(payload: str | bytes, endpoint: BoundEndpoint) -> None:
    for session in (client(endpoint, policy=REPORT_ALL), server(endpoint)):
        event = session.receive(payload)
        assert isinstance(event, Message | Unknown | Ambiguous | Violation)
        assert event.payload == payload


def test_what_nothing_looks_like_is_passed_ignored_or_a_violation_by_policy() -> None:
    payload = '{"brand":"new"}'
    assert client().receive(payload) == Unknown(payload, "an object with brand")
    assert client(policy=Policy(unknown="ignore")).receive(payload) is None
    error = violation(client(policy=REPORT_ALL).receive(payload))
    assert isinstance(error, UnknownMessage)
    assert error.known == ("AudioOutput", "FinalOutput", "Error")


def test_an_error_may_come_at_any_moment() -> None:
    one = client()
    event = one.receive('{"message":"m","error":"e","code":1008}')
    assert isinstance(event, Message)
    assert event.body == Error("m", "e", 1008)


# -------------------------------------------------------------------- tags, words, binary, names


def test_tagged_messages_keep_their_order_too() -> None:
    one, other = client(TAGGED), server(TAGGED)
    assert other.receive(one.send(Ask("?"))) == Message(
        "Ask", Ask("?"), '{"type":"ask","question":"?"}'
    )
    other.receive(one.send(Stop()))
    assert isinstance(
        violation(other.receive('{"type":"ask","question":"?"}')), RemoteIllegalMessage
    )
    event = one.receive(other.send(Answer("42", score=None)))
    assert isinstance(event, Message)
    assert event.body.score is None


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ('{"type":"answer"}', RemoteInvalidMessage),
        ('{"type":"stop"}', RemoteIllegalMessage),
        ('{"type":"brand-new"}', UnknownMessage),
        ('{"text":"42"}', UnknownMessage),
        ("[]", UnknownMessage),
        ("]", RemoteInvalidMessage),
    ],
)
def test_a_tag_decides_between_invalid_illegal_and_unknown(payload: str, outcome: type) -> None:
    assert isinstance(violation(client(TAGGED, policy=REPORT_ALL).receive(payload)), outcome)


def test_text_and_binary_frames_are_told_apart() -> None:
    one, other = client(LISTEN), server(LISTEN)
    assert one.receive(b"PONG") == Message("Echo", b"PONG", b"PONG")
    assert one.receive(b"PONG", is_text=True) == Message("Pong", "PONG", b"PONG")
    assert one.receive("hello") == Message("Remark", "hello", "hello")
    assert one.receive('{"transcript":"x"}') == Message(
        "Transcript", Transcript("x"), '{"transcript":"x"}'
    )
    assert other.receive(memoryview(b"\0")) == Message("Audio", b"\0", b"\0")
    assert other.receive("fast") == Message("Speed", "fast", "fast")


def test_a_binary_frame_where_none_is_known_is_unknown_even_if_it_holds_json() -> None:
    event = client().receive(b'{"audio":"AA=="}', is_text=False)
    problem = "a binary message of 16 bytes (meant for a text frame)"
    assert event == Unknown(b'{"audio":"AA=="}', problem)
    assert client().receive(b"PCM", is_text=False) == Unknown(b"PCM", "a binary message of 3 bytes")


@pytest.mark.parametrize("frame", get_args(JsonFrame))
def test_json_travels_in_the_frames_that_the_description_says(frame: JsonFrame) -> None:
    api = one_endpoint("Framed", streaming_messages=[kind(TO_SERVER, Schema(Ask, frame=frame))])
    payload = client(api).send(Ask("?"))
    assert isinstance(payload, bytes) == (frame == "binary")
    content = payload if isinstance(payload, bytes) else payload.encode()
    for is_text in (True, False):
        event = server(api).receive(content, is_text=is_text)
        if frame in ("either", "text" if is_text else "binary"):
            assert event == Message("Ask", Ask("?"), content)
        else:
            assert isinstance(event, Unknown)
            assert event.problem.endswith(f"(meant for a {frame} frame)")


def test_json_in_binary_frames_may_stand_beside_audio() -> None:
    api = one_endpoint(
        "Beside",
        streaming_messages=[
            kind(TO_SERVER, Schema(Ask, frame="binary")),
            kind(TO_SERVER, Schema.binary(), "Audio"),
        ],
        close=kind(TO_SERVER, Schema(Stop, frame="binary")),
        server_messages=[kind(TO_CLIENT, Answer)],
    )
    one, other = client(api), server(api)
    assert other.receive(one.send(Ask("?"))) == Message("Ask", Ask("?"), ANY)
    for audio in (b"PCM", b'{"type":"new"}', b"\xff"):
        assert other.receive(one.send(audio)) == Message("Audio", audio, audio)
    with pytest.raises(LocalInvalidMessage, match="the peer would read this body as Stop"):
        one.send("Audio", b'{"type":"stop"}')
    error = violation(other.receive(b'{"type":"ask"}'))
    assert (error.message, error.problem) == ("Ask", "Object missing required field `question`")
    error = violation(one.receive(b'{"type":"ask","question":"?"}', is_text=False))
    assert (error.message, error.side) == ("Ask", Side.SERVER)


def test_binary_that_has_to_be_json_and_is_not_is_invalid() -> None:
    api = one_endpoint("Binary", streaming_messages=[kind(TO_SERVER, Schema(Ask, frame="binary"))])
    for payload in (b"PCM", b"\xff", b"[" * 100_000):
        error = violation(server(api).receive(payload))
        assert isinstance(error, RemoteInvalidMessage)
        assert error.message == ""
    assert isinstance(server(api).receive('{"type":"new"}'), Unknown)
    assert isinstance(client(api).receive(b"PCM", is_text=False), Unknown)


# ------------------------------------------------------------- kinds that share their tag, nested


def test_a_kind_is_decided_by_a_value_within_it() -> None:
    one, other = client(SHARED), server(SHARED)
    apart = one.send(CreateApart(Apart(conversation="none")))
    assert other.receive(apart) == Message(
        "CreateApart", CreateApart(Apart(conversation="none")), apart
    )
    plain = one.send(Create(Response(conversation="auto")))
    assert other.receive(plain) == Message("Create", Create(Response(conversation="auto")), plain)
    assert other.receive(one.send(Create())) == Message("Create", Create(), ANY)


def test_what_is_sent_as_one_kind_and_would_be_read_as_another_is_refused() -> None:
    body = Create(Response(conversation="none"))
    once = one_endpoint(
        "Once",
        streaming_messages=[
            kind(TO_SERVER, Create),
            kind(TO_SERVER, CreateApart, repeatable=False),
        ],
    )
    with pytest.raises(LocalInvalidMessage, match="the peer would read this body as CreateApart"):
        client(once).send(body)
    assert server(SHARED).receive(client(SHARED).send(body)) == Message(
        "CreateApart", CreateApart(Apart(conversation="none")), ANY
    ), "where it makes no difference, it is let pass"


@pytest.mark.parametrize(
    ("payload", "message", "problem"),
    [
        ('{"type":"response.create","response":1}', "Create", "Expected `object`, got `int`"),
        (
            '{"type":"response.create","response":{"conversation":"none","tone":"sour"}}',
            "CreateApart",
            "Invalid enum value 'sour'",
        ),
        (
            '{"type":"response.create","response":{"conversation":"x"}}',
            "Create",
            "Invalid enum value 'x'",
        ),
        ('{"type":"Inject"}', "Inject", "missing required field `message`"),
        ('{"event":{"type":"x"}}', "HoldsX", "missing required field `number`"),
    ],
)
def test_what_has_a_known_tag_and_fits_no_kind_of_it_is_invalid(
    payload: str, message: str, problem: str
) -> None:
    error = violation(server(SHARED, policy=REPORT_ALL).receive(payload))
    assert isinstance(error, RemoteInvalidMessage)
    assert error.message == message
    assert problem in error.problem


def test_an_unknown_tag_one_level_down_is_unknown() -> None:
    event = server(SHARED).receive('{"event":{"type":"new"}}')
    assert isinstance(event, Unknown)
    assert event.problem == "an object with event, event.type='new'"


def test_one_kind_may_have_several_bodies_of_one_tag() -> None:
    one, other = client(SHARED), server(SHARED)
    for body in (InjectWords("m"), InjectAnything()):
        assert other.receive(one.send(body)) == Message("Inject", body, ANY)


def test_one_tag_may_go_in_both_directions() -> None:
    api = one_endpoint(
        "Both",
        streaming_messages=[kind(MessageDirection.BIDIRECTIONAL, Answer), kind(TO_SERVER, Ask)],
        server_messages=[kind(TO_CLIENT, Done)],
    )
    one, other = client(api), server(api)
    assert other.receive(one.send(Answer("a"))) == Message("Answer", Answer("a"), ANY)
    assert one.receive(other.send(Answer("b"))) == Message("Answer", Answer("b"), ANY)


def test_the_single_key_of_an_object_may_name_its_kind() -> None:
    api = one_endpoint(
        "Keys", streaming_messages=[kind(TO_SERVER, body) for body in (HasPing, HasText)]
    )
    one, other = client(api), server(api)
    for body in (HasPing({"n": 1}), HasText("t")):
        assert other.receive(one.send(body)) == Message(type(body).__name__, body, ANY)
    assert isinstance(other.receive('{"pong":{}}'), Unknown)


@pytest.mark.parametrize("role", Side)
@pytest.mark.parametrize(
    ("payload", "is_text"),
    [
        ('{"brand":"new"}', True),
        ('{"type":"brand-new"}', True),
        ('["brand","new"]', True),
        ("1", True),
        (b"brand-new", False),
    ],
)
def test_what_is_unknown_is_so_in_both_roles_and_in_any_frame(
    role: Side, payload: str | bytes, is_text: bool
) -> None:
    for policy, outcome in [
        (Policy(), Unknown),
        (Policy(unknown="ignore"), type(None)),
        (REPORT_ALL, Violation),
    ]:
        session = Session(TAGGED, role, policy=policy)
        before = session.machine.state
        event = session.receive(payload, is_text=is_text)
        assert type(event) is outcome
        assert session.machine.state == before
        if isinstance(event, Violation):
            assert isinstance(event.error, UnknownMessage)


STRICT = Policy(fields="error")


@pytest.mark.parametrize(
    ("endpoint", "payload", "message", "fields"),
    [
        (TAGGED, '{"type":"answer","text":"42","new":1}', "Answer", "new"),
        (SPEECH, '{"audio":"","isFinal":null,"is_final":null,"x":1}', "AudioOutput", "is_final, x"),
    ],
)
def test_fields_that_the_type_does_not_know_pass_or_make_a_message_invalid(
    endpoint: BoundEndpoint, payload: str, message: str, fields: str
) -> None:
    one, strict = client(endpoint), client(endpoint, policy=STRICT)
    if endpoint is SPEECH:
        one.send(Initialize())
        strict.send(Initialize())
    assert isinstance(one.receive(payload), Message)
    before = strict.machine.state
    error = violation(strict.receive(payload))
    assert isinstance(error, RemoteInvalidMessage)
    assert (error.message, error.problem) == (message, f"{message} has no field {fields}")
    assert strict.machine.state == before


def test_a_strict_receiver_looks_into_objects_and_leaves_what_is_no_json_alone() -> None:
    strict = server(SHARED, policy=STRICT)
    apart = '{"type":"response.create","response":{"conversation":"none","mood":"x"},"id":1}'
    problem = "CreateApart has no field id, response.mood"
    assert violation(strict.receive(apart)).problem == problem
    assert isinstance(strict.receive('{"event":{"type":"x","number":1}}'), Message)
    assert isinstance(strict.receive(b'{"a":1}'), Message)
    assert isinstance(server(NAMES, policy=STRICT).receive('{"any":{"thing":1}}'), Message)
    assert isinstance(server(LISTEN, policy=STRICT).receive("PING"), Message)


def test_a_word_that_is_none_of_the_known_ones_is_unknown_by_policy_too() -> None:
    words = one_endpoint("Words", streaming_messages=[kind(TO_SERVER, Schema.text("PING"), "Ping")])
    assert isinstance(server(words).receive("PUNG"), Unknown)
    assert server(words, policy=Policy(unknown="ignore")).receive("PUNG") is None
    assert isinstance(violation(server(words, policy=REPORT_ALL).receive("PUNG")), UnknownMessage)


def test_kinds_that_decode_alike_are_ambiguous_and_move_only_if_all_would_move_alike() -> None:
    one, other = client(NAMES), server(NAMES)
    begun = one.send("Begin", {"voice": "x"})
    assert other.receive(begun) == Message("Begin", {"voice": "x"}, begun)
    before = other.machine.state
    assert other.receive("{}") == Ambiguous(("Say", "End"), {}, "{}")
    assert other.machine.state == before, "one of the two would end the client's half"
    assert one.receive('{"a":1}') == Ambiguous(("Audio", "Words"), {"a": 1}, '{"a":1}')


def test_an_ambiguous_payload_that_cannot_be_read_is_invalid() -> None:
    one = client(NAMES)
    one.send("Begin", {})
    error = violation(one.receive('{"a":1e999}'))
    assert isinstance(error, RemoteInvalidMessage)
    assert error.message == "Audio or Words"


def test_two_binary_kinds_are_ambiguous() -> None:
    twins = one_endpoint(
        "Twins",
        streaming_messages=[kind(TO_SERVER, Schema.binary(), name) for name in ("Left", "Right")],
    )
    assert server(twins).receive(b"x") == Ambiguous(("Left", "Right"), b"x", b"x")


def test_the_order_of_fields_does_not_matter() -> None:
    one, _ = streaming_pair()
    body = {"alignment": None, "isFinal": None, "audio": "AA=="}
    event = one.receive(msgspec.json.encode(body))
    assert isinstance(event, Message)
    assert event.body == AudioOutput("AA==", alignment=None)
