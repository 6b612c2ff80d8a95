"""The part of JSON Schema that types can say, in a form that nothing hidden gets into.

Documents are untrusted. Whatever turns schemas into types gets a copy that holds keywords of a
short list, each checked: no extension (``x-...``, ``customTypePath``), no reference to another
document, no name that code is made of. What types cannot say (``not``, ``if``,
``dependentRequired``) is left out, so types let through a little more than the schema does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from schematic.define import DefinitionError
from schematic.define.values import shown
from schematic.generate.names import Names, class_name
from schematic.interchange.bounds import check_plain
from schematic.interchange.schema_words import (
    Plain,
    bounds_of,
    can_be_field,
    constant_of,
    either,
    is_list,
    is_object,
    kinds_of,
    list_of,
    object_of,
    only,
    reference_to,
    said_of,
    sizes_of,
    values_of,
)

__all__ = ["MOST_PARTS", "Subset"]

MOST_PARTS = 3000
"""How many types may be made at once: about ten times those of a large API."""

_LONGEST_TITLE = 40
_NAMED = {"$ref", "allOf", "anyOf", "enum", "nullable", "oneOf"}
"""What makes a schema worth a name of its own, if it is no object or list."""
_NARROWS = (
    "properties",
    "const",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
)
"""What beside an ``allOf`` says more than its members do."""


_ANY_OBJECT: Plain = {"type": "object", "additionalProperties": {}}


class Subset:
    """Makes the copy, and gives each object type a name of its own.

    Args:
        names: names that are free for classes.
        document: what references of the form ``#/...`` start from; each schema itself by default.

    Attributes:
        parts: the schemas of all types that have a name, in the order of meeting them.
        unnamed: those that are any object since no type can have one of their properties, with
            the name of that property.
    """

    def __init__(self, names: Names, document: object = None) -> None:
        check_plain(document)
        self.parts: dict[str, Plain] = {}
        self.unnamed: dict[str, str] = {}
        self._names = names
        self._document = document
        self._known: dict[int, str] = {}
        self._waiting: list[tuple[str, Any, object]] = []

    def add(self, schemas: Mapping[str, Any]) -> dict[str, str]:
        """Take schemas in, and all that they refer to.

        Returns:
            The name that each of them has among `parts`.

        Raises:
            DefinitionError: a schema is wrong, or refers to something outside of the document.
        """
        check_plain(dict(schemas))
        named: dict[str, str] = {}
        for key, schema in schemas.items():
            named[key] = self._name(key)
            self._known.setdefault(id(schema), named[key])
            self._waiting.append((named[key], schema, schema))
        while self._waiting:
            name, schema, root = self._waiting.pop(0)
            self.parts[name] = _Reader(self, name, root).part(schema)
        return named

    def part_for(self, wanted: str, schema: Any, root: object) -> str:
        """The name of a schema that is to have one, which is taken in later."""
        key = id(schema)
        if key not in self._known:
            self._known[key] = self._name(wanted)
            self._waiting.append((self._known[key], schema, root))
        return self._known[key]

    def target(self, reference: object, root: object) -> tuple[str, Any]:
        """What a reference points to: the last word of it, and the schema.

        Raises:
            DefinitionError: it points nowhere, or out of the document.
        """
        if not isinstance(reference, str) or not (reference + "/").startswith("#/"):
            raise DefinitionError(
                f"the reference {shown(reference)} leaves the document: only '#/...' is followed, "
                "so put the schema into the same document"
            )
        words = [unquote(word).replace("~1", "/").replace("~0", "~") for word in _words(reference)]
        value: Any = root if self._document is None else self._document
        for word in words:
            value = _step(value, word, reference)
        return (words[-1] if words else "Root"), value

    def _name(self, wanted: str) -> str:
        if len(self._known) >= MOST_PARTS:
            raise DefinitionError(
                f"the schemas are too many: at most {MOST_PARTS}, those within too"
            )
        name = class_name(wanted)
        return self._names.new_class(name if name.isascii() else "Body")


def _words(reference: str) -> list[str]:
    return reference.split("/")[1:]


def _step(value: Any, word: str, reference: str) -> Any:
    if is_object(value) and word in value:
        return value[word]
    if is_list(value) and re.fullmatch("[0-9]{1,9}", word) and int(word) < len(value):
        return value[int(word)]
    raise DefinitionError(f"the reference {shown(reference)} points to nothing")


def _is_plain(schema: Any) -> bool:
    """Whether a schema is a text, a number or a constant, for which no name is needed."""
    if not is_object(schema) or _NAMED & schema.keys():
        return False
    return "const" in schema or schema.get("type") in ("boolean", "integer", "number", "string")


class _Reader:
    """Copies the schema of one part."""

    def __init__(self, subset: Subset, name: str, root: object) -> None:
        self._subset = subset
        self._name = name
        self._root = root

    def part(self, schema: Any) -> Plain:
        """The copy of the schema that has the part's name, objects included."""
        return self._copy(schema, self._name, whole=True)

    def _inner(self, schema: Any, wanted: str) -> Plain:
        """The copy of a schema within: of an object, a reference to a part of its own."""
        return self._copy(schema, wanted, whole=False)

    def _copy(self, schema: Any, wanted: str, *, whole: bool) -> Plain:
        if isinstance(schema, bool):
            return {}
        if not is_object(schema):
            raise DefinitionError(f"a schema is an object, not {shown(schema)}", place=(wanted,))
        made = self._meaning(schema, wanted, whole=whole)
        said = said_of(schema)
        return made | {"description": said} if said else made

    def _meaning(self, given: Plain, wanted: str, *, whole: bool) -> Plain:
        if "$ref" in given:
            word, target = self._subset.target(given["$ref"], self._root)
            if _is_plain(target):
                return self._inner(target, wanted)
            return reference_to(self._subset.part_for(word, target, self._root))
        if given.get("nullable") is True:
            rest = {key: value for key, value in given.items() if key != "nullable"}
            return either([self._inner(rest, wanted), {"type": "null"}])
        if "const" in given or "enum" in given:
            return values_of(given, wanted)
        return self._typed(given, wanted, whole=whole)

    def _typed(self, given: Plain, wanted: str, *, whole: bool) -> Plain:
        if "allOf" in given:
            return self._all_of(given, wanted, whole=whole)
        kinds = kinds_of(given, wanted)
        if "object" in kinds and len(kinds) == 1 and "properties" in given:
            return self._object(given, wanted, whole=whole)
        for word in ("oneOf", "anyOf"):
            if word in given:
                members = list_of(given[word], wanted)
                return either(
                    [self._inner(one, f"{wanted} {i + 1}") for i, one in enumerate(members)]
                )
        if not kinds:
            return {}
        if len(kinds) != 1:
            return either([self._inner(only(given, kind), wanted) for kind in kinds])
        return self._plain(kinds[0], given, wanted)

    def _plain(self, kind: str, given: Plain, wanted: str) -> Plain:
        if kind == "array":
            return self._array(given, wanted)
        if kind == "object":
            return self._table(given, wanted)
        return {"type": kind} | bounds_of(kind, given)

    def _any_object(self, unnamed: str) -> Plain:
        """Any object, instead of one with a property of that name."""
        self._subset.unnamed.setdefault(self._name, unnamed)
        return dict(_ANY_OBJECT)

    def _object(self, given: Plain, wanted: str, *, whole: bool) -> Plain:
        if not whole:
            title = given.get("title")
            if isinstance(title, str) and 0 < len(title) <= _LONGEST_TITLE:
                wanted = title
            return reference_to(self._subset.part_for(wanted, given, self._root))
        properties = object_of(given["properties"], wanted)
        required = [one for one in list_of(given.get("required", []), wanted) if one in properties]
        unnamed = next((one for one in properties if not can_be_field(one)), None)
        if unnamed is not None:
            return self._any_object(unnamed)
        made: Plain = {}
        for key, schema in properties.items():
            made[key] = self._inner(schema, f"{self._name} {key}")
            if key in required:
                made[key] |= constant_of(made[key])
        return {"type": "object", "properties": made, "required": required}

    def _table(self, given: Plain, wanted: str) -> Plain:
        patterns = list(object_of(given.get("patternProperties", {}), wanted).values())
        values = patterns[0] if len(patterns) == 1 else given.get("additionalProperties", True)
        return {"type": "object", "additionalProperties": self._inner(values, f"{wanted} value")}

    def _array(self, given: Plain, wanted: str) -> Plain:
        items = given.get("items", True)
        first = list_of(items, wanted) if is_list(items) else given.get("prefixItems", [])
        more = given.get("additionalItems", True) if is_list(items) else items
        sizes = sizes_of(given, "minItems", "maxItems")
        if not first:
            return {"type": "array", "items": self._inner(more, f"{wanted} item")} | sizes
        members = [
            self._inner(one, f"{wanted} {i + 1}") for i, one in enumerate(list_of(first, wanted))
        ]
        closed = more is False or sizes.get("maxItems") == len(members)
        if not closed or sizes.get("minItems") != len(members):
            return {"type": "array", "items": {}, **sizes}
        sizes["maxItems"] = len(members)
        return {"type": "array", "prefixItems": members, "items": False, **sizes}

    def _all_of(self, given: Plain, wanted: str, *, whole: bool) -> Plain:
        rest = {key: value for key, value in given.items() if key != "allOf"}
        members = list_of(given["allOf"], wanted)
        members += [rest] if any(key in rest for key in _NARROWS) else []
        if len(members) == 1:
            return self._copy(members[0], wanted, whole=whole)
        if not whole:
            return reference_to(self._subset.part_for(wanted, given, self._root))
        copies = [self._copy(one, wanted, whole=True) for one in members]
        said = [one for one in copies if one.keys() - {"description"} and one != _ANY_OBJECT]
        if not said:
            return copies[0] if copies else {}
        return said[0] if len(said) == 1 else {"allOf": said}
