"""Frames that say nothing cost the peer nothing: while they come, the loop serves others too."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from wsproto.events import CloseConnection

from schematic_engine.asyncio import ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from schematic_engine.wire import Wire, WireEvent
from support.loops import on_a_strict_loop
from support.raw_peer import RawPeer, raw_client, raw_server
from support.talk import API, Hello

PATIENCE = 256
COUNT = 2048
ECHO = b"\x81\x1a" + b'{"type":"echo","text":"x"}'
FLOODS = {
    "pings": b"\x89\x00" * COUNT,
    "pongs": b"\x8a\x00" * COUNT,
    "fragments": b"\x02\x01a" + b"\x00\x01a" * (COUNT - 2) + b"\x80\x01a",
}
ROOMY, NARROW = Limits(), Limits(max_queue=8)


@asynccontextmanager
async def feeds_by_turn(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter[int]]:
    """How many pieces went to a parser in each turn of the loop, by its number."""
    loop, turn, feeds, feed = asyncio.get_running_loop(), 0, Counter[int](), Wire._feed

    ticking = True

    def tick() -> None:
        nonlocal turn
        turn += 1
        if ticking:
            loop.call_soon(tick)

    def spy(wire: Wire, data: bytes, received: list[WireEvent]) -> bool:
        feeds[turn] += 1
        return feed(wire, data, received)

    loop.call_soon(tick)
    monkeypatch.setattr(Wire, "_feed", spy)
    try:
        yield feeds
    finally:
        ticking = False


async def until_close(peer: RawPeer) -> None:
    """Take whatever comes up to the close frame, and answer it, or up to the end."""
    with suppress(EOFError, ConnectionResetError):
        event = await peer.next()
        while not isinstance(event, CloseConnection):
            event = await peer.next()
        peer.put(event.response())


@asynccontextmanager
async def flooding(flood: bytes) -> AsyncIterator[str]:
    """A server that answers the opening with ``flood`` and one message."""

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.writer.write(flood + ECHO)
        await until_close(peer)

    async with raw_server(script) as url:
        yield url


@pytest.mark.parametrize("limits", [ROOMY, NARROW], ids=["roomy", "narrow"])
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_taken_in_turns(
    name: str, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_a_strict_loop
    async def test() -> None:
        async with (
            feeds_by_turn(monkeypatch) as feeds,
            flooding(FLOODS[name]) as url,
            connect(API, params={"room": "x"}, url=url, limits=limits) as connection,
        ):
            await connection.send(Hello())
            event = await connection.receive()
            if name == "fragments":
                assert isinstance(event, Message)
                assert event.body == b"a" * COUNT
                event = await connection.receive()
            assert isinstance(event, Message)
            assert event.id == "Echo"
            assert feeds.total() >= COUNT
            assert max(feeds.values()) <= PATIENCE

    test()


@on_a_strict_loop
async def test_what_waited_for_its_turn_is_heard_when_the_connection_is_lost() -> None:
    async with (
        flooding(FLOODS["pings"]) as url,
        connect(API, params={"room": "x"}, url=url) as connection,
    ):
        await connection.send(Hello())
        while not connection._driver._rest:
            await asyncio.sleep(0)
        connection._driver.abort()
        event = await connection.receive()
        assert isinstance(event, Message)
        with pytest.raises(ConnectionClosed):
            await connection.receive()


@on_a_strict_loop
async def test_closing_looks_for_the_peers_answer_behind_a_flood() -> None:
    async with flooding(FLOODS["pings"]) as url:
        connection = await connect(API, params={"room": "x"}, url=url)
        await connection.send(Hello())
        while not connection._driver._rest:
            await asyncio.sleep(0)
        await connection.close()
        assert connection._driver.closed is not None
        assert connection._driver.closed.clean


def test_a_flood_before_the_answer_to_the_request_is_taken_in_turns_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @on_a_strict_loop
    async def test() -> None:
        heard: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        async def handler(connection: ServerConnection) -> None:
            event = await connection.receive()
            assert isinstance(event, Message)
            heard.set_result(event)

        mask = bytes(4)
        flood = (b"\x89\x80" + mask) * 1024 + b"\x81\x90" + mask + b'{"type":"hello"}'
        async with (
            feeds_by_turn(monkeypatch) as feeds,
            serve(API, handler) as server,
            raw_client(server.port, "/rooms/x") as peer,
        ):
            peer.writer.write(flood)
            assert (await heard).id == "Hello"
            await until_close(peer)
            assert feeds.total() >= 1024
            assert max(feeds.values()) <= PATIENCE

    test()
