"""The objects that bodies are made of: their fields, what each is, and what its docstring says."""

from __future__ import annotations

import inspect as python
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import NODEFAULT, inspect

from schematic.compile.body_types import ObjectType, type_of
from schematic.define import BodyKind, Schema

__all__ = ["About", "FieldEntry", "ObjectEntry", "Objects", "TypeText", "about"]

TypeText: TypeAlias = "tuple[str | ObjectEntry, ...]"
"""A type as it is read: words, and objects that are described elsewhere."""

_ATTRIBUTES = re.compile(r"^Attributes:\s*$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^ {4}(\w+)(?: \([^)]*\))?: *(.*)$")
_SECTION = re.compile(r"^[A-Z]\w+:\s*$", re.MULTILINE)

_WORDS: dict[type[inspect.Type], str] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "time",
    inspect.FloatType: "number",
    inspect.IntType: "integer",
    inspect.NoneType: "null",
    inspect.RawType: "anything",
    inspect.StrType: "string",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a docstring says.

    Attributes:
        paragraphs: those above its ``Attributes:``, each on one line.
        attributes: each attribute's line.
    """

    paragraphs: tuple[str, ...]
    attributes: Mapping[str, str]

    @property
    def text(self) -> str:
        """All paragraphs, on one line."""
        return " ".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One field of an object.

    Attributes:
        name: the key on the wire.
        type: its type, in words.
        optional: whether the key may be absent.
        default: what an absent key means, as Python writes it; empty if nothing is said.
        about: what it means, from the docstring.
    """

    name: str
    type: TypeText
    optional: bool
    default: str
    about: str


@dataclass(frozen=True, slots=True, eq=False)
class ObjectEntry:
    """One type of object: a name that no other one has, and what it is."""

    name: str
    about: str


class Objects:
    """Describes object types, each once.

    Attributes:
        fields: the fields of all objects that have been met, in the order of meeting them.
    """

    def __init__(self) -> None:
        self.fields: dict[ObjectEntry, tuple[FieldEntry, ...]] = {}
        self._by_type: dict[type, ObjectEntry] = {}

    def body(self, schema: Schema) -> TypeText:
        """What a body is, in words."""
        if schema.kind is BodyKind.BINARY:
            return ("bytes, in a binary frame",)
        if schema.kind is BodyKind.TEXT:
            words = ", ".join(f"`{word}`" for word in schema.words)
            return (f"text: {words}" if words else "any text",)
        if schema.is_name_only:
            return ("any JSON object",)
        return self._words(type_of(schema))

    def _words(self, info: inspect.Type) -> TypeText:
        if isinstance(info, ObjectType):
            return (self._object(info),)
        values = _values(info)
        if values is not None:
            return (" or ".join(f"`{_json(value)}`" for value in values),)
        return self._made_of(info)

    def _made_of(self, info: inspect.Type) -> TypeText:
        """What a type holds: choices, items, values; else its name."""
        match info:
            case inspect.Metadata(type=inner):
                return self._words(inner)
            case inspect.UnionType(types=types):
                return _joined(map(self._words, types), " or ")
            case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
                return ("list of ", *self._words(item))
            case inspect.DictType(value_type=value):
                return ("object of ", *self._words(value))
            case _:
                plain = type(info).__name__.removesuffix("Type").lower()
                return (_WORDS.get(type(info), plain),)

    def _object(self, info: ObjectType) -> ObjectEntry:
        known = self._by_type.get(info.cls)
        if known is not None:
            return known
        namesakes = [one for one in self._by_type if one.__name__ == info.cls.__name__]
        name = info.cls.__name__ + (f" {len(namesakes) + 1}" if namesakes else "")
        says = about(info.cls)
        # Entered before its fields are looked at, for objects that hold their like.
        entry = self._by_type[info.cls] = ObjectEntry(name, says.text)
        self.fields[entry] = ()
        self.fields[entry] = tuple(self._fields(info, says))
        return entry

    def _fields(self, info: ObjectType, says: About) -> Iterator[FieldEntry]:
        if isinstance(info, inspect.StructType) and info.tag_field is not None:
            yield FieldEntry(info.tag_field, (f"`{_json(info.tag)}`",), False, "", "")
        for field in info.fields:
            constant = _values(field.type) == (field.default,)
            plain = field.required or constant or field.default in (NODEFAULT, None)
            yield FieldEntry(
                field.encode_name,
                self._words(field.type),
                not (field.required or constant),
                "" if plain else _json(field.default),
                says.attributes.get(field.name, ""),
            )


def about(documented: type) -> About:
    """What the docstrings of a class and of those it is derived from say."""
    attributes: dict[str, str] = {}
    for base in reversed(documented.__mro__):
        attributes.update(_read(_docstring(base)).attributes)
    return About(_read(_docstring(documented)).paragraphs, attributes)


def _docstring(documented: type) -> str:
    """The class's own docstring, unless nobody wrote it."""
    written = documented.__dict__.get("__doc__")
    made_up = f"{documented.__name__}("  # a dataclass's signature
    if not isinstance(written, str) or written.startswith(made_up):
        return ""
    return "" if documented.__module__ == "builtins" else python.cleandoc(written)


def _read(docstring: str) -> About:
    """A docstring in Google style, its lines without the margin."""
    head, *sections = _ATTRIBUTES.split(docstring, maxsplit=1)
    attributes: dict[str, str] = {}
    current = ""
    for line in _SECTION.split(sections[0], maxsplit=1)[0].splitlines() if sections else ():
        found = _ATTRIBUTE.match(line)
        if found:
            current = found[1]
            attributes[current] = found[2]
        elif current and line.strip():
            attributes[current] += " " + line.strip()
    blocks = re.split(r"\n\s*\n", _SECTION.split(head, maxsplit=1)[0])
    paragraphs = (" ".join(block.split()) for block in blocks)
    return About(tuple(filter(None, paragraphs)), attributes)


def _values(info: inspect.Type) -> tuple[object, ...] | None:
    """The values of a literal or an enumeration; None for other types."""
    if isinstance(info, inspect.LiteralType):
        return tuple(info.values)
    return tuple(one.value for one in info.cls) if isinstance(info, inspect.EnumType) else None


def _joined(parts: Iterable[TypeText], between: str) -> TypeText:
    joined: list[str | ObjectEntry] = []
    for part in parts:
        joined += [between, *part] if joined else part
    return tuple(joined)


def _json(value: object) -> str:
    """A literal as it stands in JSON."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f'"{value}"' if isinstance(value, str) else str(value)
