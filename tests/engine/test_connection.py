from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import (
    AuthStrategy,
    Breach,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    OnBreach,
    ParamLocation,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define import Side
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.errors import (
    DeadlineExceeded,
    LocalIllegalMessage,
    LocalInvalidMessage,
    LocalProtocolError,
    MessageTooBig,
    RemoteIllegalMessage,
    RemoteProtocolError,
    UnknownMessage,
)
from schematic_engine.events import (
    Accepted,
    Closed,
    Event,
    Message,
    Ping,
    Pong,
    Rejected,
    Request,
    Unknown,
    Violation,
)
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy
from support.clocked import UNPINGED
from support.frames import CLOSE, PING, TEXT, close_frame, cut, cuts, frame

UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT


class Hello(msgspec.Struct, tag="hello"):
    name: str = "me"


class Say(msgspec.Struct, tag="say"):
    text: str


class Bye(msgspec.Struct, tag="bye"):
    pass


class Heard(msgspec.Struct, tag="heard"):
    text: str


class End(msgspec.Struct, tag="end"):
    pass


class Oops(msgspec.Struct, tag="oops", frozen=True):
    text: str


class Late(msgspec.Struct, tag="late", frozen=True):
    text: str


class Failed(msgspec.Struct, tag="failed", frozen=True):
    text: str
    code: int


API = WebSocketApi(
    name="Echo",
    base_url="ws://example.org/v1",
    auth=AuthStrategy.api_key(header="x-key"),
    headers=[("User-Agent", "schematic"), ("x-version", "1")],
    endpoints=[
        WebSocketEndpoint(
            id="Talk",
            path="/talk/{room}",
            connection_params=[
                ConnectionParam(name="room", param_type=ParamType.STRING),
                ConnectionParam(name="speed", param_type=ParamType.INTEGER, required=False),
                ConnectionParam(
                    name="x-lang",
                    param_type=ParamType.STRING,
                    required=False,
                    location=ParamLocation.HEADER,
                ),
            ],
            lifecycle=ConnectionLifecycle(
                initialize=MessageSchema(id="Hello", direction=UP, schema=Schema(Hello)),
                streaming_messages=[
                    MessageSchema(id="Say", direction=UP, schema=Schema(Say)),
                    MessageSchema(id="Upload", direction=UP, schema=Schema.binary()),
                ],
                close=MessageSchema(id="Bye", direction=UP, schema=Schema(Bye)),
                server_messages=[
                    MessageSchema(id="Heard", direction=DOWN, schema=Schema(Heard)),
                    MessageSchema(id="Download", direction=DOWN, schema=Schema.binary()),
                    MessageSchema(id="End", direction=DOWN, schema=Schema(End), final=True),
                ],
                closing=Closing(
                    by=Side.SERVER,
                    codes=[
                        CloseCode(code=4000, meaning="time is up", by=Side.SERVER),
                        CloseCode(code=4001, meaning="bored", by=Side.CLIENT, normal=True),
                    ],
                ),
            ),
        )
    ],
)
KEY = Credentials("s3cret")
STRICT = Policy(unknown="error")


def a_client(**options: object) -> Connection:
    given: dict[str, object] = {"params": {"room": "a/b"}, "credentials": KEY, **options}
    return Connection.client(API, **given)  # type: ignore[arg-type]  # checked by the call


def asked(**options: object) -> tuple[Connection, Connection, Request]:
    """A client and a server that has its request."""
    client, server = a_client(**options), Connection.server()
    (request,) = server.receive_data(client.data_to_send())
    assert isinstance(request, Request)
    return client, server, request


def opened(**options: object) -> tuple[Connection, Connection]:
    """A client and a server with an open connection between them."""
    client, server, _ = asked(**options)
    server.accept(API)
    (accepted,) = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    return client, server


def opened_for(*rules: OnBreach, policy: Policy = STRICT) -> tuple[Connection, Connection]:
    """The same for an API that says how breaches are answered."""
    said: list[MessageSchema] = [
        MessageSchema(id="Oops", direction=DOWN, schema=Schema(Oops), ambient=True),
        MessageSchema(id="Late", direction=DOWN, schema=Schema(Late)),
        MessageSchema(
            id="Failed",
            direction=DOWN,
            schema=Schema(Failed),
            ambient=True,
            final=True,
            closes=CloseNotice(code="code", reason="text"),
        ),
    ]
    talk = API.endpoints[0]
    lifecycle = replace(
        talk.lifecycle,
        server_messages=(*talk.lifecycle.server_messages, *said),
        on_breach=rules,
    )
    endpoint = WebSocketEndpoint(id="Talk", path="/", lifecycle=lifecycle)
    api = WebSocketApi(name="Echo", base_url="ws://example.org", endpoints=[endpoint])
    client, server = Connection.client(api), Connection.server(policy=policy)
    server.receive_data(client.data_to_send())
    server.accept(api)
    (accepted,) = client.receive_data(server.data_to_send())
    assert isinstance(accepted, Accepted)
    return client, server


def pass_on(sender: Connection, receiver: Connection) -> list[Event]:
    data = sender.data_to_send()
    return receiver.receive_data(data) if data else []


def phases(*connections: Connection) -> list[str]:
    return [connection.phase.value for connection in connections]


def ids(events: Iterable[Event]) -> list[str]:
    return [event.id for event in events if isinstance(event, Message)]


def facts(events: Iterable[Event]) -> list[object]:
    """Events as values that can be compared, errors by type and text."""
    return [
        (
            msgspec.structs.replace(event, error=None)
            if isinstance(event, Closed)
            else event.payload,
            type(event.error),
            str(event.error),
        )
        if isinstance(event, (Closed, Violation))
        else event
        for event in events
    ]


# ---------------------------------------------------------------------------------------- talking


def test_a_conversation_from_the_request_to_a_clean_close() -> None:
    client, server, request = asked(
        params={"room": "a/b", "speed": 2, "x-lang": "de"},
        headers=[("user-agent", "mine")],
        subprotocols=["v2"],
    )
    assert (client.role, server.role) == (Side.CLIENT, Side.SERVER)
    assert client.address is not None
    assert (client.address.host, client.address.port) == ("example.org", 80)
    assert request.target == "/v1/talk/a%2Fb?speed=2"
    assert request.header("x-key") == "s3cret"
    assert request.header("x-lang") == "de"
    assert request.header("x-version") == "1"
    assert [value for name, value in request.headers if name == "user-agent"] == ["mine"]
    assert phases(client, server) == ["CONNECTING"] * 2

    server.accept(API, subprotocol="v2", headers=[("x-request-id", "7")])
    (accepted,) = pass_on(server, client)
    assert isinstance(accepted, Accepted)
    assert accepted.subprotocol == "v2"
    assert ("x-request-id", "7") in accepted.headers
    assert accepted.compression
    assert phases(client, server) == ["INITIALIZING"] * 2
    assert client.allowed() == server.expected() == ("Hello",)

    client.send(Hello())
    client.send("Say", {"text": "hi " * 1000})
    client.send("Upload", b"\x00\x01")
    events = pass_on(client, server)
    assert [event.body for event in events if isinstance(event, Message)] == [
        Hello(),
        Say("hi " * 1000),
        b"\x00\x01",
    ]
    server.send(Heard("hi"))
    server.send("Download", b"\x02")
    client.send("Bye")
    assert ids(pass_on(server, client)) == ["Heard", "Download"]
    assert ids(pass_on(client, server)) == ["Bye"]
    assert phases(client) == ["CLOSING"]
    server.send(End())
    server.close(1000, "done")
    assert phases(server) == ["CLOSING"]
    assert not server.close_expected()
    last, closed = pass_on(server, client)
    assert isinstance(last, Message)
    assert closed == Closed(code=1000, reason="done", clean=True)
    assert client.close_expected()
    assert pass_on(client, server) == [Closed(code=1000, clean=True)]
    assert server.close_expected()
    assert phases(client, server) == ["CLOSED"] * 2
    for one in (client, server):
        assert one.receive_data(b"") == []
        assert one.next_deadline() is None
        assert one.handle_timeout(1e9) == []
        assert one.allowed() == one.expected() == ()


def test_what_is_refused_is_neither_written_nor_counted() -> None:
    client, server = opened()
    for refused, kind in (
        (Say("too early"), LocalIllegalMessage),
        (Heard("not mine"), LocalInvalidMessage),
    ):
        with pytest.raises(kind):
            client.send(refused)
    with pytest.raises(LocalInvalidMessage):
        client.send("Hello", {"name": 1})
    with pytest.raises(LocalProtocolError, match="125"):
        client.ping(b"x" * 126)
    with pytest.raises(LocalProtocolError, match="1005"):
        client.close(1005)
    assert client.data_to_send() == b""
    assert client.allowed() == ("Hello",)
    client.send(Hello())
    assert ids(pass_on(client, server)) == ["Hello"]


def test_nothing_is_sent_before_the_connection_is_open_or_after_it_closes() -> None:
    client, server, _ = asked()
    for one, message in ((client, Hello()), (server, End())):
        with pytest.raises(LocalProtocolError, match="not open"):
            one.send(message)
        with pytest.raises(LocalProtocolError, match="not open"):
            one.ping()
    server.accept(API)
    pass_on(server, client)
    client.send(Hello())
    client.close()
    assert client.expected() == ("Heard", "Download", "End")
    with pytest.raises(LocalProtocolError, match="closing"):
        client.send(Say("more"))
    assert client.allowed() == ()


def test_pings_are_answered_and_pongs_told() -> None:
    client, server = opened()
    client.ping(b"1")
    assert pass_on(client, server) == [Ping(b"1")]
    assert pass_on(server, client) == [Pong(b"1")]


def test_frames_right_behind_the_handshake_are_not_lost() -> None:
    client, server, _ = asked()
    server.accept(API)
    server.ping(b"at once")
    accepted, ping = pass_on(server, client)
    assert isinstance(accepted, Accepted)
    assert ping == Ping(b"at once")


def test_frames_before_the_answer_wait_for_it() -> None:
    client, server = a_client(), Connection.server(limits=UNPINGED)
    early = frame(TEXT, b'{"type":"hello"}', masked=True) + frame(PING, b"x", masked=True)
    (request,) = server.receive_data(client.data_to_send() + early)
    assert isinstance(request, Request)
    assert server.next_deadline() is None
    server.accept(API)
    assert server.next_deadline() == -math.inf  # there is something to tell
    assert [type(event) for event in server.handle_timeout(5.0)] == [Message, Ping]
    assert server.next_deadline() is None


# ----------------------------------------------------------------------------- properties of bytes


@given(cuts(), st.integers(0, 10_000))
def test_a_cut_anywhere_ends_with_one_closed_and_loses_nothing_before_it(
    places: list[int], at: int
) -> None:
    client, server, _ = asked(compression=False)
    server.accept(API)
    head = server.data_to_send()
    server.receive_data(frame(TEXT, b'{"type":"hello"}', masked=True))
    said: list[object] = [Heard("one"), Heard("two"), b"\xff" * 300, End()]
    for body in said:
        if isinstance(body, bytes):
            server.send("Download", body)
        else:
            server.send(body)
    server.close(1000)
    down = server.data_to_send()
    at %= len(head) + len(down) + 1
    events = [event for piece in cut(head[:at], places) for event in client.receive_data(piece)]
    kept = down[: max(0, at - len(head))]
    if kept:
        client.send(Hello())
    for piece in [*cut(kept, places), b"", b"", kept]:
        events += client.receive_data(piece)
    closed = [event for event in events if isinstance(event, Closed)]
    assert closed == events[-1:]
    bodies = [event.body for event in events if isinstance(event, Message)]
    assert bodies == said[: len(bodies)]
    if kept == down:
        assert (bodies, closed[0].clean) == (said, True)
    else:
        assert (closed[0].code, closed[0].error) == (1006, None)


def test_a_cut_at_each_byte_of_the_request_ends_with_one_closed() -> None:
    data = a_client().data_to_send()
    for at in range(len(data)):
        server = Connection.server()
        events = server.receive_data(data[:at]) if at else []
        events += server.receive_data(b"")
        assert events == [Closed(code=1006)]
        assert server.close_expected()


@given(st.binary(max_size=300), cuts(), st.sampled_from(["new", "asked", "open"]), st.booleans())
def test_garbage_never_raises_and_ends_in_documented_events(
    garbage: bytes, places: list[int], stage: str, is_client: bool
) -> None:
    def outcome(reads: Iterable[bytes]) -> list[object]:
        client, server = opened() if stage == "open" else (a_client(), Connection.server())
        if stage == "asked":
            server.receive_data(client.data_to_send())
        victim = client if is_client else server
        events = [event for data in reads for event in victim.receive_data(data)]
        events += victim.receive_data(b"")
        assert isinstance(events[-1], (Closed, Rejected))
        assert [isinstance(event, Closed) for event in events].count(True) <= 1
        assert victim.close_expected()
        victim.data_to_send()
        return facts(events)

    assert outcome(cut(garbage, places)) == outcome([garbage] if garbage else [])


@given(
    st.lists(st.sampled_from(["Heard", "Say", "End", "nonsense", "ping", "text"]), max_size=6),
    cuts(),
)
def test_any_chunking_gives_the_same_events(kinds: list[str], places: list[int]) -> None:
    bodies = {
        "Heard": b'{"type":"heard","text":"x"}',
        "Say": b'{"type":"say","text":"x"}',
        "End": b'{"type":"end"}',
        "nonsense": b"[]",
        "text": b"\xff",
    }
    data = b"".join(
        frame(PING) if kind == "ping" else frame(TEXT, bodies[kind]) for kind in kinds
    ) + close_frame(1000)

    def outcome(reads: Sequence[bytes], violation: str) -> list[object]:
        client, _ = opened(policy=Policy(violation=violation))  # type: ignore[arg-type]
        events = [event for read in reads for event in client.receive_data(read)]
        return facts([*events, *client.handle_timeout(0.0)])

    for violation in ("fail", "report"):
        assert outcome([data], violation) == outcome(list(cut(data, places)), violation)


def test_messages_that_came_in_one_read_with_a_breach_can_be_answered_for_a_moment() -> None:
    client, server = opened()
    for connection in (client, server):
        connection.handle_timeout(10.0)
    client.send("Hello", {})
    hello = client.data_to_send()
    (heard,) = server.receive_data(hello + b"\xff\xff")
    assert isinstance(heard, Message)
    assert server.receive_data(hello) == []
    server.send("Heard", {"text": "you"})
    assert ids(pass_on(server, client)) == ["Heard"]
    assert server.next_deadline() == 10.1
    assert server.handle_timeout(10.05) == []
    (closed,) = server.handle_timeout(10.1)
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert server.next_deadline() is None
    (told,) = pass_on(server, client)
    assert isinstance(told, Closed)
    assert told.code == 1002


def test_a_breach_is_told_at_once_where_nothing_can_be_answered_any_more() -> None:
    client, server = opened()
    client.send("Hello", {})
    server.close()
    heard, closed = server.receive_data(client.data_to_send() + b"\xff\xff")
    assert isinstance(heard, Message)
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)


