"""A small API for tests of adapters: what the client says, the server has heard."""

from __future__ import annotations

from msgspec import Struct

from schematic import (
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["TALK", "Bye", "Farewell", "Heard", "Hello", "Say"]


class Hello(Struct, frozen=True, tag_field="type", tag="hello"):
    name: str = "you"


class Say(Struct, frozen=True, tag_field="type", tag="say"):
    text: str


class Bye(Struct, frozen=True, tag_field="type", tag="bye"):
    pass


class Heard(Struct, frozen=True, tag_field="type", tag="heard"):
    text: str


class Farewell(Struct, frozen=True, tag_field="type", tag="farewell"):
    pass


def _message(body: type[Struct], direction: MessageDirection, final: bool = False) -> MessageSchema:
    return MessageSchema(id=body.__name__, direction=direction, schema=Schema(body), final=final)


TALK = WebSocketApi(
    name="Echo",
    base_url="wss://echo.example",
    auth=AuthStrategy.api_key(header="x-key"),
    env_auth="ECHO_KEY",
    endpoints=(
        WebSocketEndpoint(
            id="Talk",
            path="/talk/{room}",
            connection_params=(
                ConnectionParam(name="room", param_type=ParamType.STRING, default="hall"),
            ),
            lifecycle=ConnectionLifecycle(
                initialize=_message(Hello, MessageDirection.CLIENT_TO_SERVER),
                streaming_messages=(_message(Say, MessageDirection.CLIENT_TO_SERVER),),
                close=_message(Bye, MessageDirection.CLIENT_TO_SERVER),
                server_messages=(
                    _message(Heard, MessageDirection.SERVER_TO_CLIENT),
                    _message(Farewell, MessageDirection.SERVER_TO_CLIENT, final=True),
                ),
            ),
        ),
    ),
).endpoint()
"""``Hello``, then any number of ``Say`` and ``Heard``, ended by ``Bye`` and by ``Farewell``."""
