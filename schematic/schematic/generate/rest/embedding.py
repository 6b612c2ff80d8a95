"""The description in a generated REST module: the calls that make it again, without its prose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from enum import Enum
from inspect import signature
from typing import TypeAlias

from schematic.define import (
    ApiRequest,
    ApiResponse,
    AuthStrategy,
    ConnectionParam,
    Endpoint,
    FormField,
    ParamType,
    RestApi,
    Schema,
)
from schematic.define.urls import placeholders
from schematic.generate.literals import literal
from schematic.generate.rest.source import Source, is_class, unnamed

__all__ = ["embedded"]

_PROSE = ("description", "docs_url")
_Round: TypeAlias = (
    ApiRequest | ApiResponse | AuthStrategy | ConnectionParam | Endpoint | FormField | RestApi
)


def embedded(source: Source) -> str:
    """The description as ``_API``, and a constant for each of its endpoints."""
    writer = _Writer(source)
    written = f"_API = {writer.write(source.api)}\n"
    operation = source.runtime("Operation")
    for endpoint in source.api.endpoints:
        name, returned = source.operations[endpoint.id], source.returned(endpoint)
        written += f"_{name}: {operation}[{returned}] = {operation}({literal(endpoint.id)})\n"
    return written


class _Writer:
    """Writes the parts of a description."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def write(self, value: object) -> str:
        """The source of a value."""
        return literal(value, named=self._named)

    def _named(self, value: object) -> str:
        if isinstance(value, Enum):
            return f"{self._source.runtime(type(value).__name__)}.{value.name}"
        if isinstance(value, Schema):
            return self._schema(value)
        if not isinstance(value, _Round):
            return literal(value)
        name = self._source.runtime(type(value).__name__)
        maker, arguments = self._made(value) or ("", self._arguments(value))
        return f"{name}{maker}({', '.join(arguments)})"

    def _made(self, value: _Round) -> tuple[str, Iterable[str]] | None:
        """The constructor that makes a value, and its arguments; None for none but the class."""
        if isinstance(value, ApiResponse) and value == ApiResponse.binary(
            value.media_type, streamed=value.streamed
        ):
            streamed = ["streamed=True"] if value.streamed else []
            return ".binary", [literal(value.media_type), *streamed]
        if isinstance(value, ApiRequest | ApiResponse) and value.schema is not None:
            made = type(value).json(value.schema)
            return (".json", [self._schema(value.schema)]) if value == made else None
        if isinstance(value, AuthStrategy):
            return self._auth(value)
        return None

    def _auth(self, way: AuthStrategy) -> tuple[str, Iterable[str]] | None:
        if way == AuthStrategy.bearer_token():
            return ".bearer_token", ()
        if way == AuthStrategy.basic():
            return ".basic", ()
        if way == AuthStrategy.api_key_query(name=way.name or ""):
            return ".api_key_query", [f"name={literal(way.name)}"]
        if way == AuthStrategy.api_key(header=way.header or "", prefix=way.prefix):
            prefix = [f"prefix={literal(way.prefix)}"] if way.prefix else []
            return ".api_key", [f"header={literal(way.header)}", *prefix]
        return None

    def _arguments(self, value: _Round) -> Iterator[str]:
        defaults = signature(type(value)).parameters
        for name in (field.name for field in fields(value)):
            held, default = getattr(value, name), defaults[name].default
            if name == "request_params":
                held = tuple(one for one in held if not _goes_without_saying(one, value))
            if name not in _PROSE and held != default and not (held == () and not default):
                yield f"{name}={self._held(value, name, held)}"

    def _held(self, value: _Round, name: str, held: object) -> str:
        if isinstance(value, ConnectionParam) and name == "choices":
            alias = self._source.alias(value)
            if alias is not None:
                return f"{self._source.typing('get_args')}({alias})"
        if isinstance(value, ConnectionParam) and name == "many" and len(value.styles) == 1:
            return self.write(value.styles[0])
        return self.write(held)

    def _schema(self, schema: Schema) -> str:
        called = self._source.runtime("Schema")
        if schema.is_name_only:
            return f"{called}({literal(schema.body)})"
        written = self._source.body(schema)
        said = written == schema.name if is_class(schema) else unnamed(schema)
        name = "" if said else f", name={literal(schema.name)}"
        return f"{called}({written}{name})"


def _goes_without_saying(param: ConnectionParam, owner: object) -> bool:
    """Whether a placeholder of the path says all that there is to say of a parameter."""
    plain = ConnectionParam(name=param.name, param_type=ParamType.STRING)
    bare = replace(param, description="", location=None, required=False)
    return isinstance(owner, Endpoint) and bare == plain and param.name in placeholders(owner.path)
