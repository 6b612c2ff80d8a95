"""Round trips over loopback: one text there, one audio message back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client

import schematic_engine.asyncio
import schematic_engine.sync
from schematic_definitions.elevenlabs import AudioOutput, SendText, elevenlabs
from schematic_engine.events import Message

__all__ = ["REFERENCE", "servers", "trips"]

REFERENCE = "websockets"
_AUDIO = msgspec.json.encode(AudioOutput(audio="QUJD" * 40))
_PARAMS = {"voice_id": "v"}


@contextmanager
def servers() -> Iterator[str]:
    """One server for all, of websockets, which answers whatever is said; its base URL."""
    started: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = []
    ready = threading.Event()

    async def answer(connection: websockets.asyncio.server.ServerConnection) -> None:
        async for _ in connection:
            await connection.send(_AUDIO, text=True)

    async def main() -> None:
        stop = asyncio.Event()
        serve = websockets.asyncio.server.serve(answer, "127.0.0.1", 0, compression=None)
        async with serve as server:
            port = next(iter(server.sockets)).getsockname()[1]
            started.append((port, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    ready.wait()
    port, loop, stop = started[0]
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def trips(url: str, count: int) -> dict[str, dict[str, Callable[[], None]]]:
    """For the sync and the asyncio clients: each connects and does ``count`` round trips."""
    endpoint = elevenlabs().endpoint("StreamTextToSpeech")
    text = SendText("Hello there, how are you? ")
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(AudioOutput).decode

    def ours_sync() -> None:
        with schematic_engine.sync.connect(
            endpoint, url=url, params=_PARAMS, auth="k", compression=False
        ) as connection:
            connection.send("InitializeConnection")
            assert isinstance(connection.receive(), Message)
            for _ in range(count):
                connection.send(text)
                assert isinstance(connection.receive(), Message)

    def theirs_sync() -> None:
        with websockets.sync.client.connect(url, compression=None) as connection:
            for _ in range(count + 1):
                connection.send(encode(text), text=True)
                decode(connection.recv(decode=False))

    async def ours_asyncio() -> None:
        async with schematic_engine.asyncio.connect(
            endpoint, url=url, params=_PARAMS, auth="k", compression=False
        ) as connection:
            await connection.send("InitializeConnection")
            assert isinstance(await connection.receive(), Message)
            for _ in range(count):
                await connection.send(text)
                assert isinstance(await connection.receive(), Message)

    async def theirs_asyncio() -> None:
        async with websockets.asyncio.client.connect(url, compression=None) as connection:
            for _ in range(count + 1):
                await connection.send(encode(text), text=True)
                decode(await connection.recv(decode=False))

    return {
        "sync": {"schematic": ours_sync, REFERENCE: theirs_sync},
        "asyncio": {
            "schematic": lambda: asyncio.run(ours_asyncio()),
            REFERENCE: lambda: asyncio.run(theirs_asyncio()),
        },
    }
