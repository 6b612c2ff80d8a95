"""Whether one version of a body reads every payload that another version writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TypeAlias

from msgspec import inspect

from schematic.compile.body_types import ObjectType, plain_types, type_of, values_of
from schematic.define import BodyKind, Schema

__all__ = ["always_written", "misread"]

_List: TypeAlias = (
    inspect.ListType
    | inspect.VarTupleType
    | inspect.SetType
    | inspect.FrozenSetType
    | inspect.CollectionType
)
_ANY_VALUE = object()
_ANYTHING = inspect.AnyType | inspect.RawType | inspect.CustomType | inspect.ExtType


def misread(sent: Schema, read: Schema) -> str | None:
    """The first thing in payloads of ``sent`` that ``read`` does not take, or None.

    A payload may leave out whatever its own description lets it leave out. Of a body that is a
    bare name nothing is known, so nothing is said against it.
    """
    both = (sent, read)
    if sent == read or any(s.kind is not BodyKind.JSON or s.is_name_only for s in both):
        return None
    return _Comparison().problem(type_of(sent), type_of(read), "")


def always_written(field: inspect.Field) -> bool:
    """Whether every payload has it: a field that can only have its default counts, too."""
    values = [value for member in plain_types(field.type) for value in values_of(member) or (None,)]
    return field.required or values == [field.default]


@dataclass(slots=True)
class _Comparison:
    """Compares types member by member; what refers to itself is compared once."""

    seen: set[tuple[object, object]] = attribute(default_factory=set[tuple[object, object]])

    def problem(self, sent: inspect.Type, read: inspect.Type, where: str) -> str | None:
        """What in values of ``sent`` is no value of ``read``; ``where`` is the path to it."""
        readers = list(plain_types(read))
        for writer in plain_types(sent):
            values = values_of(writer)
            for value in (_ANY_VALUE,) if values is None else values:
                problem = self._told(writer, value, readers, where)
                if problem is not None:
                    return problem
        return None

    def _told(
        self, writer: inspect.Type, value: object, readers: Sequence[inspect.Type], where: str
    ) -> str | None:
        """What all ``readers`` object to: the one of the writer's own sort has most to say."""
        problems = [
            self._member(writer, reader, where)
            if value is _ANY_VALUE
            else _value(value, reader, where)
            for reader in readers
        ]
        if None in problems:
            return None
        paired = zip(problems, readers, strict=True)
        return next((one for one, reader in paired if type(reader) is type(writer)), problems[0])

    def _member(self, sent: inspect.Type, read: inspect.Type, where: str) -> str | None:
        if isinstance(sent, _ANYTHING) or isinstance(read, _ANYTHING):
            return None
        if isinstance(sent, ObjectType) and isinstance(read, ObjectType):
            return self._objects(sent, read, where)
        if isinstance(sent, inspect.TupleType) and isinstance(read, inspect.TupleType):
            return self._tuples(sent, read, where)
        return _plain(sent, read, where) or self._items(sent, read, where)

    def _items(self, sent: inspect.Type, read: inspect.Type, where: str) -> str | None:
        """What lists and dictionaries hold, one of which may be an object of known fields."""
        if isinstance(sent, _List) and isinstance(read, _List):
            return self.problem(sent.item_type, read.item_type, f"{where}[]")
        if isinstance(sent, inspect.DictType) and isinstance(read, inspect.DictType):
            return self.problem(sent.value_type, read.value_type, _below(where, "*"))
        pairs: list[tuple[inspect.Type, inspect.Type, str]] = []
        if isinstance(sent, inspect.DictType) and isinstance(read, ObjectType):
            for one in (*_tags(read), *read.fields):
                if one.required:
                    return f"{_below(where, one.encode_name)} is required, and may be left out"
            pairs = [(sent.value_type, one.type, one.encode_name) for one in read.fields]
        if isinstance(sent, ObjectType) and isinstance(read, inspect.DictType):
            pairs = [
                (one.type, read.value_type, one.encode_name) for one in (*_tags(sent), *sent.fields)
            ]
        found = (self.problem(one, other, _below(where, name)) for one, other, name in pairs)
        return next(filter(None, found), None)

    def _tuples(self, sent: inspect.TupleType, read: inspect.TupleType, where: str) -> str | None:
        if len(sent.item_types) != len(read.item_types):
            return f"{_at(where)} has {len(sent.item_types)} items, not {len(read.item_types)}"
        pairs = enumerate(zip(sent.item_types, read.item_types, strict=True))
        found = (self.problem(one, other, f"{where}[{number}]") for number, (one, other) in pairs)
        return next(filter(None, found), None)

    def _objects(self, sent: ObjectType, read: ObjectType, where: str) -> str | None:
        if (sent.cls, read.cls) in self.seen:
            return None
        self.seen.add((sent.cls, read.cls))
        written = {one.encode_name: one for one in (*_tags(sent), *sent.fields)}
        for tag in _tags(read):
            own = written.pop(tag.encode_name, None)
            if own is None or not always_written(own) or self.problem(own.type, tag.type, where):
                return f"{_at(where)} is no {getattr(read, 'tag', None)!r}"
        for wanted in read.fields:
            name = wanted.encode_name
            path = _below(where, name)
            own = written.pop(name, None)
            if wanted.required and (own is None or not always_written(own)):
                missing = "is not written" if own is None else "may be left out"
                return f"{path} is required, and {missing}"
            if own is not None:
                problem = self.problem(own.type, wanted.type, path)
                if problem is not None:
                    return problem
        if written and getattr(read, "forbid_unknown_fields", False):
            return f"{_at(where)} may not have {', '.join(written)}"
        return None


