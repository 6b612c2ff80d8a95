"""What msgspec can tell apart: aliases of themselves and unclear unions are made wider.

A union of types may hold one kind of text, one of list, one of number of each sort, and objects
that a tag tells apart. Where a schema has more than that, the type says "any text", "any object".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from schematic.define import DefinitionError
from schematic.interchange.schema_words import (
    BOOLEANS,
    Plain,
    either,
    is_list,
    is_object,
    reference_to,
)

__all__ = ["MOST_WITHIN", "parts_within", "readable_parts"]

MOST_WITHIN = 2000
"""How many schemas that are no objects one may hold, one within the other, counted each time."""

_ANY_OF_KIND: Mapping[str, Plain] = {
    "array": {"type": "array", "items": {}},
    "object": {"type": "object", "additionalProperties": {}},
}
_KIND_OF = {str: "string", int: "integer", type(None): "null"}


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of a union.

    Attributes:
        kind: its type in JSON; ``any`` for whatever there is.
        schema: what stands for it in the union.
        part: the object type that it is, if it is one with fields.
    """

    kind: str
    schema: Plain
    part: str = ""


def readable_parts(
    parts: Mapping[str, Plain], roots: Collection[str], *, tags: bool
) -> dict[str, Plain]:
    """The same parts, as types that msgspec can decode into.

    Args:
        parts: schemas by name, with references among them alone.
        roots: those that are bodies themselves: they may be unions of objects that no tag tells
            apart, if nothing refers to them.
        tags: whether objects that a constant tells apart may be members of one union.

    Raises:
        DefinitionError: an alias stands for too much: lists of lists that are named twice each.
    """
    booleans: dict[str, Plain] = {name: {"type": "boolean"} for name in BOOLEANS}
    plain, order = _without_endless_names({**booleans, **parts})
    referred = {name for schema in plain.values() for name in _references(schema)}
    _check_sizes(plain, order)
    unions = _Unions(plain, tags=tags)
    for name in order:
        unions.enter(name)
    return {
        name: _named(unions.rebuilt(schema, whole=name in roots and name not in referred))
        for name, schema in plain.items()
    }


def parts_within(parts: Mapping[str, Plain], name: str) -> list[str]:
    """The part called ``name``, and all that it refers to, directly or not."""
    found = {name: None}
    waiting = [name]
    while waiting:
        new = [one for one in _references(parts[waiting.pop()]) if one not in found]
        waiting += (one for one in new if one in parts)
        found |= dict.fromkeys(new)
    return list(found)


def _check_sizes(parts: Mapping[str, Plain], order: Iterable[str]) -> None:
    """Refuse aliases that hold each other over and over, since each is written out where it is."""
    sizes: dict[str, int] = {}
    for name in order:
        schema = parts[name]
        inner = sum(sizes.get(other, 1) for other in _references(schema, strict=True))
        if inner > MOST_WITHIN:
            raise DefinitionError(
                f"the schema {name!r} holds more than {MOST_WITHIN} others, one within the other: "
                "make them objects"
            )
        sizes[name] = 1 if "properties" in schema else 1 + inner


def _named(schema: Plain) -> Plain:
    """A schema that has a name: a constant is an enum of one, which the tool reads also there."""
    if "const" not in schema:
        return schema
    return {key: one for key, one in schema.items() if key != "const"} | {"enum": [schema["const"]]}


def _without_endless_names(parts: Mapping[str, Plain]) -> tuple[dict[str, Plain], list[str]]:
    """The parts without aliases of themselves, and an order in which each follows what it names.

    An object may hold its like; a list or a union may not be its own member.
    """
    edges = {
        name: {other: None for other in _references(schema, strict=True) if other != name}
        for name, schema in parts.items()
    }
    cut = {(name, name) for name in parts if name in set(_references(parts[name], strict=True))}
    while True:
        try:
            order = list(TopologicalSorter(edges).static_order())
            break
        except CycleError as error:
            inner, outer, *_ = error.args[1]
            del edges[outer][inner]
            cut.add((outer, inner))
    return {
        name: _cut(schema, {inner for outer, inner in cut if outer == name})
        for name, schema in parts.items()
    }, order


def _cut(schema: Any, names: set[str]) -> Any:
    """A schema without the references to ``names``: anything may stand there."""
    if is_list(schema):
        return [_cut(one, names) for one in schema]
    if not is_object(schema):
        return schema
    if _target(schema) in names:
        return {}
    return {key: _cut(one, names) if key in _HOLDING else one for key, one in schema.items()}


_HOLDING = ("anyOf", "allOf", "items", "prefixItems", "additionalProperties")
"""The keywords whose values are schemas; ``properties`` has names in between."""


def _target(schema: Any) -> str:
    reference: str = schema.get("$ref", "")
    return reference.removeprefix("#/$defs/")


