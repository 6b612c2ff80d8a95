"""Receiving typed messages without any I/O, as a client, in reads of 64 KiB.

Every peer is given the same reads and hands over every message as an object of the same shape.

- `Connection` also judges the order, recognises which of three messages each is, bounds its size
  and keeps its payload.
- websockets is its sans-IO layer: frames, fragments joined by nobody, UTF-8 checked by nobody.
- wsproto hands over text in pieces, which the peer joins; no size is bounded.
- aiohttp is its reader, which is compiled, and the queue that it fills; neither is documented for
  use alone. The queue never pauses here; UTF-8 is checked by nobody, as with
  ``decode_text=False``.
- pydantic is how vendors' SDKs do it: text to plain values to a union of models. The union is
  prepared once, which is kinder than what those SDKs do for each message.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import msgspec
from benchmarks.ends import LARGE, file_ends, speech_ends
from benchmarks.extras import have
from benchmarks.measure import Run, timed
from benchmarks.traffic import READ, content_of, cut, frame
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri
from wsproto.connection import Connection as WsprotoConnection
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, TextMessage

from schematic_definitions.elevenlabs import AudioOutput
from schematic_engine.connection import Connection
from schematic_engine.events import Message

__all__ = [
    "AIOHTTP",
    "ALONE",
    "OURS",
    "PURE",
    "PYDANTIC",
    "WEBSOCKETS",
    "WSPROTO",
    "binary",
    "open_websockets",
    "open_wsproto",
    "typed",
]

OURS = "schematic"
ALONE = "the typed decode alone"
WEBSOCKETS = "websockets sans-IO + msgspec"
WSPROTO = "wsproto + msgspec"
AIOHTTP = "aiohttp's reader + msgspec"
PYDANTIC = "websockets sans-IO + pydantic"
PURE = ("websockets sans-IO", "wsproto")

_Decode = Callable[[Any], object]


def typed(content: bytes, count: int, read: int = READ) -> dict[str, Run]:
    """Each receives ``count`` times the same `AudioOutput`.

    Args:
        content: the message.
        count: how often it comes.
        read: bytes of one read.
    """
    one = frame(content, is_text=True)
    arriving = cut(one * count, read)
    decode = msgspec.json.Decoder(AudioOutput).decode
    peers = {
        OURS: timed(speech_ends, lambda ends: _ours(ends[0], arriving), count),
        ALONE: timed(int, lambda _: len([decode(content) for _ in range(count)]), count),
        WEBSOCKETS: timed(open_websockets, lambda p: _websockets(p, arriving, decode), count),
        WSPROTO: timed(open_wsproto, lambda peer: _wsproto(peer, arriving, decode), count),
    }
    if have("aiohttp"):
        peers[AIOHTTP] = _aiohttp(arriving, len(one), count, decode)
    if have("pydantic"):
        validate = _validator()
        peers[PYDANTIC] = timed(
            open_websockets, lambda p: _websockets(p, arriving, validate), count
        )
    return peers


def binary(size: int, count: int) -> dict[str, Run]:
    """Each receives ``count`` binary messages of ``size`` bytes."""
    arriving = cut(frame(content_of(size), is_text=False) * count, READ)
    return {
        OURS: timed(file_ends, lambda ends: _ours(ends[0], arriving), count),
        PURE[0]: timed(open_websockets, lambda peer: _websockets(peer, arriving, bytes), count),
        PURE[1]: timed(open_wsproto, lambda peer: _wsproto_binary(peer, arriving), count),
    }


def open_websockets() -> ClientProtocol:
    """The sans-IO layer of websockets, past its handshake."""
    return ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=LARGE, state=State.OPEN)


def open_wsproto() -> WsprotoConnection:
    """wsproto, past its handshake."""
    return WsprotoConnection(ConnectionType.CLIENT)


def _ours(client: Connection, arriving: list[bytes]) -> int:
    seen = 0
    for data in arriving:
        for event in client.receive_data(data):
            assert isinstance(event, Message), event
            seen += 1
    return seen


def _websockets(peer: ClientProtocol, arriving: list[bytes], decode: _Decode) -> int:
    seen = 0
    for data in arriving:
        peer.receive_data(data)
        for received in peer.events_received():
            assert isinstance(received, Frame)
            decode(received.data)
            seen += 1
    return seen


def _wsproto(peer: WsprotoConnection, arriving: list[bytes], decode: _Decode) -> int:
    parts: list[str] = []
    seen = 0
    for data in arriving:
        peer.receive_data(data)
        for event in peer.events():
            assert isinstance(event, TextMessage)
            parts.append(event.data)
            if event.message_finished:
                decode("".join(parts))
                parts.clear()
                seen += 1
    return seen


def _wsproto_binary(peer: WsprotoConnection, arriving: list[bytes]) -> int:
    parts: list[bytes | bytearray] = []
    seen = 0
    for data in arriving:
        peer.receive_data(data)
        for event in peer.events():
            assert isinstance(event, BytesMessage)
            parts.append(event.data)
            if event.message_finished:
                b"".join(parts)
                parts.clear()
                seen += 1
    return seen


def _aiohttp(arriving: list[bytes], size: int, count: int, decode: _Decode) -> Run:
    """Its reader and its queue.

    Args:
        arriving: the reads.
        size: bytes of one frame, from which follows how many messages a read completes.
        count: how many messages there are.
        decode: what to do with each.
    """
    from aiohttp._websocket.reader import WebSocketDataQueue
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http import WebSocketReader

    ends = list(accumulate(map(len, arriving)))
    completed = [end // size - begin // size for begin, end in pairwise([0, *ends])]
    loop = asyncio.new_event_loop()
    loop.close()  # it is never needed: nothing ever waits

    def open_reader() -> tuple[WebSocketDataQueue, WebSocketReader]:
        queue = WebSocketDataQueue(BaseProtocol(loop), LARGE, loop=loop)
        return queue, WebSocketReader(queue, LARGE, compress=False, decode_text=False)

    def receive(opened: tuple[WebSocketDataQueue, WebSocketReader]) -> int:
        queue, reader = opened
        seen = 0
        for data, messages in zip(arriving, completed, strict=True):
            reader.feed_data(data)
            for _ in range(messages):
                try:
                    queue.read().send(None)
                except StopIteration as received:
                    decode(received.value.data)
                    seen += 1
        return seen

    return timed(open_reader, receive, count)


def _validator() -> _Decode:
    """Bytes to one of three models, as generated SDKs have them."""
    from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

    class Model(BaseModel):
        model_config = ConfigDict(extra="allow", frozen=True)

    class Alignment(Model):
        chars: list[str] | None = None
        char_start_times_ms: list[int] | None = Field(default=None, alias="charStartTimesMs")
        char_durations_ms: list[int] | None = Field(default=None, alias="charDurationsMs")

    class Audio(Model):
        audio: str
        normalized_alignment: Alignment | None = Field(default=None, alias="normalizedAlignment")
        alignment: Alignment | None = None

    class Final(Model):
        is_final: bool = Field(alias="isFinal")

    class Failure(Model):
        message: str
        error: str
        code: int

    validate = TypeAdapter[Any](Audio | Final | Failure).validate_python
    return lambda data: validate(json.loads(bytes(data).decode()))
