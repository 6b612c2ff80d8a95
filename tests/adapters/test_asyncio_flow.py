"""Neither peer fills the other's memory: backpressure both ways, and what closing makes of it."""

from __future__ import annotations

import asyncio

import pytest
from wsproto.events import BytesMessage, CloseConnection

from schematic.compile import Phase
from schematic_engine.asyncio import ClientConnection, Opening, ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, RemoteIllegalMessage
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from support.loops import on_a_strict_loop
from support.raw_peer import RawPeer, raw_server
from support.talk import API, Hello

CHUNK = b"\0" * 65_536
FEW = Limits(max_queue=8, close_timeout=5)
BLOCKED_AFTER = 0.3
"""Seconds without progress, over loopback, after which a sender counts as blocked."""


def to(url: str) -> Opening[ClientConnection]:
    return connect(API, params={"room": "lobby"}, url=url, limits=FEW, compression=False)


async def is_blocked(sending: asyncio.Future[None]) -> bool:
    await asyncio.wait([sending], timeout=BLOCKED_AFTER)
    return not sending.done()


class Downloads:
    """A handler that sends chunks until it may stop, and counts those that were taken from it."""

    def __init__(self) -> None:
        self.taken = 0
        self.enough = False
        self.stuck: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self, connection: ServerConnection) -> None:
        await connection.receive()
        while not self.enough:
            sending = asyncio.ensure_future(connection.send("Download", CHUNK))
            if await is_blocked(sending) and not self.stuck.done():
                self.stuck.set_result(None)
            await sending
            self.taken += 1


@on_a_strict_loop
async def test_a_slow_reader_stops_the_sender_and_its_queue_stays_short() -> None:
    downloads = Downloads()
    async with serve(API, downloads, compression=False) as server, to(server.url) as connection:
        await connection.send(Hello())
        await downloads.stuck
        waiting = connection._driver.inbox
        # The queue is full, and perhaps the rest of the read (256 KiB) that filled it came along.
        assert FEW.max_queue <= len(waiting) <= FEW.max_queue + 256 * 1024 // len(CHUNK)
        downloads.enough = True
        sizes = [len(event.payload) async for event in connection if isinstance(event, Message)]
        assert sizes == [len(CHUNK)] * downloads.taken
        assert downloads.taken > FEW.max_queue


@on_a_strict_loop
async def test_a_slow_peer_makes_send_wait_and_a_cancelled_send_has_sent_nothing() -> None:
    resume = asyncio.Event()
    counts: list[int] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        await resume.wait()  # asyncio's stream stops reading after 128 KiB
        counts.append(await peer.count_bytes())

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        sent = 0
        while not await is_blocked(sending := asyncio.ensure_future(send_chunk(connection))):
            sent += 1
        held = connection._driver._transport.get_write_buffer_size()  # type: ignore[union-attr]
        assert held <= 2 * len(CHUNK) + 64
        state, allowed = connection.state, connection.allowed()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (connection.state, connection.allowed()) == (state, allowed)
        together = [asyncio.ensure_future(send_chunk(connection)) for _ in range(10)]
        resume.set()
        await asyncio.gather(*together)
        sent += 10
        await connection.close()
    assert counts == [sent * len(CHUNK)]


async def send_chunk(connection: ClientConnection) -> None:
    await connection.send("Upload", CHUNK)


@on_a_strict_loop
async def test_a_send_that_waits_is_told_when_the_connection_is_lost() -> None:
    drop = asyncio.Event()

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        await drop.wait()
        peer.writer.transport.abort()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        while not await is_blocked(sending := asyncio.ensure_future(send_chunk(connection))):
            pass
        drop.set()
        with pytest.raises(ConnectionClosed) as caught:
            await sending
        assert caught.value.code == 1006


@on_a_strict_loop
async def test_closing_with_a_full_queue_is_quick_and_keeps_an_unbroken_beginning() -> None:
    total = 64

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        for number in range(total):
            peer.put(BytesMessage(number.to_bytes(4, "big") + CHUNK))
            await peer.writer.drain()
        event = await peer.next()
        assert isinstance(event, CloseConnection)
        peer.put(event.response())

    async with raw_server(script) as url:
        connection = await to(url)
        await connection.send(Hello())
        first = await connection.receive()
        await connection.close()
        assert connection.closed is not None
        assert connection.closed.clean
        rest = [event async for event in connection]
        numbers = [
            int.from_bytes(event.body[:4], "big")
            for event in (first, *rest)
            if isinstance(event, Message)
        ]
        assert numbers == list(range(len(numbers)))
        assert FEW.max_queue <= len(numbers) < total


@on_a_strict_loop
async def test_a_violation_behind_a_full_queue_is_still_answered() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        echo = {"type": "echo", "text": "fine"}
        peer.put_json(*[echo] * 8, {"type": "end"}, echo)
        assert (await peer.next_close()).code == 1008

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        while connection.state is not Phase.FAILED:
            await asyncio.sleep(0)  # let the loop read
        with pytest.raises(ConnectionClosed) as caught:
            await connection.send("Say", {"text": "nobody reads here"})
        assert isinstance(caught.value.error, RemoteIllegalMessage)
