"""What a program says starts deadlines, when it says it, though nothing else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from schematic import Channel, ConnectionLifecycle, OpeningStep, Side, Timer
from schematic_engine.asyncio import ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded
from schematic_engine.events import Message, Overdue
from schematic_engine.limits import Limits
from schematic_engine.testing import FaultProxy, HalfOpen
from support.lifecycles import bound, keyed, message
from support.loops import on_a_strict_loop

LIMITS = Limits(ping_interval=None, ping_timeout=5.0, close_timeout=0.1)
ASKING = bound(
    ConnectionLifecycle(
        streaming_messages=[message("Hint", Side.CLIENT)],
        channels=[
            Channel(
                id="Call",
                key="key",
                lifecycle=ConnectionLifecycle(
                    initialize=[
                        keyed("Ask", Side.CLIENT),
                        OpeningStep(keyed("Reply", Side.SERVER)),
                    ],
                    server_messages=[keyed("Last", Side.SERVER, final=True)],
                    timers=[Timer.reply(5)],
                ),
            )
        ],
    )
)
Pass = Callable[[float], None]


async def reply(connection: ServerConnection) -> None:
    async for event in connection:
        if isinstance(event, Message) and event.id == "Ask":
            await connection.send("Reply", {"key": event.key})


async def be_silent(connection: ServerConnection) -> None:
    async for _ in connection:
        pass


@pytest.fixture
def let_pass(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Seconds pass on the running loop's clock, and the loop has not turned meanwhile."""
    passed = 0.0

    def move(seconds: float) -> None:
        nonlocal passed
        loop = asyncio.get_running_loop()
        if passed == 0.0:
            real = loop.time
            monkeypatch.setattr(loop, "time", lambda: real() + passed)
        passed += seconds

    return move


@on_a_strict_loop
async def test_a_ping_is_waited_for_though_nothing_else_was_due(let_pass: Pass) -> None:
    async with serve(ASKING, be_silent, limits=LIMITS) as server, FaultProxy(server.url) as proxy:
        connection = await connect(ASKING, url=proxy.url, limits=LIMITS)
        proxy.strike(HalfOpen())
        await connection.ping()
        let_pass(5.0)
        with pytest.raises(ConnectionClosed) as lost:
            await connection.receive()
        assert isinstance(lost.value.error, DeadlineExceeded)
        assert lost.value.error.deadline == "ping_timeout"
        await connection.close()


@on_a_strict_loop
async def test_a_ping_after_a_long_silence_has_its_whole_time(let_pass: Pass) -> None:
    async with (
        serve(ASKING, reply, limits=LIMITS) as server,
        connect(ASKING, url=server.url, limits=LIMITS) as connection,
    ):
        let_pass(5.5)
        await connection.ping()
        await connection.send("Ask", {"key": "a"})
        assert isinstance(await connection.receive(), Message)


@on_a_strict_loop
async def test_a_reply_is_waited_for_though_nothing_else_was_due(let_pass: Pass) -> None:
    async with (
        serve(ASKING, be_silent, limits=LIMITS) as server,
        connect(ASKING, url=server.url, limits=LIMITS) as connection,
    ):
        await connection.send("Ask", {"key": "a"})
        let_pass(5.0)
        event = await connection.receive()
        assert isinstance(event, Overdue)
        assert (event.timer.kind.value, event.key) == ("reply", "a")


@on_a_strict_loop
async def test_a_reply_after_a_long_silence_has_its_whole_time(let_pass: Pass) -> None:
    async with (
        serve(ASKING, reply, limits=LIMITS) as server,
        connect(ASKING, url=server.url, limits=LIMITS) as connection,
    ):
        let_pass(60.0)
        await connection.send("Ask", {"key": "a"})
        event = await connection.receive()
        assert isinstance(event, Message)
        assert event.id == "Reply"


@on_a_strict_loop
async def test_a_message_after_the_time_of_the_peer_is_up_says_so(let_pass: Pass) -> None:
    async with serve(ASKING, be_silent, limits=LIMITS) as server, FaultProxy(server.url) as proxy:
        connection = await connect(ASKING, url=proxy.url, limits=LIMITS)
        proxy.strike(HalfOpen())
        await connection.ping()
        let_pass(5.5)
        with pytest.raises(ConnectionClosed) as lost:
            await connection.send("Ask", {"key": "a"})
        assert isinstance(lost.value.error, DeadlineExceeded)
        await connection.close()
