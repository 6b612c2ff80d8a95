"""How the longer definitions are written down: one line for a message, one for a parameter.

Nothing here does more than its longer form in `schematic` would. Services whose messages carry
their name in ``type`` have one body type for each message, so the type's name is the message's id.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

from msgspec import Struct, UnsetType

from schematic import ConnectionParam, MessageDirection, MessageSchema, ParamType, Schema

__all__ = ["Maybe", "Tagged", "client_says", "optional", "required", "server_says"]

T = TypeVar("T")

Maybe: TypeAlias = T | UnsetType | None
"""A field that may be absent, or null, which are kept apart."""


class Tagged(Struct, frozen=True, tag_field="type", tag=True):
    """A message that carries its class's name in ``type``."""


def client_says(body: type | Schema, description: str, **more: Any) -> MessageSchema:
    """A message of the client's; ``more`` is what else `MessageSchema` takes."""
    return _said(MessageDirection.CLIENT_TO_SERVER, body, description, more)


def server_says(body: type | Schema, description: str, **more: Any) -> MessageSchema:
    """A message of the server's; ``more`` is what else `MessageSchema` takes."""
    return _said(MessageDirection.SERVER_TO_CLIENT, body, description, more)


def _said(
    direction: MessageDirection, body: type | Schema, description: str, more: dict[str, Any]
) -> MessageSchema:
    schema = body if isinstance(body, Schema) else Schema(body)
    return MessageSchema(
        **{"id": schema.name, **more}, description=description, direction=direction, schema=schema
    )


def required(name: str, param_type: ParamType, **more: Any) -> ConnectionParam:
    """A parameter without which a request is wrong."""
    return ConnectionParam(name=name, param_type=param_type, required=True, **more)


def optional(name: str, param_type: ParamType, default: Any = None, **more: Any) -> ConnectionParam:
    """A parameter that may be left out; ``default`` is what the server assumes then."""
    return ConnectionParam(
        name=name, param_type=param_type, required=False, default=default, **more
    )
