"""Both adapters tell what became of messages, while a connection lives and when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from schematic_engine import asyncio as on_a_loop
from schematic_engine.delivery import Delivery, Sent
from schematic_engine.errors import ConnectionClosed
from support.dialling import dial
from support.echo import Heard, Hello, Say
from support.loops import on_a_strict_loop
from support.raw_peer import RawPeer, raw_server
from support.talk import API
from support.threaded_server import Peer, ThreadedServer

LARGE = b"x" * 1_000_000
"""Too much for the buffers between two processes, a few times over."""


@on_a_strict_loop
async def test_a_loss_on_a_loop_says_what_is_known_to_be_received_and_what_is_not() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put_json({"type": "echo", "text": "hi", "number": 1})
        await peer.next_text()

    async with raw_server(script) as url:
        connection = await on_a_loop.connect(API, url=url, params={"room": "lobby"})
        await connection.send("Hello")
        await connection.receive()
        await connection.send("Say", {"text": "lost?"})
        with pytest.raises(ConnectionClosed) as caught:
            await connection.receive()
        await connection.close()
    expected = Delivery(received=1, written=1, messages=(Sent(2, "Say"),))
    assert caught.value.delivery == expected
    assert connection.delivery() == expected


@on_a_strict_loop
async def test_what_a_loop_had_not_written_when_it_gave_up_is_told() -> None:
    stop = asyncio.Event()

    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is one that reads
        await stop.wait()

    async with raw_server(script) as url:
        connection = await on_a_loop.connect(API, url=url, params={"room": "lobby"})
        await connection.send("Hello")
        sending = asyncio.create_task(flood(connection))
        while not connection.delivery().unwritten:
            await asyncio.sleep(0)
        connection._driver.abort()
        await sending
        report = connection.delivery()
        stop.set()
    assert report.unwritten >= 1
    assert report.received == 0
    assert {one.id for one in report.unwritten_messages} == {"Upload"}


async def flood(connection: on_a_loop.ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await connection.send("Upload", LARGE)


def test_a_loss_between_threads_says_what_is_known_to_be_received_and_what_is_not() -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(Heard("hi"))
        peer.hear()

    with ThreadedServer(script) as server:
        connection = dial(server)
        connection.send(Hello())
        connection.receive()
        connection.send(Say("lost?"))
        with pytest.raises(ConnectionClosed) as caught:
            connection.receive()
        connection.close()
    expected = Delivery(received=1, written=1, messages=(Sent(2, "Say"),))
    assert caught.value.delivery == expected
    assert connection.delivery() == expected


def test_what_a_thread_could_not_write_is_told() -> None:
    def script(peer: Peer) -> None:
        peer.accept()

    with ThreadedServer(script, small=True) as server:
        connection = dial(server)
        connection.send(Hello())
        sending = Thread(target=send_until_lost, args=(connection.send,))
        sending.start()
        sending.join(60)
        report = connection.delivery()
        connection.close()
    assert (report.received, report.received + report.written) < (1, report.messages[-1].number)
    assert report.unwritten >= 1


def send_until_lost(send: Callable[[Say], None]) -> None:
    with suppress(ConnectionClosed):
        while True:
            send(Say(LARGE.decode()))
