"""Declarations of classes: what `schematic.generate.types` collects while it writes annotations."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import inspect

from schematic.define import DefinitionError
from schematic.generate.class_bodies import (
    named_tuple_source,
    struct_options,
    struct_source,
    typed_dict_source,
)
from schematic.generate.enum_sources import enum_source
from schematic.generate.imports import Imports
from schematic.generate.literals import docstring
from schematic.generate.names import Names, class_name
from schematic.generate.type_expressions import FieldedType, NamedType, TypeExpressions
from schematic.generate.type_fields import (
    FieldPlan,
    docs_of,
    named_for_python,
    origin_of,
    parted_by_keyword,
    unset_fields,
)
from schematic.generate.values import ValueSources

__all__ = ["ClassSources", "Wish"]

_IMPORTED: Mapping[str, tuple[str, ...]] = {
    "msgspec": ("UNSET", "Meta", "Raw", "Struct", "UnsetType", "field"),
    "typing": (
        *("Annotated", "Any", "Literal", "NamedTuple", "NotRequired", "TypeAlias", "TypedDict"),
    ),
    "enum": ("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"),
    "uuid": ("UUID",),
    "decimal": ("Decimal",),
    "collections.abc": ("Iterator",),
}
"""What declarations may have to import: classes of these names get others."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a class is to be declared; see `schematic.generate.types.TypeSources.declare`."""

    name: str = ""
    about: str = ""
    first: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass(slots=True)
class _Needs:
    """The classes that a declaration names: anywhere, and where they are used at once."""

    all: dict[str, None] = field(default_factory=dict[str, None])
    at_once: dict[str, None] = field(default_factory=dict[str, None])


@dataclass(frozen=True, slots=True)
class _Planned:
    """The fields of a class, and the classes that they name."""

    fields: tuple[FieldPlan, ...]
    needs: _Needs


