"""Small APIs, each of which tells its messages apart in another way."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    BoundEndpoint,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)

TO_SERVER = MessageDirection.CLIENT_TO_SERVER
TO_CLIENT = MessageDirection.SERVER_TO_CLIENT


def kind(
    direction: MessageDirection, body: Any, message_id: str | None = None, **flags: Any
) -> MessageSchema:
    """A message with a body of type ``body`` (or a `Schema`), named after it."""
    schema = body if isinstance(body, Schema) else Schema(body)
    return MessageSchema(id=message_id or schema.name, direction=direction, schema=schema, **flags)


def one_endpoint(name: str, **lifecycle: Any) -> BoundEndpoint:
    """An API with a single endpoint."""
    endpoint = WebSocketEndpoint(
        id="Talk", path="/talk", lifecycle=ConnectionLifecycle(**lifecycle)
    )
    return WebSocketApi(name=name, base_url="wss://example.com", endpoints=[endpoint]).endpoint()


# ------------------------------------------------------- untagged: by literal, presence and null


class Initialize(Struct):
    text: Literal[" "] = " "
    voice_settings: dict[str, float] | UnsetType | None = UNSET


class KeepAlive(Struct):
    text: Literal[" "] = " "


class SendText(Struct):
    text: str
    flush: bool | UnsetType = UNSET


class CloseConnection(Struct):
    text: Literal[""] = ""


class AudioOutput(Struct, rename={"is_final": "isFinal"}):
    audio: str
    is_final: None = None
    alignment: dict[str, Any] | UnsetType | None = UNSET


class FinalOutput(Struct, rename={"is_final": "isFinal"}):
    is_final: bool
    audio: None = None


class Error(Struct):
    message: str
    error: str
    code: int


SPEECH = one_endpoint(
    "Speech",
    initialize=kind(TO_SERVER, Initialize),
    streaming_messages=[kind(TO_SERVER, SendText), kind(TO_SERVER, KeepAlive)],
    close=kind(TO_SERVER, CloseConnection),
    server_messages=[
        kind(TO_CLIENT, AudioOutput),
        kind(TO_CLIENT, FinalOutput, final=True),
        kind(TO_CLIENT, Error, ambient=True),
    ],
)
"""Text in, audio out, no tag anywhere; the first message and the keep-alive look the same."""


# ---------------------------------------------------------------------------------------- tagged


class Ask(Struct, tag_field="type", tag="ask"):
    question: str


class Stop(Struct, tag_field="type", tag="stop"):
    pass


class Answer(Struct, tag_field="type", tag="answer"):
    text: str
    score: float | UnsetType | None = UNSET


class Done(Struct, tag_field="type", tag="done"):
    pass


TAGGED = one_endpoint(
    "Tagged",
    streaming_messages=[kind(TO_SERVER, Ask)],
    close=kind(TO_SERVER, Stop),
    server_messages=[
        kind(TO_CLIENT, Answer),
        kind(TO_CLIENT, Done, final=True),
    ],
)
"""Every message has a field ``type`` that names it."""


# --------------------------------------------------------------- words in text frames, and binary


class Transcript(Struct):
    transcript: str


LISTEN = one_endpoint(
    "Listen",
    streaming_messages=[
        kind(TO_SERVER, Schema.binary(), "Audio"),
        kind(TO_SERVER, Schema.text("PING"), "Ping"),
        kind(TO_SERVER, Schema.text("fast", "slow"), "Speed"),
    ],
    close=kind(TO_SERVER, Schema.text("EOS"), "EndOfStream"),
    server_messages=[
        kind(TO_CLIENT, Transcript),
        kind(TO_CLIENT, Schema.text("PONG"), "Pong"),
        kind(TO_CLIENT, Schema.text(), "Remark"),
        kind(TO_CLIENT, Schema.binary(), "Echo"),
    ],
)
"""Audio in binary frames, bare words beside it, and text of any content."""


# ------------------------------------------------------------------------------------ name only

NAMES = one_endpoint(
    "Names",
    initialize=kind(TO_SERVER, "Begin"),
    streaming_messages=[kind(TO_SERVER, "Say")],
    close=kind(TO_SERVER, "End"),
    server_messages=[kind(TO_CLIENT, "Audio"), kind(TO_CLIENT, "Words")],
)
"""Bare names: any JSON object, so the server's two messages cannot be told apart."""
