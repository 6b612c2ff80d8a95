"""Cancelled wherever it may wait, everything is left in a documented state, and nothing behind."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from schematic_engine.asyncio import ClientConnection, Server, ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, LocalProtocolError
from schematic_engine.events import Delivered, Message
from schematic_engine.limits import Limits
from schematic_engine.mock import MockServer
from schematic_engine.testing import FaultProxy, Plan, Stall
from support.cancelling import Cancelled, every_wait
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say
from support.loops import on_a_strict_loop

LIMITS = Limits(close_timeout=5.0)


def body(event: Delivered) -> object:
    assert isinstance(event, Message), event
    return event.body


async def repeat(connection: ServerConnection) -> None:
    """Say what the client says, until its last word."""
    async for event in connection:
        match body(event):
            case Say(text=text):
                await connection.send(Heard(text))
            case Bye():
                await connection.send(Farewell())
                return
            case _:
                pass


async def dial(url: str, ssl: ssl.SSLContext | None = None) -> ClientConnection:
    return await connect(TALK, url=url, auth="key", ssl=ssl, limits=LIMITS)


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[Server, ClientConnection]]:
    """A server, and a client that has said hello to it."""
    async with serve(TALK, repeat, limits=LIMITS) as server, await dial(server.url) as connection:
        await connection.send(Hello())
        yield server, connection


async def until_empty(server: Server) -> None:
    """Wait until the server has no connection any more."""
    async with asyncio.timeout(10):
        while server.connections:
            await asyncio.sleep(0)


@on_a_strict_loop
async def test_connecting_leaves_nothing_behind_wherever_it_is_cancelled() -> None:
    async def after(connection: ClientConnection | None) -> None:
        if connection is not None:
            await connection.close()
        await until_empty(server)

    async with serve(TALK, repeat, limits=LIMITS) as server:
        assert await every_wait(lambda: dial(server.url), after) > 1


def test_connecting_over_tls_leaves_nothing_behind_wherever_it_is_cancelled() -> None:
    authority = trustme.CA()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    authority.configure_trust(theirs)

    async def after(connection: ClientConnection | None) -> None:
        if connection is not None:
            await connection.close()

    @on_a_strict_loop
    async def main() -> None:
        assert await every_wait(lambda: dial(server.url, ssl=theirs), after) > 1

    # In a loop of its own: a strict one would tell of each client that left during the handshake.
    with MockServer(TALK, ssl=ours) as server:
        main()


@on_a_strict_loop
async def test_a_whole_session_ends_wherever_it_is_cancelled() -> None:
    async def session() -> None:
        async with await dial(server.url) as connection:
            await connection.send(Hello())
            await connection.send(Say("1"))
            assert body(await connection.receive(10)) == Heard("1")
            await connection.ping()
            await connection.send(Bye())
            assert [body(event) async for event in connection] == [Farewell()]

    async def after(_: None) -> None:
        await until_empty(server)

    async with serve(TALK, repeat, limits=LIMITS) as server:
        assert await every_wait(session, after) > 3


@on_a_strict_loop
async def test_a_cancelled_receive_has_taken_nothing() -> None:
    said = 0

    async def receive() -> Delivered:
        nonlocal said
        said += 1
        await connection.send(Say(str(said)))
        return await connection.receive()

    heard = 0

    async def after(event: Delivered | None) -> None:
        nonlocal heard
        heard += 1
        if event is None:
            event = await connection.receive(10)
        assert body(event) == Heard(str(heard))

    async with talking() as (_, connection):
        assert await every_wait(receive, after) > 0


@on_a_strict_loop
async def test_a_receive_whose_timeout_is_over_has_taken_nothing() -> None:
    async with talking() as (_, connection):
        for number in range(20):
            await connection.send(Say(str(number)))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await connection.receive()
            assert body(await connection.receive(10)) == Heard(str(number))


@on_a_strict_loop
async def test_a_cancelled_send_has_sent_nothing_and_a_finished_one_all_of_it() -> None:
    """The network stands still for a moment, so that sends have to wait."""
    large = "x" * 300_000
    heard: list[str] = []
    sent: list[str] = []

    async def listen(connection: ServerConnection) -> None:
        bodies = [body(event) async for event in connection]
        heard.extend(said.text[:4] for said in bodies if isinstance(said, Say))

    async with (
        serve(TALK, listen, limits=LIMITS) as server,
        FaultProxy(server.url, Plan(to_server=(Stall(100_000, 0.3),))) as proxy,
        connect(TALK, url=proxy.url, auth="key", compression=False, limits=LIMITS) as connection,
    ):
        await connection.send(Hello())
        for number in range(40):
            try:
                async with asyncio.timeout(0):
                    await connection.send(Say(f"{number:4}{large}"))
            except TimeoutError:
                continue
            sent.append(f"{number:4}")
        await connection.send(Bye())
    assert 0 < len(sent) < 40
    assert heard == sent


@on_a_strict_loop
async def test_a_cancelled_close_drops_the_connection_and_the_next_close_returns() -> None:
    async with serve(TALK, repeat, limits=LIMITS) as server:
        connections: list[ClientConnection] = []

        async def close() -> None:
            await connections[-1].close()

        async def after(_: None) -> None:
            connection = connections[-1]
            await connection.close()
            assert connection.closed is not None
            for call in (connection.receive(), connection.send(Hello()), connection.ping()):
                with pytest.raises(ConnectionClosed):
                    await call
            connections.append(await dial(server.url))

        connections.append(await dial(server.url))
        assert await every_wait(close, after) > 0
        await connections[-1].close()


@on_a_strict_loop
async def test_a_handler_that_is_cancelled_wherever_it_waits_closes_its_connection() -> None:
    nth = 0

    async def talk(connection: ServerConnection) -> None:
        assert body(await connection.receive()) == Hello()
        await connection.send(Heard("you"))
        assert body(await connection.receive(10)) == Say("1")
        await connection.close()

    async def handler(connection: ServerConnection) -> None:
        await Cancelled(talk(connection), nth)

    async def how_it_ends(connection: ClientConnection) -> int:
        await connection.send(Hello())
        while True:
            try:
                event = await connection.receive(10)
            except ConnectionClosed as closed:
                await connection.close()
                return closed.code
            assert body(event) == Heard("you")
            await connection.send(Say("1"))

    ends: list[int] = []
    async with serve(TALK, handler, limits=LIMITS) as server:
        while 1000 not in ends:
            nth += 1
            ends.append(await how_it_ends(await dial(server.url)))
        await until_empty(server)
    assert ends[:2] == [1001, 1001]
    assert set(ends[2:]) <= {1000, 1006}  # cancelled while it closes, it drops the connection


@on_a_strict_loop
async def test_a_server_whose_close_is_cancelled_has_closed_nevertheless() -> None:
    servers: list[Server] = []
    clients: list[ClientConnection] = []

    async def start() -> None:
        servers.append(await serve(TALK, repeat, limits=LIMITS))
        clients.append(await dial(servers[-1].url))

    async def close() -> None:
        await servers[-1].close()

    async def after(_: None) -> None:
        await servers[-1].close()
        assert servers[-1].connections == ()
        with pytest.raises(ConnectionClosed):
            await clients[-1].receive(10)
        await clients[-1].close()
        await start()

    await start()
    assert await every_wait(close, after) > 0
    await servers[-1].close()
    await clients[-1].close()


@on_a_strict_loop
async def test_a_second_task_that_receives_is_told_so_and_the_first_goes_on() -> None:
    async with talking() as (_, connection):
        first = asyncio.ensure_future(connection.receive())
        await asyncio.sleep(0)
        with pytest.raises(LocalProtocolError, match="another task"):
            await connection.receive()
        await connection.send(Say("1"))
        assert body(await first) == Heard("1")


@on_a_strict_loop
async def test_a_close_while_another_task_receives_ends_that_too() -> None:
    async with talking() as (_, connection):
        waiting = asyncio.ensure_future(connection.receive())
        await asyncio.sleep(0)
        await connection.close()
        with pytest.raises(ConnectionClosed) as closed:
            await waiting
        assert closed.value.clean


@on_a_strict_loop
async def test_tasks_that_send_together_mix_nothing_and_lose_nothing() -> None:
    async with talking() as (_, connection):
        texts = [f"{task} {number} {'x' * 1000}" for task in range(10) for number in range(10)]

        async def say(task: int) -> None:
            for text in texts[task * 10 : task * 10 + 10]:
                await connection.send(Say(text))

        sending = asyncio.gather(*map(say, range(10)))
        answers = [body(await connection.receive(10)) for _ in texts]
        await sending
        heard = [answer.text for answer in answers if isinstance(answer, Heard)]
        assert sorted(heard) == sorted(texts)
        for task in range(10):
            mine = [text for text in heard if text.startswith(f"{task} ")]
            assert mine == texts[task * 10 : task * 10 + 10]
