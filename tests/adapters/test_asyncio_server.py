"""The asyncio server: who is let in, what becomes of handlers, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from typing import Any

import pytest
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    RejectConnection,
    RejectData,
    TextMessage,
)

from schematic import Constraint, WebSocketApi, WebSocketEndpoint
from schematic_engine.asyncio import ClientConnection, Opening, ServerConnection, connect, serve
from schematic_engine.errors import (
    ConnectionClosed,
    HandshakeRejected,
    LocalProtocolError,
    RemoteIllegalMessage,
)
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from support.loops import on_a_strict_loop
from support.raw_peer import raw_client
from support.talk import API, Echo, Hello, Say


def to(url: str, **options: Any) -> Opening[ClientConnection]:
    opening: Opening[ClientConnection] = connect(
        API, url=url, **{"params": {"room": "lobby"}, **options}
    )
    return opening


async def listen(connection: ServerConnection) -> None:
    """Take everything that comes, and say nothing."""
    async for _ in connection:
        pass


async def answer_of(port: int, target: str) -> tuple[int, bytes]:
    """Status and body of the answer to an upgrade request."""
    async with raw_client(port, target) as peer:
        answer = await peer.next()
        if isinstance(answer, AcceptConnection):
            return 101, b""
        assert isinstance(answer, RejectConnection)
        body = b""
        while answer.has_body:
            data = await peer.next()
            assert isinstance(data, RejectData)
            body += data.data
            if data.body_finished:
                break
        return answer.status_code, body


# Deciding


@on_a_strict_loop
async def test_requests_are_routed_by_path_and_parameters() -> None:
    other = WebSocketEndpoint(id="Other", path="/other", lifecycle=API.endpoints[0].lifecycle)
    api = WebSocketApi(name="Two", base_url="ws://127.0.0.1/v1", endpoints=[*API.endpoints, other])
    seen: list[tuple[str, dict[str, object]]] = []

    async def note(connection: ServerConnection) -> None:
        assert connection.endpoint is not None
        seen.append((connection.endpoint.name, dict(connection.params)))

    async with serve(api, note) as server:
        assert (await answer_of(server.port, "/rooms/a%2Fb?speed=3"))[0] == 101
        assert (await answer_of(server.port, "/v1/other"))[0] == 101
        assert (await answer_of(server.port, "/nowhere"))[0] == 404
        status, reason = await answer_of(server.port, "/rooms/a?speed=fast")
        assert status == 400
        assert b"speed" in reason
    assert seen == [("Two/Talk", {"room": "a/b", "speed": 3}), ("Two/Other", {})]


@on_a_strict_loop
async def test_a_hook_authenticates_before_anything_is_accepted() -> None:
    async def check(connection: ServerConnection) -> None:
        if connection.request.header("authorization") != "Bearer secret":
            await connection.reject(401, body=b"no")

    async with serve(API, listen, process_request=check) as server:
        with pytest.raises(HandshakeRejected) as caught:
            await to(server.url)
        assert caught.value.status == 401
        async with to(server.url, headers=[("Authorization", "Bearer secret")]) as connection:
            await connection.send(Hello())


def speaking(subprotocol: str, unagreed: int) -> WebSocketApi:
    """The same API, for those who speak ``subprotocol``."""
    one = API.endpoints[0]
    endpoint = WebSocketEndpoint(
        id=one.id,
        path=one.path,
        connection_params=one.connection_params,
        constraints=[Constraint.needs({"room": "secret"}, "speed")],
        subprotocols=subprotocol,
        unagreed=unagreed,
        lifecycle=one.lifecycle,
    )
    return WebSocketApi(name="Talk", base_url=API.base_url, endpoints=[endpoint])


@on_a_strict_loop
async def test_the_router_refuses_who_speaks_no_subprotocol_that_is_needed() -> None:
    async with serve(speaking("talk.2", 426), listen) as server:
        assert await answer_of(server.port, "/rooms/lobby") == (
            426,
            b"Sec-WebSocket-Protocol: offer one of talk.2",
        )
        endpoint = speaking("talk.2", 426).endpoint()
        async with connect(endpoint, url=server.url, params={"room": "x"}) as connection:
            assert connection.subprotocol == "talk.2"


@on_a_strict_loop
async def test_the_router_accepts_and_closes_where_the_description_says_so() -> None:
    met: list[ServerConnection] = []

    async def handler(connection: ServerConnection) -> None:
        met.append(connection)

    async with serve(speaking("talk.2", 4406), handler) as server, to(server.url) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        assert caught.value.code == 4406
    assert met == []


@on_a_strict_loop
async def test_the_router_answers_400_where_parameters_break_a_rule() -> None:
    async with serve(speaking("talk.2", 400), listen) as server:
        status, body = await answer_of(server.port, "/rooms/secret")
        assert status == 400
        assert body == b"room, speed: room=secret needs speed; add that, or leave room=secret out"


@on_a_strict_loop
async def test_a_hook_chooses_the_subprotocol() -> None:
    chosen: list[str | None] = []

    async def choose(connection: ServerConnection) -> None:
        both = [name for name in connection.request.subprotocols if name in ("talk.2", "talk.1")]
        if both:
            headers = [("x-room", "ready")]
            await connection.accept(API, subprotocol=both[0], headers=headers)

    async def note(connection: ServerConnection) -> None:
        chosen.append(connection.subprotocol)
        assert connection.params["room"] == "lobby"

    async with serve(API, note, process_request=choose) as server:
        async with to(server.url, subprotocols=["talk.3", "talk.2", "talk.1"]) as connection:
            assert connection.subprotocol == "talk.2"
            assert dict(connection.response_headers)["x-room"] == "ready"
        async with to(server.url) as connection:
            assert connection.subprotocol is None
    assert chosen == ["talk.2", None]


@on_a_strict_loop
async def test_a_handler_alone_decides_about_each_request_itself() -> None:
    async def handler(connection: ServerConnection) -> None:
        if connection.request.path != "/rooms/lobby":
            await connection.reject(403)
            return
        with pytest.raises(LocalProtocolError, match="accept"):
            await connection.receive()
        await connection.accept(API)
        for again in (connection.accept(API), connection.reject(500)):
            with pytest.raises(LocalProtocolError):
                await again
        assert isinstance(await connection.receive(), Message)
        await connection.send(Echo(text="welcome"))

    async with serve(handler) as server:
        assert (await answer_of(server.port, "/rooms/attic"))[0] == 403
        async with to(server.url) as connection:
            await connection.send(Hello())
            assert len([event async for event in connection]) == 1


@on_a_strict_loop
async def test_a_handler_that_decides_nothing_answers_500() -> None:
    async def handler(connection: ServerConnection) -> None:
        return

    async with serve(handler) as server:
        assert (await answer_of(server.port, "/"))[0] == 500


def test_a_server_needs_a_handler() -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match="needs a handler"):
            await serve(API)  # type: ignore[call-overload]  # the mistake

    asyncio.run(main())


@on_a_strict_loop
async def test_requests_beyond_the_most_connections_are_answered_with_503() -> None:
    async with serve(API, listen, max_connections=2) as server:
        first, second = await to(server.url), await to(server.url)
        with pytest.raises(HandshakeRejected) as caught:
            await to(server.url)
        assert caught.value.status == 503
        assert len(server.connections) == 2
        gone = [one._driver.gone for one in server.connections]
        await first.close()
        await asyncio.wait(gone, return_when=asyncio.FIRST_COMPLETED)
        async with to(server.url) as third:
            await third.send(Hello())
        await second.close()


def test_a_server_for_nobody_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="at least 1"):
            await serve(API, listen, max_connections=0)

    asyncio.run(main())


def test_a_server_outlives_a_lack_of_file_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    accept, reported = socket.socket.accept, list[dict[str, Any]]()
    lacks = [OSError(errno.EMFILE, "Too many open files")]

    def lacking(self: socket.socket) -> tuple[socket.socket, Any]:
        if lacks:
            raise lacks.pop()
        return accept(self)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reported.append(context)
        )
        async with serve(API, listen) as server, to(server.url) as connection:
            await connection.send(Hello())

    monkeypatch.setattr(socket.socket, "accept", lacking)
    monkeypatch.setattr("asyncio.constants.ACCEPT_RETRY_DELAY", 0.01)
    asyncio.run(main())
    # asyncio tries again after a while, and reports it where the server is closed by then
    messages = [context["message"] for context in reported]
    assert ["out of system resource" in message for message in messages[:1]] == [True]
    assert all("_start_serving" in message for message in messages[1:])


# Handlers


@on_a_strict_loop
async def test_a_handler_that_raises_closes_with_1011_and_is_reported() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def handler(connection: ServerConnection) -> None:
        raise ZeroDivisionError("in the handler")

    async with serve(API, handler) as server, to(server.url) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            await anext(connection)
        assert (caught.value.code, caught.value.clean) == (1011, True)
    assert [str(context["exception"]) for context in reported] == ["in the handler"]
    assert "/rooms/lobby" in reported[0]["message"]


@on_a_strict_loop
async def test_a_failing_hook_answers_500_and_is_reported() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def check(connection: ServerConnection) -> None:
        raise ZeroDivisionError("in the hook")

    async with serve(API, listen, process_request=check) as server:
        assert (await answer_of(server.port, "/rooms/lobby"))[0] == 500
    assert [str(context["exception"]) for context in reported] == ["in the hook"]


@on_a_strict_loop
async def test_the_end_of_another_connection_is_no_excuse_for_a_handler() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def relay(connection: ServerConnection) -> None:
        raise ConnectionClosed(code=1006)  # as a connection to somewhere else would

    async with serve(API, relay) as server, to(server.url) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            await anext(connection)
        assert caught.value.code == 1011
    assert len(reported) == 1


@on_a_strict_loop
async def test_a_handler_that_closes_before_it_decides_answers_503() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.close()

    async with serve(handler) as server:
        assert (await answer_of(server.port, "/"))[0] == 503


@on_a_strict_loop
async def test_a_handler_is_told_that_its_client_is_gone_and_nobody_else_is() -> None:
    ended: list[ConnectionClosed] = []

    async def handler(connection: ServerConnection) -> None:
        try:
            await listen(connection)
        except ConnectionClosed as error:
            ended.append(error)
            raise

    async with serve(API, handler) as server:
        async with raw_client(server.port, "/rooms/lobby") as peer:
            assert isinstance(await peer.next(), AcceptConnection)
        connection = server.connections[0]
        await asyncio.shield(connection._driver.gone)
    assert [error.code for error in ended] == [1006]


@on_a_strict_loop
async def test_a_client_that_breaks_the_order_is_told_and_so_is_the_handler() -> None:
    caught: list[RemoteIllegalMessage] = []

    async def handler(connection: ServerConnection) -> None:
        try:
            await connection.receive()
        except RemoteIllegalMessage as error:
            caught.append(error)
            raise

    async with (
        serve(API, handler) as server,
        raw_client(server.port, "/rooms/lobby") as peer,
    ):
        assert isinstance(await peer.next(), AcceptConnection)
        peer.put(TextMessage('{"type": "say", "text": "me first"}'))
        close = await peer.next_close()
        assert close.code == 1008
        assert "Say" in (close.reason or "")
    assert [error.message for error in caught] == ["Say"]


# The end


@on_a_strict_loop
async def test_fifty_clients_are_told_that_the_server_goes_away() -> None:
    finished: list[str] = []

    async def handler(connection: ServerConnection) -> None:
        async for event in connection:
            if isinstance(event, Message) and isinstance(event.body, Say):
                await connection.send(Echo(text=event.body.text))
        finished.append(connection.request.path)

    server = await serve(API, handler)
    clients = await asyncio.gather(*(to(server.url) for _ in range(50)))
    for client in clients:
        await client.send(Hello())
        await client.send(Say(text="last words"))
    await asyncio.gather(*(client.receive() for client in clients))
    listening = [asyncio.ensure_future(collect(client)) for client in clients]
    await server.close()
    said = await asyncio.gather(*listening)
    assert len(finished) == 50
    assert server.connections == ()
    assert {client.closed.code for client in clients if client.closed} == {1001}
    assert all(client.closed is not None and client.closed.clean for client in clients)
    assert said == [[]] * 50
    with pytest.raises(ConnectionRefusedError):
        await to(server.url)
    await asyncio.gather(*(client.close() for client in clients))


async def collect(client: ClientConnection) -> list[object]:
    return [event.body async for event in client if isinstance(event, Message)]


@on_a_strict_loop
async def test_a_handler_that_does_not_end_is_cancelled_at_shutdown() -> None:
    ended: list[str] = []

    async def handler(connection: ServerConnection) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with (
        serve(API, handler, limits=Limits(close_timeout=0.05)) as server,
        to(server.url) as connection,
    ):
        await connection.send(Hello())
        await server.close()
        assert ended == ["cancelled"]
        assert [event async for event in connection] == []


@on_a_strict_loop
async def test_requests_that_are_not_decided_at_shutdown_are_answered_with_503() -> None:
    asked = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with serve(handler, limits=Limits(close_timeout=0.05)) as server:
        opening = asyncio.ensure_future(to(server.url))
        await asked.wait()
        await server.close()
        with pytest.raises(HandshakeRejected) as caught:
            await opening
        assert caught.value.status == 503


@on_a_strict_loop
async def test_connections_that_ask_for_nothing_do_not_hold_up_a_shutdown() -> None:
    async with serve(API, listen) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with to(server.url) as connection:  # by now the other one was taken in too
            await connection.send(Hello())
        await server.close()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()


@on_a_strict_loop
async def test_connections_that_ask_for_nothing_are_dropped_after_the_open_timeout() -> None:
    async with serve(API, listen, limits=Limits(open_timeout=0.05)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await reader.read()
        writer.close()


@on_a_strict_loop
async def test_a_cancelled_shutdown_still_leaves_nothing_behind() -> None:
    async def handler(connection: ServerConnection) -> None:
        await asyncio.Event().wait()

    server = await serve(API, handler)
    connection = await to(server.url)
    await connection.send(Hello())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await server.close()
    await listen_to_the_end(connection)
    await server.close()
    await connection.close()


async def listen_to_the_end(connection: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        async for _ in connection:
            pass


@on_a_strict_loop
async def test_the_peers_close_is_answered_while_the_handler_is_busy() -> None:
    release = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await release.wait()
        assert connection.closed is not None

    async with serve(API, handler) as server, raw_client(server.port, "/rooms/lobby") as peer:
        assert isinstance(await peer.next(), AcceptConnection)
        peer.put(CloseConnection(code=3001, reason="bye"))
        answer = await peer.next()
        assert isinstance(answer, CloseConnection)
        assert answer.code == 3001
        release.set()
