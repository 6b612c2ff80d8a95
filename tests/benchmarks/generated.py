"""What a generated client costs beside the plain engine, for each message, without any I/O.

Both rows work on the same kind of connection, which is the engine's `Connection` with the methods
of an adapter around it; so they differ in what the generated class adds, and in nothing else. Each
makes every message that is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.ends import Ends, joined
from benchmarks.measure import Run, timed
from benchmarks.traffic import frame, payload
from msgspec import UNSET

from schematic_definitions.elevenlabs_ws.stream_text_to_speech import (
    AudioOutput,
    ElevenLabsWs,
    InitializeConnection,
    SendText,
    SyncElevenLabsWs,
)
from schematic_engine.connection import Connection

__all__ = ["GENERATED", "OURS", "receiving", "receiving_blocking", "sending", "sending_blocking"]

OURS = "schematic"
GENERATED = "a generated client"

_TEXT = "Order is half of life, they say. " * 2
_AUDIO = frame(payload("audio_256.json"), is_text=True)


class _Blocking:
    """What stands for an adapter's connection with blocking calls."""

    def __init__(self, core: Connection) -> None:
        self.core = core

    def send(self, message: object, body: object = UNSET) -> None:
        self.core.send(message, body)
        self.core.data_to_send()

    def receive(self, timeout: float | None = None) -> Any:
        return self.core.receive_data(_AUDIO)[0]


class _OnALoop:
    """The same for asyncio."""

    def __init__(self, core: Connection) -> None:
        self.core = core

    async def send(self, message: object, body: object = UNSET) -> None:
        self.core.send(message, body)
        self.core.data_to_send()

    async def receive(self, timeout: float | None = None) -> Any:
        return self.core.receive_data(_AUDIO)[0]


def sending_blocking(count: int) -> dict[str, Run]:
    """Each says ``count`` texts."""

    def plain(connection: Any) -> int:
        for _ in range(count):
            connection.send(SendText(_TEXT))
        return count

    def generated(client: SyncElevenLabsWs) -> int:
        for _ in range(count):
            client.send_text(_TEXT)
        return count

    return _both(_Blocking, SyncElevenLabsWs, plain, generated, count)


def receiving_blocking(count: int) -> dict[str, Run]:
    """Each hears ``count`` pieces of audio."""

    def plain(connection: Any) -> int:
        return sum(type(connection.receive().body) is AudioOutput for _ in range(count))

    def generated(client: SyncElevenLabsWs) -> int:
        return sum(type(client.receive()) is AudioOutput for _ in range(count))

    return _both(_Blocking, SyncElevenLabsWs, plain, generated, count)


def sending(count: int) -> dict[str, Run]:
    """Each says ``count`` texts, on asyncio."""

    async def plain(connection: Any) -> int:
        for _ in range(count):
            await connection.send(SendText(_TEXT))
        return count

    async def generated(client: ElevenLabsWs) -> int:
        for _ in range(count):
            await client.send_text(_TEXT)
        return count

    return _both(_OnALoop, ElevenLabsWs, _run(plain), _run(generated), count)


def receiving(count: int) -> dict[str, Run]:
    """Each hears ``count`` pieces of audio, on asyncio."""

    async def plain(connection: Any) -> int:
        found = 0
        for _ in range(count):
            found += type((await connection.receive()).body) is AudioOutput
        return found

    async def generated(client: ElevenLabsWs) -> int:
        found = 0
        for _ in range(count):
            found += type(await client.receive()) is AudioOutput
        return found

    return _both(_OnALoop, ElevenLabsWs, _run(plain), _run(generated), count)


def _run(talk: Callable[[Any], Coroutine[Any, Any, int]]) -> Callable[[Any], int]:
    return lambda prepared: asyncio.run(talk(prepared))


def _both(
    stands_for: Callable[[Connection], Any],
    client: Callable[[Any], Any],
    plain: Callable[[Any], int],
    generated: Callable[[Any], int],
    count: int,
) -> dict[str, Run]:
    return {
        OURS: timed(lambda: stands_for(_ends()[0]), plain, count),
        GENERATED: timed(lambda: client(stands_for(_ends()[0])), generated, count),
    }


def _ends() -> Ends:
    client, server = joined(ElevenLabsWs.endpoint.compiled, {"voice_id": "v"})
    client.send(InitializeConnection())
    server.receive_data(client.data_to_send())
    return client, server
