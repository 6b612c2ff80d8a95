"""What can be told about a message from its payload alone.

Real protocols seldom tag every message: ElevenLabs' audio, final and error messages are told
apart by which fields are there and which are null, its text, keep-alive and close messages by the
value of ``text``. A `Shape` is the part of a body type that can be checked without deciding yet
which message it is: the kind of frame, the JSON type, and for each *telling* field whether it has
to be there, whether it may be null, and the values that it may have.

Everything else about a body, such as a number where a string belongs, makes a message *invalid*,
never *unknown*, and is left to the decoder. A tagged struct is recognised by its tag alone for
the same reason.

When several shapes match one payload, the more specific one is meant: more required literals
first, then more required fields. Where that does not decide, the shapes are `alike`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import inspect

from schematic.define import BodyKind, DefinitionError, Schema

__all__ = ["FieldShape", "Literals", "Null", "Shape", "alike", "overlaps", "shape_of"]

Literals: TypeAlias = frozenset[tuple[str, object]]
"""Allowed values as ``(type name, value)``, so that ``True`` and ``1`` stay two values."""


class Null(Enum):
    """What a field's type says about ``null``."""

    NEVER = "never"
    ONLY = "only"
    MAY = "may"


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What can be told about one field of a JSON object.

    Attributes:
        name: the key as it stands in the JSON text.
        required: whether the key has to be there. A field whose only possible value is its
            default, such as ``text: Literal[""] = ""``, counts: it is always written.
        null: whether the value may be null.
        literals: the values that it may have instead; None means any.
    """

    name: str
    required: bool
    null: Null
    literals: Literals | None = None

    @property
    def is_telling(self) -> bool:
        """Whether any payload at all can fail this field."""
        return self.required or self.null is Null.ONLY or self.literals is not None

    @property
    def admits_null(self) -> bool:
        """Whether a null matches. In an optional field it is at worst an invalid value."""
        if self.null is Null.NEVER:
            return not self.required and self.literals is None
        return True

    def admits(self, value: object) -> bool:
        """Whether a ``value`` that is there matches."""
        if value is None:
            return self.admits_null
        if self.null is Null.ONLY:
            return False
        if self.literals is None:
            return True
        return isinstance(value, str | int) and _literal(value) in self.literals

    def meets(self, other: FieldShape) -> bool:
        """Whether some value, or its absence, matches both."""
        if not (self.required or other.required):
            return True
        if self.admits_null and other.admits_null:
            return True
        if Null.ONLY in (self.null, other.null):
            return False
        if self.literals is None or other.literals is None:
            return True
        return not self.literals.isdisjoint(other.literals)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the payloads of one kind of message can be recognised.

    Attributes:
        frame: JSON in a text frame, other text, or a binary frame.
        types: for JSON, the Python types of the decoded value.
        fields: the telling fields, when the value is an object.
        words: for text, the accepted texts; empty means any.
    """

    frame: BodyKind
    types: frozenset[type] = frozenset()
    fields: tuple[FieldShape, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def specificity(self) -> tuple[int, int]:
        """Required literal fields, then required fields: the higher, the more it says.

        A word counts as one literal, and text of any content as less than any JSON.
        """
        if self.frame is BodyKind.TEXT:
            return (1, 1) if self.words else (-1, 0)
        required = [field for field in self.fields if field.required]
        return (sum(field.literals is not None for field in required), len(required))

    def matches(self, raw: object) -> bool:
        """Whether ``raw`` may be a message of this kind.

        Args:
            raw: the decoded value for JSON, the text for text, the bytes for binary.
        """
        if self.frame is BodyKind.BINARY:
            return isinstance(raw, bytes)
        if self.frame is BodyKind.TEXT:
            return isinstance(raw, str) and (not self.words or raw in self.words)
        if type(raw) not in self.types:
            return False
        if not isinstance(raw, dict):
            return True
        body = cast("dict[str, object]", raw)
        return all(
            field.admits(body[field.name]) if field.name in body else not field.required
            for field in self.fields
        )


def overlaps(a: Shape, b: Shape) -> bool:
    """Whether some payload may match both shapes."""
    if BodyKind.BINARY in (a.frame, b.frame):
        return a.frame is b.frame
    if a.frame is b.frame is BodyKind.JSON:
        return _overlap_as_json(a, b)
    if a.frame is BodyKind.JSON:
        a, b = b, a
    if b.frame is BodyKind.JSON:
        return not a.words or any(b.matches(raw) for raw in _readable(a.words))
    return not a.words or not b.words or not set(a.words).isdisjoint(b.words)


def alike(a: Shape, b: Shape) -> bool:
    """Whether nothing tells some payload of ``a`` from one of ``b``."""
    return a.specificity == b.specificity and overlaps(a, b)


def shape_of(schema: Schema) -> Shape:
    """Derive the shape of a message's payloads from its schema.

    Raises:
        DefinitionError: msgspec cannot read or write the body type.
    """
    if schema.kind is not BodyKind.JSON:
        return Shape(schema.kind, words=schema.words)
    if schema.is_name_only:
        return Shape(BodyKind.JSON, frozenset({dict}))
    _refuse_omitted_defaults(schema.body)
    try:
        info = inspect.type_info(schema.body)
    except (TypeError, NameError) as error:
        raise DefinitionError(f"{schema.name} cannot be used as a body: {error}") from error
    if isinstance(info, inspect.CustomType):
        raise DefinitionError(
            f"{schema.name} cannot be used as a body: msgspec reads Structs, dataclasses, "
            "TypedDicts and plain annotations"
        )
    return _of_type(info)


def _overlap_as_json(a: Shape, b: Shape) -> bool:
    common = a.types & b.types
    if common != frozenset({dict}):
        return bool(common)
    others = {field.name: field for field in b.fields}
    return all(field.meets(others[field.name]) for field in a.fields if field.name in others)


def _readable(words: Iterable[str]) -> Iterator[object]:
    for word in words:
        try:
            yield msgspec.json.decode(word)
        except msgspec.DecodeError:
            continue


def _refuse_omitted_defaults(body: Any) -> None:
    config = getattr(body, "__struct_config__", None)
    if config is not None and config.omit_defaults:
        raise DefinitionError(
            f"{body.__name__} sets omit_defaults, which drops explicit nulls and constant fields "
            "from what is sent; use msgspec.UNSET as the default of what may be absent"
        )


_EVERY_TYPE: frozenset[type] = frozenset({dict, list, str, int, float, bool, type(None)})

_JSON_TYPES: dict[type[inspect.Type], frozenset[type]] = {
    inspect.StructType: frozenset({dict}),
    inspect.DataclassType: frozenset({dict}),
    inspect.TypedDictType: frozenset({dict}),
    inspect.DictType: frozenset({dict}),
    inspect.ListType: frozenset({list}),
    inspect.TupleType: frozenset({list}),
    inspect.VarTupleType: frozenset({list}),
    inspect.SetType: frozenset({list}),
    inspect.FrozenSetType: frozenset({list}),
    inspect.CollectionType: frozenset({list}),
    inspect.NamedTupleType: frozenset({list}),
    inspect.NoneType: frozenset({type(None)}),
    inspect.BoolType: frozenset({bool}),
    inspect.IntType: frozenset({int}),
    inspect.FloatType: frozenset({int, float}),
    inspect.DecimalType: frozenset({str, int, float}),
    inspect.AnyType: _EVERY_TYPE,
    inspect.RawType: _EVERY_TYPE,
    inspect.CustomType: _EVERY_TYPE,
    inspect.ExtType: _EVERY_TYPE,
}
"""JSON types by body type; what is missing here (dates, UUIDs, bytes) is written as a string."""


def _of_type(info: inspect.Type) -> Shape:
    """The shape of a JSON body; a union's is the weakest that all members fit."""
    members = tuple(_members(info))
    types = frozenset[type]().union(*(_json_types(member) for member in members))
    objects = [_fields(member) for member in members if dict in _json_types(member)]
    fields = objects[0] if objects else {}
    for more in objects[1:]:
        fields = {name: _join(fields[name], more[name]) for name in fields if name in more}
    return Shape(
        BodyKind.JSON, types, tuple(field for field in fields.values() if field.is_telling)
    )


def _members(info: inspect.Type) -> Iterator[inspect.Type]:
    """The plain types that ``info`` stands for, annotations stripped and unions opened."""
    if isinstance(info, inspect.Metadata):
        yield from _members(info.type)
    elif isinstance(info, inspect.UnionType):
        for member in info.types:
            yield from _members(member)
    else:
        yield info


def _values(info: inspect.Type) -> tuple[object, ...] | None:
    """The values of a literal or an enumeration, as JSON has them; None for other types."""
    if isinstance(info, inspect.LiteralType):
        return tuple(info.values)
    if isinstance(info, inspect.EnumType):
        return tuple(member.value for member in info.cls)
    return None


def _json_types(info: inspect.Type) -> frozenset[type]:
    if isinstance(info, inspect.StructType) and info.array_like:
        return frozenset({list})
    values = _values(info)
    if values is not None:
        return frozenset(type(value) for value in values)
    return _JSON_TYPES.get(type(info), frozenset({str}))


def _fields(info: inspect.Type) -> dict[str, FieldShape]:
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        tag = frozenset({_literal(info.tag)})
        return {info.tag_field: FieldShape(info.tag_field, True, Null.NEVER, tag)}
    if isinstance(info, inspect.StructType | inspect.DataclassType | inspect.TypedDictType):
        return {field.encode_name: _field(field) for field in info.fields}
    return {}


def _field(field: inspect.Field) -> FieldShape:
    members = tuple(_members(field.type))
    types = frozenset[type]().union(*(_json_types(member) for member in members))
    literals = _literals(members)
    constant = literals == frozenset({_literal(field.default)})
    return FieldShape(field.encode_name, field.required or constant, _null(types), literals)


def _null(types: frozenset[type]) -> Null:
    if type(None) not in types:
        return Null.NEVER
    return Null.ONLY if len(types) == 1 else Null.MAY


def _literals(members: Iterable[inspect.Type]) -> Literals | None:
    """All values of a field but null, or None if it may have any value of some type."""
    found: set[tuple[str, object]] = set()
    for member in members:
        if isinstance(member, inspect.NoneType):
            continue
        values = _values(member)
        if values is None:
            return None
        found.update(_literal(value) for value in values if value is not None)
    return frozenset(found) or None


def _literal(value: object) -> tuple[str, object]:
    value = value.value if isinstance(value, Enum) else value
    return (type(value).__name__, value)


def _join(a: FieldShape, b: FieldShape) -> FieldShape:
    """The weakest field that both fit."""
    literals = None if a.literals is None or b.literals is None else a.literals | b.literals
    null = a.null if a.null is b.null else Null.MAY
    return FieldShape(a.name, a.required and b.required, null, literals)
