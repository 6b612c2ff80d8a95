"""Payloads that stand for all that a message may look like, as far as recognising it goes.

Only the fields that tell some kind apart matter, and of each only whether it is there, null, one
of the literals that some kind knows, or something else. So a few payloads stand for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product

import msgspec
from msgspec import inspect

from schematic.compile.body_types import ObjectType, plain_types, type_of, values_of
from schematic.compile.diff.bodies import always_written
from schematic.compile.endpoint import Kind
from schematic.compile.shapes import FieldShape
from schematic.define import BodyKind

__all__ = ["Payload", "Telling", "payloads_of", "telling"]

_MOST = 2048
"""How many payloads of one kind are looked at; more would need a dozen untagged fields."""

_OTHER = "something else"
"""A string that is no literal of anybody's."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Payload:
    """The content of one message.

    Attributes:
        kind: JSON, other text or bytes.
        value: the decoded JSON, the text, or the bytes.
        binary: whether binary frames carry it.
    """

    kind: BodyKind
    value: object
    binary: bool

    def fits(self, kind: Kind) -> bool:
        """Whether a receiver may take it for ``kind``."""
        shape = kind.shape
        if not (shape.in_binary if self.binary else shape.in_text):
            return False
        if shape.kind is self.kind or shape.kind is BodyKind.BINARY:
            return shape.matches(self.value if shape.kind is self.kind else b"")
        if shape.kind is BodyKind.TEXT:
            return shape.matches(msgspec.json.encode(self.value).decode())
        try:
            return shape.matches(msgspec.json.decode(str(self.value)))
        except msgspec.DecodeError:
            return False


@dataclass(slots=True)
class Telling:
    """What tells about a field, in any of some kinds.

    Attributes:
        values: the literals that matter.
        inside: what tells about the fields of the object that it holds.
    """

    values: list[object] = field(default_factory=list[object])
    inside: dict[str, Telling] = field(default_factory=dict[str, "Telling"])


def telling(kinds: Iterable[Kind]) -> dict[str, Telling]:
    """The fields that tell any of ``kinds`` apart."""
    found: dict[str, Telling] = {}
    for kind in kinds:
        _collect(kind.shape.fields, found)
    return found


def _collect(fields: Iterable[FieldShape], found: dict[str, Telling]) -> None:
    for shape in fields:
        own = found.setdefault(shape.name, Telling())
        own.values += [value for _, value in shape.literals or () if value not in own.values]
        _collect(shape.inside or (), own.inside)


def payloads_of(kind: Kind, known: Mapping[str, Telling]) -> tuple[Payload, ...]:
    """Payloads of ``kind`` that differ in what can be told from them.

    Args:
        kind: whose payloads; not a bare name, of which nothing is known.
        known: what tells kinds apart, see `telling`.
    """
    schema = kind.message.schema
    if schema.kind is BodyKind.BINARY:
        return (Payload(BodyKind.BINARY, b"", binary=True),)
    if schema.kind is BodyKind.TEXT:
        words = schema.words or (_OTHER,)
        return tuple(Payload(BodyKind.TEXT, word, binary=False) for word in words)
    binary = schema.frame == "binary"
    values = islice(_values(type_of(schema), known), _MOST)
    return tuple(Payload(BodyKind.JSON, value, binary) for value in values)


def _values(info: inspect.Type, known: Mapping[str, Telling]) -> Iterator[object]:
    """Values of a type, one or a few of each sort."""
    for member in plain_types(info):
        literals = values_of(member)
        if literals is not None:
            yield from literals
        elif isinstance(member, ObjectType):
            yield from _objects(member, known)
        else:
            yield from _EXAMPLES.get(type(member), (_OTHER,))


_ANYTHING: tuple[object, ...] = ({}, [], _OTHER, 1, 1.5, True, None)

_EXAMPLES: dict[type[inspect.Type], tuple[object, ...]] = {
    inspect.NoneType: (None,),
    inspect.BoolType: (True,),
    inspect.IntType: (1,),
    inspect.FloatType: (1.5, 1),
    inspect.DictType: ({},),
    inspect.AnyType: _ANYTHING,
    inspect.RawType: _ANYTHING,
    inspect.ListType: ([],),
    inspect.TupleType: ([],),
    inspect.VarTupleType: ([],),
    inspect.SetType: ([],),
    inspect.FrozenSetType: ([],),
    inspect.CollectionType: ([],),
    inspect.NamedTupleType: ([],),
}
"""Values by type; what is missing here is written as a string."""


def _objects(info: ObjectType, known: Mapping[str, Telling]) -> Iterator[dict[str, object]]:
    choices: dict[str, list[object]] = {}
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        choices[info.tag_field] = [info.tag]
    for one in info.fields:
        if one.encode_name in known:
            choices[one.encode_name] = _field_values(one, known[one.encode_name])
    for chosen in product(*choices.values()):
        named = zip(choices, chosen, strict=True)
        yield {name: value for name, value in named if value is not _ABSENT}


def _field_values(info: inspect.Field, known: Telling) -> list[object]:
    """What a field may hold, and that it is absent if it may be."""
    found = list(_values(info.type, known.inside))
    if _OTHER in found:
        found += [value for value in known.values if isinstance(value, str)]
    if any(type(value) is int for value in found):
        found += [value for value in known.values if type(value) is int]
    return found if always_written(info) else [*found, _ABSENT]
