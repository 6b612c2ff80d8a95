"""Bodies that do not fit, and payloads of no known kind, made of what would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec
from msgspec import inspect as mi

from schematic.compile import CompiledEndpoint, Kind
from schematic.compile.body_types import ObjectType, plain_types, tag_of, type_of
from schematic.define import BodyKind, Side
from schematic_engine.codec import codecs_of
from schematic_engine.probing.planning.plan import Flaw, Wrong

__all__ = [
    "altered",
    "broken_bodies",
    "fields_of",
    "stretched",
    "texts_of",
    "unknown_payloads",
    "wrong_frame",
]

_OTHERS: tuple[Any, ...] = ({}, "schematic-probe", 7, None, [], True)
"""Values of each type that JSON has."""
_NO_CHOICES = ("schematic-probe", 2**31 - 5)
"""Values that are hardly among any choices."""
_NO_PATTERNS = ("", "schematic probe", "\t", "x" * 100)
"""Texts that few patterns have; what fits all the same is left out."""
_DEEPEST = 2


def broken_bodies(endpoint: CompiledEndpoint, kind: Kind, content: bytes) -> list[Wrong]:
    """``content``, a body of ``kind``, without a field that it has to have, or with one spoiled.

    Each field is spoiled once before any is spoiled in another way.
    """
    body = _object(kind, content)
    if body is None:
        return []
    decode = codecs_of(endpoint)[kind.side].kinds[kind.id].decode
    found: list[tuple[int, Wrong]] = []
    for path, field in fields_of(kind, body):
        name = ".".join(path)
        payload = altered(body, path)
        if payload is not None and field.required and not _fits(decode, payload):
            about = f"{name} is missing"
            found.append((0, Wrong(Flaw.MISSING_FIELD, kind.id, payload, True, about)))
        for flaw, others in (
            (Flaw.WRONG_VALUE, _beyond(field.type)),
            (Flaw.WRONG_TYPE, _of_other_types(field.type)),
        ):
            for turn, other in enumerate(others):
                payload = altered(body, path, other)
                if payload is not None and not _fits(decode, payload):
                    about = f"{name} is {_shown(other)}"
                    found.append((turn, Wrong(flaw, kind.id, payload, True, about)))
    return [wrong for _, wrong in sorted(found, key=lambda one: one[0])]


def unknown_payloads(endpoint: CompiledEndpoint, side: Side) -> Iterator[Wrong]:
    """Payloads that look like no message of ``side``, and one that is no JSON."""
    schemas = [one.message.schema for one in endpoint.kinds if one.side is side]
    objects = [one for one in schemas if one.kind is BodyKind.JSON and not one.is_name_only]
    tags = dict.fromkeys(tag[0] for one in objects if (tag := tag_of(one)) is not None)
    for name in (*tags, "schematicProbe"):
        payload = msgspec.json.encode({name: "schematic-probe"})
        yield Wrong(Flaw.UNKNOWN, "", payload, True)
    if objects:
        yield Wrong(Flaw.NOT_JSON, "", b"schematic-probe {", True)


def wrong_frame(kind: Kind, content: bytes) -> Wrong:
    """``content`` in a binary frame where it belongs into a text frame, or the other way round."""
    is_text = not kind.shape.in_text
    if is_text and not content.isascii():
        content = content.hex().encode()
    what = "a text frame" if is_text else "a binary frame"
    return Wrong(Flaw.WRONG_FRAME, kind.id, content, is_text, f"in {what}")


def fields_of(kind: Kind, body: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], mi.Field]]:
    """The paths of the known fields of ``kind``, two levels deep as far as ``body`` has them."""
    if kind.message.schema.kind is BodyKind.JSON and not kind.message.schema.is_name_only:
        yield from _within(type_of(kind.message.schema), body, ())


def texts_of(kind: Kind, content: bytes) -> Iterator[tuple[tuple[str, ...], int | None]]:
    """The paths of texts that may be of many lengths, and how many characters they may have."""
    for path, field in fields_of(kind, _object(kind, content) or {}):
        for one in plain_types(field.type):
            if isinstance(one, mi.StrType) and one.pattern is None:
                yield path, one.max_length


def stretched(content: bytes, path: tuple[str, ...], size: int, most: int | None = None) -> bytes:
    """``content``, an object, with a text at ``path`` that makes it ``size`` bytes long.

    Args:
        content: the object.
        path: where the text stands, or may stand.
        size: bytes of the whole.
        most: characters of the text at most; None for any number.
    """
    body = cast("dict[str, Any]", msgspec.json.decode(content))
    empty = altered(body, path, "")
    if empty is None or len(empty) >= size:
        return content
    length = size - len(empty)
    return altered(body, path, "x" * (length if most is None else min(length, most))) or content


def altered(body: dict[str, Any], path: tuple[str, ...], *value: Any) -> bytes | None:
    """``body`` with ``value`` at ``path``, or without anything there; None if there is no place."""
    copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body))
    place = copy
    for name in path[:-1]:
        inner = place.get(name)
        if not isinstance(inner, dict):
            return None
        place = cast("dict[str, Any]", inner)
    if value:
        place[path[-1]] = value[0]
    elif place.pop(path[-1], value) is value:
        return None
    return msgspec.json.encode(copy)


def _within(
    info: mi.Type, body: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], mi.Field]]:
    objects = [one for one in plain_types(info) if isinstance(one, ObjectType)]
    if len(objects) != 1 or not isinstance(body, dict):
        return
    there = cast("dict[str, Any]", body)
    for field in objects[0].fields:
        here = (*path, field.encode_name)
        yield here, field
        if len(here) < _DEEPEST and field.encode_name in there:
            yield from _within(field.type, there[field.encode_name], here)


def _of_other_types(info: mi.Type) -> list[Any]:
    """Values of types that JSON has and that are not among the field's."""
    taken = {json for one in plain_types(info) for json in _json_types(one)}
    return [value for value in _OTHERS if type(value) not in taken]


