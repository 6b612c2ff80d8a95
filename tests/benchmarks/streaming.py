"""Streaming from the same raw server in another process, over loopback.

Each client says one message and then takes what comes. All decode the same typed messages with
msgspec; ours judge their order too. Connecting and closing does not count: the time runs from the
first message to the last. websockets, aiohttp and picows are set up as their documents say to be
fast: no compression, and text as bytes.

- websockets: ``recv(decode=False)``.
- aiohttp: ``ws_connect(decode_text=False)``, ``receive()``; its reader is compiled.
- picows: all of it is compiled; messages come by a callback, decoded from the buffer, and nothing
  waits for a slow consumer. Not a like with the others, but what is possible.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec
import websockets.asyncio.client
import websockets.sync.client
from benchmarks.ends import LARGE, Fetch, files
from benchmarks.extras import have
from benchmarks.measure import Run, Stopwatch
from benchmarks.raw_server import HEADER

import schematic_engine.asyncio
import schematic_engine.sync
from schematic import BoundEndpoint
from schematic_definitions.elevenlabs import AudioOutput, InitializeConnection, elevenlabs
from schematic_engine.credentials import Credentials
from schematic_engine.events import Message
from schematic_engine.limits import Limits

__all__ = ["AIOHTTP", "OURS", "PICOWS", "WEBSOCKETS", "asyncio_clients", "large", "sync_clients"]

OURS = "schematic"
WEBSOCKETS = "websockets"
AIOHTTP = "aiohttp"
PICOWS = "picows"

_Decode: TypeAlias = Callable[[Any], object]
_Loops: TypeAlias = Callable[[], asyncio.AbstractEventLoop]
_Client: TypeAlias = Callable[[str, "Stream"], Awaitable[float]]


class Stream(msgspec.Struct, frozen=True):
    """What is streamed.

    Attributes:
        plan: what the server is asked to do.
        count: how many messages come.
        endpoint: what is spoken.
        first: what the client says first.
        is_text: whether the messages that come are text.
        decode: what the others do with a message.
    """

    plan: str
    count: int
    endpoint: BoundEndpoint
    first: msgspec.Struct
    is_text: bool
    decode: _Decode

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(HEADER, self.plan)]


def typed(name: str, count: int) -> Stream:
    """That many copies of a payload file of `AudioOutput`."""
    return Stream(
        plan=f"stream {name} {count}",
        count=count,
        endpoint=elevenlabs().endpoint("StreamTextToSpeech"),
        first=InitializeConnection(),
        is_text=True,
        decode=msgspec.json.Decoder(AudioOutput).decode,
    )


def large(size: int, count: int) -> Stream:
    """That many binary messages of that many bytes."""
    return Stream(
        plan=f"large {size} {count}",
        count=count,
        endpoint=files(),
        first=Fetch(),
        is_text=False,
        decode=bytes,
    )


def asyncio_clients(url: str, stream: Stream, loops: _Loops | None = None) -> dict[str, Run]:
    """Each receives the stream in an event loop."""
    clients: dict[str, _Client] = {OURS: _ours, WEBSOCKETS: _websockets}
    if have("aiohttp"):
        clients[AIOHTTP] = _aiohttp
    if have("picows"):
        clients[PICOWS] = _picows

    def run_of(client: _Client) -> Run:
        async def main() -> float:
            return await client(url, stream)

        def run() -> float:
            with asyncio.Runner(loop_factory=loops) as runner:
                return runner.run(main())

        return run

    return {name: run_of(client) for name, client in clients.items()}


def sync_clients(url: str, stream: Stream) -> dict[str, Run]:
    """Each receives the stream in this thread."""
    return {
        OURS: lambda: _ours_sync(url, stream),
        WEBSOCKETS: lambda: _websockets_sync(url, stream),
    }


async def _ours(url: str, stream: Stream) -> float:
    async with schematic_engine.asyncio.connect(
        stream.endpoint, **_ours_settings(url, stream)
    ) as connection:
        await connection.send(stream.first)
        assert isinstance(await connection.receive(), Message)
        with Stopwatch() as watch:
            for _ in range(stream.count - 1):
                assert isinstance(await connection.receive(), Message)
        return watch.seconds


def _ours_sync(url: str, stream: Stream) -> float:
    with schematic_engine.sync.connect(
        stream.endpoint, **_ours_settings(url, stream)
    ) as connection:
        connection.send(stream.first)
        assert isinstance(connection.receive(), Message)
        with Stopwatch() as watch:
            for _ in range(stream.count - 1):
                assert isinstance(connection.receive(), Message)
        return watch.seconds


def _ours_settings(url: str, stream: Stream) -> dict[str, Any]:
    return {
        "url": url,
        "params": {"voice_id": "v"} if stream.is_text else {},
        "auth": Credentials("k") if stream.is_text else None,
        "headers": stream.headers,
        "compression": False,
        "limits": Limits(max_message_size=LARGE),
    }


async def _websockets(url: str, stream: Stream) -> float:
    async with websockets.asyncio.client.connect(
        url, additional_headers=stream.headers, compression=None, max_size=LARGE
    ) as connection:
        await connection.send(msgspec.json.encode(stream.first), text=True)
        stream.decode(await connection.recv(decode=False))
        with Stopwatch() as watch:
            for _ in range(stream.count - 1):
                stream.decode(await connection.recv(decode=False))
        return watch.seconds


def _websockets_sync(url: str, stream: Stream) -> float:
    with websockets.sync.client.connect(
        url, additional_headers=stream.headers, compression=None, max_size=LARGE
    ) as connection:
        connection.send(msgspec.json.encode(stream.first), text=True)
        stream.decode(connection.recv(decode=False))
        with Stopwatch() as watch:
            for _ in range(stream.count - 1):
                stream.decode(connection.recv(decode=False))
        return watch.seconds


async def _aiohttp(url: str, stream: Stream) -> float:
    import aiohttp

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            url, headers=stream.headers, max_msg_size=LARGE, decode_text=False
        ) as connection,
    ):
        await connection.send_str(msgspec.json.encode(stream.first).decode())
        stream.decode((await connection.receive()).data)
        with Stopwatch() as watch:
            for _ in range(stream.count - 1):
                stream.decode((await connection.receive()).data)
        return watch.seconds


async def _picows(url: str, stream: Stream) -> float:
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    class Listener(WSListener):
        seen = 0
        began = 0.0

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type is WSMsgType.CLOSE:
                return
            stream.decode(frame.get_payload_as_memoryview())
            self.seen += 1
            if self.seen == 1:
                self.began = time.perf_counter()
            elif self.seen == stream.count:
                done.set_result(time.perf_counter() - self.began)

    transport, _ = await ws_connect(
        Listener, url, extra_headers=dict(stream.headers), max_frame_size=LARGE
    )
    transport.send(WSMsgType.TEXT, msgspec.json.encode(stream.first))
    took = await done
    transport.send_close()
    await transport.wait_disconnected()
    return took