# ------------------------------------------------------------------------------------- violations


def test_a_violation_fails_the_connection_and_ends_delivery() -> None:
    client, server = opened()
    illegal = frame(TEXT, b'{"type":"say","text":"too early"}', masked=True)
    legal = frame(TEXT, b'{"type":"hello"}', masked=True)
    (violation,) = server.receive_data(illegal + legal + illegal)
    assert isinstance(violation, Violation)
    assert isinstance(violation.error, RemoteIllegalMessage)
    assert phases(server) == ["FAILED"]
    assert server.allowed() == server.expected() == ()
    assert not server.close_expected()
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert closed.code == 1008
    assert "Say" in closed.reason
    (ended,) = pass_on(client, server)
    assert isinstance(ended, Closed)
    assert (ended.code, ended.clean, ended.error) == (1008, True, violation.error)
    assert phases(server) == ["FAILED"]


def test_a_violation_that_is_only_reported_changes_nothing() -> None:
    server = Connection.server(policy=Policy(unknown="error", violation="report"))
    client = a_client()
    server.receive_data(client.data_to_send())
    server.accept(API)
    illegal = frame(TEXT, b'{"type":"say","text":"too early"}', masked=True)
    legal = frame(TEXT, b'{"type":"hello"}', masked=True)
    events = server.receive_data(illegal + legal)
    assert [type(event) for event in events] == [Violation, Message]
    assert phases(server) == ["STREAMING"]


