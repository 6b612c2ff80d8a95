"""From schemas to shapes: which fields tell the messages of one side from one another.

A field that tells must be as described, or the payload is not that message; so the fewer tell, the
more broken messages are *invalid*, with a reason, rather than unknown. Hence a tagged struct is
recognised by its tag alone, an untagged one by its fields, and what an object within a field
holds is looked at only if it carries a tag. More counts where that leaves two kinds of one side
alike: of structs that share a tag, all in which they differ; of an object within a field, what
differs from the same field of another kind; of a text that may not be empty, just that, where the
empty text is another kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import combinations

from msgspec import inspect

from schematic.compile.body_types import (
    ObjectType,
    is_object,
    members_of,
    plain_types,
    tag_of,
    type_of,
    values_of,
)
from schematic.compile.shapes import FieldShape, Literals, Null, Shape, alike, overlaps
from schematic.define import BodyKind, DefinitionError, Schema

__all__ = ["shape_of", "shapes_of"]


def shape_of(schema: Schema) -> Shape:
    """The shape of a message's payloads, if nothing has to be told from them.

    Raises:
        DefinitionError: msgspec cannot read or write the body type.
    """
    return _Draft.of(schema).brief


def shapes_of(schemas: Sequence[Schema]) -> tuple[Shape, ...]:
    """The shapes of all messages of one side.

    Raises:
        DefinitionError: msgspec cannot read or write one of the body types.
    """
    drafts = [_Draft.of(schema) for schema in schemas]
    return tuple(draft.among(drafts) for draft in drafts)


@dataclass(frozen=True, eq=False)
class _Draft:
    """The shape of one message before the others are known.

    Attributes:
        schema: its schema.
        brief: what is told by its tag or, if it has none, by its fields.
    """

    schema: Schema
    brief: Shape

    @classmethod
    def of(cls, schema: Schema) -> _Draft:
        """Raises DefinitionError."""
        if schema.kind is not BodyKind.JSON:
            return cls(schema, Shape(schema.kind, words=schema.words))
        if schema.is_name_only:
            return cls(schema, Shape(BodyKind.JSON, frozenset({dict}), frame=schema.frame))
        tag = tag_of(schema)
        if tag is not None:
            fields = (_tag_shape(*tag),)
            shape = Shape(BodyKind.JSON, frozenset({dict}), fields, tag=tag[0], frame=schema.frame)
            return cls(schema, shape)
        members = tuple(plain_types(type_of(schema)))
        _refuse_alike_members(schema)
        shape = Shape(
            BodyKind.JSON,
            _json_types(members),
            _telling(_fields_of_any(members, deep=False).values()),
            tag=_common_tag(members),
            frame=schema.frame,
        )
        return cls(schema, shape)

    @cached_property
    def fields(self) -> dict[str, FieldShape]:
        """All fields of an object, telling or not, looked into as far as it is ever done."""
        if self.schema.kind is not BodyKind.JSON or self.schema.is_name_only:
            return {}
        return _fields_of_any(tuple(plain_types(type_of(self.schema))), deep=True)

    @cached_property
    def filled(self) -> frozenset[str]:
        """The fields whose type has no empty text."""
        members = plain_types(type_of(self.schema)) if self.fields else ()
        names = [
            {field.encode_name for field in member.fields if _is_filled(field.type)}
            for member in members
            if isinstance(member, ObjectType)
        ]
        return frozenset(set[str].intersection(*names)) if names else frozenset()

    def among(self, drafts: Iterable[_Draft]) -> Shape:
        """The shape that also tells it from the others as far as possible.

        Two kinds of one type are told apart by their position, so they change nothing.
        """
        rivals = [
            draft
            for draft in drafts
            if draft.schema.body != self.schema.body and overlaps(draft.brief, self.brief)
        ]
        if not rivals:
            return self.brief
        if not self.brief.tag:
            tags = (draft.brief.tag for draft in rivals if self.has_literal(draft.brief.tag))
            fields = _telling(self._looked_into(rivals))
            return replace(self.brief, fields=fields, tag=next(tags, ""))
        sharing = [draft for draft in rivals if draft.has_literal(self.brief.tag)]
        if not sharing:
            return self.brief
        return replace(self.brief, fields=(*self.brief.fields, *_telling(self._unlike(sharing))))

    def has_literal(self, name: str) -> bool:
        """Whether a field called ``name`` tells by its value."""
        return any(field.name == name and field.literals for field in self.brief.fields)

    def _looked_into(self, rivals: Sequence[_Draft]) -> Iterator[FieldShape]:
        """All fields, and within them what differs from the same field of another kind."""
        tags = {field.name: field.inside or () for field in self.brief.fields}
        for name, field in self.fields.items():
            others = [draft.fields[name] for draft in rivals if name in draft.fields]
            yield self._told(field, others, always=tags.get(name, ()))

    def _unlike(self, sharing: Sequence[_Draft]) -> Iterator[FieldShape]:
        """All fields but the tag that differ in a struct with the same tag."""
        for name, field in self.fields.items():
            others = [draft.fields.get(name) for draft in sharing]
            if name != self.brief.tag and any(other != field for other in others):
                yield self._told(field, others)

    def _told(
        self,
        field: FieldShape,
        others: Sequence[FieldShape | None],
        always: tuple[FieldShape, ...] = (),
    ) -> FieldShape:
        """``field`` as far as it tells this kind from those that have it as one of ``others``."""
        empty = field.name in self.filled and any(
            other is not None and ("str", "") in (other.literals or ()) for other in others
        )
        return replace(_trimmed(field, others, always), filled=empty)


def _trimmed(
    field: FieldShape, others: Sequence[FieldShape | None], always: tuple[FieldShape, ...] = ()
) -> FieldShape:
    """``field``, looked into no further than another is unlike it."""
    inside = tuple(
        inner
        for inner in field.inside or ()
        if inner in always
        or any(other is None or inner not in (other.inside or ()) for other in others)
    )
    return replace(field, inside=inside or None)


def _telling(fields: Iterable[FieldShape]) -> tuple[FieldShape, ...]:
    return tuple(field for field in fields if field.is_telling)


def _refuse_alike_members(schema: Schema) -> None:
    members = members_of(schema)
    for one, other in combinations(zip(members, shapes_of(members), strict=True), 2):
        if alike(one[1], other[1]):
            raise DefinitionError(
                f"{schema.name} cannot be used as a body: nothing tells {one[0].name} "
                f"from {other[0].name}"
            )


# ------------------------------------------------------------------------------ reading types


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


def _json_types(members: Iterable[inspect.Type]) -> frozenset[type]:
    return frozenset[type]().union(*map(_json_types_of, members))


def _json_types_of(member: inspect.Type) -> frozenset[type]:
    if isinstance(member, inspect.StructType) and member.array_like:
        return frozenset({list})
    values = values_of(member)
    if values is not None:
        return frozenset(type(value) for value in values)
    return _JSON_TYPES.get(type(member), frozenset({str}))


def _common_tag(members: Sequence[inspect.Type]) -> str:
    """The field that holds the tag, if every member is a tagged object with the same one."""
    names = {getattr(member, "tag_field", None) for member in members if is_object(member)}
    alone = len(names) == 1 and all(map(is_object, members))
    return (alone and names.pop()) or ""


def _fields_of_any(
    members: Iterable[inspect.Type], *, deep: bool, inner: bool = False
) -> dict[str, FieldShape]:
    """What all objects among ``members`` have in common, the weakest that each of them fits."""
    objects = [
        _fields_of(member, deep=deep, inner=inner)
        for member in members
        if dict in _json_types_of(member)
    ]
    fields = objects[0] if objects else {}
    for more in objects[1:]:
        fields = {name: _join(fields[name], more[name]) for name in fields if name in more}
    return fields


def _fields_of(info: inspect.Type, *, deep: bool, inner: bool) -> dict[str, FieldShape]:
    """The fields of an object: the tag alone if it has one, and all others if ``deep``."""
    found: dict[str, FieldShape] = {}
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        found[info.tag_field] = _tag_shape(info.tag_field, info.tag)
    if isinstance(info, ObjectType) and (deep or not found):
        for field in info.fields:
            shape = _field(field, always_written=not _omits_defaults(info))
            inside = None if inner else _inside(field.type, deep=deep)
            found[field.encode_name] = replace(shape, inside=inside)
    return found


def _tag_shape(name: str, value: object) -> FieldShape:
    return FieldShape(name, True, Null.NEVER, frozenset({_literal(value)}))


def _field(field: inspect.Field, *, always_written: bool) -> FieldShape:
    """What is told about a field without looking into an object that it holds."""
    members = tuple(plain_types(field.type))
    literals = _literals(members)
    constant = always_written and literals == frozenset({_literal(field.default)})
    null = _null(_json_types(members))
    return FieldShape(field.encode_name, field.required or constant, null, literals)


def _inside(info: inspect.Type, *, deep: bool) -> tuple[FieldShape, ...] | None:
    """What an object within a field has to say: its tag, and all else if ``deep``."""
    members = [one for one in plain_types(info) if not isinstance(one, inspect.NoneType)]
    if not all(map(is_object, members)) or not (deep or _common_tag(members)):
        return None
    return _telling(_fields_of_any(members, deep=deep, inner=True).values()) or None


def _omits_defaults(info: ObjectType) -> bool:
    config = getattr(info.cls, "__struct_config__", None)
    return config is not None and config.omit_defaults


def _is_filled(info: inspect.Type) -> bool:
    """Whether a field holds nothing but texts that are not empty, or null."""
    members = [one for one in plain_types(info) if not isinstance(one, inspect.NoneType)]
    return all(isinstance(one, inspect.StrType) and one.min_length for one in members)


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
        values = values_of(member)
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
    others = {field.name: field for field in b.inside or ()}
    inside = [_join(field, others[field.name]) for field in a.inside or () if field.name in others]
    return FieldShape(a.name, a.required and b.required, null, literals, _telling(inside) or None)
