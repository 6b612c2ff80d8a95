"""OpenAPI 3.1 documents of REST APIs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schematic.define import (
    ApiRequest,
    AuthKind,
    AuthStrategy,
    ConnectionParam,
    DefinitionError,
    Endpoint,
    FormField,
    ListStyle,
    ParamLocation,
    RequestKind,
    ResponseKind,
    RestApi,
    Schema,
)
from schematic.interchange.bounds import check_plain
from schematic.interchange.json_schema import (
    DIALECT,
    JsonSchema,
    body_schema,
    body_schemas,
    names_of,
)
from schematic.interchange.naming import safe_name, types_of
from schematic.interchange.requests import http_scheme, param_schema, single_schema, unlisted

__all__ = ["to_openapi"]

_SCHEMAS = "#/components/schemas/"
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""Headers of which OpenAPI says that a parameter of that name is ignored."""
_SUCCESS = "2XX"


def to_openapi(api: RestApi, *, api_version: str = "1.0.0") -> dict[str, Any]:
    """The OpenAPI 3.1 document of an API, as JSON values.

    A definition does not say which status a success has, so the responses stand under ``2XX``.

    Args:
        api: the API.
        api_version: the version of the API itself, which a definition does not have.

    Raises:
        DefinitionError: a body has no JSON form, or two endpoints have one method and one path,
            for which OpenAPI has no room.
    """
    types = types_of(api)
    info: dict[str, Any] = {"title": api.name, "version": api_version}
    if api.description:
        info["description"] = api.description
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": info,
        "jsonSchemaDialect": DIALECT,
        "servers": [{"url": api.base_url}],
        "paths": _paths(api, names_of(types)),
        "components": {
            "schemas": body_schemas(types, _SCHEMAS),
            "securitySchemes": dict(_schemes(api.auth)),
        },
    }
    if api.docs_url:
        document["externalDocs"] = {"url": api.docs_url}
    if security := list(_security(api.auth)):
        document["security"] = security
    check_plain(document)
    return document


# Security


def _schemes(auth: AuthStrategy) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, way in enumerate(auth.ways):
        scheme = http_scheme(way, "apiKey")
        if scheme is not None:
            yield _scheme_name(way, number), scheme


def _scheme_name(way: AuthStrategy, number: int) -> str:
    return safe_name(way.kind.value) + (f"_{number + 1}" if number else "")


def _security(auth: AuthStrategy) -> Iterator[dict[str, list[str]]]:
    """What is enough, each by itself; nothing at all where that is."""
    if auth.kind is AuthKind.NONE:
        return
    for number, way in enumerate(auth.ways):
        yield {} if way.kind is AuthKind.NONE else {_scheme_name(way, number): []}


# Operations


def _paths(api: RestApi, names: Mapping[object, str]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in api.endpoints:
        operations = paths.setdefault(endpoint.path, {})
        method = endpoint.method.value.lower()
        if method in operations:
            raise DefinitionError(
                f"OpenAPI has room for one {endpoint.method.value} {endpoint.path} only, and "
                f"{operations[method]['operationId']} is one",
                place=(api.name, endpoint.id),
            )
        operations[method] = _operation(api, endpoint, names)
    return paths


def _operation(api: RestApi, endpoint: Endpoint, names: Mapping[object, str]) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": endpoint.id}
    if endpoint.description:
        operation["description"] = endpoint.description
    fixed = {**dict(api.headers), **dict(endpoint.headers)}
    parameters = [*_fixed_headers(fixed.items()), *_parameters(endpoint.params)]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.request is not None:
        content = {endpoint.request.media_type: _media(endpoint.request, names)}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = {_SUCCESS: _response(endpoint, names)}
    return operation


def _fixed_headers(headers: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for name, value in headers:
        if name.lower() not in _NOT_PARAMETERS:
            schema = {"type": "string", "const": value}
            yield {"name": name, "in": "header", "required": True, "schema": schema}


def _parameters(params: Iterable[ConnectionParam]) -> Iterator[dict[str, Any]]:
    for param in params:
        location = param.location or ParamLocation.QUERY
        if location is ParamLocation.HEADER and param.name.lower() in _NOT_PARAMETERS:
            continue
        described: dict[str, Any] = {"name": param.name, "in": location.value}
        if param.description:
            described["description"] = param.description
        if param.required:
            described["required"] = True
        yield described | _written(param)


def _written(param: ConnectionParam) -> dict[str, Any]:
    """The schema of a parameter, and how it is written where that is not the usual way."""
    schema = {key: one for key, one in param_schema(param).items() if key != "description"}
    if unlisted(param):
        return {"content": {"application/json": {"schema": schema}}}
    if param.brackets:
        return {"style": "deepObject", "explode": True, "schema": schema}
    if param.many and param.location is ParamLocation.QUERY:
        repeated = param.styles[0] is ListStyle.REPEATED
        return {"style": "form", "explode": repeated, "schema": schema}
    return {"schema": schema}


# Bodies


def _media(request: ApiRequest, names: Mapping[object, str]) -> dict[str, Any]:
    if request.kind is RequestKind.JSON:
        return _typed(request.schema, names)
    if request.kind is RequestKind.TEXT:
        return {"schema": {"type": "string"}}
    if request.kind is RequestKind.BINARY:
        return {}
    return {"schema": _form(request.fields)}


def _response(endpoint: Endpoint, names: Mapping[object, str]) -> dict[str, Any]:
    response = endpoint.response
    if response.kind is ResponseKind.EMPTY:
        return {"description": "Success, without a body."}
    media: dict[str, Any] = {}
    if response.kind is ResponseKind.JSON:
        media = _typed(response.schema, names)
    elif response.kind is ResponseKind.TEXT:
        media = {"schema": {"type": "string"}}
    return {"description": "Success.", "content": {response.media_type: media}}


def _typed(schema: Schema | None, names: Mapping[object, str]) -> dict[str, Any]:
    assert schema is not None  # which `RestApi` has checked
    return {"schema": body_schema(schema, names, _SCHEMAS)}


def _form(fields: Sequence[FormField]) -> JsonSchema:
    properties = {field.name: _field(field) for field in fields}
    schema: JsonSchema = {"type": "object", "properties": properties}
    required = [field.name for field in fields if field.required]
    return {**schema, "required": required} if required else schema


def _field(field: FormField) -> JsonSchema:
    schema = single_schema(ConnectionParam(name=field.name, param_type=field.param_type))
    if field.file:
        schema = {"type": "string", "contentMediaType": "application/octet-stream"}
    if field.repeatable:
        schema = {"type": "array", "items": schema}
    return {**schema, "description": field.description} if field.description else schema
