"""The mock server on real sockets."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trustme
from wsproto.events import TextMessage

from schematic import Breach, ConnectionLifecycle, DefinitionError, OnBreach, Side
from schematic_definitions.elevenlabs import (
    CloseConnection,
    InitializeConnection,
    SendText,
    elevenlabs,
)
from schematic_engine import asyncio as aio
from schematic_engine import sync
from schematic_engine.errors import (
    ConnectionClosed,
    RemoteIllegalMessage,
    RemoteInvalidMessage,
    RemoteProtocolError,
    UnknownMessage,
)
from schematic_engine.events import Delivered, Message
from schematic_engine.mock import Call, Close, MockServer, Reply
from support.lifecycles import bound, message
from support.loops import on_a_strict_loop
from support.raw_peer import raw_client

API = elevenlabs()
SPEECH = API.endpoint("StreamTextToSpeech")
TARGET = "/v1/text-to-speech/voice/stream-input"
ANSWERING = ConnectionLifecycle(
    streaming_messages=[message("Say", Side.CLIENT, repeatable=False)],
    close=message("Bye", Side.CLIENT),
    server_messages=[message("Oops", Side.SERVER, ambient=True)],
    on_breach=[OnBreach.say("Oops", Breach.ILLEGAL)],
)
OPEN, TEXT, END = {"text": " "}, {"text": "Hello "}, {"text": ""}


def dial(server: MockServer, voice: str = "voice", **options: Any) -> sync.ClientConnection:
    given: dict[str, Any] = {"url": server.url, "auth": "key", "params": {"voice_id": voice}}
    connection: sync.ClientConnection = sync.connect(SPEECH, **(given | options))
    return connection


def ids(events: list[Delivered]) -> list[str]:
    return [event.id for event in events if isinstance(event, Message)]


def test_a_script_streams_against_the_definition_alone() -> None:
    with MockServer(API) as server, dial(server) as connection:
        connection.send(InitializeConnection())
        connection.send(SendText("Hello "))
        connection.send(CloseConnection())
        assert ids(list(connection)) == ["AudioOutput", "AudioOutput", "FinalOutput"]
        assert connection.closed is not None
        assert (connection.closed.code, connection.closed.clean) == (1000, True)
    assert server.violations == []


@on_a_strict_loop
async def test_it_runs_in_the_callers_own_loop() -> None:
    async with (
        MockServer(API) as server,
        aio.connect(SPEECH, url=server.url, auth="key", params={"voice_id": "voice"}) as connection,
    ):
        await connection.send(InitializeConnection())
        await connection.send(CloseConnection())
        assert ids([event async for event in connection]) == ["AudioOutput", "FinalOutput"]
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


def test_several_clients_are_served_at_once_and_kept_apart() -> None:
    server = MockServer(API)

    @server.on("SendText")
    def count(call: Call, message: Message) -> Iterator[Reply]:
        call.memory["count"] = call.memory.get("count", 0) + 1
        yield "AudioOutput", {"audio": f"{call.params['voice_id']} {call.memory['count']}"}

    voices = [f"voice {number}" for number in range(5)]
    with server, ExitStack() as stack:
        clients = [stack.enter_context(dial(server, voice)) for voice in voices]
        for client in clients:
            client.send(InitializeConnection())
        for text in ("one ", "two "):
            for client in clients:
                client.send(SendText(text))
        for voice, client in zip(voices, clients, strict=True):
            client.send(CloseConnection())
            heard = [event.body for event in client if isinstance(event, Message)]
            assert [body.audio for body in heard[:2]] == [f"{voice} 1", f"{voice} 2"]
    assert server.violations == []


def test_only_this_machine_can_reach_it_unless_told_otherwise() -> None:
    with MockServer(API) as server:
        assert server.url == f"ws://127.0.0.1:{server.port}"


def test_a_handler_for_a_message_that_no_client_sends_is_refused() -> None:
    for name in ("AudioOutput", "Nonsense"):
        with pytest.raises(DefinitionError, match=f"no message '{name}'.*SendText"):
            MockServer(API).on(name)


def test_a_server_is_found_only_while_it_runs() -> None:
    server = MockServer(API)
    for ask in (lambda: server.url, lambda: server.port):
        with pytest.raises(RuntimeError, match="with statement"):
            ask()
    with server:
        port = server.port
    with pytest.raises(OSError, match=r".+"):
        sync.connect(SPEECH, url=f"ws://127.0.0.1:{port}", auth="k", params={"voice_id": "v"})


def test_a_port_that_is_taken_is_an_os_error_and_leaves_no_thread() -> None:
    with MockServer(API) as server:
        other = MockServer(API, port=server.port)
        with pytest.raises(OSError, match=str(server.port)):
            other.__enter__()


# ------------------------------------------------------------------------ clients that do it wrong


@pytest.mark.parametrize(
    ("said", "wrong", "expected"),
    [
        ([TEXT], "SendText", ["InitializeConnection"]),
        ([END], "CloseConnection", ["InitializeConnection"]),
        ([OPEN, END, TEXT], "SendText", ["nothing"]),
        ([OPEN, TEXT, TEXT, END, TEXT], "SendText", ["nothing"]),
        ([OPEN, {"audio": "AAAA"}], "AudioOutput", ["SendText", "CloseConnection"]),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
@on_a_strict_loop
async def test_a_client_that_breaks_the_order_is_told_what_was_expected(
    said: list[object], wrong: str, expected: list[str], at_once: bool
) -> None:
    told: list[RemoteProtocolError] = []
    server = MockServer(API, on_violation=told.append)

    @server.on("CloseConnection")
    def go_on(call: Call, message: Message) -> Iterator[Reply]:
        yield "AudioOutput", {"audio": "AAAA"}  # there would be more, and no last word yet

    async with server, raw_client(server.port, TARGET) as client:
        await client.next()
        if at_once:
            client.put_json(*said)
        else:
            for one in said:
                client.put_json(one)
                await client.writer.drain()
        closed = await client.next_close()
        await client.until_gone()
    assert closed.code == 1008
    assert closed.reason is not None
    assert closed.reason.startswith(f"{wrong} is illegal while ")
    assert all(name in closed.reason for name in expected)
    assert len(closed.reason.encode()) <= 123
    (violation,) = server.violations
    assert isinstance(violation, RemoteIllegalMessage)
    assert violation.message == wrong
    assert told == server.violations


@on_a_strict_loop
async def test_a_body_that_does_not_fit_is_a_violation_too() -> None:
    async with MockServer(API) as server, raw_client(server.port, TARGET) as client:
        await client.next()
        client.put_json(OPEN, {"text": "Hello ", "flush": 7})
        closed = await client.next_close()
        await client.until_gone()
    assert closed.code == 1007
    (violation,) = server.violations
    assert isinstance(violation, RemoteInvalidMessage)


@on_a_strict_loop
async def test_a_lenient_server_notes_what_is_wrong_and_goes_on() -> None:
    told: list[RemoteProtocolError] = []
    async with (
        MockServer(API, strict=False, on_violation=told.append) as server,
        raw_client(server.port, TARGET) as client,
    ):
        await client.next()
        client.put_json(TEXT, OPEN, {"text": 7}, {"never": 1}, TEXT)
        assert await client.next_text()
        client.put_json(END)
        closed = await client.next_close()
        await client.until_gone()
    assert closed.code == 1000
    assert [type(one) for one in server.violations] == [
        RemoteIllegalMessage,
        RemoteInvalidMessage,
        UnknownMessage,
    ]
    assert told == server.violations


@pytest.mark.parametrize("strict", [True, False])
@on_a_strict_loop
async def test_a_field_that_is_not_described_is_wrong_on_request(strict: bool) -> None:
    odd = {"text": "Hello ", "colour": "red"}
    async with (
        MockServer(API, strict=strict, fields="error") as server,
        raw_client(server.port, TARGET) as client,
    ):
        await client.next()
        client.put_json(OPEN, odd, TEXT, END)
        assert (await client.next_close()).code == (1007 if strict else 1000)
        await client.until_gone()
    (violation,) = server.violations
    assert isinstance(violation, RemoteInvalidMessage)
    assert "colour" in str(violation)


@on_a_strict_loop
async def test_a_breach_that_is_answered_with_a_message_is_noted_too() -> None:
    async with (
        MockServer(bound(ANSWERING)) as server,
        raw_client(server.port, "/only") as client,
    ):
        await client.next()
        client.put_json({"type": "Say"}, {"type": "Say"}, {"type": "Bye"})
        assert json.loads(await client.next_text())["type"] == "Oops"
        assert (await client.next_close()).code == 1000
        await client.until_gone()
    (violation,) = server.violations
    assert violation.breach is Breach.REPEATED


@on_a_strict_loop
async def test_a_reason_is_cut_between_characters() -> None:
    async with MockServer(API) as server, raw_client(server.port, TARGET) as client:
        await client.next()
        client.put(TextMessage('{"' + "ключ" * 40 + '": 1}'))
        closed = await client.next_close()
        await client.until_gone()
    assert closed.code == 1008
    assert closed.reason is not None
    assert 100 < len(closed.reason.encode()) <= 123


@on_a_strict_loop
async def test_violations_are_kept_up_to_a_bound() -> None:
    server = MockServer(API)
    server.max_violations = 2
    async with server:
        for _ in range(3):
            async with raw_client(server.port, TARGET) as client:
                await client.next()
                client.put_json(TEXT)
                await client.next_close()
                await client.until_gone()
    assert len(server.violations) == 2


@on_a_strict_loop
async def test_a_client_that_vanishes_is_no_violation() -> None:
    async with MockServer(API) as server, raw_client(server.port, TARGET) as client:
        await client.next()
        client.put_json(OPEN, TEXT)
        await client.next_text()
    assert server.violations == []


# ---------------------------------------------------------------------------- how the server closes


def test_a_handler_closes_with_a_code_and_words_of_its_own() -> None:
    server = MockServer(API)

    @server.on("SendText")
    def give_up(call: Call, message: Message) -> Iterator[Reply | Close]:
        yield "ServerError", {"message": "too late", "error": "timeout", "code": 1008}
        yield Close(1008, "too late")
        raise AssertionError("nothing follows a close")

    with server, dial(server) as connection:
        connection.send(InitializeConnection())
        connection.send(SendText("Hello "))
        error = connection.receive()
        assert isinstance(error, Message)
        assert error.id == "ServerError"
        with pytest.raises(ConnectionClosed) as closed:
            connection.receive()
    assert (closed.value.code, closed.value.reason, closed.value.clean) == (1008, "too late", True)
    assert server.violations == []


@on_a_strict_loop
async def test_clients_are_told_that_the_server_goes_away() -> None:
    async with MockServer(API) as server:
        connection = await aio.connect(
            SPEECH, url=server.url, auth="key", params={"voice_id": "voice"}
        )
        await connection.send(InitializeConnection())
        await connection.send(SendText("Hello "))
        await connection.receive()
    with pytest.raises(ConnectionClosed) as closed:
        await connection.receive()
    assert closed.value.code == 1001


def test_it_speaks_tls() -> None:
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    with MockServer(API, ssl=theirs) as server:
        assert server.url == f"wss://127.0.0.1:{server.port}"
        with dial(server, ssl=ours) as connection:
            connection.send(InitializeConnection())
            connection.send(CloseConnection())
            assert ids(list(connection)) == ["AudioOutput", "FinalOutput"]
        with pytest.raises(ssl.SSLCertVerificationError):
            dial(server)
    assert server.violations == []