def _tags(info: ObjectType) -> Iterator[inspect.Field]:
    """The tag of a struct as what it is on the wire: a field that has one value."""
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        yield inspect.Field(info.tag_field, info.tag_field, inspect.LiteralType((info.tag,)))


_SORTS: dict[type[inspect.Type], str] = {
    inspect.NoneType: "null",
    inspect.BoolType: "a boolean",
    inspect.IntType: "an integer",
    inspect.FloatType: "a number",
    inspect.StrType: "a string",
    inspect.DecimalType: "a decimal",
    inspect.StructType: "an object",
    inspect.DataclassType: "an object",
    inspect.TypedDictType: "an object",
    inspect.DictType: "an object",
    inspect.DateTimeType: "a date and time",
    inspect.DateType: "a date",
    inspect.TimeType: "a time",
    inspect.UUIDType: "a UUID",
}
"""How JSON values of a type are called; what is missing here is a list, or base64."""

_VALUE_SORTS: dict[type, str] = {
    bool: "a boolean",
    float: "a number",
    int: "an integer",
    str: "a string",
    type(None): "null",
}
"""The same for what literals and enumerations hold: nothing else is possible there."""

_WIDER = {
    ("an integer", "a number"),
    ("an integer", "a decimal"),
    ("a number", "a decimal"),
    ("a decimal", "a string"),
    ("a date and time", "a string"),
    ("a date", "a string"),
    ("a time", "a string"),
    ("a UUID", "a string"),
    ("base64", "a string"),
}
"""Pairs of which the second takes every value of the first."""


def _sort(info: inspect.Type) -> str:
    if isinstance(info, inspect.BytesType | inspect.ByteArrayType | inspect.MemoryViewType):
        return "base64"
    return _SORTS.get(type(info), "a list")


def _plain(sent: inspect.Type, read: inspect.Type, where: str) -> str | None:
    """What is wrong with values of another sort, or beyond the limits."""
    allowed = values_of(read)
    if allowed is not None:
        return f"{_at(where)} may be anything, and has to be {_listed(allowed)}"
    if _sort(sent) == _sort(read) or (_sort(sent), _sort(read)) in _WIDER:
        return _bounds(sent, read, where)
    return f"{_at(where)} is {_sort(sent)}, and has to be {_sort(read)}"


def _value(value: object, read: inspect.Type, where: str) -> str | None:
    """What is wrong with one of some values."""
    if isinstance(read, _ANYTHING):
        return None
    allowed = values_of(read)
    if allowed is not None:
        known = any(type(value) is type(one) and value == one for one in allowed)
        return None if known else f"{_at(where)} does not know {value!r}"
    sort = _VALUE_SORTS[type(value)]
    if sort == _sort(read) or (sort, _sort(read)) in _WIDER:
        return None
    return f"{_at(where)} is {sort}, and has to be {_sort(read)}"


def _listed(values: tuple[object, ...]) -> str:
    return (
        ", ".join(repr(value) for value in values[:-1])
        + " or " * (len(values) > 1)
        + repr(values[-1])
    )


def _below(where: str, name: str) -> str:
    return f"{where}.{name}".lstrip(".")


def _at(where: str) -> str:
    return where or "the body"


def _bounds(sent: inspect.Type, read: inspect.Type, where: str) -> str | None:
    """What ``read`` allows less of than ``sent``: size, length, pattern."""
    for sign, plain, strict, words in _LIMITS:
        wanted, given = (_limit(info, sign, plain, strict) for info in (read, sent))
        if wanted is not None and (given is None or given < wanted):
            return f"{_at(where)} has to be {words[wanted[1]]} {sign * wanted[0]:g}"
    for rule in ("pattern", "multiple_of"):
        needed = getattr(read, rule, None)
        if needed is not None and needed != getattr(sent, rule, None):
            return f"{_at(where)} has to keep to the {rule.replace('_', ' ')} {needed}"
    return None


_LIMITS = (
    (1, "ge", "gt", ("at least", "more than")),
    (-1, "le", "lt", ("at most", "less than")),
    (1, "min_length", "", ("of a length of at least", "")),
    (-1, "max_length", "", ("of a length of at most", "")),
)
"""Kinds of limits: the sign that makes the tighter one the greater, their names, and words."""


def _limit(info: inspect.Type, sign: int, plain: str, strict: str) -> tuple[float, bool] | None:
    """A limit as (value, whether the value itself is excluded): the greater, the tighter."""
    for name, excluded in ((plain, False), (strict, True)):
        value = getattr(info, name, None)
        if value is not None:
            return (sign * value, excluded)
    return None
