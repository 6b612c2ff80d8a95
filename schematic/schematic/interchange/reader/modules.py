"""A definition as a Python module: types, a function for each endpoint, and one for the API."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import schematic
from schematic.define import WebSocketApi
from schematic.generate.imports import Imports
from schematic.generate.layout import formatted
from schematic.generate.literals import comment, docstring, literal
from schematic.generate.names import BUILTINS, Names, snake_case
from schematic.generate.types import TypeSources
from schematic.interchange.definition_source import Names as Called
from schematic.interchange.definition_source import Notes, Path, source_of_definition
from schematic.interchange.reader.types import is_class

__all__ = ["Definition", "module_of"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition, and what there is to say about its parts.

    Attributes:
        api: the API.
        about: what the docstring of the module says.
        notes: remarks on the API, by their place.
        endpoint_notes: remarks on each endpoint, by its id and their place in it.
        remarks: remarks on the whole.
    """

    api: WebSocketApi
    about: str
    notes: dict[Path, list[str]] = field(default_factory=dict[Path, list[str]])
    endpoint_notes: dict[str, dict[Path, list[str]]] = field(
        default_factory=dict[str, dict[Path, list[str]]]
    )
    remarks: Sequence[str] = ()


def module_of(definition: Definition) -> tuple[str, str]:
    """The name of the function that returns the API, and the source of its module.

    Raises:
        DefinitionError: a type of a body cannot be written.
        SchematicError: what formats the source is not installed.
    """
    return _Module(definition).source()


class _Module:
    """Writes a module."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._names = Names(BUILTINS)
        self._imports = Imports(self._names)
        self._imports.expect("schematic", *schematic.__all__)
        self._types = TypeSources(self._names, self._imports)
        self._name = self._names.new(snake_case(definition.api.name))

    def source(self) -> tuple[str, str]:
        """The name of the function that returns the API, and the source."""
        api = self._definition.api
        self._expect_types()
        calls: dict[int, str] = {}
        functions: list[str] = []
        for endpoint in api.endpoints:
            name = f"_{self._names.new(snake_case(endpoint.id))}"
            calls[id(endpoint)] = f"{name}()"
            notes = self._definition.endpoint_notes.get(endpoint.id, {})
            functions.append(self._function(name, endpoint, notes))
        remarks = "".join(map(comment, self._definition.remarks))
        about = docstring(f"The description of {api.name}.")
        notes = self._definition.notes
        functions.append(remarks + self._function(self._name, api, notes, about, calls))
        declarations = self._types.declarations()
        exported = sorted({*_defined(declarations), self._name}, key=_rank)
        parts = [
            docstring(self._definition.about, indent=0) + "\n" + self._imports.render(),
            f"__all__ = {literal(exported)}",
            declarations,
            *functions,
        ]
        return self._name, formatted("\n\n".join(parts))

    def _expect_types(self) -> None:
        """Keep the names of the types of messages, which types within them may have as well."""
        for endpoint in self._definition.api.endpoints:
            for message in endpoint.lifecycle.every_message:
                body: Any = message.schema.body
                if body is not None and not message.schema.is_name_only and is_class(body):
                    self._types.expect(body.__name__, body)

    def _function(
        self,
        name: str,
        made: object,
        notes: Notes,
        about: str = "",
        instead: dict[int, str] | None = None,
    ) -> str:
        """A function that returns what it makes."""
        names = Called(self._imports.name, self._types.annotation, self._types.fields)
        written = source_of_definition(made, notes, depth=2, names=names, instead=instead)
        kind = self._imports.name("schematic", type(made).__name__)
        return f"def {name}() -> {kind}:\n{about}    return {written.text}\n"


def _defined(declarations: str) -> Iterable[str]:
    """The names of the classes."""
    for statement in ast.parse(declarations).body:
        if isinstance(statement, ast.ClassDef):
            yield statement.name


def _rank(name: str) -> tuple[int, list[str | int]]:
    """Constants before classes before functions, numbers as numbers: as ruff sorts ``__all__``."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
