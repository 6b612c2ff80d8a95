"""Round trips over loopback: one text there, one audio message of 256 B back.

The server is the raw one, in another process; the clients are set up as for streaming. Connecting
does not count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import websockets.asyncio.client
import websockets.sync.client
from benchmarks.extras import have
from benchmarks.measure import Run, Stopwatch
from benchmarks.raw_server import HEADER

import schematic_engine.asyncio
import schematic_engine.sync
from schematic_definitions.elevenlabs import AudioOutput, SendText, elevenlabs
from schematic_engine.events import Message

__all__ = ["AIOHTTP", "OURS", "WEBSOCKETS", "asyncio_clients", "sync_clients"]

OURS = "schematic"
WEBSOCKETS = "websockets"
AIOHTTP = "aiohttp"

_HEADERS = [(HEADER, "answer audio_256.json")]
_ENDPOINT = elevenlabs().endpoint("StreamTextToSpeech")
_TEXT = SendText("Hello there, how are you? ")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AudioOutput).decode


def asyncio_clients(url: str, count: int) -> dict[str, Run]:
    """Each does ``count`` round trips in an event loop."""
    clients: dict[str, Callable[[str, int], Awaitable[float]]] = {
        OURS: _ours,
        WEBSOCKETS: _websockets,
    }
    if have("aiohttp"):
        clients[AIOHTTP] = _aiohttp

    def run_of(client: Callable[[str, int], Awaitable[float]]) -> Run:
        async def main() -> float:
            return await client(url, count)

        return lambda: asyncio.run(main())

    return {name: run_of(client) for name, client in clients.items()}


def sync_clients(url: str, count: int) -> dict[str, Run]:
    """Each does ``count`` round trips in this thread."""
    return {
        OURS: lambda: _ours_sync(url, count),
        WEBSOCKETS: lambda: _websockets_sync(url, count),
    }


def _settings(url: str) -> dict[str, Any]:
    return {
        "endpoint": _ENDPOINT,
        "url": url,
        "params": {"voice_id": "v"},
        "auth": "k",
        "headers": _HEADERS,
        "compression": False,
    }


async def _ours(url: str, count: int) -> float:
    async with schematic_engine.asyncio.connect(**_settings(url)) as connection:
        await connection.send("InitializeConnection")
        assert isinstance(await connection.receive(), Message)
        with Stopwatch() as watch:
            for _ in range(count):
                await connection.send(_TEXT)
                assert isinstance(await connection.receive(), Message)
        return watch.seconds


def _ours_sync(url: str, count: int) -> float:
    with schematic_engine.sync.connect(**_settings(url)) as connection:
        connection.send("InitializeConnection")
        assert isinstance(connection.receive(), Message)
        with Stopwatch() as watch:
            for _ in range(count):
                connection.send(_TEXT)
                assert isinstance(connection.receive(), Message)
        return watch.seconds


async def _websockets(url: str, count: int) -> float:
    async with websockets.asyncio.client.connect(
        url, additional_headers=_HEADERS, compression=None
    ) as connection:
        await connection.send(_encode(_TEXT), text=True)
        _decode(await connection.recv(decode=False))
        with Stopwatch() as watch:
            for _ in range(count):
                await connection.send(_encode(_TEXT), text=True)
                _decode(await connection.recv(decode=False))
        return watch.seconds


def _websockets_sync(url: str, count: int) -> float:
    with websockets.sync.client.connect(
        url, additional_headers=_HEADERS, compression=None
    ) as connection:
        connection.send(_encode(_TEXT), text=True)
        _decode(connection.recv(decode=False))
        with Stopwatch() as watch:
            for _ in range(count):
                connection.send(_encode(_TEXT), text=True)
                _decode(connection.recv(decode=False))
        return watch.seconds


async def _aiohttp(url: str, count: int) -> float:
    import aiohttp

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=_HEADERS, decode_text=False) as connection,
    ):
        await connection.send_frame(_encode(_TEXT), aiohttp.WSMsgType.TEXT)
        _decode((await connection.receive()).data)
        with Stopwatch() as watch:
            for _ in range(count):
                await connection.send_frame(_encode(_TEXT), aiohttp.WSMsgType.TEXT)
                _decode((await connection.receive()).data)
        return watch.seconds
