"""The reference of the keys of descriptions in plain data, made from the definition types."""

from __future__ import annotations

import re
import types as kinds
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, EnumMeta
from typing import Any, Literal, Union, cast, get_args, get_origin

from schematic.compile.reference.objects import about
from schematic.define import (
    AutoReply,
    Channel,
    ChannelKey,
    CloseCode,
    CloseNotice,
    Closing,
    Condition,
    ConditionLike,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    MessageSchema,
    OnBreach,
    OpeningStep,
    Refusal,
    Schema,
    Timer,
    WebSocketEndpoint,
)
from schematic.interchange.fields import REQUIRED, Field, fields_of, is_definition

__all__ = ["keys_page"]

_TITLES: Mapping[type, str] = {
    WebSocketEndpoint: "The endpoint",
    ConnectionParam: "A parameter",
    Constraint: "A rule across parameters",
    ConnectionLifecycle: "A lifecycle",
    MessageSchema: "A message",
    AutoReply: "An automatic reply",
    CloseNotice: "A notice of the close",
    OpeningStep: "A step of the opening",
    Channel: "A channel",
    ChannelKey: "The key of a channel",
    Refusal: "A refusal",
    Timer: "A timer",
    Closing: "The closing",
    CloseCode: "A close code",
    OnBreach: "An answer to a breach",
}
"""The types that have a table, in the order of the page."""

_HEAD = ("| key | value | meaning |", "|---|---|---|")
_JSON = {"None": "null", "True": "true", "False": "false"}
_PYTHON = re.compile(r"\b(?:None|True|False)\b")

_KINDS: Mapping[object, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    object: "value of a body",
    Any: "JSON",
    Schema: "body",
    Condition: "condition",
    ConditionLike: "condition",
    MessageSchema: "id of a message",
}


def keys_page() -> str:
    """A table for each type: the keys, what they hold, and what they mean. Markdown."""
    return "\n".join(_table(definition, title) for definition, title in _TITLES.items())


def _table(definition: type, title: str) -> str:
    says = about(definition)
    first, _, _ = says.text.partition(". ")
    rows = [f"### {title}", "", f"{_plain(first).rstrip('.')}.", "", *_HEAD]
    for field in fields_of(definition):
        if definition is MessageSchema and field.name == "id":
            continue  # the key under which it stands
        rows.append(f"| `{field.name}` | {_value(field)} | {_meaning(field, says.attributes)} |")
    return "\n".join((*rows, ""))


def _value(field: Field) -> str:
    named = list(dict.fromkeys(_kinds(field.hint)))
    if kinds.NoneType in get_args(field.hint) and field.default is not None:
        named.append("null")
    return " or ".join(named) + (", required" if field.default is REQUIRED else "")


def _meaning(field: Field, attributes: Mapping[str, str]) -> str:
    meaning = _plain(attributes[field.name])
    default = field.default
    if isinstance(default, Enum):
        return f"{meaning} Default: `{default.value}`."
    if default and isinstance(default, str | int | float):
        return f"{meaning} Default: `{str(default).lower()}`."
    return meaning


def _kinds(hint: Any) -> Iterator[str]:
    """What may stand for ``hint``, in a few words each."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _KINDS:
        yield _KINDS[hint]
    elif origin in (Union, kinds.UnionType):
        yield from _choices(arguments)
    elif origin is Literal:
        yield ", ".join(f"`{one}`" for one in arguments)
    elif origin in (tuple, Sequence):
        inner = [one for one in arguments if one is not Ellipsis]
        yield "list of " + " and ".join(" or ".join(_kinds(one)) for one in inner[:1])
    elif isinstance(hint, EnumMeta):
        yield ", ".join(f"`{one.value}`" for one in cast("type[Enum]", hint))
    elif is_definition(hint) and hint in _TITLES:
        yield f"[{_TITLES[hint].lower()}](#{_TITLES[hint].lower().replace(' ', '-')})"
    else:
        yield "object"


def _choices(hints: Sequence[Any]) -> Iterator[str]:
    """The members of a union; where one or a list may be given, a list is what is written."""
    lists = [one for one in hints if get_origin(one) in (tuple, Sequence)]
    listed = {get_args(one)[0] for one in lists}
    for one in hints:
        mapped = lists and get_origin(one) is Mapping
        if one is not kinds.NoneType and one not in listed and not mapped:
            yield from _kinds(one)


def _plain(text: str) -> str:
    """What a docstring says, with the words of JSON, as it may stand in a table of Markdown."""
    words = _PYTHON.sub(lambda found: _JSON[found[0]], text)
    return words.replace("``", "`").replace("|", "\\|")
