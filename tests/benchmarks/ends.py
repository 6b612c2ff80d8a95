"""Both ends of described connections, joined in memory, ready to send or to receive."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

import msgspec

from schematic import (
    BoundEndpoint,
    ConnectionLifecycle,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.elevenlabs.speech_to_text import FirstAudioChunk
from schematic_definitions.shorthand import client_says, server_says
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.limits import Limits

__all__ = [
    "LARGE",
    "Ends",
    "Fetch",
    "file_ends",
    "files",
    "joined",
    "listening_ends",
    "only",
    "speech_ends",
    "transcription_ends",
]

LARGE = 32 * 1024 * 1024
"""Bytes of one message that every peer is allowed."""

Ends: TypeAlias = tuple[Connection, Connection]
"""A client and its server."""

_LIMITS = Limits(max_message_size=LARGE)


def speech_ends() -> Ends:
    """ElevenLabs' text to speech: texts may be said to the server, audio to the client."""
    client, server = joined(_elevenlabs("StreamTextToSpeech"), {"voice_id": "v"})
    client.send("InitializeConnection")
    return _passed(client, server)


def transcription_ends() -> Ends:
    """ElevenLabs' speech to text: audio in base64 may be said to the server."""
    endpoint = _elevenlabs("SpeechToText")
    client, server = joined(endpoint, {"model_id": "scribe_v2_realtime"})
    client.send(FirstAudioChunk(audio_base_64="AAAA", sample_rate=8000))
    return _passed(client, server)


class Fetch(msgspec.Struct, frozen=True, tag="fetch"):
    """Asks for files."""


def files() -> BoundEndpoint:
    """An endpoint whose server sends binary messages once it is asked to."""
    lifecycle = ConnectionLifecycle(
        initialize=client_says(Fetch, "Asks for files."),
        server_messages=[server_says(Schema.binary(), "A file.", id="File")],
    )
    return only(lifecycle)


def file_ends() -> Ends:
    """Binary messages may be said to the client."""
    client, server = joined(compile_endpoint(files()), {})
    client.send(Fetch())
    return _passed(client, server)


def listening_ends() -> Ends:
    """Deepgram's speech to text: binary audio may be said to the server."""
    return joined(compile_endpoint(deepgram().endpoint("ListenV1")), {"model": "nova-3"})


def only(lifecycle: ConnectionLifecycle) -> BoundEndpoint:
    """An API of one endpoint."""
    endpoint = WebSocketEndpoint(id="Only", path="/", lifecycle=lifecycle)
    return WebSocketApi(name="Only", base_url="wss://example.com", endpoints=[endpoint]).endpoint()


def joined(compiled: CompiledEndpoint, params: Mapping[str, object]) -> Ends:
    """A client and a server past their handshake, without compression."""
    client = Connection.client(
        compiled, params=params, credentials=Credentials("k"), compression=False, limits=_LIMITS
    )
    server = Connection.server(compression=False, limits=_LIMITS)
    server.receive_data(client.data_to_send())
    server.accept(compiled, params=params)
    client.receive_data(server.data_to_send())
    return client, server


@cache
def _elevenlabs(endpoint: str) -> CompiledEndpoint:
    return compile_endpoint(elevenlabs().endpoint(endpoint))


def _passed(client: Connection, server: Connection) -> Ends:
    server.receive_data(client.data_to_send())
    return client, server
