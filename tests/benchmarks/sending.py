"""Sending typed messages without any I/O, each written at once, as a server and as a client.

- `Connection` also judges the order, and checks that the message is what it says it is and that
  the peer will recognise it. As a client it is measured with and without the extra `masker`.
- websockets is its sans-IO layer, with its compiled masker.
- wsproto is given text, as it wants it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from unittest import mock

import msgspec
from benchmarks.ends import Ends, file_ends, listening_ends, speech_ends, transcription_ends
from benchmarks.measure import Run, timed
from benchmarks.traffic import frame, payload
from websockets.protocol import Protocol, State
from websockets.protocol import Side as WebsocketsSide
from wsproto.connection import Connection as WsprotoConnection
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, TextMessage

from schematic import Side
from schematic_definitions.elevenlabs import AudioOutput, SendText
from schematic_definitions.elevenlabs.speech_to_text import AudioChunk
from schematic_engine.connection import Connection
from schematic_engine.masking import masker

__all__ = ["MASKER", "OURS", "WEBSOCKETS", "WSPROTO", "binary", "typed"]

OURS = "schematic"
MASKER = "schematic with the masker"
WEBSOCKETS = "websockets sans-IO + msgspec"
WSPROTO = "wsproto + msgspec"

_BODIES: dict[str, tuple[type, Callable[[], Ends]]] = {
    "audio": (AudioOutput, speech_ends),
    "text": (SendText, speech_ends),
    "chunk": (AudioChunk, transcription_ends),
}


def typed(name: str, count: int) -> dict[str, Run]:
    """Each sends ``count`` times the message of a payload file, in the role that says it."""
    kind, ends = _BODIES[name.partition("_")[0]]
    side = Side.SERVER if kind is AudioOutput else Side.CLIENT
    message: object = msgspec.json.decode(payload(name), type=kind)
    encode = msgspec.json.Encoder().encode
    assert encode(message) == payload(name)
    length = _length(name, side)

    def ours(connection: Connection) -> int:
        size = 0
        for _ in range(count):
            connection.send(message)
            size += len(connection.data_to_send())
        return size // length

    def websockets(peer: Protocol) -> int:
        size = 0
        for _ in range(count):
            peer.send_text(encode(message))
            size += sum(map(len, peer.data_to_send()))
        return size // length

    def wsproto(peer: WsprotoConnection) -> int:
        size = 0
        for _ in range(count):
            size += len(peer.send(TextMessage(encode(message).decode())))
        return size // length

    return {
        **_ours(side, ends, ours, count),
        WEBSOCKETS: timed(lambda: _websockets(side), websockets, count),
        WSPROTO: timed(lambda: _wsproto(side), wsproto, count),
    }


def binary(name: str, side: Side, count: int) -> dict[str, Run]:
    """Each sends ``count`` times the content of a binary payload file."""
    content, length = payload(name), _length(name, side)
    kind, ends = ("File", file_ends) if side is Side.SERVER else ("Media", listening_ends)

    def ours(connection: Connection) -> int:
        size = 0
        for _ in range(count):
            connection.send(kind, content)
            size += len(connection.data_to_send())
        return size // length

    def websockets(peer: Protocol) -> int:
        size = 0
        for _ in range(count):
            peer.send_binary(content)
            size += sum(map(len, peer.data_to_send()))
        return size // length

    def wsproto(peer: WsprotoConnection) -> int:
        size = 0
        for _ in range(count):
            size += len(peer.send(BytesMessage(content)))
        return size // length

    return {
        **_ours(side, ends, ours, count),
        WEBSOCKETS: timed(lambda: _websockets(side), websockets, count),
        WSPROTO: timed(lambda: _wsproto(side), wsproto, count),
    }


def _ours(
    side: Side, ends: Callable[[], Ends], work: Callable[[Connection], int], count: int
) -> dict[str, Run]:
    """Our rows: a client's with what masks in pure Python, and with compiled code."""

    def prepared(speedups: dict[str, None]) -> Connection:
        masker.cache_clear()
        with mock.patch.dict(sys.modules, speedups):
            masker()
        return ends()[side is Side.SERVER]

    pure = timed(lambda: prepared({"websockets.speedups": None}), work, count)
    compiled = timed(lambda: prepared({}), work, count)
    return {OURS: pure, MASKER: compiled} if side is Side.CLIENT else {OURS: compiled}


def _websockets(side: Side) -> Protocol:
    return Protocol(WebsocketsSide[side.name], state=State.OPEN)


def _wsproto(side: Side) -> WsprotoConnection:
    return WsprotoConnection(ConnectionType[side.name])


def _length(name: str, side: Side) -> int:
    """Bytes of one frame; what is written in a run, divided by it, is how many were written."""
    return len(frame(payload(name), is_text=True)) + (4 if side is Side.CLIENT else 0)
