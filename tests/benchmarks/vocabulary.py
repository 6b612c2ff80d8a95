"""Receiving from a server that may say 46 kinds of message, and from one that may say six.

The large vocabulary is OpenAI's realtime API, 57 kinds in both directions; the small one is what it
takes of those to hear an item of a response. Both receive the same messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from benchmarks.ends import only

from schematic import (
    BoundEndpoint,
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    Side,
)
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.openai import openai
from schematic_definitions.openai.items import Message as Item
from schematic_definitions.openai.responses import ConversationResponse, Response
from schematic_definitions.openai.server_messages import (
    AudioPart,
    ResponseContentPartAdded,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    SessionCreated,
)
from schematic_definitions.openai.session import RealtimeSession
from schematic_definitions.shorthand import server_says
from schematic_engine.events import Message
from schematic_engine.session import Session

__all__ = ["MESSAGES", "REFERENCE", "receivers"]

REFERENCE = "6 kinds"
MESSAGES = 32
"""How many messages a response takes."""

_PIECES = MESSAGES - 5
_AUDIO = "AAAA" * 300


def receivers(responses: int) -> dict[str, Callable[[], None]]:
    """Each hears that many responses of 27 pieces of audio, 32 messages in all."""
    conversation = [said for number in range(responses) for said in _response(f"resp_{number}")]
    greeting = SessionCreated(event_id="event_0", session=RealtimeSession())
    greeted = [msgspec.json.encode(greeting), *conversation]
    few, many = compile_endpoint(_few()), compile_endpoint(openai().endpoint("Realtime"))
    return {
        REFERENCE: lambda: _hear(few, conversation),
        "57 kinds: OpenAI realtime": lambda: _hear(many, greeted),
    }


def _response(name: str) -> list[bytes]:
    """What is said of one response, as it travels."""
    item = Item(id="item_1", role="assistant", content=())
    of = {"event_id": "event_1", "response_id": name}
    begun = ConversationResponse(id=name, conversation_id="conv_1")
    over = Response(id=name, conversation_id="conv_1")
    place: dict[str, Any] = {**of, "item_id": "item_1", "output_index": 0, "content_index": 0}
    said = [
        ResponseCreated(event_id="event_1", response=begun),
        ResponseOutputItemAdded(**of, output_index=0, item=item),
        ResponseContentPartAdded(**place, part=AudioPart()),
        *[ResponseOutputAudioDelta(**place, delta=_AUDIO)] * _PIECES,
        ResponseOutputItemDone(**of, output_index=0, item=item),
        ResponseDone(event_id="event_1", response=over),
    ]
    return [msgspec.json.encode(one) for one in said]


def _hear(endpoint: CompiledEndpoint, conversation: list[bytes]) -> None:
    session = Session(endpoint, Side.CLIENT)
    for said in conversation:
        event = session.receive(said, is_text=True)
        if not isinstance(event, Message):
            raise AssertionError(f"{event} instead of a message")


def _few() -> BoundEndpoint:
    item = Channel(
        id="Item",
        key=ChannelKey(server="item_id"),
        lifecycle=ConnectionLifecycle(
            initialize=server_says(ResponseOutputItemAdded, "", key="item.id"),
            server_messages=[
                server_says(ResponseContentPartAdded, ""),
                server_says(ResponseOutputAudioDelta, ""),
                server_says(ResponseOutputItemDone, "", key="item.id", final=True),
            ],
        ),
    )
    response = Channel(
        id="Response",
        key=ChannelKey(server="response_id"),
        lifecycle=ConnectionLifecycle(
            initialize=server_says(ResponseCreated, "", key="response.id"),
            server_messages=[server_says(ResponseDone, "", key="response.id", final=True)],
            channels=[item],
        ),
    )
    return only(ConnectionLifecycle(channels=[response]))
