"""Neither peer fills the other's memory: backpressure both ways, and what closing makes of it."""

from __future__ import annotations

import asyncio
import json
import tracemalloc

import msgspec
import pytest
from wsproto.events import BytesMessage, CloseConnection

from schematic import (
    Channel,
    ConnectionLifecycle,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import Phase
from schematic_definitions.shorthand import client_says, server_says
from schematic_engine.asyncio import ClientConnection, Opening, ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, RemoteIllegalMessage
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from support.loops import on_a_strict_loop
from support.raw_peer import RawPeer, raw_server
from support.talk import API, Echo, Hello, Say


class Ask(msgspec.Struct, tag="ask", frozen=True):
    """Opens a channel, and wants an answer on it."""

    number: int


class Tell(msgspec.Struct, tag="tell", frozen=True):
    """The answer."""

    number: int


CHUNK = b"\0" * 65_536
FEW = Limits(max_queue=8, max_write_buffer=16_384, close_timeout=5)
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
        assert len(waiting) == FEW.max_queue
        downloads.enough = True
        sizes = [len(event.payload) async for event in connection if isinstance(event, Message)]
        assert sizes == [len(CHUNK)] * downloads.taken
        assert downloads.taken > FEW.max_queue


@on_a_strict_loop
async def test_short_messages_that_came_in_one_read_do_not_pass_the_bound_by_far() -> None:
    total = 5000

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json(*({"type": "echo", "text": "", "number": n} for n in range(total)))
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        most, numbers = 0, list[int]()
        while len(numbers) < total:
            event = await connection.receive()
            assert isinstance(event, Message)
            assert isinstance(event.body, Echo)
            numbers.append(event.body.number)
            most = max(most, len(connection._driver.inbox))
        assert numbers == list(range(total))
        assert FEW.max_queue <= most <= FEW.max_queue + 4096 // len('{"type": "echo"}')


@on_a_strict_loop
async def test_heavy_messages_stop_the_sender_before_there_are_many() -> None:
    downloads = Downloads()
    heavy = Limits(max_queue_bytes=4 * len(CHUNK), close_timeout=5)
    async with (
        serve(API, downloads, compression=False) as server,
        connect(API, params={"room": "x"}, url=server.url, limits=heavy) as connection,
    ):
        await connection.send(Hello())
        await downloads.stuck
        assert len(connection._driver.inbox) == 4
        downloads.enough = True
        assert len([event async for event in connection]) == downloads.taken


@on_a_strict_loop
async def test_memory_stays_flat_however_fast_the_server_is() -> None:
    """Six megabytes as fast as they go, to a reader that takes a quarter of one at a time."""
    total = 96
    frame = b"\x82\x7f" + len(CHUNK).to_bytes(8, "big") + CHUNK

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        for _ in range(total):
            peer.writer.write(frame)
            await peer.writer.drain()
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        await connection.receive()
        tracemalloc.start()
        try:
            for number in range(1, total):
                if number % 4 == 0:
                    await asyncio.sleep(0)
                await connection.receive()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 3 * FEW.max_queue * len(CHUNK)


@on_a_strict_loop
async def test_what_was_held_back_is_heard_when_the_connection_is_lost() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json(*({"type": "echo", "text": "", "number": n} for n in range(200)))
        await peer.writer.drain()

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        while not connection._driver.paused:
            await asyncio.sleep(0)
        connection._driver.abort()
        numbers = list[int]()
        while len(numbers) < 200:
            event = await connection.receive()
            assert isinstance(event, Message)
            assert isinstance(event.body, Echo)
            numbers.append(event.body.number)
        assert numbers == list(range(200))
        with pytest.raises(ConnectionClosed):
            await connection.receive()


@on_a_strict_loop
async def test_a_timer_that_a_message_starts_runs_although_nothing_comes() -> None:
    timed = Channel(
        id="Order",
        key="number",
        lifecycle=ConnectionLifecycle(
            initialize=client_says(Ask, ""),
            server_messages=[server_says(Tell, "")],
            timers=[Timer.reply(0.05, close_code=4000)],
        ),
    )
    endpoint = WebSocketEndpoint(
        id="Ask", path="/ask", lifecycle=ConnectionLifecycle(channels=[timed])
    )
    api = WebSocketApi(name="Asking", base_url="ws://127.0.0.1", endpoints=[endpoint])

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        await peer.next_close()

    async with raw_server(script) as url, connect(api, url=url) as connection:
        await connection.send(Ask(number=1))
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive(timeout=10)
        assert isinstance(caught.value.error, DeadlineExceeded)


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
        assert held <= FEW.max_write_buffer + len(CHUNK) + 64
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


@on_a_strict_loop
async def test_messages_sent_in_one_turn_of_the_loop_go_out_together() -> None:
    heard: list[str] = []

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        heard.extend([await peer.next_text() for _ in range(100)])
        await peer.next_close()

    async with raw_server(script) as url, to(url) as connection:
        transport = connection._driver._transport
        assert transport is not None
        write, sizes = transport.write, list[int]()

        def count(data: bytes) -> None:
            sizes.append(len(data))
            write(data)

        transport.write = count  # type: ignore[method-assign,assignment]  # to count
        await connection.send(Hello())
        for number in range(100):
            await connection.send(Say(text=str(number)))
        assert len(sizes) == 1  # the first, which waited for nothing
        await asyncio.sleep(0)
        assert len(sizes) == 2
    assert [json.loads(text)["text"] for text in heard] == [str(n) for n in range(100)]


@on_a_strict_loop
async def test_what_is_sent_in_one_turn_of_the_loop_is_held_back_up_to_a_bound() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        assert await peer.count_bytes() == 50 * 1024

    async with raw_server(script) as url, to(url) as connection:
        await connection.send(Hello())
        for _ in range(50):
            await connection.send("Upload", bytes(1024))
            assert connection._driver._batch_size < FEW.max_write_buffer


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