class ClassSources:
    """The declarations of one module; `schematic.generate.types.TypeSources` says how it is used.

    Classes that annotations name are put on a list, and declared when the annotation is complete.
    """

    def __init__(self, names: Names, imports: Imports) -> None:
        for module, wanted in _IMPORTED.items():
            imports.expect(module, *wanted)
        self._names = names
        self._imports = imports
        self._expressions = TypeExpressions(imports, self._named)
        self._values = ValueSources(imports, self._named_at_once, self.plans)
        self._name_of: dict[Any, str] = {}
        self._expected: dict[str, str] = {}
        self._waiting: dict[Any, NamedType] = {}
        self._held_back: set[Any] = set()
        self._declared: dict[str, tuple[str, _Needs]] = {}
        self._planned: dict[Any, _Planned] = {}
        self._needs = _Needs()

    def annotation(self, info: inspect.Type) -> str:
        """The source of an annotation."""
        written = self._expressions.write(info)
        self._declare_waiting()
        return written

    def expect(self, name: str, info: NamedType | None) -> str:
        """Keep a name, for a class if one is given, and return it."""
        if name not in self._expected:
            self._expected[name] = self._names.new_class(name)
        if info is not None and info.cls not in self._name_of:
            self._name_of[info.cls] = self._expected[name]
            self._waiting[info.cls] = info
            self._held_back.add(info.cls)
        return self._expected[name]

    def declare(self, info: NamedType, wish: Wish) -> str:
        """Declare a class as wished, and return its name."""
        name = self._name_for(info, wish)
        self._held_back.discard(info.cls)
        if name == self._name_of[info.cls]:
            self._waiting.pop(info.cls, None)
        if name not in self._declared or wish != Wish(wish.name):
            self._write(name, info, wish)
        self._declare_waiting()
        return name

    def wrap(self, name: str, info: inspect.Type, holds: str, about: str) -> str:
        """Declare a Struct of one field, and return its name."""
        local = self.expect(name, None)
        with self._collected() as needs:
            annotation = self._expressions.write(info)
        plans = named_for_python([FieldPlan(holds, holds, holds, annotation)], ("self",), "field")
        said = about or f"The body of a `{local}`."
        source = struct_source(local, plans, said, self._imports, options={})
        self._declared[local] = (source, needs)
        self._declare_waiting()
        return local

    def alias(self, name: str, info: inspect.Type, about: str) -> str:
        """Declare an alias, and return its name."""
        local = self.expect(name, None)
        with self._collected() as needs:
            annotation = self._expressions.write(info)
        said = docstring(about, indent=0) if about else ""
        alias = self._imports.name("typing", "TypeAlias")
        needs.at_once.update(needs.all)
        self._declared[local] = (f"{local}: {alias} = {annotation}\n{said}", needs)
        self._declare_waiting()
        return local

    def plans(self, info: NamedType) -> tuple[FieldPlan, ...]:
        """How the fields of a class are written, in their own order."""
        return self._plan(info).fields

    def text(self) -> str:
        """All declarations, in order."""
        self._held_back.clear()
        self._declare_waiting()
        ordered: dict[str, None] = {}
        seen: set[str] = set()

        def emit(name: str) -> None:
            if name not in ordered:
                for other in self._declared[name][1].at_once:
                    emit(other)
                ordered[name] = None

        def visit(name: str) -> None:
            if name not in seen:
                seen.add(name)
                for other in self._declared[name][1].all:
                    visit(other)
                emit(name)

        for name in self._declared:
            visit(name)
        return "\n\n".join(self._declared[name][0] for name in ordered)

    # ------------------------------------------------------------------------------------- names

    def _named(self, info: NamedType) -> str:
        """The name of a class, which is put on the list of those to be declared."""
        if info.cls not in self._name_of:
            self._name_of[info.cls] = self._names.new_class(_own_name(info.cls))
            self._waiting[info.cls] = info
        self._needs.all[self._name_of[info.cls]] = None
        return self._name_of[info.cls]

    def _named_at_once(self, info: NamedType) -> str:
        name = self._named(info)
        self._needs.at_once[name] = None
        return name

    def _name_for(self, info: NamedType, wish: Wish) -> str:
        """The name under which a class is to be declared."""
        known = self._name_of.get(info.cls)
        wanted = wish.name or _own_name(info.cls)
        if wish.name in self._expected:
            name = self._expected[wish.name]
        elif known is not None and (not wish.name or class_name(wanted) == known):
            name = known
        else:
            name = self._names.new_class(wanted)
        self._name_of.setdefault(info.cls, name)
        return name

    @contextmanager
    def _collected(self) -> Generator[_Needs, None, None]:
        """Collect the classes that are named meanwhile."""
        outer, self._needs = self._needs, _Needs()
        try:
            yield self._needs
        finally:
            self._needs = outer

    def _declare_waiting(self) -> None:
        while ready := [cls for cls in self._waiting if cls not in self._held_back]:
            for cls in ready:
                self._write(self._name_of[cls], self._waiting.pop(cls), Wish())

    # ----------------------------------------------------------------------------------- classes

    def _write(self, name: str, info: NamedType, wish: Wish) -> None:
        """Declare a class under a name."""
        about = wish.about or docs_of(info)[0]
        if isinstance(info, inspect.EnumType):
            _refuse_unknown(info, (), wish)
            said = about or f"The values of `{name}`."
            self._declared[name] = (enum_source(name, info.cls, said, self._imports), _Needs())
            return
        planned = self._plan(info)
        _refuse_unknown(info, planned.fields, wish)
        source = self._source(name, info, about or f"The object `{name}`.", wish)
        self._declared[name] = (source, planned.needs)

    def _source(self, name: str, info: FieldedType, about: str, wish: Wish) -> str:
        plans = self.plans(info)
        if isinstance(info, inspect.TypedDictType):
            optional = frozenset(one.name for one in info.fields if not one.required)
            return typed_dict_source(name, plans, about, self._imports, optional=optional)
        if isinstance(info, inspect.NamedTupleType):
            return named_tuple_source(name, plans, about, self._imports)
        return struct_source(
            name,
            plans,
            about,
            self._imports,
            options=struct_options(info),
            keyword_only=bool(plans) and parted_by_keyword(info.cls) >= {p.original for p in plans},
            first=wish.first,
            secrets=wish.secrets,
        )

    def _plan(self, info: NamedType) -> _Planned:
        if info.cls not in self._planned:
            with self._collected() as needs:
                fields = tuple(self._fields(info))
            if not isinstance(info, inspect.TypedDictType):  # whose keys are what they are
                fields = named_for_python(fields, _words_of(info), "field")
            self._planned[info.cls] = _Planned(fields, needs)
        return self._planned[info.cls]

    def _fields(self, info: NamedType) -> Iterator[FieldPlan]:
        """The fields of a class under the names that they have there."""
        unset = unset_fields(info.cls)
        about = docs_of(info)[1]
        for one in _in_order(info):
            default, factory = self._default(info, one)
            absent = one.name in unset or default == "UNSET"
            yield FieldPlan(
                name=one.name,
                original=one.name,
                wire=one.encode_name,
                annotation=self._expressions.write(one.type, unset=absent),
                default=default,
                factory=factory,
                about=about[one.name],
            )

    def _default(self, info: NamedType, one: inspect.Field) -> tuple[str, bool]:
        if isinstance(info, inspect.TypedDictType):
            return "", False
        return self._values.default(one)


def _in_order(info: Any) -> Sequence[inspect.Field]:
    """The fields of a class in the order of its body; msgspec sorts those of a TypedDict."""
    if not isinstance(info, inspect.TypedDictType):
        return tuple(getattr(info, "fields", ()))
    order = list(get_type_hints(origin_of(info.cls)))
    return sorted(info.fields, key=lambda one: order.index(one.name))


def _words_of(info: NamedType) -> tuple[str, ...]:
    """Names that a field of such a class cannot have."""
    tuples = isinstance(info, inspect.NamedTupleType)
    return tuple(word for word in dir(tuple) if not word.startswith("_")) if tuples else ("self",)


def _refuse_unknown(info: NamedType, plans: Sequence[FieldPlan], wish: Wish) -> None:
    known = {name for one in plans for name in (one.original, one.wire)}
    plain = isinstance(info, inspect.StructType | inspect.DataclassType)
    for name in (*wish.first, *wish.secrets):
        if not plain or name not in known:
            raise DefinitionError(f"{_own_name(info.cls)} has no field {name!r}")


def _own_name(cls: Any) -> str:
    """The name of a class; that of a generic class with those of its arguments."""
    arguments = "".join(f" {_own_name(one)}" for one in get_args(cls))
    return f"{getattr(get_origin(cls) or cls, '__name__', cls)}{arguments}"
