"""The fields of a class: their names in Python and on the wire, and what each means."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from schematic.compile.reference.objects import about
from schematic.generate.literals import quoted
from schematic.generate.names import Names, identifier
from schematic.generate.type_expressions import extra_of

__all__ = [
    "FieldPlan",
    "arranged",
    "docs_of",
    "named_for_python",
    "origin_of",
    "parted_by_keyword",
    "rename_of",
    "unset_fields",
]

Renaming: TypeAlias = Literal["lower", "upper", "camel", "pascal", "kebab"]

_RENAMINGS: tuple[Renaming, ...] = ("camel", "pascal", "kebab", "upper", "lower")


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field, as it will be written.

    Attributes:
        name: what it is called in Python.
        original: what the type that it comes from calls it.
        wire: the key on the wire.
        annotation: the source of its type.
        default: the source of its default; empty where there is none.
        factory: whether the default is the body of a factory, called for each new object.
        about: what it means; may be empty.
    """

    name: str
    original: str
    wire: str
    annotation: str
    default: str = ""
    factory: bool = False
    about: str = ""

    def assigned(self, field: str, *, mapped: bool) -> str:
        """What stands behind the annotation; empty for a plain field without default.

        Args:
            field: what `msgspec.field` is called.
            mapped: whether the name on the wire has to be said.
        """
        said = [f"name={quoted(self.wire)}"] if mapped else []
        if self.factory:
            said.append(f"default_factory=lambda: {self.default}")
        elif self.default and said:
            said.append(f"default={self.default}")
        if said:
            return f" = {field}({', '.join(said)})"
        return f" = {self.default}" if self.default else ""


def origin_of(cls: Any) -> type:
    """The class itself, of a generic class with arguments."""
    origin: type = get_origin(cls) or cls
    return origin


def unset_fields(cls: Any) -> frozenset[str]:
    """The fields of a class whose annotation says that they may be absent (`msgspec.UNSET`)."""
    try:
        hints = get_type_hints(origin_of(cls), include_extras=True)
    except (NameError, TypeError):
        return frozenset()
    return frozenset(name for name, hint in hints.items() if msgspec.UnsetType in _union(hint))


def _union(hint: Any) -> tuple[Any, ...]:
    args = get_args(hint)
    return args if hint is not None and get_origin(hint) in (Union, type(int | str)) else (hint,)


def docs_of(info: Any) -> tuple[str, Mapping[str, str]]:
    """The text of a class's docstring, and what it and the types say of each field."""
    said = about(origin_of(info.cls))
    fields = {field.name: _described(field.type) for field in getattr(info, "fields", ())}
    return "\n\n".join(said.paragraphs), {
        name: said.attributes.get(name, "") or described for name, described in fields.items()
    }


def _described(info: inspect.Type) -> str:
    return str(extra_of(info).get("description", "")) if isinstance(info, inspect.Metadata) else ""


def named_for_python(
    plans: Sequence[FieldPlan], reserved: Iterable[str], field: str
) -> tuple[FieldPlan, ...]:
    """The same fields, under names that can be written in the body of a class.

    A name that is no identifier, is private, or would hide a word that the annotations and defaults
    of the same class use, gets another one.

    Args:
        plans: the fields, with the names that they should have.
        reserved: names that the class needs for itself.
        field: what `msgspec.field` is called, which is used where a name changes.
    """
    words = {word for one in plans for word in _words(one.annotation) | _words(one.default)}
    words.update(reserved)
    named = _renamed(plans, words)
    if any(one.name != one.wire or one.factory for one in named) and field not in words:
        named = _renamed(plans, words | {field})
    return named


def _words(source: str) -> set[str]:
    """The names that an expression uses."""
    tree = ast.parse(source or "None", mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _renamed(plans: Sequence[FieldPlan], hidden: set[str]) -> tuple[FieldPlan, ...]:
    names = Names(hidden)
    good = {one.name for one in plans if identifier(one.name) == one.name} - hidden
    names.reserve(*good)
    return tuple(
        one if one.name in good else replace(one, name=names.new(one.name)) for one in plans
    )


def rename_of(plans: Sequence[FieldPlan]) -> Renaming | None:
    """The ``rename=`` that explains all names on the wire, if there is one.

    None also where names differ only by underscores behind them.
    """
    names = [one.name for one in plans]
    wanted = tuple(one.wire for one in plans)
    if tuple(name.rstrip("_") for name in names) == tuple(name.rstrip("_") for name in wanted):
        return None
    for way in _RENAMINGS:
        if _encoded(names, way) == wanted:
            return way
    return None


def _encoded(names: Sequence[str], way: Renaming) -> tuple[str, ...] | None:
    try:
        return msgspec.defstruct("Tried", names, rename=way).__struct_encode_fields__
    except ValueError:  # two names would become one
        return None


def parted_by_keyword(cls: Any) -> frozenset[str]:
    """The fields of a struct or dataclass that are given by keyword alone."""
    try:
        parameters = signature(origin_of(cls)).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    return frozenset(one.name for one in parameters if one.kind is Parameter.KEYWORD_ONLY)


def arranged(
    plans: Sequence[FieldPlan], first: Sequence[str], *, keyword_only: bool
) -> tuple[tuple[FieldPlan, ...], bool]:
    """The fields in the order in which they are written, and whether all go by keyword alone.

    Args:
        plans: the fields, in their own order.
        first: those that come first, by their names in Python or on the wire.
        keyword_only: whether all of them were given by keyword alone so far.
    """

    def rank(one: FieldPlan) -> tuple[bool, int]:
        places = [first.index(name) for name in (one.original, one.wire) if name in first]
        return (bool(one.default), min(places, default=len(first)))

    if first:
        return tuple(sorted(plans, key=rank)), False
    defaulted = False
    for one in plans:
        if defaulted and not one.default:
            return tuple(plans), True
        defaulted = defaulted or bool(one.default)
    return tuple(plans), keyword_only
