"""What msgspec knows about a type, written as an annotation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec import inspect

from schematic.compile.body_types import members_of
from schematic.define import DefinitionError, Schema
from schematic.generate.imports import Imports
from schematic.generate.literals import literal

__all__ = ["FieldedType", "NamedType", "TypeExpressions", "extra_of", "info_of"]

FieldedType: TypeAlias = (
    inspect.StructType | inspect.DataclassType | inspect.TypedDictType | inspect.NamedTupleType
)
"""The types that are classes with fields."""

NamedType: TypeAlias = FieldedType | inspect.EnumType
"""The types that are classes of their own."""


_BUILTIN: dict[type[inspect.Type], str] = {
    inspect.NoneType: "None",
    inspect.BoolType: "bool",
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.StrType: "str",
    inspect.BytesType: "bytes",
    inspect.ByteArrayType: "bytearray",
    inspect.MemoryViewType: "memoryview",
}

_IMPORTED: dict[type[inspect.Type], tuple[str, str]] = {
    inspect.AnyType: ("typing", "Any"),
    inspect.DateTimeType: ("datetime", "datetime"),
    inspect.DateType: ("datetime", "date"),
    inspect.TimeType: ("datetime", "time"),
    inspect.TimeDeltaType: ("datetime", "timedelta"),
    inspect.UUIDType: ("uuid", "UUID"),
    inspect.DecimalType: ("decimal", "Decimal"),
    inspect.RawType: ("msgspec", "Raw"),
}

_COLLECTIONS: dict[type[inspect.Type], str] = {
    inspect.ListType: "list[{}]",
    inspect.SetType: "set[{}]",
    inspect.FrozenSetType: "frozenset[{}]",
    inspect.VarTupleType: "tuple[{}, ...]",
}

_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
_PROSE = ("title", "description")


def info_of(type_: Any) -> inspect.Type:
    """What msgspec says of a type, unions included that it cannot tell apart itself.

    Raises:
        DefinitionError: it is no type that msgspec can decode into.
    """
    try:
        return inspect.type_info(type_)
    except (TypeError, NameError) as error:
        members = members_of(Schema(type_))
        if members:
            return inspect.UnionType(tuple(info_of(member.body) for member in members))
        raise DefinitionError(f"{type_!r} cannot be read as the type of a body: {error}") from error


def extra_of(info: inspect.Metadata) -> dict[str, Any]:
    """What a ``Meta`` says beyond constraints, as it stands in a JSON Schema."""
    extra: Any = getattr(info, "extra_json_schema", None)
    return {} if extra is None else extra


class TypeExpressions:
    """Writes annotations.

    Args:
        imports: where what they need is imported.
        class_of: the name of a class, which is declared if it was not before.
    """

    def __init__(self, imports: Imports, class_of: Callable[[NamedType], str]) -> None:
        self._imports = imports
        self._class_of = class_of

    def write(self, info: inspect.Type, *, unset: bool = False) -> str:
        """The source of an annotation.

        Args:
            info: what msgspec says of the type.
            unset: the value may also be absent: adds ``UnsetType``, before ``None``.

        Raises:
            DefinitionError: the type cannot be written: it is not one of those that JSON bodies
                are made of.
        """
        members = list(self._members(info))
        nothing = "None" in members
        members = [one for one in dict.fromkeys(members) if one != "None"]
        if unset:
            members.append(self._imports.name("msgspec", "UnsetType"))
        return " | ".join([*members, "None"] if nothing else members)

    def _members(self, info: inspect.Type) -> Iterator[str]:
        if isinstance(info, inspect.UnionType):
            for one in info.types:
                yield from self._members(one)
        else:
            yield self._one(info)

    def _one(self, info: inspect.Type) -> str:
        if isinstance(info, inspect.Metadata):
            return self._described(info)
        plain = self._plain(info)
        constraints = {
            name: value for name in _CONSTRAINTS if (value := getattr(info, name, None)) is not None
        }
        return self._annotated(plain, constraints) if constraints else plain

    def _described(self, info: inspect.Metadata) -> str:
        inner = self.write(info.type)
        schema = extra_of(info)
        more = {key: schema[key] for key in schema if key not in _PROSE}
        return self._annotated(inner, {"extra_json_schema": more}) if more else inner

    def _annotated(self, plain: str, meta: dict[str, Any]) -> str:
        said = ", ".join(f"{name}={literal(value)}" for name, value in meta.items())
        annotated = self._imports.name("typing", "Annotated")
        return f"{annotated}[{plain}, {self._imports.name('msgspec', 'Meta')}({said})]"

    def _plain(self, info: inspect.Type) -> str:
        if isinstance(info, NamedType):
            return self._class_of(info)
        kind = type(info)
        if kind in _BUILTIN:
            return _BUILTIN[kind]
        if kind in _IMPORTED:
            return self._imports.name(*_IMPORTED[kind])
        return self._made_of(info)

    def _made_of(self, info: inspect.Type) -> str:
        match info:
            case inspect.CollectionType(item_type=item):
                return _COLLECTIONS[type(info)].format(self.write(item))
            case inspect.TupleType(item_types=()):
                return "tuple[()]"
            case inspect.TupleType(item_types=items):
                return f"tuple[{', '.join(map(self.write, items))}]"
            case inspect.DictType(key_type=key, value_type=value):
                return f"dict[{self.write(key)}, {self.write(value)}]"
            case inspect.LiteralType(values=values):
                said = (literal(one) for one in values)  # long texts in pieces
                return f"{self._imports.name('typing', 'Literal')}[{', '.join(said)}]"
            case _:
                name = getattr(getattr(info, "cls", None), "__name__", type(info).__name__)
                raise DefinitionError(
                    f"{name} cannot be written as a type of a body: use Structs, dataclasses, "
                    "TypedDicts, enumerations and plain annotations"
                )
