"""Pings whose pong is waited for, in both adapters, and what a peer can and cannot do about it."""

from __future__ import annotations

import asyncio
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from threading import Event

import pytest
from wsproto.events import CloseConnection, Ping, Pong, TextMessage

from schematic_engine.asyncio import ClientConnection, Opening, ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, ReceiveLimitExceeded
from schematic_engine.events import Closed, Message
from schematic_engine.limits import Limits
from support.dialling import dial
from support.echo import Heard
from support.loops import on_a_strict_loop
from support.raw_peer import RawPeer, raw_server
from support.talk import API, Hello
from support.threaded_server import Peer, ThreadedServer

LONG, SHORT = 20.0, 0.05
ECHO = '{"type": "echo", "text": "before the pong"}'


def to(url: str, limits: Limits = Limits()) -> Opening[ClientConnection]:  # noqa: B008
    return connect(API, params={"room": "lobby"}, url=url, limits=limits)


@on_a_strict_loop
async def test_a_pong_is_waited_for_and_what_comes_before_it_can_be_received() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        hello, ping = await peer.next(), await peer.next()
        assert isinstance(hello, TextMessage)
        assert isinstance(ping, Ping)
        peer.put(TextMessage(ECHO), Pong(b"unasked"), Pong(b""), ping.response())
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        latencies = [connection.latency]
        await connection.send(Hello())
        latencies.append(await connection.ping_and_wait(LONG))
        assert isinstance(await connection.receive(0), Message)
        assert latencies == [None, connection.latency]


def test_a_blocking_call_waits_for_a_pong_as_well() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(Heard("before the pong"))
        peer.until_closed()

    with ThreadedServer(handler) as server, dial(server, background=False) as connection:
        latencies = [connection.latency]
        connection.send("Hello", {})
        latencies.append(connection.ping_and_wait(LONG))
        assert isinstance(connection.receive(LONG), Message)
        assert latencies == [None, connection.latency]


@on_a_strict_loop
async def test_a_pong_that_does_not_answer_is_waited_past_and_the_connection_goes_on() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        ping = await peer.next()
        assert isinstance(ping, Ping)
        peer.put(Pong(b""), Pong(b"?"))
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        with pytest.raises(DeadlineExceeded, match=r"no pong within 0.05 s \(pong\)"):
            await connection.ping_and_wait(SHORT)
        assert connection.latency is None
        await connection.send(Hello())


def test_a_blocking_call_gives_up_as_well() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        while peer.sock.recv(4096):
            pass

    with ThreadedServer(handler) as server:
        connection = dial(server, limits=Limits(close_timeout=SHORT))
        with pytest.raises(DeadlineExceeded, match=r"no pong within 0.05 s \(pong\)"):
            connection.ping_and_wait(SHORT)
        assert connection.closed is None
        connection.close()


@on_a_strict_loop
async def test_whoever_waits_for_a_pong_hears_of_the_end() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        assert isinstance(await peer.next(), Ping)
        peer.put(CloseConnection(1012, "restarting"))
        assert isinstance(await peer.next(), CloseConnection)

    async with raw_server(script) as url, to(url) as connection:
        with pytest.raises(ConnectionClosed, match="restarting"):
            await connection.ping_and_wait()


def test_a_blocked_thread_hears_of_the_end_as_well() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.core.close(1012, "restarting")
        peer.until_closed()

    with (
        ThreadedServer(handler) as server,
        dial(server) as connection,
        pytest.raises(ConnectionClosed, match="restarting"),
    ):
        connection.ping_and_wait()


def test_a_pong_behind_more_than_may_be_read_ahead_is_not_waited_for() -> None:
    said = Event()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(*[Heard("x" * 100_000)] * 5)
        said.set()
        peer.until_closed()

    with (
        ThreadedServer(handler) as server,
        dial(server, limits=Limits(max_queue_bytes=250_000), compression=False) as connection,
    ):
        connection.send("Hello", {})
        assert said.wait(LONG)
        with pytest.raises(ReceiveLimitExceeded, match="max_queue_bytes = 250000"):
            connection.ping_and_wait(LONG)
        for _ in range(5):
            assert isinstance(connection.receive(LONG), Message)
        assert connection.ping_and_wait(LONG) > 0


@on_a_strict_loop
async def test_a_server_pings_and_gives_a_client_up_that_does_not_answer() -> None:
    ended: asyncio.Future[Closed | None] = asyncio.get_running_loop().create_future()

    async def handler(connection: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            await connection.receive()
        ended.set_result(connection.closed)

    limits = Limits(ping_interval=SHORT, ping_timeout=SHORT)
    async with serve(API, handler, limits=limits) as server, to(server.url) as connection:
        connection._driver._transport.pause_reading()  # type: ignore[union-attr]
        closed = await ended
        connection._driver.abort()
    assert closed is not None
    assert isinstance(closed.error, DeadlineExceeded)
    assert closed.error.deadline == "ping_timeout"


@on_a_strict_loop
async def test_a_peer_that_pings_and_reads_nothing_does_not_fill_our_memory() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        peer.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        for _ in range(80):
            peer.put(*[Ping(b"x" * 125)] * 200)
            await peer.writer.drain()
        peer.put(TextMessage(ECHO))
        while not isinstance(await peer.next(), CloseConnection):
            pass
        peer.put(CloseConnection(1000))

    async with (
        raw_server(script) as url,
        to(url, Limits(max_write_buffer=10_000)) as connection,
    ):
        transport = connection._driver._transport
        assert transport is not None
        sock = transport.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        await connection.send(Hello())
        await connection.receive(LONG)
        assert transport.get_write_buffer_size() < 10_000 + 64 * 131 + 131
