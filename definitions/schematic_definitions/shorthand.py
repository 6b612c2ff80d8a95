"""How the longer definitions are written down: one line for a message, one for a parameter.

Nothing here does more than its longer form in `schematic` would. Services whose messages carry
their name in ``type`` have one body type for each message, so the type's name is the message's id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias, TypedDict, TypeVar, Unpack

from msgspec import Struct, UnsetType

from schematic import (
    AutoReply,
    CloseNotice,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
)
from schematic.define import ConditionLike, ListStyle, ParamLocation, ParamValue, SingleValue

__all__ = [
    "Marks",
    "Maybe",
    "ParamMarks",
    "Tagged",
    "both_say",
    "client_says",
    "optional",
    "required",
    "server_says",
    "several",
    "snake_case",
]

T = TypeVar("T")

Maybe: TypeAlias = T | UnsetType | None
"""A field that may be absent, or null, which are kept apart."""


class Tagged(Struct, frozen=True, tag_field="type", tag=True):
    """A message that carries its class's name in ``type``."""


def snake_case(name: str) -> str:
    """The name of a class as it is written on the wire: ``AgentResponse`` as ``agent_response``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Marks(TypedDict, total=False):
    """What else there may be to say of a message, as `MessageSchema` takes it."""

    repeatable: bool
    final: bool
    ambient: bool
    after_end: bool
    after: str | Sequence[str]
    until: str | Sequence[str]
    key: str | None
    outer_key: str | None
    answers: str | Sequence[str]
    to_all: bool
    ends_both: bool
    when: ConditionLike
    replies: AutoReply | None
    closes: CloseNotice | None


class ParamMarks(TypedDict, total=False):
    """What else there may be to say of a parameter, as `ConnectionParam` takes it."""

    description: str
    location: ParamLocation | None
    choices: Sequence[SingleValue]
    many: ListStyle | Sequence[ListStyle]
    brackets: bool
    words: tuple[str, str]
    minimum: float | None
    maximum: float | None
    min_items: int
    max_items: int | None


def client_says(
    body: type | Schema,
    description: str,
    *,
    id: str | None = None,  # noqa: A002  # the name of the field
    **marks: Unpack[Marks],
) -> MessageSchema:
    """A message of the client's, called like its body unless ``id`` says otherwise."""
    return _said(MessageDirection.CLIENT_TO_SERVER, body, description, id, marks)


def server_says(
    body: type | Schema,
    description: str,
    *,
    id: str | None = None,  # noqa: A002  # the name of the field
    **marks: Unpack[Marks],
) -> MessageSchema:
    """A message of the server's, called like its body unless ``id`` says otherwise."""
    return _said(MessageDirection.SERVER_TO_CLIENT, body, description, id, marks)


def both_say(
    body: type | Schema,
    description: str,
    *,
    id: str | None = None,  # noqa: A002  # the name of the field
    **marks: Unpack[Marks],
) -> MessageSchema:
    """A message that either side may say, called like its body unless ``id`` says otherwise."""
    return _said(MessageDirection.BIDIRECTIONAL, body, description, id, marks)


def _said(
    direction: MessageDirection,
    body: type | Schema,
    description: str,
    name: str | None,
    marks: Marks,
) -> MessageSchema:
    schema = body if isinstance(body, Schema) else Schema(body)
    return MessageSchema(
        id=name or schema.name,
        description=description,
        direction=direction,
        schema=schema,
        **marks,
    )


def required(name: str, param_type: ParamType, **marks: Unpack[ParamMarks]) -> ConnectionParam:
    """A parameter without which a request is wrong."""
    return ConnectionParam(name=name, param_type=param_type, required=True, **marks)


def optional(
    name: str,
    param_type: ParamType,
    default: ParamValue | None = None,
    **marks: Unpack[ParamMarks],
) -> ConnectionParam:
    """A parameter that may be left out; ``default`` is what the server assumes then."""
    return ConnectionParam(name=name, param_type=param_type, default=default, **marks)


def several(name: str, description: str = "") -> ConnectionParam:
    """A parameter that may be given several texts, as repeated keys."""
    return optional(name, ParamType.STRING, many=ListStyle.REPEATED, description=description)
