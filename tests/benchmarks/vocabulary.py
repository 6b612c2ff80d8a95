"""Receiving from a server that may say 46 kinds of message, and from one that may say three.

The large vocabulary is OpenAI's realtime API, 57 kinds in both directions; the small one is what it
takes of those to hear a response. Both receive the same messages.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from schematic import (
    BoundEndpoint,
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.openai import openai
from schematic_definitions.openai.responses import Response
from schematic_definitions.openai.server_messages import (
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    SessionCreated,
)
from schematic_definitions.openai.session import RealtimeSession
from schematic_engine.events import Message
from schematic_engine.session import Session

__all__ = ["MESSAGES", "REFERENCE", "receivers"]

REFERENCE = "3 kinds"
MESSAGES = 32
"""How many messages a response takes."""

_AUDIO = "AAAA" * 300


def receivers(responses: int) -> dict[str, Callable[[], None]]:
    """Each hears that many responses of 30 pieces of audio, 32 messages in all."""
    conversation = [said for number in range(responses) for said in _response(f"resp_{number}")]
    greeting = SessionCreated(event_id="event_0", session=RealtimeSession())
    greeted = [msgspec.json.encode(greeting), *conversation]
    few, many = compile_endpoint(_three()), compile_endpoint(openai().endpoint("Realtime"))
    return {
        REFERENCE: lambda: _hear(few, conversation),
        "57 kinds: OpenAI realtime": lambda: _hear(many, greeted),
    }


def _response(name: str) -> list[bytes]:
    """What is said of one response, as it travels."""
    response = Response(id=name, conversation_id="conv_1")
    piece = ResponseOutputAudioDelta(
        event_id="event_1",
        response_id=name,
        item_id="item_1",
        output_index=0,
        content_index=0,
        delta=_AUDIO,
    )
    encode = msgspec.json.encode
    return [
        encode(ResponseCreated(event_id="event_1", response=response)),
        *[encode(piece)] * (MESSAGES - 2),
        encode(ResponseDone(event_id="event_1", response=response)),
    ]


def _hear(endpoint: CompiledEndpoint, conversation: list[bytes]) -> None:
    session = Session(endpoint, Side.CLIENT)
    for said in conversation:
        event = session.receive(said, is_text=True)
        if not isinstance(event, Message):
            raise AssertionError(f"{event} instead of a message")


def _three() -> BoundEndpoint:
    def says(body: type, key: str | None = None, *, last: bool = False) -> MessageSchema:
        direction = MessageDirection.SERVER_TO_CLIENT
        return MessageSchema(
            id=body.__name__, direction=direction, schema=Schema(body), key=key, ends_both=last
        )

    lifecycle = ConnectionLifecycle(
        initialize=says(ResponseCreated, "response.id"),
        server_messages=[
            says(ResponseOutputAudioDelta),
            says(ResponseDone, "response.id", last=True),
        ],
    )
    channel = Channel(
        id="Response",
        key=ChannelKey(client="response_id", server="response_id"),
        lifecycle=lifecycle,
    )
    endpoint = WebSocketEndpoint(
        id="Three", path="/", lifecycle=ConnectionLifecycle(channels=[channel])
    )
    return WebSocketApi(name="Three", base_url="wss://example.com", endpoints=[endpoint]).endpoint()
