"""The types of bodies: asked for one by one, read together, and then given."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

from schematic.compile.shaping import shape_of
from schematic.define import DefinitionError, Schema
from schematic.define.values import shown
from schematic.generate.names import Names
from schematic.generate.type_expressions import NamedType, info_of
from schematic.interchange.reader.nodes import Node
from schematic.interchange.schema_types import read_schemas

__all__ = ["Types", "is_class"]

_OBJECT: Any = dict[str, Any]
_UNNAMED = (
    "choose: a type; {} has the property {}, a name that no type can have, so the object with it "
    "is any object"
)
_NO_NAMES = ("payload", "schema", "items")


class Types:
    """The types that the schemas of a document come to.

    Schemas are read together, so that what several refer to is one type. Until `read` is called,
    each type is ``Any``; whoever has asked then asks again.

    Args:
        root: the document.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self._names = Names()
        self._keys: dict[str, str] = {}
        self._wanted: dict[str, object] = {}
        self._found: Mapping[str, Any] | None = None
        self._alike: set[str] = set()
        self._unnamed: Mapping[str, str] = {}

    def read(self) -> None:
        """Read all that was asked for.

        Raises:
            DefinitionError: a schema cannot be read.
            SchematicError: what reads schemas is not installed.
        """
        made = read_schemas(self._wanted, self._root.value)
        read, self._unnamed = made.types, made.unnamed
        self._alike = {key for key, found in read.items() if not _can_be_told(found)}
        self._found = {key: _OBJECT if key in self._alike else read[key] for key in read}

    def schema(self, payload: Node, wanted: str) -> Schema:
        """A body whose type is made of the schema ``payload``.

        Args:
            payload: the schema, or a reference to one.
            wanted: what it is called, if it is no component with a name of its own.
        """
        key = self._key(payload, wanted)
        found: Any = Any if self._found is None else self._found[key]
        return Schema(found, name="" if is_class(found) else key)

    def type_of(self, payload: Node, wanted: str) -> Any:
        """The type of such a body."""
        return self.schema(payload, wanted).body

    def is_alike(self, payload: Node, wanted: str) -> bool:
        """Whether nothing tells the objects apart that such a body may be, so that it is any."""
        return self._key(payload, wanted) in self._alike

    def remarks(self, payload: Node, wanted: str) -> list[str]:
        """What there is to choose about such a body."""
        key = self._key(payload, wanted)
        found = [self._unnamed[key]] if key in self._unnamed else []
        return [_UNNAMED.format("its schema", shown(name)) for name in found]

    def unnamed_remarks(self) -> list[str]:
        """The same about all bodies, which are named."""
        return [
            _UNNAMED.format(f"the schema {key}", shown(name)) for key, name in self._unnamed.items()
        ]

    def _key(self, payload: Node, wanted: str) -> str:
        node, target = payload.resolved(), payload.target()
        if node.place not in self._keys:
            key = self._names.new_class(wanted if target is None else _name_of(target))
            self._keys[node.place] = key
            self._wanted[key] = node.value
        return self._keys[node.place]


def is_class(body: Any) -> bool:
    """Whether a type is a class of the document's, which bodies are called like."""
    return isinstance(info_of(body), NamedType)


def _can_be_told(body: Any) -> bool:
    """Whether a type can be a body: if it is one of several objects, something has to tell them."""
    if body in (None, NoneType):
        return False
    try:
        shape_of(Schema(body))
    except DefinitionError:
        return False
    return True


def _name_of(schema: Node) -> str:
    """What a schema is called where it stands: by the last word that is a name."""
    named = [part for part in schema.place.split("/")[1:] if part not in _NO_NAMES]
    return named[-1] if named else "Document"
