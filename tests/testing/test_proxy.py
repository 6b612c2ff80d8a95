"""The proxy does to sockets what its plan says: to TCP, to TLS, and to both adapters' clients."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trustme

from schematic import Side
from schematic_engine import sync
from schematic_engine.asyncio import ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded
from schematic_engine.events import Delivered, Message
from schematic_engine.limits import Limits
from schematic_engine.mock import MockServer
from schematic_engine.testing import (
    Chop,
    Corrupt,
    Cut,
    Delay,
    Fault,
    FaultProxy,
    Garbage,
    HalfClose,
    HalfOpen,
    Plan,
    Reset,
    Stall,
)
from support.echo import TALK, Heard, Hello, Say
from support.loops import on_a_strict_loop

DATA = bytes(range(100))
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def body(event: Delivered) -> object:
    assert isinstance(event, Message)
    return event.body


@asynccontextmanager
async def tcp(plan: Plan) -> AsyncIterator[tuple[Streams, Streams]]:
    """Both ends of a TCP connection through a proxy: the client's, and the server's."""
    arrived: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(
        lambda reader, writer: arrived.set_result((reader, writer)), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with FaultProxy(f"ws://127.0.0.1:{port}", plan) as proxy:
        client = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            yield client, await arrived
        finally:
            server.close()
            for _, writer in (client, arrived.result()):
                writer.close()
                with suppress(ConnectionResetError):
                    await writer.wait_closed()
    await server.wait_closed()


def proxied(plan: Plan) -> Callable[[Callable[[Streams, Streams], Awaitable[None]]], None]:
    """Run a function with both ends, as a test would."""

    def run(test: Callable[[Streams, Streams], Awaitable[None]]) -> None:
        @on_a_strict_loop
        async def main() -> None:
            async with tcp(plan) as (client, server):
                await test(client, server)

        main()

    return run


def test_without_a_plan_everything_passes_and_both_ends_close() -> None:
    @proxied(Plan())
    async def _(client: Streams, server: Streams) -> None:
        client[1].write(DATA * 10_000)
        client[1].write_eof()
        assert await server[0].read() == DATA * 10_000
        server[1].write(b"bye")
        server[1].close()
        assert await client[0].read() == b"bye"


@pytest.mark.parametrize("fault", [Cut(7), HalfClose(7)])
def test_a_cut_ends_the_stream_after_the_last_byte(fault: Fault) -> None:
    @proxied(Plan(to_server=(fault,)))
    async def _(client: Streams, server: Streams) -> None:
        client[1].write(DATA)
        assert await server[0].read() == DATA[:7]
        if isinstance(fault, Cut):
            assert await client[0].read() == b""
        else:
            server[1].write(b"still there")
            assert await client[0].readexactly(11) == b"still there"


def test_a_reset_is_an_error_at_both_ends() -> None:
    @proxied(Plan(to_client=(Reset(7),)))
    async def _(client: Streams, server: Streams) -> None:
        server[1].write(DATA)
        for reader, _ in (client, server):
            with pytest.raises(ConnectionResetError):
                await reader.read()


def test_nobody_hears_of_a_half_open_connection_even_when_one_end_closes() -> None:
    @proxied(Plan(to_server=(HalfOpen(7),)))
    async def _(client: Streams, server: Streams) -> None:
        client[1].write(DATA)
        assert await server[0].readexactly(7) == DATA[:7]
        server[1].write(DATA)
        server[1].close()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client[0].read()


def test_garbage_corruption_chops_and_delays_are_those_of_the_line() -> None:
    @proxied(Plan(to_server=(Garbage(3, b"??"), Corrupt(4, 0x80), Chop((1, 40)), Delay(0.01))))
    async def _(client: Streams, server: Streams) -> None:
        client[1].write(DATA)
        client[1].write_eof()
        assert await server[0].read() == b"\0\1\2??\3\x84" + DATA[5:]


def test_a_stall_holds_the_sender_up_and_passes() -> None:
    @proxied(Plan(to_server=(Stall(7, 0.05),)))
    async def _(client: Streams, server: Streams) -> None:
        much = DATA * 100_000
        client[1].write(much)
        assert await server[0].readexactly(7) == much[:7]
        assert client[1].transport.get_write_buffer_size() > 0
        assert await server[0].readexactly(len(much) - 7) == much[7:]


@on_a_strict_loop
async def test_each_connection_has_its_plan_and_the_last_one_holds_from_then_on() -> None:
    async with (
        MockServer(TALK) as server,
        FaultProxy(server.url, Plan(to_client=(Cut(20),)), Plan()) as proxy,
    ):
        with pytest.raises(ConnectionClosed):
            await connect(TALK, url=proxy.url, auth="key")
        for _ in range(2):
            async with connect(TALK, url=proxy.url, auth="key") as connection:
                await connection.send(Hello())
        assert proxy.accepted == 3


@on_a_strict_loop
async def test_a_server_that_is_not_there_resets_its_client() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    async with FaultProxy(f"ws://127.0.0.1:{port}") as proxy:
        with pytest.raises(ConnectionClosed) as lost:
            await connect(TALK, url=proxy.url, auth="key")
        assert lost.value.code == 1006


def test_a_blocking_client_is_cut_off_when_the_test_says_so() -> None:
    with MockServer(TALK) as server, FaultProxy(server.url) as proxy:
        connection = sync.connect(TALK, url=proxy.url, auth="key")
        connection.send(Hello())
        connection.send(Say("1"))
        assert body(connection.receive()) == Heard("text")
        proxy.strike(Cut())
        with pytest.raises(ConnectionClosed) as lost:
            connection.receive()
        assert (lost.value.code, lost.value.clean) == (1006, False)


def test_a_proxy_that_does_not_run_says_so() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        FaultProxy("ws://127.0.0.1:1").url  # noqa: B018


# ------------------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's, and the client's."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(ours)
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)
    return ours, theirs


async def echo(connection: ServerConnection) -> None:
    async for event in connection:
        if isinstance(said := body(event), Say):
            await connection.send(Heard(said.text))


@pytest.mark.parametrize("fault", [Cut(), Reset(), HalfOpen()])
def test_tls_that_is_truncated_is_a_lost_connection_for_an_asyncio_client(
    authority: trustme.CA, fault: Cut | Reset | HalfOpen
) -> None:
    @on_a_strict_loop
    async def main() -> None:
        ours, theirs = contexts(authority)
        limits = Limits(close_timeout=0.05)
        async with (
            serve(TALK, echo, host="localhost", ssl=ours, limits=limits) as server,
            FaultProxy(server.url) as proxy,
        ):
            connection = await connect(TALK, url=proxy.url, auth="key", ssl=theirs, limits=limits)
            await connection.send(Hello())
            await connection.send(Say("1"))
            assert body(await connection.receive()) == Heard("1")
            proxy.strike(fault)
            if isinstance(fault, HalfOpen):
                await connection.close()
            with pytest.raises(ConnectionClosed) as lost:
                await connection.receive()
            assert (lost.value.code, lost.value.clean) == (1006, False)
            await connection.close()

    main()


@pytest.mark.parametrize("fault", [Cut(), Reset(), HalfOpen()])
def test_tls_that_is_truncated_is_a_lost_connection_for_a_blocking_client(
    authority: trustme.CA, fault: Cut | Reset | HalfOpen
) -> None:
    ours, theirs = contexts(authority)
    with MockServer(TALK, host="localhost", ssl=ours) as server, FaultProxy(server.url) as proxy:
        limits = Limits(close_timeout=0.05)
        connection = sync.connect(TALK, url=proxy.url, auth="key", ssl=theirs, limits=limits)
        connection.send(Hello())
        connection.send(Say("1"))
        assert body(connection.receive()) == Heard("text")
        proxy.strike(fault, Side.CLIENT)
        if isinstance(fault, HalfOpen):
            with pytest.raises(DeadlineExceeded):
                connection.receive(0.01)
            connection.close()
        with pytest.raises(ConnectionClosed) as lost:
            connection.receive()
        assert (lost.value.code, lost.value.clean) == (1006, False)
        connection.close()
