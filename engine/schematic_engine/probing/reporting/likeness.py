"""What a message looks like to a script that knows no description: `likeness`.

Kept are the fields that tell kinds of messages and channels apart, with their values; of all else
the type, and that only where it matters.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import inspect as mi

from schematic.compile import CompiledEndpoint
from schematic.compile.body_types import ObjectType, plain_types, tag_of, type_of
from schematic.define import BodyKind, Side
from schematic_engine.codec import codecs_of

__all__ = ["Likeness", "Telling", "likeness", "telling_of", "type_name"]

Likeness: TypeAlias = Any
"""A value that is meant literally; ``("str",)`` and the like for any value of that type,
``("not", ...)`` for any but those, and ``("beyond", type, bounds)`` for any that passes a bound;
or an object with likenesses of its fields, in which ``"*"`` says that there may be others."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What tells the messages of a side apart.

    Attributes:
        names: the fields whose values do.
        keys: the fields that hold keys of channels.
        known: the keys that the prober has used, which are meant literally wherever they stand.
        in_words: whether some are texts that are no JSON.
    """

    names: frozenset[str]
    keys: frozenset[str]
    known: tuple[object, ...] = ()
    in_words: bool = False


def telling_of(endpoint: CompiledEndpoint, side: Side, known: Collection[object] = ()) -> Telling:
    """What tells the messages of ``side`` apart: tags, literals, and keys, some ``known``."""
    found: set[str] = set()
    kinds = codecs_of(endpoint)[side].kinds.values()
    keys = {kind.key_path[-1] for kind in kinds if kind.key_path}
    for kind in endpoint.kinds:
        schema = kind.message.schema
        if kind.side is not side or schema.kind is not BodyKind.JSON or schema.is_name_only:
            continue
        tag = tag_of(schema)
        found |= set() if tag is None else {tag[0]}
        for plain in plain_types(type_of(schema)):
            fields = plain.fields if isinstance(plain, ObjectType) else ()
            found |= {one.encode_name for one in fields if isinstance(one.type, mi.LiteralType)}
    in_words = any(one.schema.kind is BodyKind.TEXT for one in kinds)
    return Telling(frozenset(found), frozenset(keys), tuple(known), in_words)


def likeness(payload: str | bytes, telling: Telling, *, whole: bool) -> Likeness:
    """What ``payload`` looks like.

    Args:
        payload: what was said.
        telling: what tells it from others.
        whole: whether every field counts, with the type of its value, and there are no others.
    """
    if isinstance(payload, bytes):
        return ("bytes",)
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return ("text", payload) if whole and telling.in_words else ("text",)
    return _like(value, telling, whole=whole)


def _like(value: object, telling: Telling, *, whole: bool) -> Likeness:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        found: dict[str, Likeness] = {} if whole else {"*": ("any",)}
        for name, inner in fields.items():
            plain = type(inner) in (str, int, bool)
            if plain and (name in telling.names or inner in telling.known):
                found[name] = inner
            elif plain and whole and name in telling.keys and telling.known:
                found[name] = ("not", *telling.known)
            elif whole or not plain:
                found[name] = _like(inner, telling, whole=whole)
        return found
    return (type_name(value),)


def type_name(value: object) -> str:
    """The type of a value of JSON."""
    if isinstance(value, bool):
        return "bool"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return "number"
    return "str" if isinstance(value, str) else "list"
