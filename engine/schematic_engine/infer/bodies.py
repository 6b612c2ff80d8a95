"""The types of bodies, from samples: frozen Structs with the fields that were seen.

A field has to be there if it always was, in at least five conversations; otherwise it may be absent
or null, since few samples prove nothing. Without a tag, what never was null has to be there too,
since by that a message is told. Texts stay texts: only the tag, what tells a message from others of
its fields, and words that were said again and again in several conversations become literals.
Nothing else of a value gets into a type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, Union, cast, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from schematic.define import BodyKind, Schema
from schematic.generate.names import Names, class_name, snake_case
from schematic_engine.conformance.redact import is_secret
from schematic_engine.infer.evidence import SURE
from schematic_engine.infer.kinds import Kind
from schematic_engine.infer.samples import Seen

__all__ = ["Bodies"]

_ENUM_TIMES = 3
_ENUM_SOURCES = 3
_ENUM_SAMPLES = 12
_ENUM_VALUES = 6
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}", re.ASCII)

_Field: TypeAlias = tuple[str, Any] | tuple[str, Any, Any]


class Bodies:
    """Makes the bodies of messages.

    Types of nested objects that look the same are one type.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Any] = {}
        self._sources = 0

    def schema(self, kind: Kind) -> Schema:
        """The body of a kind of messages."""
        if kind.body is BodyKind.BINARY:
            return Schema.binary()
        if kind.body is BodyKind.TEXT:
            return Schema.text(*kind.words)
        self._sources = len(kind.sources)
        seen = Seen()
        for one in kind.samples:
            seen.add(one.value)
        frame: Literal["text", "binary"] = "binary" if kind.in_binary else "text"
        if seen.lists:
            return Schema(list[Any], name=kind.id, frame=frame)
        return Schema(self._body(kind, seen), frame=frame)

    def _body(self, kind: Kind, seen: Seen) -> Any:
        tag, value = kind.tag or ("", "")
        fields = {name: one for name, one in seen.fields.items() if name != tag}
        listed: list[tuple[str, Any, bool]] = []
        for name, one in fields.items():
            if name in kind.literals:
                listed.append((name, Literal[kind.literals[name]], False))
                continue
            if name in kind.lacks:
                listed.append((name, None, True))
                continue
            always = one.count == seen.objects
            if kind.tag is None and set(one.types) == {type(None)} and not one.objects:
                listed.append((name, None, True))
                continue
            telling = kind.tag is None and not one.types[type(None)]
            needed = always and (telling or (kind.tag is not None and self._sources >= SURE))
            needed = needed or name in kind.own
            listed.append((name, self._type(one, name), not needed))
        missing = sorted(kind.lacks - fields.keys())
        listed += [(name, None, True) for name in missing]
        return _struct(kind.id, listed, {"tag_field": tag, "tag": value} if tag else {})

    def _type(self, seen: Seen, name: str) -> Any:
        """The type of what was seen under ``name``."""
        if seen.is_any:
            return Any
        members: list[Any] = []
        if seen.objects:
            members.append(self._object(seen, name))
        if seen.lists:
            inner = seen.items
            members.append(list[Any] if inner is None else _list_of(self._type(inner, name)))
        members.extend(self._scalars(seen, name))
        if not members or members == [None]:
            return Any
        return Union[tuple(members)]  # noqa: UP007  # of a number that is not known here

    def _scalars(self, seen: Seen, name: str) -> list[Any]:
        found: list[Any] = []
        if seen.types[str]:
            found.append(self._text(seen, name))
        if seen.types[float]:
            found.append(float)
        elif seen.types[int]:
            found.append(int)
        if seen.types[bool]:
            found.append(bool)
        if seen.types[type(None)]:
            found.append(None)
        return found

    def _text(self, seen: Seen, name: str) -> Any:
        """``str``, or the words if there are few, each said often, in several conversations."""
        words = sorted(seen.texts)
        few = 1 < len(words) <= _ENUM_VALUES and sum(seen.texts.values()) >= _ENUM_SAMPLES
        if not few or is_secret(name) or self._sources < _ENUM_SOURCES:
            return str
        if min(seen.texts.values()) < _ENUM_TIMES or not all(map(_WORD.fullmatch, words)):
            return str
        return Literal[tuple(words)]

    def _object(self, seen: Seen, name: str) -> Any:
        if seen.is_map:
            return _map_of(self._type(seen.joined(), name))
        if not seen.fields:
            return dict[str, Any]
        listed = [
            (
                field,
                self._type(one, field),
                one.count < seen.objects or self._sources < SURE,
            )
            for field, one in seen.fields.items()
        ]
        key = (name, *((field, repr(type_), free) for field, type_, free in listed))
        if key not in self._made:
            self._made[key] = _struct(class_name(name, empty="Object"), listed, {})
        return self._made[key]


def _struct(name: str, listed: list[tuple[str, Any, bool]], tag: Mapping[str, str]) -> Any:
    """A frozen Struct; what may be absent comes last."""
    names = Names()
    fields: list[_Field] = []
    rename: dict[str, str] = {}
    for wire, type_, may_be_absent in sorted(listed, key=lambda one: one[2]):
        called = names.new(snake_case(wire))
        rename[called] = wire
        if may_be_absent:
            fields.append((called, _or_absent(type_), UNSET))
        elif _only(type_) is not None:
            fields.append((called, type_, _only(type_)))
        else:
            fields.append((called, type_))
    fields.sort(key=len)
    options = cast("dict[str, Any]", dict(tag))
    return msgspec.defstruct(name, fields, frozen=True, rename=rename, **options)


def _list_of(item: Any) -> Any:
    return list[item]


def _map_of(value: Any) -> Any:
    return dict[str, value]


def _or_absent(type_: Any) -> Any:
    if type_ is Any:
        return Any
    return Union[type_, None, UnsetType]  # noqa: UP007  # of values


def _only(type_: Any) -> str | None:
    """The one value of a literal."""
    values = get_args(type_) if get_origin(type_) is Literal else ()
    return values[0] if len(values) == 1 else None
