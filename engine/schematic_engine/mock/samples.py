"""Valid bodies made from schemas: what a mock says when nobody told it what to say.

The smallest body that fits: required fields only, the first literal, the lower bound. Enough for
a peer that checks shapes; a handler is the place for content that means something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import inspect as mi

from schematic.compile.body_types import ObjectType, members_of, plain_types, type_of
from schematic.define import BodyKind, DefinitionError, Schema

__all__ = ["sample", "sample_key"]

_DEEPEST = 8


def sample(schema: Schema) -> Any:
    """A body that fits ``schema``: an instance of its type, a dict, ``str`` or ``bytes``.

    Raises:
        DefinitionError: no body could be made, because the type is recursive without an end or
            has a constraint that cannot be read (a pattern, a custom type): register a handler.
    """
    if schema.kind is BodyKind.BINARY:
        return b"\x00\x00"
    if schema.kind is BodyKind.TEXT:
        return schema.words[0] if schema.words else "text"
    if schema.is_name_only:
        return {}
    try:
        return _first(members_of(schema) or (schema,))
    except (msgspec.ValidationError, _CannotSample) as error:
        raise DefinitionError(
            f"cannot make a sample of {schema.name} ({error}): register a handler that sends one"
        ) from None


def sample_key(schema: Schema, path: Sequence[str], number: int) -> str | int:
    """The key of a channel, the ``number``-th of those that are made, counted from 1.

    Args:
        schema: the body that is to hold it.
        path: the names of the fields that lead to it.
        number: tells it from others.

    Returns:
        An integer where the body wants one, and a text everywhere else.
    """
    found = [] if schema.is_name_only else list(plain_types(type_of(schema)))
    for name in path:
        found = [plain for info in found for plain in _field_types(info, name)]
    integers = [info for info in found if isinstance(info, mi.IntType)]
    if integers and not any(isinstance(info, mi.StrType) for info in found):
        step = integers[0].multiple_of or 1
        return int(_number(integers[0], 0) + (number - 1) * step)
    return f"mock-{number}"


def _field_types(info: mi.Type, name: str) -> Iterator[mi.Type]:
    """The plain types of the field ``name`` on the wire; none where it is not known."""
    if isinstance(info, ObjectType):
        for field in info.fields:
            if field.encode_name == name:
                yield from plain_types(field.type)


class _CannotSample(Exception):
    """A type for which no value can be made."""


def _first(schemas: Sequence[Schema]) -> Any:
    """A body of the first of ``schemas`` for which one can be made."""
    *others, last = schemas
    for schema in others:
        with suppress(msgspec.ValidationError, _CannotSample):
            return _converted(schema)
    return _converted(last)


def _converted(schema: Schema) -> Any:
    body: Any = schema.body
    return msgspec.convert(_value(mi.type_info(body), 0), body)


def _value(info: mi.Type, depth: int) -> Any:
    if depth > _DEEPEST:
        raise _CannotSample("it contains itself without an end")
    make = _MAKERS.get(type(info))
    if make is None:
        raise _CannotSample(f"{type(info).__name__} values are not known how to make")
    return make(info, depth)


def _number(info: mi.IntType | mi.FloatType, depth: int) -> float:
    del depth
    step = info.multiple_of or 1
    if info.ge is not None:
        return _at_least(info.ge, step)
    if info.gt is not None:
        return _at_least(info.gt + step, step)
    top = info.le if info.le is not None else info.lt
    return 0 if top is None or top > 0 else -_at_least(-top + (info.le is None) * step, step)


def _at_least(low: float, step: float) -> float:
    """The smallest multiple of ``step`` that is not below ``low``."""
    return -(-low // step) * step


def _text(info: mi.StrType, depth: int) -> str:
    del depth
    return "text"[: info.max_length].ljust(info.min_length or 0, "x")


def _items(info: mi.CollectionType, depth: int) -> list[Any]:
    return [_value(info.item_type, depth + 1)] * (info.min_length or 0)


def _union(info: mi.UnionType, depth: int) -> Any:
    """The first member that can be made, values before null."""
    problem: _CannotSample | None = None
    for member in sorted(info.types, key=lambda member: isinstance(member, mi.NoneType)):
        try:
            return _value(member, depth + 1)
        except _CannotSample as error:
            problem = error
    raise problem or _CannotSample("the union is empty")


def _object(info: Any, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        field.encode_name: _value(field.type, depth + 1) for field in info.fields if field.required
    }
    if isinstance(info, mi.StructType) and info.tag_field is not None:
        made[info.tag_field] = info.tag
    return made


def _fixed(value: Any) -> Callable[[Any, int], Any]:
    return lambda _info, _depth: value


_MAKERS: dict[type[mi.Type], Callable[[Any, int], Any]] = {
    mi.AnyType: _fixed({}),
    mi.NoneType: _fixed(None),
    mi.BoolType: _fixed(True),
    mi.IntType: _number,
    mi.FloatType: _number,
    mi.StrType: _text,
    mi.BytesType: _fixed("AAA="),
    mi.ByteArrayType: _fixed("AAA="),
    mi.DateTimeType: _fixed("2000-01-01T00:00:00Z"),
    mi.DateType: _fixed("2000-01-01"),
    mi.TimeType: _fixed("00:00:00"),
    mi.TimeDeltaType: _fixed("PT0S"),
    mi.UUIDType: _fixed("00000000-0000-4000-8000-000000000000"),
    mi.DecimalType: _fixed("0"),
    mi.EnumType: lambda info, _depth: next(iter(info.cls)).value,
    mi.LiteralType: lambda info, _depth: info.values[0],
    mi.UnionType: _union,
    mi.ListType: _items,
    mi.SetType: _items,
    mi.FrozenSetType: _items,
    mi.VarTupleType: _items,
    mi.TupleType: lambda info, depth: [_value(item, depth + 1) for item in info.item_types],
    mi.DictType: _fixed({}),
    mi.TypedDictType: _object,
    mi.DataclassType: _object,
    mi.StructType: _object,
    mi.NamedTupleType: lambda info, depth: [
        _value(field.type, depth + 1) for field in info.fields if field.required
    ],
}
