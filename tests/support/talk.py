"""A small API with everything that a socket can be asked to carry, and its message types."""

from __future__ import annotations

import msgspec

from schematic import (
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["API", "TALK", "Bye", "Echo", "End", "Hello", "Say"]

UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT


class Hello(msgspec.Struct, tag_field="type", tag="hello", frozen=True):
    """Opens the conversation."""

    name: str = ""


class Say(msgspec.Struct, tag_field="type", tag="say", frozen=True):
    """Something to be echoed."""

    text: str


class Bye(msgspec.Struct, tag_field="type", tag="bye", frozen=True):
    """Ends the client's half."""


class Echo(msgspec.Struct, tag_field="type", tag="echo", frozen=True):
    """What was said, and when."""

    text: str
    number: int = 0


class End(msgspec.Struct, tag_field="type", tag="end", frozen=True):
    """Ends the server's half."""


TALK = WebSocketEndpoint(
    id="Talk",
    path="/rooms/{room}",
    connection_params=[
        ConnectionParam(name="room", param_type=ParamType.STRING),
        ConnectionParam(name="speed", param_type=ParamType.INTEGER, required=False, default=1),
    ],
    lifecycle=ConnectionLifecycle(
        initialize=MessageSchema(id="Hello", direction=UP, schema=Schema(Hello)),
        streaming_messages=[
            MessageSchema(id="Say", direction=UP, schema=Schema(Say)),
            MessageSchema(id="Upload", direction=UP, schema=Schema.binary()),
        ],
        close=MessageSchema(id="Bye", direction=UP, schema=Schema(Bye)),
        server_messages=[
            MessageSchema(id="Echo", direction=DOWN, schema=Schema(Echo)),
            MessageSchema(id="Download", direction=DOWN, schema=Schema.binary()),
            MessageSchema(id="End", direction=DOWN, schema=Schema(End), final=True),
        ],
    ),
)

API = WebSocketApi(name="Talking", base_url="ws://127.0.0.1", endpoints=[TALK])
