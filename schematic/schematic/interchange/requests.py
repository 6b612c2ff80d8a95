"""Parameters and credentials as AsyncAPI and OpenAPI describe them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from schematic.define import (
    AuthKind,
    AuthStrategy,
    ConnectionParam,
    ListStyle,
    ParamType,
)
from schematic.interchange.json_schema import JsonSchema

__all__ = ["distinct", "http_scheme", "object_schema", "param_schema", "single_schema", "unlisted"]

_TYPES = {
    ParamType.STRING: "string",
    ParamType.INTEGER: "integer",
    ParamType.BOOLEAN: "boolean",
    ParamType.FLOAT: "number",
    ParamType.OBJECT: "object",
}
_PLAIN_WORDS = ("true", "false")


def param_schema(param: ConnectionParam) -> JsonSchema:
    """The schema of the value of a parameter, with its description and its default."""
    schema: JsonSchema = single_schema(param)
    if param.many:
        schema = {"type": "array", "items": schema}  # of elements
        if param.min_items:
            schema["minItems"] = param.min_items
        if param.max_items is not None:
            schema["maxItems"] = param.max_items
    if param.description:
        schema["description"] = param.description
    if isinstance(param.default, tuple):
        schema["default"] = [_written(param, one) for one in param.default]
    elif param.default is not None:
        schema["default"] = _written(param, param.default)
    return schema


def single_schema(param: ConnectionParam) -> JsonSchema:
    """The schema of one value; of a list, that of an element."""
    schema: JsonSchema = {"type": _TYPES[param.param_type]}
    if _has_words(param):
        schema = {"type": "string", "enum": list(param.words)}
    if param.choices:
        schema["enum"] = distinct(_written(param, choice) for choice in param.choices)
    if param.minimum is not None:
        schema["minimum"] = param.minimum
    if param.maximum is not None:
        schema["maximum"] = param.maximum
    return schema


def distinct(values: Iterable[Any]) -> list[Any]:
    """Each of ``values`` once, as the list of an ``enum`` has to have them."""
    return list({json.dumps(value): value for value in values}.values())


def _written(param: ConnectionParam, value: Any) -> Any:
    """A value as it stands in the schema: a boolean with words of its own is one of them."""
    return param.text(value) if _has_words(param) else value


def _has_words(param: ConnectionParam) -> bool:
    return param.param_type is ParamType.BOOLEAN and param.words != _PLAIN_WORDS


def object_schema(
    params: Iterable[ConnectionParam], fixed: Iterable[tuple[str, str]] = ()
) -> JsonSchema:
    """Parameters, and lines that are always the same, as the properties of one object."""
    properties: dict[str, JsonSchema] = {}
    required: list[str] = []
    for name, value in fixed:
        properties[name] = {"type": "string", "const": value}
        required.append(name)
    for param in params:
        properties[param.name] = param_schema(param)
        if param.required:
            required.append(param.name)
    schema: JsonSchema = {"type": "object", "properties": properties}
    return {**schema, "required": list(dict.fromkeys(required))} if required else schema


def unlisted(param: ConnectionParam) -> bool:
    """Whether a parameter is one JSON text rather than values that a document can list."""
    as_json = bool(param.styles) and param.styles[0] is ListStyle.JSON
    return as_json or (param.param_type is ParamType.OBJECT and not param.brackets)


def http_scheme(way: AuthStrategy, api_key: str) -> dict[str, Any] | None:
    """How credentials travel in an HTTP request; None if it is not in a header or the query.

    Args:
        way: one strategy.
        api_key: what the document calls a key in a header or the query.
    """
    if way.kind is AuthKind.BASIC:
        return {"type": "http", "scheme": "basic"}
    if way.kind is AuthKind.BEARER_TOKEN and (way.header or "").lower() == "authorization":
        return {"type": "http", "scheme": "bearer"}
    if way.kind is AuthKind.API_KEY_QUERY:
        return {"type": api_key, "in": "query", "name": way.name}
    if way.header is None:
        return None
    scheme: dict[str, Any] = {"type": api_key, "in": "header", "name": way.header}
    if way.prefix is not None:
        scheme["description"] = f"The key follows the word {way.prefix} and a space."
    return scheme