def test_the_unknown_is_passed_by_clients_and_refused_by_servers_unless_told_otherwise() -> None:
    client, server = opened()
    (unknown,) = client.receive_data(frame(TEXT, b'{"type":"new"}'))
    assert isinstance(unknown, Unknown)
    (violation,) = server.receive_data(frame(TEXT, b'{"type":"new"}', masked=True))
    assert isinstance(violation, Violation)
    assert isinstance(violation.error, UnknownMessage)
    ignoring, _ = opened(policy=Policy(unknown="ignore"))
    assert ignoring.receive_data(frame(TEXT, b'{"type":"new"}')) == []


def test_a_breach_is_answered_with_the_documented_code_and_reason() -> None:
    client, server = opened_for(
        OnBreach.close(4401, Breach.EARLY, message="Say", reason="say hello first"),
        OnBreach.close(4400, Breach.UNKNOWN, Breach.INVALID, by=None),
    )
    (told,) = server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True))
    assert isinstance(told, Violation)
    assert told.closing
    assert told.error.breach is Breach.EARLY
    assert told.answer is not None
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert (closed.code, closed.reason) == (4401, "say hello first")

    client, server = opened_for(OnBreach.close(4400, Breach.INVALID, by=None))
    (told,) = client.receive_data(frame(TEXT, b"{"))
    assert isinstance(told, Violation)
    (closed,) = pass_on(client, server)
    assert isinstance(closed, Closed)
    assert (closed.code, closed.reason) == (4400, told.error.close_reason)


