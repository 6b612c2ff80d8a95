"""Valid bodies at the edges of what a type allows: what programs forget to think of.

Every field in turn is given, or null, or empty, at its least and at its most, long, or in another
alphabet, or so long that the whole is as large as may be; all others stay as simple as they can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import inspect as mi

from schematic.compile import CompiledEndpoint, Kind
from schematic.compile.body_types import ObjectType, plain_types
from schematic.define import BodyKind
from schematic_engine.codec import codecs_of
from schematic_engine.probing.planning.spoil import altered, fields_of, stretched, texts_of

__all__ = ["edges_of"]

_LONG = 300


def edges_of(endpoint: CompiledEndpoint, kind: Kind, content: bytes, most: int) -> list[bytes]:
    """Bodies of ``kind`` made of ``content``, its simplest one; each valid, and no other kind's.

    Those come first that are about as simple.

    Args:
        endpoint: the endpoint.
        kind: the kind.
        content: a valid body.
        most: bytes that a body may have.
    """
    schema, codec = kind.message.schema, codecs_of(endpoint)[kind.side]
    made = codec.kinds[kind.id]
    found: dict[bytes, None] = {}
    for edge in (*_edges(kind, content), *_largest(kind, content, most)):
        if edge == content or len(edge) > most:
            continue
        try:
            made.decode(edge.decode() if schema.kind is BodyKind.TEXT else edge)
            alike = codec.recogniser.find(edge, is_text=made.is_text)
        except (ValueError, RecursionError):
            continue
        if made in alike and alike[0].specificity <= made.specificity:
            found[edge] = None
    return sorted(found, key=len)


def _largest(kind: Kind, content: bytes, most: int) -> Iterator[bytes]:
    """Bodies of ``most`` bytes, or as many as may be: by each text without a pattern, in turn."""
    body_kind = kind.message.schema.kind
    if body_kind is BodyKind.BINARY:
        yield bytes(most)
    elif body_kind is BodyKind.TEXT:
        yield b"x" * most
    else:
        yield from (
            stretched(content, path, most, longest) for path, longest in texts_of(kind, content)
        )


def _edges(kind: Kind, content: bytes) -> Iterator[bytes]:
    schema = kind.message.schema
    if schema.kind is BodyKind.BINARY:
        yield from (b"", b"\x00", b"\xff" * 3, b"\x00\x01" * _LONG)
    elif schema.kind is BodyKind.TEXT:
        yield from (text.encode() for text in (*schema.words, *_TEXTS))
    elif not schema.is_name_only:
        body = cast("object", msgspec.json.decode(content))
        there = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        for path, field in fields_of(kind, there):
            for value in _values(field.type):
                edge = altered(there, path, value)
                if edge is not None:
                    yield edge


_TEXTS = ("", "x", "é", "日本語", "😀", '"\\', "x" * _LONG)


def _values(info: mi.Type) -> Iterator[Any]:
    for one in plain_types(info):
        yield from _values_of(one)


def _values_of(info: mi.Type) -> Iterator[Any]:
    """Values of one plain type, most of which fit."""
    if isinstance(info, mi.StrType):
        yield from _TEXTS
        if info.max_length is not None:
            yield "x" * info.max_length
    elif isinstance(info, (mi.IntType, mi.FloatType)):
        yield from (0, 1, -1, 2**31 - 1)
        yield from (one for one in (info.ge, info.le) if one is not None)
        if isinstance(info, mi.FloatType):
            yield 0.5
    elif isinstance(info, mi.LiteralType):
        yield from info.values
    elif isinstance(info, mi.EnumType):
        yield from (one.value for one in info.cls)
    else:
        yield from _plain_values(info)


def _plain_values(info: mi.Type) -> Iterator[Any]:
    if isinstance(info, mi.BoolType):
        yield from (False, True)
    elif isinstance(info, mi.NoneType):
        yield None
    elif isinstance(info, (mi.ListType, mi.VarTupleType, mi.SetType, mi.FrozenSetType)):
        yield []
        yield from ([value] for value in _values(info.item_type))
    elif isinstance(info, (mi.DictType, ObjectType)):
        yield {}
