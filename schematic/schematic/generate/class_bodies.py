"""The source of one class: a Struct, a TypedDict or a named tuple."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from msgspec import Struct, inspect

from schematic.define import DefinitionError
from schematic.generate.imports import Imports
from schematic.generate.literals import docstring, literal, quoted
from schematic.generate.type_fields import (
    FieldPlan,
    arranged,
    named_for_python,
    origin_of,
    rename_of,
)

__all__ = ["named_tuple_source", "struct_options", "struct_source", "typed_dict_source"]

SECRETIVE = ("schematic_engine.client.bodies", "Secretive")
"""The base of structs that hold credentials: its ``repr`` leaves out the fields in ``hidden``."""


def struct_options(info: inspect.StructType | inspect.DataclassType) -> dict[str, object]:
    """The settings of a struct that decide how it looks on the wire."""
    if not isinstance(info, inspect.StructType):
        return {}
    config = cast(type[Struct], origin_of(info.cls)).__struct_config__
    wanted: dict[str, object] = {"tag_field": config.tag_field, "tag": config.tag}
    wanted |= {
        name: getattr(config, name)
        for name in ("array_like", "forbid_unknown_fields", "omit_defaults")
    }
    return {name: value for name, value in wanted.items() if value not in (None, False)}


def struct_source(
    name: str,
    plans: Sequence[FieldPlan],
    about: str,
    imports: Imports,
    *,
    options: Mapping[str, object],
    keyword_only: bool = False,
    first: Sequence[str] = (),
    secrets: Sequence[str] = (),
) -> str:
    """The declaration of a frozen Struct.

    Args:
        name: its name.
        plans: its fields, in the order of the wire, named as `named_for_python` names them.
        about: the text of its docstring.
        imports: where what it needs is imported.
        options: see `struct_options`.
        keyword_only: whether all fields are given by keyword alone.
        first: fields that come first, by their names in the original type or on the wire.
        secrets: fields that the ``repr`` leaves out, likewise.

    Raises:
        DefinitionError: ``first`` is given for a struct that is an array on the wire.
    """
    if first and options.get("array_like"):
        raise DefinitionError(f"{name} is an array on the wire: its fields cannot change places")
    fields, keyword_only = arranged(plans, first, keyword_only=keyword_only)
    way = rename_of(fields)
    settings: dict[str, object] = {"frozen": True}
    settings |= {"kw_only": True} if keyword_only else {}
    settings.update(options)
    settings |= {"rename": way} if way else {}
    said = ", ".join(f"{key}={_short(value)}" for key, value in settings.items())
    field = imports.name("msgspec", "field") if _calls_field(fields, way) else ""
    lines = [
        f"    {one.name}: {one.annotation}"
        + one.assigned(field, mapped=way is None and one.name != one.wire)
        for one in fields
    ]
    hidden = tuple(one.name for one in fields if {one.original, one.wire} & set(secrets))
    base = imports.name(*(SECRETIVE if hidden else ("msgspec", "Struct")))
    lines = [f"    hidden = {literal(hidden)}\n", *lines] if hidden else lines
    body = "\n" + "\n".join(lines) + "\n" if lines else ""
    return f"class {name}({base}, {said}):\n{_documented(about, fields)}{body}"


def _short(value: object) -> str:
    return quoted(value) if isinstance(value, str) else literal(value)


def _calls_field(fields: Sequence[FieldPlan], way: str | None) -> bool:
    return any(one.factory or (way is None and one.name != one.wire) for one in fields)


def _documented(about: str, fields: Sequence[FieldPlan], indent: int = 4) -> str:
    attributes = {one.name: one.about for one in fields}
    return docstring(about, indent=indent, attributes=attributes)


def typed_dict_source(
    name: str, plans: Sequence[FieldPlan], about: str, imports: Imports, *, optional: frozenset[str]
) -> str:
    """The declaration of a TypedDict: a class, or a call where a key cannot be written in a class.

    Args:
        name: its name.
        plans: its keys.
        about: the text of its docstring.
        imports: where what it needs is imported.
        optional: the keys that may be absent.
    """
    base = imports.name("typing", "TypedDict")
    total = not plans or len(optional) < len(plans)
    ending = "" if total else ", total=False"
    written = {one.wire: _maybe(one, total and one.wire in optional, imports) for one in plans}
    if all(one.name == one.wire for one in named_for_python(plans, (), "")):
        lines = "".join(f"    {key}: {said}\n" for key, said in written.items())
        body = f"\n{lines}" if lines else ""
        return f"class {name}({base}{ending}):\n{_documented(about, plans)}{body}"
    keys = ", ".join(f"{quoted(key)}: {quoted(said)}" for key, said in written.items())
    return f"{name} = {base}({quoted(name)}, {{{keys}}}{ending})\n{_documented(about, plans, 0)}"


def _maybe(one: FieldPlan, absent: bool, imports: Imports) -> str:
    return (
        f"{imports.name('typing', 'NotRequired')}[{one.annotation}]" if absent else one.annotation
    )


def named_tuple_source(name: str, plans: Sequence[FieldPlan], about: str, imports: Imports) -> str:
    """The declaration of a named tuple; of a Struct like it where a field has no good name."""
    if any(one.name != one.original for one in plans):
        options = {"array_like": True, "forbid_unknown_fields": True}
        return struct_source(name, plans, about, imports, options=options)
    lines = "".join(
        f"    {one.name}: {one.annotation}{one.assigned('', mapped=False)}\n" for one in plans
    )
    body = f"\n{lines}" if lines else ""
    base = imports.name("typing", "NamedTuple")
    return f"class {name}({base}):\n{_documented(about, plans)}{body}"
