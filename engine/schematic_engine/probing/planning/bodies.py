"""Valid bodies of messages as Hypothesis draws them: varied, within all bounds, and simple at last.

Everything is made from what msgspec knows of the types, constraints included. Every body is held
to the engine's own decoder, and to its recogniser, so that it is what it is meant to be and no
other message. Patterns are drawn from the expressions themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, partial
from typing import Any, Final, cast

import msgspec
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, Unsatisfiable
from msgspec import inspect as mi

from schematic.compile import CompiledEndpoint, Kind
from schematic.compile.body_types import members_of
from schematic.define import BodyKind, DefinitionError, Schema, Side
from schematic_engine.codec import KindCodec, SideCodec, codecs_of
from schematic_engine.probing.planning.spoil import stretched, texts_of

__all__ = ["HEALTHY", "bodies", "simplest"]

HEALTHY: Final = cast("Collection[HealthCheck]", tuple(HealthCheck))
"""All that Hypothesis would complain about, such as slow conversations."""
_DEEPEST = 5
_LONGEST = 20
"""Characters of a text, and items of a list, beyond what they have to have."""
_MOST = 2**31 - 1

Values = st.SearchStrategy[Any]


def bodies(endpoint: CompiledEndpoint, side: Side, message: str, most: int) -> Values:
    """Bodies of ``message`` as they travel: JSON, a text in UTF-8, or bytes.

    Args:
        endpoint: the endpoint.
        side: who says it.
        message: its id.
        most: bytes that a body may have.

    Raises:
        DefinitionError: its type holds something of which no value can be made.
    """
    return _bodies(endpoint, side, message, most)


def simplest(endpoint: CompiledEndpoint, side: Side, message: str, most: int) -> bytes:
    """The simplest of them.

    Raises:
        DefinitionError: there is none, or none was found.
    """
    return _simplest(endpoint, side, message, most)


@cache
def _simplest(endpoint: CompiledEndpoint, side: Side, message: str, most: int) -> bytes:
    quiet = settings(
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=200,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=HEALTHY,
    )
    try:
        found = find(_bodies(endpoint, side, message, most), lambda _: True, settings=quiet)
    except (NoSuchExample, Unsatisfiable) as error:
        raise DefinitionError(f"no valid {message} was found that tells itself from others") from (
            error
        )
    assert isinstance(found, bytes)
    return found


@cache
def _bodies(endpoint: CompiledEndpoint, side: Side, message: str, most: int) -> Values:
    codec = codecs_of(endpoint)[side]
    kind = next(one for one in endpoint.kinds if one.side is side and one.id == message)
    fits = partial(_fits, codec, codec.kinds[message], most)
    return _sized(kind, most).filter(fits)


def _sized(kind: Kind, most: int) -> Values:
    """Contents of ``kind``, most of them short, others of any size up to ``most`` bytes."""
    contents = _contents(kind)
    sizes = st.integers(0, 100).map(lambda part: most * part // 100)  # large ranges draw small
    schema = kind.message.schema
    if schema.kind is BodyKind.BINARY:
        return st.one_of(contents, contents, sizes.map(bytes))
    if schema.kind is BodyKind.TEXT:
        long = sizes.map(lambda size: b"x" * size)
        return contents if schema.words else st.one_of(contents, contents, long)
    return st.one_of(contents, contents, st.builds(partial(_longer, kind), contents, sizes))


def _longer(kind: Kind, content: bytes, size: int) -> bytes:
    """``content`` with its first text so long that it has ``size`` bytes, if there is one."""
    path, most = next(texts_of(kind, content), ((), None))
    return stretched(content, path, size, most) if path else content


def _contents(kind: Kind) -> Values:
    schema = kind.message.schema
    if schema.kind is BodyKind.BINARY:
        return st.binary(max_size=64)
    if schema.kind is BodyKind.TEXT:
        words = st.sampled_from(schema.words) if schema.words else _texts(0, None)
        return words.map(str.encode)
    if schema.is_name_only:
        return st.just(b"{}")
    members = members_of(schema) or (schema,)
    return st.one_of(*map(_member, members)).map(msgspec.json.encode)


def _member(schema: Schema) -> Values:
    return _values(mi.type_info(schema.body), 0)


def _fits(codec: SideCodec, kind: KindCodec, most: int, content: bytes) -> bool:
    """Whether ``content`` is a body of ``kind``, and looks more like it than like another."""
    if len(content) > most:
        return False
    try:
        kind.decode(content.decode() if kind.schema.kind is BodyKind.TEXT else content)
        found = codec.recogniser.find(content, is_text=kind.is_text)
    except (ValueError, RecursionError):
        return False
    return kind in found and found[0].specificity <= kind.specificity


def _values(info: mi.Type, depth: int) -> Values:
    """Values of a type as JSON has them."""
    make = _MAKERS.get(type(info))
    if make is None or depth > 4 * _DEEPEST:
        raise DefinitionError(f"no {type(info).__name__} can be made for a body")
    return make(info, depth)


def _later(info: mi.Type, depth: int) -> Values:
    """The same, made when one is drawn: types may hold themselves."""
    return st.deferred(lambda: _values(info, depth))


def _texts(least: int, most: int | None, pattern: str | None = None) -> Values:
    longest = least + _LONGEST if most is None else min(most, least + _LONGEST)
    if pattern is not None:
        sized = st.from_regex(pattern)
        return sized.filter(lambda text: least <= len(text) and (most is None or len(text) <= most))
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=least, max_size=longest)


def _text(info: mi.StrType, depth: int) -> Values:
    del depth
    return _texts(info.min_length or 0, info.max_length, info.pattern)


def _integers(info: mi.IntType, depth: int) -> Values:
    del depth
    step = info.multiple_of or 1
    low = -_MOST if info.gt is None and info.ge is None else None
    if low is None:
        low = info.ge if info.ge is not None else (info.gt or 0) + 1
    high = low + 2 * _MOST if info.lt is None and info.le is None else None
    if high is None:
        high = info.le if info.le is not None else (info.lt or 0) - 1
        low = min(low, high) if info.ge is not None or info.gt is not None else high - _MOST
    first, last = -(-int(low) // step), int(high) // step
    return st.integers(first, last).map(lambda number: number * step)


def _floats(info: mi.FloatType, depth: int) -> Values:
    del depth
    low = info.ge if info.ge is not None else info.gt
    high = info.le if info.le is not None else info.lt
    if info.multiple_of is not None:
        step = info.multiple_of
        steps = st.integers(-1000, 1000).map(lambda number: number * step)
        return steps.filter(
            lambda value: (low is None or value >= low) and (high is None or value <= high)
        )
    return st.floats(
        low,
        high,
        allow_nan=False,
        allow_infinity=False,
        exclude_min=info.ge is None and info.gt is not None,
        exclude_max=info.le is None and info.lt is not None,
        width=64,
    )


def _items(info: Any, depth: int) -> Values:
    least = info.min_length or 0
    most = least if depth > _DEEPEST else least + 3
    if info.max_length is not None:
        most = min(most, info.max_length)
    if most == 0:
        return st.just([])
    inner = _later(info.item_type, depth + 1)
    unique = isinstance(info, (mi.SetType, mi.FrozenSetType))
    by = msgspec.json.encode if unique else None
    return st.lists(inner, min_size=least, max_size=most, unique_by=by)


def _dict(info: mi.DictType, depth: int) -> Values:
    least = info.min_length or 0
    most = least if depth > _DEEPEST else least + 2
    if info.max_length is not None:
        most = min(most, info.max_length)
    if most == 0:
        return st.just({})
    keys = _values(info.key_type, depth + 1).map(str)
    values = _later(info.value_type, depth + 1)
    return st.dictionaries(keys, values, min_size=least, max_size=most)


def _union(info: mi.UnionType, depth: int) -> Values:
    """Any member; of those that can be endless, the plain ones when it is deep."""
    plain = [one for one in info.types if not isinstance(one, _NESTED)]
    members = plain if plain and depth > _DEEPEST else list(info.types)
    members = [one for one in members if not isinstance(one, mi.CustomType)] or members
    order = sorted(members, key=lambda one: isinstance(one, mi.NoneType))
    return st.one_of(*(_values(one, depth) for one in order))


def _object(info: Any, depth: int) -> Values:
    fields: dict[str, Values] = {}
    optional: dict[str, Values] = {}
    for field in info.fields:
        if field.required:
            fields[field.encode_name] = _values(field.type, depth + 1)
        elif depth <= _DEEPEST:
            optional[field.encode_name] = _later(field.type, depth + 1)
    if isinstance(info, mi.StructType) and info.tag_field is not None:
        fields[info.tag_field] = st.just(info.tag)
    if getattr(info, "array_like", False):
        values = [_values(field.type, depth + 1) for field in info.fields if field.required]
        tag = [st.just(info.tag)] if info.tag_field is not None else []
        return st.tuples(*tag, *values).map(list)
    return st.fixed_dictionaries(fields, optional=optional)


def _anything(info: mi.Type, depth: int) -> Values:
    del info
    leaves = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("abc", max_size=3))
    if depth > 2:
        return leaves
    return leaves | st.dictionaries(st.text("abc", min_size=1, max_size=2), leaves, max_size=2)


def _fixed(*values: Any) -> Callable[[Any, int], Values]:
    return lambda _info, _depth: st.sampled_from(values)


_NESTED = (
    mi.StructType,
    mi.DataclassType,
    mi.TypedDictType,
    mi.NamedTupleType,
    mi.ListType,
    mi.DictType,
)

_MAKERS: dict[type[mi.Type], Callable[[Any, int], Values]] = {
    mi.AnyType: _anything,
    mi.RawType: _anything,
    mi.NoneType: _fixed(None),
    mi.BoolType: _fixed(False, True),
    mi.IntType: _integers,
    mi.FloatType: _floats,
    mi.StrType: _text,
    mi.BytesType: _fixed("", "AAA=", "SGVsbG8="),
    mi.ByteArrayType: _fixed("", "AAA=", "SGVsbG8="),
    mi.DateTimeType: _fixed("2000-01-01T00:00:00Z", "2024-02-29T23:59:59.5Z"),
    mi.DateType: _fixed("2000-01-01", "2024-02-29"),
    mi.TimeType: _fixed("00:00:00", "23:59:59"),
    mi.TimeDeltaType: _fixed("PT0S", "PT1.5S"),
    mi.UUIDType: lambda _info, _depth: st.uuids().map(str),
    mi.DecimalType: _fixed("0", "1.5", "-3"),
    mi.EnumType: lambda info, _depth: st.sampled_from([one.value for one in info.cls]),
    mi.LiteralType: lambda info, _depth: st.sampled_from(list(info.values)),
    mi.UnionType: _union,
    mi.ListType: _items,
    mi.SetType: _items,
    mi.FrozenSetType: _items,
    mi.VarTupleType: _items,
    mi.TupleType: lambda info, depth: st.tuples(
        *(_values(item, depth + 1) for item in info.item_types)
    ).map(list),
    mi.DictType: _dict,
    mi.TypedDictType: _object,
    mi.DataclassType: _object,
    mi.StructType: _object,
    mi.NamedTupleType: lambda info, depth: st.tuples(
        *(_values(field.type, depth + 1) for field in info.fields if field.required)
    ).map(list),
    mi.Metadata: lambda info, depth: _values(info.type, depth),
}
