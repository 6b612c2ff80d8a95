"""`Source`: what all parts of a generated REST module share while it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schematic.define import ConnectionParam, Endpoint, ParamType, ResponseKind, RestApi, Schema
from schematic.generate.imports import Imports
from schematic.generate.literals import literal
from schematic.generate.names import BUILTINS, Names, class_name, constant_name, snake_case
from schematic.generate.type_expressions import NamedType, info_of
from schematic.generate.types import TypeSources

__all__ = ["RUNTIME", "Source", "is_class", "unnamed"]

RUNTIME = "schematic_engine.rest"
_CHOSEN = (ParamType.STRING, ParamType.INTEGER, ParamType.BOOLEAN)
_FEW = 4
_RETURNED = {ResponseKind.TEXT: "str", ResponseKind.BINARY: "bytes", ResponseKind.EMPTY: "None"}


@dataclass
class Source:
    """A module that is being written.

    Attributes:
        api: what its clients call.
        prefix: what the names of its clients begin with.
        names: the names of the module.
        methods: the name of the method of each endpoint, by the endpoint's id.
        operations: the name of the constant of each endpoint, without the underscore.
    """

    api: RestApi
    prefix: str
    names: Names = field(default_factory=lambda: Names(BUILTINS))

    def __post_init__(self) -> None:
        self.imports = Imports(self.names)
        self.imports.expect("typing", "Literal", "TypeAlias", "Unpack", "get_args")
        self.names.reserve(f"{self.prefix}Rest", f"Sync{self.prefix}Rest")
        self.types = TypeSources(self.names, self.imports)
        operations = Names(("API",))
        ids = [endpoint.id for endpoint in self.api.endpoints]
        self.operations = {one: operations.new(constant_name(one)) for one in ids}
        self._bodies: list[tuple[Schema, str]] = []
        self._aliases: dict[tuple[object, ...], tuple[str, str]] = {}
        for endpoint in self.api.endpoints:
            self._expect(endpoint)
        for endpoint in self.api.endpoints:
            for param in endpoint.params:
                self._name_choices(endpoint, param)
        for endpoint in self.api.endpoints:
            self._declare(endpoint)
        # The annotations of a class read its methods before all else: those hide no other name.
        methods = self.names.scope({"aclose", "close", "self"} | BUILTINS)
        self.methods = {one: methods.new(snake_case(one)) for one in ids}

    def runtime(self, name: str) -> str:
        """Import ``name`` from `schematic_engine.rest`."""
        return self.imports.name(RUNTIME, name)

    def abstract(self, name: str) -> str:
        """Import ``name`` from `collections.abc`, for annotations."""
        return self.imports.name("collections.abc", name, typing_only=True)

    def typing(self, name: str) -> str:
        """Import ``name`` from `typing`."""
        return self.imports.name("typing", name)

    # ----------------------------------------------------------------------------------- bodies

    def _expect(self, endpoint: Endpoint) -> None:
        requested = None if endpoint.request is None else endpoint.request.schema
        for schema in (requested, endpoint.response.schema):
            if schema is not None and is_class(schema):
                self.types.expect(schema.name, schema.body)

    def _declare(self, endpoint: Endpoint) -> None:
        """Declare the types of both bodies, so that all their names are known."""
        for held in (endpoint.request, endpoint.response):
            if held is not None and held.schema is not None:
                self.body(held.schema)

    def body(self, schema: Schema) -> str:
        """The annotation of a JSON body, whose types are declared."""
        for known, written in self._bodies:
            if known == schema:
                return written
        written = self._written(schema)
        self._bodies.append((schema, written))
        return written

    def _written(self, schema: Schema) -> str:
        body = dict[str, Any] if schema.is_name_only else schema.body
        if is_class(schema):
            return self.types.declare(body, name=schema.name)
        if schema.is_name_only or (schema.name.isidentifier() and not unnamed(schema)):
            return self.types.alias(schema.name, body)
        return self.types.annotation(body)

    def returned(self, endpoint: Endpoint) -> str:
        """The annotation of what a call returns."""
        schema = endpoint.response.schema
        return self.body(schema) if schema is not None else _RETURNED[endpoint.response.kind]

    # ---------------------------------------------------------------------------------- choices

    def choices(self, param: ConnectionParam) -> str | None:
        """The type of a parameter that has one of a few values; None for others."""
        if not param.choices or param.param_type not in _CHOSEN:
            return None
        alias = self.alias(param)
        written = f"{self.typing('Literal')}[{', '.join(map(literal, param.choices))}]"
        return written if alias is None else alias

    def alias(self, param: ConnectionParam) -> str | None:
        """The name for the values of a parameter that has many of them."""
        name, _ = self._aliases.get(_key(param), (None, ""))
        return name

    def _name_choices(self, endpoint: Endpoint, param: ConnectionParam) -> None:
        few = len(param.choices) <= _FEW or param.param_type not in _CHOSEN
        if few or _key(param) in self._aliases:
            return
        wanted = class_name(param.name)
        if wanted in self.names:
            wanted = class_name(f"{endpoint.id} {param.name}")
        name = self.names.new_class(wanted)
        values = ", ".join(map(literal, param.choices))
        alias, choice = self.typing("TypeAlias"), self.typing("Literal")
        self._aliases[_key(param)] = (name, f"{name}: {alias} = {choice}[{values}]\n")

    def aliases(self) -> str:
        """The declarations of those names."""
        return "\n".join(text for _, text in self._aliases.values())


def _key(param: ConnectionParam) -> tuple[object, ...]:
    """What tells lists of choices apart: 1 and True are two."""
    return (param.name, *((type(choice), choice) for choice in param.choices))


def unnamed(schema: Schema) -> bool:
    """Whether a body of JSON has the name that a type without a name of its own gives it."""
    return not is_class(schema) and schema.name == Schema(schema.body).name


def is_class(schema: Schema) -> bool:
    """Whether a body of JSON is declared as a class."""
    return not schema.is_name_only and isinstance(info_of(schema.body), NamedType)