def _json_types(info: mi.Type) -> set[type]:
    """The types of JSON, as Python has them, of which a value of a plain type can be."""
    if isinstance(info, mi.LiteralType):
        return {type(value) for value in info.values}
    if isinstance(info, mi.EnumType):
        return {type(one.value) for one in info.cls}
    return {_json_type(info)}


def _json_type(info: mi.Type) -> type:
    known: tuple[tuple[tuple[type[mi.Type], ...], type], ...] = (
        ((mi.StrType, mi.BytesType), str),
        ((mi.IntType, mi.FloatType), int),
        ((mi.BoolType,), bool),
        ((mi.NoneType,), type(None)),
        ((mi.ListType, mi.VarTupleType, mi.TupleType, mi.SetType, mi.FrozenSetType), list),
    )
    return next((plain for kinds, plain in known if isinstance(info, kinds)), dict)


def _beyond(info: mi.Type) -> list[Any]:
    """Values of the field's types that pass its bounds, or are none of its choices."""
    return [value for one in plain_types(info) for value in _beyond_one(one)]


def _beyond_one(info: mi.Type) -> Iterator[Any]:
    if isinstance(info, (mi.LiteralType, mi.EnumType)):
        types = _json_types(info)
        yield from (other for other in _NO_CHOICES if type(other) in types)
    if isinstance(info, (mi.IntType, mi.FloatType)):
        if info.le is not None or info.lt is not None:
            yield (info.le if info.le is not None else info.lt or 0) + 100
        if info.ge is not None or info.gt is not None:
            yield (info.ge if info.ge is not None else info.gt or 0) - 100
    if isinstance(info, (mi.StrType, mi.VarTupleType, mi.ListType)):
        text = isinstance(info, mi.StrType)
        if info.min_length:
            yield "" if text else []
        if info.max_length is not None and text:
            yield "x" * (info.max_length + 1)
        if isinstance(info, mi.StrType) and info.pattern is not None:
            yield from _NO_PATTERNS


def _object(kind: Kind, content: bytes) -> dict[str, Any] | None:
    """``content`` as an object, if ``kind`` has fields that are known."""
    if kind.message.schema.kind is not BodyKind.JSON or kind.message.schema.is_name_only:
        return None
    body = msgspec.json.decode(content)
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 40 else f"{text[:37]}..."


def _fits(decode: Callable[[Any], object], payload: bytes) -> bool:
    try:
        decode(payload)
    except (ValueError, RecursionError):
        return False
    return True
