"""An endpoint with parameters that decide what may be said, wherever it is spoken."""

from __future__ import annotations

import pytest

from schematic import ConnectionLifecycle, MessageSchema, Schema, Side
from schematic.compile import CompiledEndpoint, compile_endpoint, narrow, narrowings
from schematic.compile.verify import verify
from schematic_engine.connection import Connection
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.events import Event, Message, Unknown
from schematic_engine.mock import Call, MockServer
from schematic_engine.session import Session
from schematic_engine.sync import connect
from support.definitions import an_api, an_endpoint, param
from support.forms import API, Audio, Chunk, Close
from support.lifecycles import DIRECTIONS, message
from support.recordings import found, judged, line, said

CLIENT, SERVER = Side
ENDPOINT = compile_endpoint(API.endpoint())


def ids(endpoint: CompiledEndpoint) -> list[str]:
    return [kind.id for kind in endpoint.kinds]


def test_each_connection_has_the_messages_of_its_parameters() -> None:
    assert ids(narrow(ENDPOINT, {})) == ["Upload", "Close", "Sound"]
    assert ids(narrow(ENDPOINT, {"form": "json"})) == ["Audio", "Close", "Wrapped"]
    assert ids(narrow(ENDPOINT, {"form": "chunks"})) == ["Chunk", "Close", "Wrapped"]
    assert [one.id for one in narrow(ENDPOINT, {}).absent] == ["Audio", "Chunk", "Wrapped"]


def test_the_same_messages_are_compiled_once() -> None:
    assert narrow(ENDPOINT, {}) is narrow(ENDPOINT, {"form": "binary"})
    plain = compile_endpoint(an_api(an_endpoint()).endpoint())
    assert narrow(plain, {"any": 1}) is plain
    assert narrowings(plain) == (("", plain),)


def test_every_narrowing_is_named_by_its_parameters() -> None:
    named = {words: ids(endpoint)[0] for words, endpoint in narrowings(ENDPOINT)}
    assert named == {"form=binary": "Upload", "form=json": "Audio", "form=chunks": "Chunk"}


# Verified


def test_alternatives_of_which_a_connection_has_one_are_not_alike() -> None:
    assert verify(ENDPOINT) == ()


def test_what_is_wrong_with_some_parameters_only_is_told_with_them() -> None:
    def named(name: str, **when: object) -> MessageSchema:
        direction, schema = DIRECTIONS[CLIENT], Schema(f"{name}Body")
        return MessageSchema(id=name, direction=direction, schema=schema, **when)  # type: ignore[arg-type]  # checked by the call

    lifecycle = ConnectionLifecycle(
        streaming_messages=[
            named("A"),
            named("B", when={"form": "json"}),
            message("C", CLIENT, when={"form": "plain"}),
        ],
        server_messages=[message("X", SERVER, after="Y"), message("Y", SERVER, after="X")],
    )
    form = param("form", choices=["plain", "json"], default="plain")
    endpoint = compile_endpoint(an_api(an_endpoint(form, lifecycle=lifecycle)).endpoint())
    assert [(one.rule, one.message.partition(":")[0]) for one in verify(endpoint)] == [
        ("unreachable-message", "X from the server can never be said"),
        ("unreachable-message", "Y from the server can never be said"),
        ("decodes-alike", "with form=json"),
    ]


# Spoken


def opened(form: str | None) -> tuple[Connection, Connection]:
    client, server = Connection.client(API, params={"form": form}), Connection.server()
    server.receive_data(client.data_to_send())
    server.accept(API, params={"form": form} if form else None)
    client.receive_data(server.data_to_send())
    return client, server


def heard(speaker: Connection, listener: Connection) -> list[Event]:
    return listener.receive_data(speaker.data_to_send())


def test_both_sides_speak_as_the_parameters_say() -> None:
    client, server = opened("json")
    assert client.allowed() == server.expected() == ("Audio", "Close")
    client.send(Audio())
    assert heard(client, server) == [Message("Audio", Audio(), '{"type":"audio","data":"QQ=="}')]
    server.send("Wrapped", Audio())
    (event,) = heard(server, client)
    assert isinstance(event, Message)
    assert event.id == "Wrapped"


def test_without_the_parameter_its_default_decides() -> None:
    client, server = opened(None)
    assert client.allowed() == server.expected() == ("Upload", "Close")
    client.send("Upload", b"A")
    assert heard(client, server) == [Message("Upload", b"A", b"A")]


@pytest.mark.parametrize("named", ["Audio", Audio()])
def test_a_message_that_is_not_there_is_refused_with_the_parameter_that_it_needs(
    named: object,
) -> None:
    client, server = opened("binary")
    with pytest.raises(LocalInvalidMessage) as caught:
        client.send(named)
    assert str(caught.value) == (
        "Audio: this connection does not have it: it needs the parameters form=json"
    )
    with pytest.raises(LocalInvalidMessage, match="form=json or chunks"):
        server.send("Wrapped", Audio())
    with pytest.raises(LocalInvalidMessage, match="no message of the server has a body of type"):
        server.send(Chunk())


def test_what_the_peer_says_that_is_not_there_is_unknown() -> None:
    session = Session(narrow(ENDPOINT, {"form": "binary"}), CLIENT)
    event = session.receive('{"type":"audio","data":"QQ=="}')
    assert isinstance(event, Unknown)
    assert event.problem == (
        "an object with type, data (it looks like Wrapped, which needs the parameters "
        "form=json or chunks)"
    )
    for payload in ('{"type":"other"}', "no JSON"):
        event = session.receive(payload)
        assert isinstance(event, Unknown)
        assert "looks like" not in event.problem


def test_the_mock_speaks_as_the_client_asks() -> None:
    server = MockServer(API)

    @server.on("Audio")
    def _(call: Call, _: Message) -> list[tuple[str, object]]:
        assert call.params == {"form": "json"}
        return [("Wrapped", Audio("Qg=="))]

    with server, connect(API, url=server.url, params={"form": "json"}) as connection:
        connection.send(Audio())
        event = connection.receive()
        assert isinstance(event, Message)
        assert event.body == Audio("Qg==")
        connection.send(Close())
    assert server.violations == []


# Judged


def asked(target: str) -> str:
    return line("open", CLIENT, path=target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/v1/talk?form=json", [(3, "SCH-201")]),
        ("/talk?form=json", [(3, "SCH-201")]),
        ("/talk", [(2, "SCH-201")]),
        ("/talk?form=ogg", [(1, "SCH-404")]),
        ("/elsewhere", [(1, "SCH-402")]),
    ],
)
def test_the_checker_judges_by_the_recorded_parameters_and_by_all_where_they_do_not_fit(
    target: str, expected: list[tuple[int, str]]
) -> None:
    recorded = [asked(target), said(CLIENT, {"type": "audio", "data": "QQ=="}), said(CLIENT, b"A")]
    assert found(judged(API.endpoint(), recorded)) == expected


def test_a_recording_without_its_beginning_is_judged_by_all_messages() -> None:
    recorded = [said(CLIENT, {"type": "audio", "data": "QQ=="}), said(CLIENT, b"A")]
    assert found(judged(API.endpoint(), recorded)) == []