def test_a_breach_that_is_answered_with_a_message_leaves_the_connection_open() -> None:
    client, server = opened_for(OnBreach.say("Oops", Breach.ILLEGAL, body=Oops("no")))
    client.send("Hello")
    pass_on(client, server)
    (told,) = server.receive_data(frame(TEXT, b'{"type":"hello"}', masked=True))
    assert isinstance(told, Violation)
    assert not told.closing
    (answer,) = pass_on(server, client)
    assert isinstance(answer, Message)
    assert answer.body == Oops("no")
    client.send("Say", {"text": "go on"})
    assert ids(pass_on(client, server)) == ["Say"]


def test_an_answer_that_announces_the_close_is_followed_by_it() -> None:
    failed = Failed("too many", 4009)
    client, server = opened_for(OnBreach.say("Failed", Breach.ILLEGAL, body=failed))
    (told,) = server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True))
    assert isinstance(told, Violation)
    assert told.closing
    answer, closed = pass_on(server, client)
    assert isinstance(answer, Message)
    assert answer.body == failed
    assert isinstance(closed, Closed)
    assert (closed.code, closed.reason) == (4009, "too many")


def test_a_rule_may_say_a_message_and_close_with_a_code_of_its_own() -> None:
    rule = OnBreach(
        breaches=[Breach.ILLEGAL], says="Oops", body=Oops("no"), close_code=4010, reason="bye"
    )
    client, server = opened_for(rule)
    server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True))
    answer, closed = pass_on(server, client)
    assert isinstance(answer, Message)
    assert isinstance(closed, Closed)
    assert (closed.code, closed.reason) == (4010, "bye")


