"""The keywords of JSON Schema that types can say, each checked and copied by itself."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard

from schematic.define import DefinitionError
from schematic.define.values import shown
from schematic.generate.literals import plain_text

__all__ = [
    "BOOLEANS",
    "Plain",
    "bounds_of",
    "can_be_field",
    "constant_of",
    "either",
    "is_list",
    "is_object",
    "kinds_of",
    "list_of",
    "object_of",
    "only",
    "reference_to",
    "said_of",
    "sizes_of",
    "values_of",
]

Plain: TypeAlias = "dict[str, Any]"
"""A schema, or a part of one."""

BOOLEANS: Mapping[str, bool] = {"OnlyTrue": True, "OnlyFalse": False}
"""Names of types that have one boolean only: what reads schemas has no such constants."""

_TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")
_WORDS_OF: Mapping[str, tuple[str, ...]] = {
    "array": ("items", "prefixItems", "additionalItems", "minItems", "maxItems"),
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_LARGEST = 2**63 - 1
_LONGEST_TEXT = 2000
_LONGEST_DEFAULT = 60
_LONGEST_PATTERN = 200
_IN_NO_NAME = re.compile(r'[\x00-\x1f"\\]')


def reference_to(name: str) -> Plain:
    """A reference to the part called ``name``."""
    return {"$ref": f"#/$defs/{name}"}


def either(members: list[Plain]) -> Plain:
    """A schema for what fits any of ``members``."""
    return members[0] if len(members) == 1 else {"anyOf": members}


def is_object(value: object) -> TypeGuard[Plain]:
    """Whether a value of JSON is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value of JSON is a list."""
    return isinstance(value, list)


def object_of(value: Any, place: str) -> Plain:
    """``value``, if it is an object.

    Raises:
        DefinitionError: it is something else.
    """
    if not is_object(value):
        raise DefinitionError(f"expected an object, not {shown(value)}", place=(place,))
    return value


def list_of(value: Any, place: str) -> list[Any]:
    """``value``, if it is a list.

    Raises:
        DefinitionError: it is something else.
    """
    if not is_list(value):
        raise DefinitionError(f"expected a list, not {shown(value)}", place=(place,))
    return value


def can_be_field(name: str) -> bool:
    """Whether a type can have a property of this name: msgspec and Python leave it as it is."""
    return not _IN_NO_NAME.search(name) and unicodedata.normalize("NFKC", name) == name


def kinds_of(given: Plain, place: str) -> list[str]:
    """The types that a schema allows; those that its keywords imply where it names none.

    Raises:
        DefinitionError: a type is not one of the seven.
    """
    named = given.get("type")
    if named is None:
        return [kind for kind, words in _WORDS_OF.items() if any(word in given for word in words)]
    kinds: list[Any] = named if is_list(named) else [named]
    for kind in kinds:
        if kind not in _TYPES:
            raise DefinitionError(
                f"the type {shown(kind)} is none of {', '.join(_TYPES)}", place=(place,)
            )
    return list(dict.fromkeys(kinds))


def only(given: Plain, kind: str) -> Plain:
    """The schema ``given``, for values of one type."""
    return given | {"type": kind}


def values_of(given: Plain, place: str) -> Plain:
    """The schema of ``const`` or ``enum``: those values, or their types if no type can say them."""
    values = [given["const"]] if "const" in given else list_of(given["enum"], place)
    if not values:
        raise DefinitionError("an enum of no values fits nothing", place=(place,))
    booleans = _booleans_of({one for one in values if isinstance(one, bool)})
    rest = [one for one in values if not isinstance(one, bool)]
    if all(map(_can_be_literal, rest)):
        unique = [one for at, one in enumerate(rest) if one not in rest[:at]]
        return either([*booleans, *([_literal(unique)] if unique else [])])
    kinds = dict.fromkeys(map(_kind_of, rest))
    return either([*booleans, *map(_type_of, kinds)])


def _booleans_of(values: set[bool]) -> list[Plain]:
    if len(values) > 1:
        return [{"type": "boolean"}]
    return [reference_to(name) for name, value in BOOLEANS.items() if value in values]


def _literal(values: list[Any]) -> Plain:
    if values == [None]:
        return {"type": "null"}
    return {"const": values[0]} if len(values) == 1 else {"enum": values}


def constant_of(made: Plain) -> Plain:
    """The only value that a schema made here allows, as its default; empty if it allows more."""
    if "const" in made:
        return {"default": made["const"]}
    found = [value for name, value in BOOLEANS.items() if made.get("$ref") == f"#/$defs/{name}"]
    return {"default": found[0]} if found else {}


def _can_be_literal(value: object) -> bool:
    return isinstance(value, str | None) or (isinstance(value, int) and abs(value) <= _LARGEST)


def _kind_of(value: object) -> str:
    kinds: Mapping[type, str] = {
        str: "string",
        bool: "boolean",
        int: "integer",
        float: "number",
        type(None): "null",
        list: "array",
        dict: "object",
    }
    return kinds[type(value)]


def _type_of(kind: str) -> Plain:
    inner: Mapping[str, Plain] = {"array": {"items": {}}, "object": {"additionalProperties": {}}}
    return {"type": kind, **inner.get(kind, {})}


def bounds_of(kind: str, given: Plain) -> Plain:
    """The bounds of a text or a number, as far as they can be checked."""
    if kind == "string":
        return sizes_of(given, "minLength", "maxLength")
    if kind not in ("integer", "number"):
        return {}
    bounds = {word: given[word] for word in _WORDS_OF["number"] if _is_bound(given.get(word), kind)}
    for word, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if given.get(word) is True and plain in bounds:  # as before draft 6
            bounds[word] = bounds.pop(plain)
        elif word in bounds:
            bounds.pop(plain, None)
    if bounds.get("multipleOf", 1) <= 0:
        del bounds["multipleOf"]
    return bounds


def _is_bound(value: object, kind: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        return False
    return kind == "number" or isinstance(value, int)


def sizes_of(given: Plain, *words: str) -> Plain:
    """The bounds of a size, which are whole numbers."""
    return {
        word: given[word]
        for word in words
        if type(given.get(word)) is int and 0 <= given[word] <= _LARGEST
    }


def said_of(given: Plain) -> str:
    """What a schema says of itself, on one line, its default and pattern included; may be empty.

    A pattern is said and not checked: one that a stranger wrote may take for ever on some texts.
    """
    about = given.get("description")
    words = " ".join(plain_text(about).split())[:_LONGEST_TEXT] if isinstance(about, str) else ""
    for more in (_default(given), _pattern(given)):
        if words and more and not words.endswith((".", "!", "?")):
            words += "."
        words = f"{words} {more}".strip()
    return words


def _default(given: Plain) -> str:
    if "default" not in given or isinstance(given["default"], list | dict):
        return ""
    said = f"The default is {json.dumps(given['default'])}."
    return said if len(said) <= _LONGEST_DEFAULT else ""


def _pattern(given: Plain) -> str:
    pattern = given.get("pattern")
    if not isinstance(pattern, str):
        return ""
    said = " ".join(plain_text(pattern).split())
    if not said or len(said) > _LONGEST_PATTERN:
        return "It has to match a pattern, which is not checked."
    return f"It has to match the pattern {said} (not checked)."