def _references(schema: Any, *, strict: bool = False) -> Iterator[str]:
    """The parts that a schema names; if ``strict``, without those that its fields name."""
    if is_list(schema):
        for one in schema:
            yield from _references(one, strict=strict)
    elif is_object(schema):
        if "$ref" in schema:
            yield _target(schema)
        for key in _HOLDING:
            yield from _references(schema.get(key), strict=strict)
        if not strict:
            for one in schema.get("properties", {}).values():
                yield from _references(one)


class _Unions:
    """Takes unions apart, and puts them together again."""

    def __init__(self, parts: Mapping[str, Plain], *, tags: bool) -> None:
        self._parts = parts
        self._tags = tags
        self._members: dict[str, list[_Member]] = {}

    def enter(self, name: str) -> None:
        """Look at a part, after those that it names."""
        schema = self._parts[name]
        found = _distinct(self._open(schema))
        if "properties" in schema or any(
            one.kind == "object" for one in found if "allOf" in schema
        ):
            found = [_Member("object", reference_to(name), name)]
        if name in BOOLEANS:
            found = [_Member("boolean", reference_to(name))]
        self._members[name] = found

    def rebuilt(self, schema: Plain, *, whole: bool = False) -> Plain:
        """A schema whose unions are clear; ``whole`` ones may be unions of any objects."""
        if "anyOf" in schema:
            members = _distinct(self._open(schema))
            objects = all(one.part or one.kind == "null" for one in members)
            union = (
                either([one.schema for one in members])
                if whole and objects
                else self._united(members)
            )
            return union | {key: one for key, one in schema.items() if key == "description"}
        made = dict(schema)
        for key in ("items", "additionalProperties"):
            if is_object(made.get(key)):
                made[key] = self.rebuilt(made[key])
        for key in ("prefixItems", "allOf"):
            if key in made:
                made[key] = [self.rebuilt(one) for one in made[key]]
        if "properties" in made:
            made["properties"] = {k: self.rebuilt(one) for k, one in made["properties"].items()}
        return made

    def _open(self, schema: Plain) -> Iterator[_Member]:
        """The members of a union; of another schema, itself."""
        if "$ref" in schema:
            yield from self._referred(_target(schema))
        elif "anyOf" in schema:
            for one in schema["anyOf"]:
                yield from self._open(one)
        elif "allOf" in schema:
            yield from self._open(schema["allOf"][0])
        elif "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            for kind in dict.fromkeys(_KIND_OF[type(value)] for value in values):
                same = [value for value in values if _KIND_OF[type(value)] == kind]
                yield _Member(kind, {"type": "null"} if kind == "null" else {"enum": same})
        else:
            yield _Member(schema.get("type", "any"), schema)

    def _referred(self, name: str) -> list[_Member]:
        if "properties" in self._parts[name]:
            return [_Member("object", reference_to(name), name)]
        return self._members[name]

    def _united(self, members: list[_Member]) -> Plain:
        by_kind: dict[str, list[_Member]] = {}
        for one in members:
            by_kind.setdefault(one.kind, []).append(one)
        if "any" in by_kind:
            return {}
        return either([one for kind, same in by_kind.items() for one in self._of_kind(kind, same)])

    def _of_kind(self, kind: str, members: list[_Member]) -> list[Plain]:
        """Members of one kind, or one that has room for all of them."""
        schemas = [one.schema for one in members]
        if len(schemas) == 1:
            return [self.rebuilt(schemas[0])]
        if all("enum" in one for one in schemas):
            values = [value for one in schemas for value in one["enum"]]
            return [{"enum": list(dict.fromkeys(values))}]
        if kind == "object" and self._tags and self._tagged([one.part for one in members]):
            return schemas
        return [_ANY_OF_KIND.get(kind, {"type": kind})]

    def _tagged(self, names: list[str]) -> bool:
        """Whether a constant that all of these objects must have tells them apart."""
        parts = [self._parts[name] for name in dict.fromkeys(names) if name]
        if not all(names) or not all("properties" in part for part in parts):
            return False
        return any(
            len(set(values)) == len(parts) and len(set(map(type, values))) == 1
            for key in parts[0]["required"]
            if (values := [_constant(part, key) for part in parts]) and None not in values
        )


def _constant(part: Plain, key: str) -> Any:
    return part["properties"].get(key, {}).get("const") if key in part["required"] else None


def _distinct(members: Iterable[_Member]) -> list[_Member]:
    """The members, each once: what is said of them makes no difference."""
    found: dict[str, _Member] = {}
    for one in members:
        plain = {key: value for key, value in one.schema.items() if key != "description"}
        found.setdefault(json.dumps([one.kind, plain], sort_keys=True), one)
    return list(found.values())
