"""What is said about compression reaches the wire, in both adapters and on the server."""

from __future__ import annotations

import asyncio

import pytest

import schematic_engine.asyncio as on_a_loop
import schematic_engine.sync as blocking
from schematic_engine.compression import Compression
from schematic_engine.events import Message
from support.echo import TALK, Heard, Hello, Say

pytestmark = pytest.mark.asyncio

OURS = Compression(min_size=0, client_no_context_takeover=True, server_max_window_bits=12)
THEIRS = Compression(min_size=0, server_no_context_takeover=True, server_max_window_bits=11)
AGREED = (
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
    "server_max_window_bits=11"
)


async def answer(connection: on_a_loop.ServerConnection) -> None:
    async for event in connection:
        if isinstance(event, Message) and isinstance(event.body, Say):
            await connection.send(Heard(event.body.text))


async def test_a_client_on_a_loop_and_a_server_agree_on_what_both_want() -> None:
    async with (
        on_a_loop.serve(TALK, answer, compression=THEIRS) as server,
        on_a_loop.connect(TALK, auth="key", url=server.url, compression=OURS) as connection,
    ):
        assert dict(connection.response_headers)["sec-websocket-extensions"] == AGREED
        await connection.send(Hello())
        await connection.send(Say("é" * 5000))
        event = await connection.receive()
        assert isinstance(event, Message)
        assert event.body == Heard("é" * 5000)


async def test_a_blocking_client_and_a_server_agree_on_what_both_want() -> None:
    def talk(url: str) -> None:
        with blocking.connect(TALK, auth="key", url=url, compression=OURS) as connection:
            assert dict(connection.response_headers)["sec-websocket-extensions"] == AGREED
            connection.send(Hello())
            connection.send(Say("é" * 5000))
            event = connection.receive()
            assert isinstance(event, Message)
            assert event.body == Heard("é" * 5000)

    async with on_a_loop.serve(TALK, answer, compression=THEIRS) as server:
        await asyncio.to_thread(talk, server.url)
