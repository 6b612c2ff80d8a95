"""The asyncio client against peers of every kind, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
import trustme
from wsproto.events import CloseConnection, Ping, Pong, TextMessage

from schematic import AuthStrategy, WebSocketApi
from schematic.compile import Phase
from schematic_engine.asyncio import ClientConnection, Opening, ServerConnection, connect, serve
from schematic_engine.credentials import Credentials
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    InvalidParameter,
    LocalIllegalMessage,
    LocalProtocolError,
    RemoteIllegalMessage,
    RemoteProtocolError,
)
from schematic_engine.events import Message, Violation
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy
from support.loops import on_a_strict_loop, step_into
from support.raw_peer import RawPeer, raw_server
from support.talk import API, Bye, Echo, End, Hello, Say

ROOM = {"room": "lobby"}


async def echo(connection: ServerConnection) -> None:
    """Answer everything that is said, and end when the client does."""
    async for event in connection:
        assert isinstance(event, Message)
        if isinstance(event.body, Say):
            await connection.send(Echo(text=event.body.text))
        elif isinstance(event.body, Bye):
            await connection.send(End())
            return


async def receive_body(connection: ClientConnection) -> object:
    event = await connection.receive(timeout=30)
    assert isinstance(event, Message)
    return event.body


def to(url: str, **options: Any) -> Opening[ClientConnection]:
    opening: Opening[ClientConnection] = connect(API, url=url, **{"params": ROOM, **options})
    return opening


@on_a_strict_loop
async def test_a_conversation_from_hello_to_end() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        states = [connection.state]
        assert connection.allowed() == ("Hello",)
        await connection.send(Hello(name="Ann"))
        states.append(connection.state)
        assert connection.expected() == ("Echo", "Download", "End")
        await connection.send("Say", {"text": "one"})
        await connection.send(Say(text="two"))
        await connection.send("Bye")
        states.append(connection.state)
        said = [event.body async for event in connection if isinstance(event, Message)]
        assert said == [Echo(text="one"), Echo(text="two"), End()]
        states.append(connection.state)
        assert states == [Phase.INITIALIZING, Phase.STREAMING, Phase.CLOSING, Phase.CLOSED]
        assert connection.closed is not None
        assert (connection.closed.code, connection.closed.clean) == (1000, True)


@on_a_strict_loop
async def test_an_awaited_connection_is_closed_by_hand() -> None:
    async with serve(API, echo) as server:
        connection = await to(server.url)
        await connection.send(Hello())
        await connection.close(3000, "enough")
        await connection.close()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert caught.value.clean
        assert repr(connection) == "<ClientConnection CLOSED>"


@on_a_strict_loop
async def test_an_illegal_send_is_refused_and_nothing_changes() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        with pytest.raises(LocalIllegalMessage):
            await connection.send(Say(text="too early"))
        assert connection.allowed() == ("Hello",)
        await connection.send(Hello())
        await connection.send(Say(text="now"))
        assert await receive_body(connection) == Echo(text="now")


@on_a_strict_loop
async def test_an_exception_in_the_block_closes_with_1011() -> None:
    codes: list[int] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        codes.append((await peer.next_close()).code)

    async with raw_server(script) as url:
        with pytest.raises(ZeroDivisionError):
            async with to(url):
                raise ZeroDivisionError
    assert codes == [1011]


# Opening


@on_a_strict_loop
async def test_a_rejection_is_raised_with_status_headers_and_body() -> None:
    async def refuse(connection: ServerConnection) -> None:
        await connection.reject(401, [("www-authenticate", "Bearer")], b"who are you?")

    async with serve(API, echo, process_request=refuse) as server:
        with pytest.raises(HandshakeRejected, match="who are you") as caught:
            await to(server.url)
    assert caught.value.status == 401
    assert dict(caught.value.headers)["www-authenticate"] == "Bearer"
    assert caught.value.body == b"who are you?"


@on_a_strict_loop
async def test_a_server_that_never_answers_runs_into_the_open_timeout() -> None:
    async def script(peer: RawPeer) -> None:
        assert await peer.reader.read() != b""

    async with raw_server(script) as url:
        with pytest.raises(DeadlineExceeded) as caught:
            await to(url, limits=Limits(open_timeout=0.05))
    assert caught.value.deadline == "open_timeout"


@on_a_strict_loop
async def test_a_server_that_never_shakes_hands_in_tls_runs_into_the_open_timeout() -> None:
    async def script(peer: RawPeer) -> None:
        assert await peer.reader.read() != b""

    async with raw_server(script) as url:
        with pytest.raises(DeadlineExceeded) as caught:
            await to(url.replace("ws:", "wss:"), limits=Limits(open_timeout=0.05))
    assert caught.value.deadline == "open_timeout"


@on_a_strict_loop
async def test_a_server_that_hangs_up_during_the_handshake() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.next()

    async with raw_server(script) as url:
        with pytest.raises(ConnectionClosed) as caught:
            await to(url)
    assert caught.value.code == 1006


@on_a_strict_loop
async def test_a_port_where_nobody_listens_is_an_os_error() -> None:
    async with serve(API, echo) as server:
        url = server.url
    with pytest.raises(ConnectionRefusedError):
        await to(url)


@on_a_strict_loop
async def test_a_cancelled_connect_leaves_nothing_behind() -> None:
    arrived = asyncio.Event()

    async def script(peer: RawPeer) -> None:
        await peer.next()
        arrived.set()
        await peer.until_gone()

    async with raw_server(script) as url:
        connecting = asyncio.ensure_future(to(url))
        await arrived.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


@on_a_strict_loop
async def test_parameters_headers_and_credentials_reach_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TALKING_KEY", "from the environment")
    api = WebSocketApi(
        name="Talking",
        base_url="ws://127.0.0.1",
        auth=AuthStrategy.api_key(header="x-key"),
        env_auth="TALKING_KEY",
        endpoints=API.endpoints,
    )
    seen: list[tuple[str | None, str | None, object, object]] = []

    async def note(connection: ServerConnection) -> None:
        request = connection.request
        params = connection.params
        seen.append(
            (request.header("x-key"), request.header("x-more"), params["room"], params["speed"])
        )

    async with serve(api, note) as server:
        for auth in (None, "given", Credentials("whole")):
            params = {"room": "a/b ü", "speed": 3}
            opening = connect(
                api, params=params, auth=auth, url=server.url, headers=[("x-more", "more")]
            )
            async with opening as connection:
                assert [event async for event in connection] == []
    keys = ["from the environment", "given", "whole"]
    assert seen == [(key, "more", "a/b ü", 3) for key in keys]


@on_a_strict_loop
async def test_what_cannot_be_asked_for_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InvalidParameter):
        await connect(API)
    with pytest.raises(LocalProtocolError, match="ws://"):
        await to("ws://127.0.0.1:9", ssl=ssl.create_default_context())


@on_a_strict_loop
async def test_tls_is_verified_against_the_given_authority_and_by_default() -> None:
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    async with serve(API, echo, host="localhost", ssl=server_side) as server:
        assert server.url == f"wss://localhost:{server.port}"
        with pytest.raises(ssl.SSLCertVerificationError):
            await to(server.url)
        async with to(server.url, ssl=client_side) as connection:
            await connection.send(Hello())
            await connection.send(Say(text="privately" * 50_000))
            assert await receive_body(connection) == Echo(text="privately" * 50_000)
    # In debug mode asyncio's server says that the doubtful client has left.
    assert [type(context["exception"]) for context in reported] in ([], [ConnectionResetError])


# Receiving


@on_a_strict_loop
async def test_messages_that_came_in_one_read_are_received_without_a_task_switch() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json(*({"type": "echo", "text": str(number)} for number in range(100)))
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="0")
        for number in range(1, 100):
            with pytest.raises(StopIteration) as at_once:
                connection.receive().send(None)
            assert at_once.value.value.body == Echo(text=str(number))


@on_a_strict_loop
async def test_a_cancelled_receive_loses_nothing() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        await connection.send(Hello())
        waiting = asyncio.ensure_future(connection.receive())
        await step_into(waiting)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await connection.send(Say(text="still here"))
        assert await receive_body(connection) == Echo(text="still here")


@on_a_strict_loop
async def test_a_receive_cancelled_in_the_moment_of_arrival_loses_nothing() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        await connection.send(Hello())
        waiting = asyncio.ensure_future(connection.receive())
        await step_into(waiting)
        driver = connection._driver
        handed_over = asyncio.Event()
        hear = driver._hear

        def hear_and_cancel(data: bytes) -> None:
            hear(data)
            if driver.inbox:  # the reader was woken, and has not run yet
                waiting.cancel()
                handed_over.set()

        driver._hear = hear_and_cancel  # type: ignore[method-assign]  # a hook for the test
        await connection.send(Say(text="kept"))
        await handed_over.wait()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await receive_body(connection) == Echo(text="kept")


@on_a_strict_loop
async def test_a_receive_that_times_out_loses_nothing() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        await connection.send(Hello())
        for timeout in (0, 0.01):
            with pytest.raises(DeadlineExceeded) as caught:
                await connection.receive(timeout)
            assert (caught.value.deadline, caught.value.seconds) == ("receive", timeout)
        await connection.send(Say(text="late"))
        assert await receive_body(connection) == Echo(text="late")


@on_a_strict_loop
async def test_two_receives_at_once_are_refused_and_the_first_goes_on() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        await connection.send(Hello())
        first = asyncio.ensure_future(connection.receive())
        await step_into(first)
        with pytest.raises(LocalProtocolError, match="already waiting in receive"):
            await connection.receive()
        await connection.send(Say(text="for the first"))
        event = await first
        assert isinstance(event, Message)
        assert event.body == Echo(text="for the first")


@on_a_strict_loop
async def test_everything_said_before_a_close_is_delivered_before_the_end() -> None:
    async def burst(connection: ServerConnection) -> None:
        await connection.receive()
        for number in range(5000):
            await connection.send(Echo(text="x" * 100, number=number))

    async with serve(API, burst) as server, to(server.url) as connection:
        await connection.send(Hello())
        numbers = [event.body.number async for event in connection if isinstance(event, Message)]
        assert numbers == list(range(5000))
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert (caught.value.code, caught.value.clean) == (1000, True)
        with pytest.raises(ConnectionClosed):
            await connection.send(Say(text="too late"))
        with pytest.raises(ConnectionClosed):
            await connection.ping()


@pytest.mark.parametrize(("code", "ends"), [(1000, True), (1001, True), (1011, False)])
def test_iteration_ends_quietly_only_in_good_order(code: int, ends: bool) -> None:
    @on_a_strict_loop
    async def run() -> None:
        async def script(peer: RawPeer) -> None:
            await peer.upgrade()
            peer.put(CloseConnection(code=code, reason="that is it"))
            assert isinstance(await peer.next(), CloseConnection)

        async with raw_server(script) as url, to(url) as connection:
            if ends:
                assert [event async for event in connection] == []
            else:
                with pytest.raises(ConnectionClosed, match="that is it"):
                    await anext(connection)

    run()


@on_a_strict_loop
async def test_a_lost_connection_is_told_after_what_came_before_it() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json({"type": "echo", "text": "last words"})

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="last words")
        with pytest.raises(ConnectionClosed) as caught:
            await anext(connection)
        assert (caught.value.code, caught.value.clean) == (1006, False)


# A peer that breaks the rules


@on_a_strict_loop
async def test_a_breach_that_came_in_one_read_with_messages_is_told_soon_after_them() -> None:
    closes: list[CloseConnection] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        fine = peer.ws.send(TextMessage('{"type": "echo", "text": "fine"}'))
        peer.writer.write(fine + b"\xff\xff")
        closes.append(await peer.next_close())

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="fine")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive(timeout=10)
    assert isinstance(caught.value.error, RemoteProtocolError)
    assert [close.code for close in closes] == [1002]


@on_a_strict_loop
async def test_a_violation_is_raised_after_all_earlier_messages_and_the_peer_is_told() -> None:
    closes: list[CloseConnection] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        echo, end = {"type": "echo", "text": "fine"}, {"type": "end"}
        peer.put_json(echo, echo, end, echo, echo)
        closes.append(await peer.next_close())

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="fine")
        assert await receive_body(connection) == Echo(text="fine")
        assert await receive_body(connection) == End()
        with pytest.raises(RemoteIllegalMessage) as caught:
            await connection.receive()
        assert caught.value.message == "Echo"
        with pytest.raises(ConnectionClosed) as closed:
            await connection.send(Say(text="into the void"))
        assert closed.value.error is caught.value
        with pytest.raises(ConnectionClosed) as closed:
            await connection.receive()
        assert closed.value.error is caught.value
        assert connection.state is Phase.FAILED
    assert [close.code for close in closes] == [1008]
    assert "Echo" in (closes[0].reason or "")


@on_a_strict_loop
async def test_with_the_policy_report_a_violation_is_an_event_and_things_go_on() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        echo = {"type": "echo", "text": "early"}
        peer.put_json(echo)
        await peer.next_text()
        peer.put_json(echo)
        await peer.next_close()

    async with (
        raw_server(script) as url,
        to(url, policy=Policy(violation="report")) as connection,
    ):
        event = await connection.receive()
        assert isinstance(event, Violation)
        assert isinstance(event.error, RemoteIllegalMessage)
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="early")


@on_a_strict_loop
async def test_a_peer_that_breaks_the_framing_ends_the_connection_with_an_error() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.writer.write(b"\xff\xff\xff\xff")
        await peer.until_gone()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert caught.value.error is not None
        assert caught.value.__cause__ is caught.value.error
        assert str(caught.value) == f"connection lost with code 1006: {caught.value.error}"


# Closing


@on_a_strict_loop
async def test_a_peer_that_does_not_answer_the_close_is_left_after_the_close_timeout() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.until_gone()

    async with raw_server(script) as url:
        connection = await to(url, limits=Limits(close_timeout=0.05))
        await connection.close()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert isinstance(caught.value.error, DeadlineExceeded)
        assert not caught.value.clean


@on_a_strict_loop
async def test_a_cancelled_close_drops_the_connection() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.until_gone()

    async with raw_server(script) as url:
        connection = await to(url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await connection.close()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert caught.value.code == 1006


@on_a_strict_loop
async def test_what_came_before_close_stays_readable() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json(*({"type": "echo", "text": str(number)} for number in range(3)))
        await peer.next_close()

    async with raw_server(script) as url:
        connection = await to(url)
        await connection.send(Hello())
        assert await receive_body(connection) == Echo(text="0")
        await connection.close()
        assert [await receive_body(connection) for _ in range(2)] == [Echo("1"), Echo("2")]
        with pytest.raises(ConnectionClosed):
            await connection.receive()


@on_a_strict_loop
async def test_a_close_that_cannot_be_sent_is_refused() -> None:
    async with serve(API, echo) as server, to(server.url) as connection:
        for code, reason in ((1006, ""), (1000, "x" * 124)):
            with pytest.raises(LocalProtocolError):
                await connection.close(code, reason)
        await connection.send(Hello())


@on_a_strict_loop
async def test_pings_go_both_ways_while_nobody_receives() -> None:
    payloads: list[bytes] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        peer.put(Ping(b"yours"))
        for _ in range(2):
            event = await peer.next()
            assert isinstance(event, (Ping, Pong))
            payloads.append(bytes(event.payload))
        peer.put(TextMessage('{"type": "echo", "text": "ponged"}'))
        await peer.next_close()

    async with (
        raw_server(script) as url,
        to(url, policy=Policy(violation="report")) as connection,
    ):
        await connection.ping(b"mine")
        assert isinstance(await connection.receive(), Violation)  # nothing but the message
        with pytest.raises(LocalProtocolError):
            await connection.ping(b"x" * 126)
    assert sorted(payloads) == [b"mine", b"yours"]