def test_an_answer_that_may_not_be_said_now_leaves_nothing_but_to_close() -> None:
    client, server = opened_for(OnBreach.say("Late", Breach.ILLEGAL, body=Late("what?")))
    (told,) = server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True))
    assert isinstance(told, Violation)
    assert told.closing
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert closed.code == 1008


def test_a_breach_that_is_ignored_is_as_if_it_had_not_come() -> None:
    client, server = opened_for(OnBreach.ignore(Breach.EARLY, message="Say"))
    assert server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True)) == []
    assert server.data_to_send() == b""
    client.send("Hello")
    assert ids(pass_on(client, server)) == ["Hello"]


def test_who_only_reports_breaches_is_told_how_they_would_be_answered() -> None:
    rule = OnBreach.close(4401, Breach.EARLY)
    server = opened_for(rule, policy=Policy(violation="report"))[1]
    (told,) = server.receive_data(frame(TEXT, b'{"type":"say","text":"x"}', masked=True))
    assert isinstance(told, Violation)
    assert told.answer == rule
    assert not told.closing
    assert server.data_to_send() == b""


def test_a_breach_that_no_rule_is_about_is_answered_as_ever() -> None:
    client, server = opened_for(OnBreach.close(4401, Breach.EARLY))
    server.receive_data(frame(TEXT, b"{", masked=True))
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert closed.code == 1007


