"""What is wrong with a value whose type is right, for a script that shows it: `with_misfit`.

A script that knew the type alone would hold a right value against a mended program.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from msgspec import inspect as mi

from schematic.compile import CompiledEndpoint
from schematic.compile.body_types import ObjectType, plain_types, type_of, values_of
from schematic.define import BodyKind, Side
from schematic_engine.codec import codecs_of
from schematic_engine.probing.reporting.likeness import Likeness, type_name

__all__ = ["with_misfit"]

_PLACE: Final = re.compile(r"at `\$\.([^`\[]+)")
"""Where msgspec says that a value is which does not fit; what is in a list stands at the list."""

_CHECKS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
    "multiple_of": lambda value, bound: value % bound == 0,
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, bound: re.search(bound, value) is not None,
}
_BOUNDED: Final[dict[type[mi.Type], str]] = {
    mi.IntType: "number",
    mi.FloatType: "number",
    mi.StrType: "str",
    mi.ListType: "list",
    mi.VarTupleType: "list",
}


def with_misfit(
    seen: Likeness, endpoint: CompiledEndpoint, side: Side, message: str, payload: str | bytes
) -> Likeness:
    """``seen``, the likeness of ``payload``, with what is wrong with the value that does not fit.

    Args:
        seen: what it looks like.
        endpoint: what is spoken.
        side: who said it.
        message: the id of the message that it is, or empty.
        payload: what was said.

    Returns:
        ``seen`` as it is where nothing is wrong but a type, or what is wrong is no value.
    """
    kind = codecs_of(endpoint)[side].kinds.get(message)
    if kind is None or kind.schema.kind is not BodyKind.JSON or not isinstance(seen, dict):
        return seen
    known = cast("dict[str, Any]", seen)
    try:
        kind.decode(payload)
    except (ValueError, RecursionError) as error:
        found = _PLACE.search(str(error))
    else:
        return known
    if found is None:
        return known
    path = found[1].split(".")
    infos, value = _at(type_of(kind.schema), path), _value(payload, path)
    return known if value is None else _put(known, path, _wrong(infos, value))


def _wrong(infos: list[mi.Type], value: Any) -> Likeness:
    """What is wrong with ``value`` where one of ``infos`` is due."""
    name = type_name(value)
    choices = [one for info in infos for one in values_of(info) or ()]
    if choices and value not in choices and any(type_name(one) == name for one in choices):
        return ("not", *choices)
    for info in infos:
        if _BOUNDED.get(type(info)) != name:
            continue
        bounds = _bounds(info)
        if not all(_CHECKS[check](value, bound) for check, bound in bounds.items()):
            return ("beyond", name, bounds)
        return value
    return (name,) if infos and all(type(info) in _BOUNDED for info in infos) else value


def _bounds(info: mi.Type) -> dict[str, Any]:
    found = {name: getattr(info, name, None) for name in _CHECKS}
    if isinstance(info, mi.IntType) and found["multiple_of"] is None:
        found["multiple_of"] = 1
    return {name: bound for name, bound in found.items() if bound is not None}


def _at(info: mi.Type, path: list[str]) -> list[mi.Type]:
    """The plain types that are due at ``path``."""
    found = list(plain_types(info))
    for name in path:
        fields = [one for plain in found if isinstance(plain, ObjectType) for one in plain.fields]
        inner = [one.type for one in fields if one.encode_name == name]
        found = [plain for one in inner for plain in plain_types(one)]
    return found


def _value(payload: str | bytes, path: list[str]) -> Any:
    """What stands at ``path``; None if nothing does, or null."""
    found: Any = msgspec.json.decode(payload)
    for name in path:
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return found


def _put(seen: dict[str, Any], path: list[str], wrong: Likeness) -> Likeness:
    """``seen`` with ``wrong`` at ``path``."""
    name, *rest = path
    inner = seen.get(name)
    if rest and not isinstance(inner, dict):
        return seen
    return seen | {name: _put(cast("dict[str, Any]", inner), rest, wrong) if rest else wrong}
