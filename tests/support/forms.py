"""An API whose audio is binary or JSON, as the parameter ``form`` of a connection says."""

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

__all__ = ["API", "Audio", "Chunk", "Close"]


class Audio(msgspec.Struct, frozen=True, tag_field="type", tag="audio"):
    """Audio, in base64."""

    data: str = "QQ=="


class Chunk(msgspec.Struct, frozen=True, tag_field="type", tag="audio"):
    """The same kind of JSON as `Audio`, in another wrapping: nothing tells the two apart."""

    data: str = "QQ=="


class Close(msgspec.Struct, frozen=True, tag_field="type", tag="close"):
    """The client is done."""


_UP, _DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT

API = WebSocketApi(
    name="Forms",
    base_url="ws://127.0.0.1/v1",
    endpoints=[
        WebSocketEndpoint(
            id="Talk",
            path="/talk",
            connection_params=[
                ConnectionParam(
                    name="form",
                    param_type=ParamType.STRING,
                    choices=["binary", "json", "chunks"],
                    default="binary",
                )
            ],
            lifecycle=ConnectionLifecycle(
                streaming_messages=[
                    MessageSchema(
                        id="Upload",
                        direction=_UP,
                        schema=Schema.binary(),
                        when={"form": "binary"},
                    ),
                    MessageSchema(
                        id="Audio", direction=_UP, schema=Schema(Audio), when={"form": "json"}
                    ),
                    MessageSchema(
                        id="Chunk", direction=_UP, schema=Schema(Chunk), when={"form": "chunks"}
                    ),
                ],
                close=MessageSchema(id="Close", direction=_UP, schema=Schema(Close)),
                server_messages=[
                    MessageSchema(
                        id="Sound",
                        direction=_DOWN,
                        schema=Schema.binary(),
                        when={"form": "binary"},
                    ),
                    MessageSchema(
                        id="Wrapped",
                        direction=_DOWN,
                        schema=Schema(Audio),
                        when={"form": ("json", "chunks")},
                    ),
                ],
            ),
        )
    ],
)