def test_a_violation_after_our_close_frame_is_told_and_sends_no_second_one() -> None:
    client, _ = opened()
    client.close(1000)
    client.data_to_send()
    bad = frame(TEXT, b'{"type":"say","text":"mine"}')
    (violation,) = client.receive_data(bad)
    assert isinstance(violation, Violation)
    assert client.data_to_send() == b""
    assert phases(client) == ["FAILED"]


def test_a_connection_that_is_lost_after_a_violation_names_the_violation() -> None:
    _, server = opened()
    (violation,) = server.receive_data(frame(TEXT, b"{}", masked=True))
    assert isinstance(violation, Violation)
    assert server.receive_data(b"") == [Closed(code=1006, error=violation.error)]


def test_a_broken_frame_ends_the_connection_at_once_and_tells_the_peer_why() -> None:
    client, server = opened()
    (closed,) = server.receive_data(frame(TEXT, b"not masked"))
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert server.close_expected()
    assert phases(server) == ["FAILED"]
    (told,) = pass_on(server, client)
    assert isinstance(told, Closed)
    assert told.code == 1002


def test_a_message_over_the_limit_ends_the_connection() -> None:
    client, _ = opened(limits=Limits(max_message_size=100))
    (closed,) = client.receive_data(frame(TEXT, b"x" * 101))
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, MessageTooBig)


# ---------------------------------------------------------------------------------------- closing


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4002])
def test_a_close_of_the_peer_is_answered_with_its_code(code: int) -> None:
    client, _ = opened()
    assert client.receive_data(close_frame(code)) == [Closed(code=code, clean=True)]
    assert client.data_to_send()[:2] == bytes([0x80 | CLOSE, 0x82])
    assert client.close_expected()


def test_what_is_documented_about_the_code_of_a_close_is_told_with_it() -> None:
    client, server = opened()
    server.close(4000, "tea time")
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert closed.documented == CloseCode(code=4000, meaning="time is up", by=Side.SERVER)
    assert not closed.normal
    assert str(closed.as_error()) == "connection closed with code 4000 (time is up): tea time"

    client, server = opened()
    client.close(4001)
    (closed,) = pass_on(client, server)
    assert isinstance(closed, Closed)
    assert closed.normal
    assert closed.as_error().normal


def test_a_code_without_a_word_about_it_is_judged_by_the_standard() -> None:
    client, server = opened()
    server.close(1011)
    (closed,) = pass_on(server, client)
    assert isinstance(closed, Closed)
    assert closed == Closed(code=1011, clean=True)
    assert not closed.normal
    assert Closed(code=1001, clean=True).normal
    assert not Closed(code=1005, clean=False).normal


def test_closes_that_cross_are_clean_on_both_sides() -> None:
    client, server = opened()
    client.close(1000)
    server.close(1001)
    up, down = client.data_to_send(), server.data_to_send()
    assert client.receive_data(down) == [Closed(code=1001, clean=True)]
    assert server.receive_data(up) == [Closed(code=1000, clean=True)]


def test_messages_between_our_close_frame_and_theirs_are_delivered() -> None:
    client, server = opened()
    client.send(Hello())
    pass_on(client, server)
    server.send(Heard("under way"))
    client.close()
    assert ids(pass_on(server, client)) == ["Heard"]


def test_closing_twice_or_after_the_end_does_nothing() -> None:
    client, server = opened()
    client.close(1000)
    client.close(1001)
    assert pass_on(client, server) == [Closed(code=1000, clean=True)]
    assert pass_on(server, client) == [Closed(code=1000, clean=True)]
    client.close()
    assert client.data_to_send() == b""


# -------------------------------------------------------------------------------------- handshake


def test_a_rejection_is_the_last_event_of_a_client_and_a_server_has_none() -> None:
    client, server, _ = asked()
    server.reject(403, headers=[("x-why", "no")], body=b"no")
    assert server.close_expected()
    assert phases(server) == ["CLOSED"]
    assert server.receive_data(b"") == []
    (rejected,) = pass_on(server, client)
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (403, b"no")
    assert client.close_expected()
    assert client.receive_data(b"") == []


def test_a_bad_request_is_answered_and_ends_the_connection() -> None:
    server = Connection.server()
    (closed,) = server.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")
    assert phases(server) == ["FAILED"]


