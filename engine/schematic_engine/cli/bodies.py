"""The fields of message bodies, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import NODEFAULT, inspect

from schematic.compile.body_types import type_of
from schematic.define import BodyKind, JsonFrame, Schema

__all__ = ["BodyField", "body_fields", "body_summary"]

_DEEPEST = 3
_FRAMES: dict[JsonFrame, str] = {
    "text": "",
    "binary": ", in a binary frame",
    "either": ", in a frame of either kind",
}

_Object: TypeAlias = inspect.StructType | inspect.DataclassType | inspect.TypedDictType


@dataclass(frozen=True, slots=True)
class BodyField:
    """One field: how deep it is nested, its name on the wire, its type, what to know about it."""

    depth: int
    name: str
    type: str
    note: str


def body_summary(schema: Schema) -> str:
    """What a body is as a whole, in a few words."""
    if schema.kind is BodyKind.BINARY:
        return "binary"
    if schema.kind is BodyKind.TEXT:
        return "text: " + (" | ".join(map(repr, schema.words)) or "anything")
    frame = _FRAMES[schema.frame]
    if schema.is_name_only:
        return f"JSON object {schema.name}, of any content{frame}"
    info = type_of(schema)
    what = f"object {schema.name}" if isinstance(info, _Object) else _name(info)
    return f"JSON {what}{frame}"


def body_fields(schema: Schema) -> tuple[BodyField, ...]:
    """The fields of a JSON object's body, those of objects within it below theirs."""
    if schema.kind is not BodyKind.JSON or schema.is_name_only:
        return ()
    info = type_of(schema)
    return tuple(_fields(info, 0)) if isinstance(info, _Object) else ()


def _fields(info: _Object, depth: int) -> Iterator[BodyField]:
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        yield BodyField(depth, info.tag_field, repr(info.tag), "")
    for one in info.fields:
        yield BodyField(depth, one.encode_name, _name(one.type), _note(one))
        if depth + 1 < _DEEPEST:
            for inner in _objects(one.type):
                yield from _fields(inner, depth + 1)


def _objects(info: inspect.Type) -> Iterator[_Object]:
    """The objects that a field holds: itself, the choices of a union, the items of a list."""
    if isinstance(info, _Object):
        yield info
    elif isinstance(info, inspect.UnionType):
        for one in info.types:
            yield from _objects(one)
    elif isinstance(info, inspect.ListType | inspect.VarTupleType):
        yield from _objects(info.item_type)


def _note(field: inspect.Field) -> str:
    if field.required or isinstance(field.type, inspect.LiteralType):
        return ""
    return "optional" if field.default in (NODEFAULT, None) else f"default {field.default!r}"


def _name(info: inspect.Type) -> str:
    """A type in a few words."""
    match info:
        case inspect.LiteralType(values=values):
            return " | ".join(map(repr, values))
        case inspect.EnumType(cls=choices):
            return " | ".join(repr(one.value) for one in choices)
        case inspect.UnionType(types=types):
            return " | ".join(map(_name, types))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return f"list of {_name(item)}"
        case inspect.DictType(value_type=value):
            return f"dict of {_name(value)}"
        case _:
            named = getattr(info, "cls", None)
            return named.__name__ if isinstance(named, type) else _plain(type(info))


def _plain(kind: type[inspect.Type]) -> str:
    return _WORDS.get(kind, kind.__name__.removesuffix("Type").lower())


_WORDS: dict[type[inspect.Type], str] = {inspect.NoneType: "null", inspect.StrType: "string"}
