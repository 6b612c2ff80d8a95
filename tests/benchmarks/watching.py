"""Receiving JSON of 256 B with a connection of websockets, alone and watched by a monitor.

The connection is the library's own, of asyncio, past its handshake and without a socket: the same
reads are handed to it, and a task takes every message. The monitor keeps no conversations to be
shown, which would cost the first hundred messages of each more.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import cast

from benchmarks.measure import Run, Stopwatch
from benchmarks.receiving import open_websockets
from benchmarks.traffic import READ, cut, frame, payload
from websockets.asyncio.client import ClientConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.monitor import Monitor

__all__ = ["ALONE", "OURS", "PARSED", "receivers"]

OURS = "schematic"
ALONE = "websockets"
PARSED = "websockets + json.loads"

_ENDPOINT = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
_OPENING = '{"text": " "}'


class _Nowhere(asyncio.Transport):
    """A transport that leads nowhere."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass


def receivers(count: int) -> dict[str, Run]:
    """Each receives ``count`` times the same message of the server."""
    arriving = cut(frame(payload("audio_256.json"), is_text=True) * count, READ)
    return {
        ALONE: lambda: asyncio.run(_receive(arriving, count)),
        OURS: lambda: asyncio.run(_receive(arriving, count, watched=True)),
        PARSED: lambda: asyncio.run(_receive(arriving, count, parsed=True)),
    }


async def _receive(
    arriving: list[bytes], count: int, *, watched: bool = False, parsed: bool = False
) -> float:
    """How many seconds of the processor it takes."""
    connection = ClientConnection(open_websockets(), max_queue=None)
    connection.response = Response(101, "Switching Protocols", Headers())
    connection.connection_made(cast("asyncio.BaseTransport", _Nowhere()))
    monitor = Monitor(_ENDPOINT, transcribe=0)
    if watched:
        monitor.watch(connection, url="/v1/text-to-speech/v/stream-input")
    await connection.send(_OPENING)
    with Stopwatch(time.thread_time) as watch:
        for data in arriving:
            connection.data_received(data)
        for _ in range(count):
            said = await connection.recv()
            if parsed:
                json.loads(said)
    monitor.raise_for_findings(strict=True)
    if watched and monitor.report().traces[0].counts.messages != count + 1:
        raise AssertionError("not every message was seen")
    return watch.seconds