def test_only_a_server_answers_and_only_while_somebody_waits() -> None:
    client, server, _ = asked()
    with pytest.raises(LocalProtocolError, match="only a server"):
        client.accept(API)
    with pytest.raises(LocalProtocolError, match="no request"):
        Connection.server().reject(400)
    with pytest.raises(LocalProtocolError, match="not offer"):
        server.accept(API, subprotocol="x")
    assert server.session is None
    assert server.receive_data(b"") == [Closed(code=1006)]
    with pytest.raises(LocalProtocolError, match="over"):
        server.accept(API)
    _, answering, _ = asked()
    answering.accept(API)
    with pytest.raises(LocalProtocolError, match="no request"):
        answering.accept(API)


def test_closing_during_the_handshake_gives_up() -> None:
    client, server, _ = asked()
    client.close()
    assert client.close_expected()
    assert client.receive_data(b"HTTP") == [Closed(code=1006)]
    client.close()
    server.close()
    assert server.close_expected()
    assert server.data_to_send().startswith(b"HTTP/1.1 503 ")
    waiting = Connection.server()
    waiting.close()
    assert waiting.handle_timeout(0.0) == [Closed(code=1006)]


def test_a_server_may_decline_compression() -> None:
    client, server = a_client(), Connection.server(compression=False)
    server.receive_data(client.data_to_send())
    server.accept(API)
    (accepted,) = pass_on(server, client)
    assert isinstance(accepted, Accepted)
    assert not accepted.compression


# ------------------------------------------------------------------------------------------- time


def test_the_opening_handshake_has_to_end_in_time() -> None:
    client = a_client()
    assert client.next_deadline() == -math.inf  # tell me the time
    assert client.handle_timeout(100.0) == []
    assert client.next_deadline() == 110.0
    assert client.handle_timeout(109.9) == []
    (closed,) = client.handle_timeout(110.0)
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, DeadlineExceeded)
    assert closed.error.deadline == "open_timeout"
    assert client.close_expected()
    assert client.next_deadline() is None


def test_a_request_that_comes_too_slowly_is_answered_with_408() -> None:
    server = Connection.server()
    server.handle_timeout(0.0)
    server.receive_data(b"GET / HT")
    (closed,) = server.handle_timeout(10.0)
    assert isinstance(closed, Closed)
    assert server.data_to_send().startswith(b"HTTP/1.1 408 ")


def test_a_server_may_take_its_time_over_an_answer() -> None:
    _, server, _ = asked()
    assert server.handle_timeout(1e6) == []
    assert server.next_deadline() is None


def test_a_rejection_that_does_not_end_in_time_is_told_as_far_as_it_came() -> None:
    client = a_client()
    client.handle_timeout(0.0)
    assert client.receive_data(b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nnot") == []
    (rejected,) = client.handle_timeout(10.0)
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (401, b"not")
    assert client.close_expected()


def end_by_closing(client: Connection) -> None:
    client.close()


def end_by_failing(client: Connection) -> None:
    client.receive_data(frame(TEXT, b'{"type":"say","text":"mine"}'))


@pytest.mark.parametrize(
    ("end", "kind"), [(end_by_closing, DeadlineExceeded), (end_by_failing, RemoteIllegalMessage)]
)
def test_a_close_frame_has_to_be_answered_in_time(
    end: Callable[[Connection], None], kind: type[Exception]
) -> None:
    client, _ = opened(limits=UNPINGED)
    client.handle_timeout(50.0)
    assert client.next_deadline() is None
    end(client)
    assert client.next_deadline() == 50.0  # the past: tell me the time
    assert client.handle_timeout(60.0) == []
    assert client.next_deadline() == 70.0
    (closed,) = client.handle_timeout(70.0)
    assert isinstance(closed, Closed)
    assert (closed.code, closed.clean, type(closed.error)) == (1006, False, kind)
    assert client.close_expected()


def test_without_limits_of_time_there_is_no_deadline() -> None:
    limits = Limits(open_timeout=None, close_timeout=None, ping_interval=None)
    client, _ = opened(limits=limits)
    assert client.next_deadline() is None
    client.close()
    assert client.next_deadline() is None
    assert client.handle_timeout(1e9) == []


def test_secrets_do_not_show() -> None:
    client = a_client()
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(client.address)
