"""AsyncAPI 3 documents: everything that AsyncAPI can say of an API, and the order beside it.

The document describes the *client*: its operations with the action ``send`` are what the client
says, those with ``receive`` are what it hears. Each endpoint is a channel, called by its id. What
AsyncAPI has no place for stands in the extension ``x-lifecycle`` of the channel: the endpoint as
`schematic.interchange.description` writes it, which `order_from_asyncapi` reads back without loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import quote, urlsplit

from schematic.define import (
    AuthKind,
    AuthStrategy,
    BodyKind,
    ConnectionParam,
    DefinitionError,
    MessageSchema,
    ParamLocation,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define.checks import attribute
from schematic.interchange.bounds import check_plain
from schematic.interchange.description import endpoint_from_data, to_data
from schematic.interchange.json_schema import (
    JsonSchema,
    body_schema,
    body_schemas,
    names_of,
    rewritten,
)
from schematic.interchange.naming import safe_name, types_of
from schematic.interchange.requests import distinct, http_scheme, object_schema

__all__ = ["EXTENSION", "AsyncApiVersion", "order_from_asyncapi", "to_asyncapi"]

AsyncApiVersion: TypeAlias = Literal["3.0.0", "3.1.0"]
"""The versions of AsyncAPI that are written."""

EXTENSION: Final = "x-lifecycle"
"""The key of a channel under which the order of its messages stands."""

_FORMAT = 1
"""The number of the form of `EXTENSION`; it changes when older readers would misread it."""

_MISREAD = ("$ref", "__proto__")
"""Keys of objects that tools take for a reference, or for what every object of theirs has."""

_SCHEMAS = "#/components/schemas/"
_SCHEMES = "#/components/securitySchemes/"
_CONTENT_TYPES = {
    BodyKind.JSON: "application/json",
    BodyKind.TEXT: "text/plain",
    BodyKind.BINARY: "application/octet-stream",
}
_ACTIONS = {Side.CLIENT: "send", Side.SERVER: "receive"}


def to_asyncapi(
    api: WebSocketApi, version: AsyncApiVersion = "3.1.0", *, api_version: str = "1.0.0"
) -> dict[str, Any]:
    """The AsyncAPI document of an API, as JSON values.

    Args:
        api: the API.
        version: the version of AsyncAPI.
        api_version: the version of the API itself, which a definition does not have.

    Raises:
        DefinitionError: a body has no JSON form.
    """
    types = types_of(api)
    info: dict[str, Any] = {"title": api.name, "version": api_version}
    if api.description:
        info["description"] = api.description
    if api.docs_url:
        info["externalDocs"] = {"url": api.docs_url}
    schemes = _schemes(api.auth)
    schemas = body_schemas(types, _SCHEMAS)
    document: dict[str, Any] = {
        "asyncapi": version,
        "info": info,
        "defaultContentType": "application/json",
        "servers": {"main": _server(api, schemes)},
        "channels": {one.id: _channel(api, one, types) for one in api.endpoints},
        "operations": dict(_operations(api.endpoints)),
        "components": {
            "schemas": {name: rewritten(one, _as_draft_07) for name, one in schemas.items()},
            "securitySchemes": schemes,
        },
    }
    check_plain(document)
    _check_references(document, ())
    return document


def _check_references(value: object, place: tuple[str, ...]) -> None:
    """Raise if data of the definition would be taken for a reference, perhaps to elsewhere."""
    if isinstance(value, list):
        for one in cast("list[object]", value):
            _check_references(one, place)
    if isinstance(value, dict):
        held = cast("dict[str, object]", value)
        reference = held.get("$ref", "#/")
        if not isinstance(reference, str) or not reference.startswith("#/") or "__proto__" in held:
            raise DefinitionError(f"tools would misread a key {' or '.join(_MISREAD)}", place=place)
        for key, one in held.items():
            _check_references(one, (*place, key))


def order_from_asyncapi(
    document: object, types: Mapping[str, object]
) -> tuple[WebSocketEndpoint, ...]:
    """The endpoints of a document whose channels say their order under ``x-lifecycle``.

    Args:
        document: an AsyncAPI document of version 2 or 3, as JSON values of any origin.
        types: the types of bodies by the names of their schemas in the document.

    Returns:
        An endpoint for each channel that has the extension, in their order; they are equal to those
        that `to_asyncapi` was given if the types are.

    Raises:
        DefinitionError: the extension is not as it is documented, or names a type that is not among
            ``types``. The message names the place.
    """
    check_plain(document)
    channels = _object(_object(document, "the document").get("channels", {}), "channels")
    return tuple(_endpoints(channels, types))


def _endpoints(
    channels: Mapping[str, object], types: Mapping[str, object]
) -> Iterator[WebSocketEndpoint]:
    for name, channel in channels.items():
        extended = _object(channel, f"channels.{name}")
        if EXTENSION not in extended:
            continue
        place = f"channels.{name}.{EXTENSION}"
        data = dict(_object(extended[EXTENSION], place))
        number = data.pop("format", None)
        if number != _FORMAT:
            raise DefinitionError(f"the format is {_FORMAT}, not {number!r}", place=(place,))
        with attribute(place):
            yield endpoint_from_data(data, types)


def _object(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DefinitionError("expected an object", place=(place,))
    return cast("dict[str, object]", value)


# Servers and security


def _server(api: WebSocketApi, schemes: Iterable[str]) -> dict[str, Any]:
    parts = urlsplit(api.base_url)
    server: dict[str, Any] = {"host": parts.netloc, "protocol": parts.scheme}
    if parts.path.strip("/"):
        server["pathname"] = parts.path
    security = [{"$ref": _SCHEMES + name} for name in schemes]
    return {**server, "security": security} if security else server


def _schemes(auth: AuthStrategy) -> dict[str, dict[str, Any]]:
    """The security schemes by name; each is enough."""
    found: dict[str, dict[str, Any]] = {}
    for way in auth.ways:
        if way.kind is not AuthKind.NONE:
            name = safe_name(way.kind.value)
            taken = [known for known in found if known.startswith(name)]
            found[f"{name}_{len(taken) + 1}" if taken else name] = _scheme(way)
    return found


def _scheme(way: AuthStrategy) -> dict[str, Any]:
    in_request = http_scheme(way, "httpApiKey")
    if in_request is not None:
        return in_request
    if way.kind is AuthKind.SUBPROTOCOL:
        before = "".join(f"{name}, " for name in way.subprotocols)
        return {
            "type": "httpApiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": f"The key is offered as a subprotocol: {before}{way.prefix or ''}KEY",
        }
    messages = " and ".join(way.messages)
    return {
        "type": "apiKey",
        "in": "password",
        "description": f"The key is in the field {way.field} of {messages}.",
    }


# Channels


def _channel(
    api: WebSocketApi, endpoint: WebSocketEndpoint, types: Mapping[str, object]
) -> dict[str, Any]:
    params = endpoint.params
    in_path = [one for one in params if one.location is ParamLocation.PATH]
    address = endpoint.path
    for one in in_path:
        address = address.replace(f"{{{one.name}}}", f"{{{safe_name(one.name)}}}")
    channel: dict[str, Any] = {"address": address}
    if endpoint.description:
        channel["description"] = endpoint.description
    if in_path:
        channel["parameters"] = {safe_name(one.name): _path_param(one) for one in in_path}
    names = names_of(types)
    every = endpoint.lifecycle.every_message
    channel["messages"] = {one.id: _message(one, names) for one in every}
    channel["bindings"] = {"ws": _binding(api, endpoint)}
    channel[EXTENSION] = {"format": _FORMAT, **to_data(endpoint, types)}
    return channel


def _path_param(param: ConnectionParam) -> dict[str, Any]:
    """A parameter of the address, which in AsyncAPI is a text."""
    described: dict[str, Any] = {}
    if param.description:
        described["description"] = param.description
    if param.choices and not param.many:
        described["enum"] = distinct(map(param.text, param.choices))
    if param.default is not None:
        described["default"] = param.write(param.default)[0][1]
    return described


def _binding(api: WebSocketApi, endpoint: WebSocketEndpoint) -> dict[str, Any]:
    """The request that opens the connection."""
    binding: dict[str, Any] = {"method": "GET"}
    listed = [one for one in endpoint.params if one.name not in _MISREAD]
    query = [one for one in listed if one.location is ParamLocation.QUERY]
    headers = [one for one in listed if one.location is ParamLocation.HEADER]
    if query:
        binding["query"] = rewritten(object_schema(query), _as_draft_07)
    schema = object_schema(headers, api.headers)
    if endpoint.subprotocols:
        offered = {"type": "string", "description": f"One of {', '.join(endpoint.subprotocols)}"}
        schema["properties"] = {"Sec-WebSocket-Protocol": offered, **schema["properties"]}
        schema["required"] = ["Sec-WebSocket-Protocol", *schema.get("required", ())]
    if schema["properties"]:
        binding["headers"] = rewritten(schema, _as_draft_07)
    return {**binding, "bindingVersion": "0.1.0"}


def _message(message: MessageSchema, names: Mapping[object, str]) -> dict[str, Any]:
    described: dict[str, Any] = {"name": message.id}
    if message.description:
        described["description"] = message.description
    described["contentType"] = _CONTENT_TYPES[message.schema.kind]
    payload = body_schema(message.schema, names, _SCHEMAS)
    return {**described, "payload": rewritten(payload, _as_draft_07)}


def _operations(endpoints: Iterable[WebSocketEndpoint]) -> Iterator[tuple[str, dict[str, Any]]]:
    for endpoint in endpoints:
        channel = f"#/channels/{quote(endpoint.id)}"
        for side, action in _ACTIONS.items():
            said = [
                {"$ref": f"{channel}/messages/{quote(message.id)}"}
                for message in endpoint.lifecycle.every_message
                if side in message.direction.senders
            ]
            if said:
                yield (
                    f"{endpoint.id}.{action}",
                    {
                        "action": action,
                        "channel": {"$ref": channel},
                        "summary": f"What the client {action}s.",
                        "messages": said,
                    },
                )


# Schemas


def _as_draft_07(schema: JsonSchema) -> JsonSchema:
    """A schema of draft 2020-12 as AsyncAPI reads it, which is by draft 07."""
    made = {key: value for key, value in schema.items() if key != "discriminator"}
    if "prefixItems" in made:
        rest = made.pop("items", True)
        made |= {"items": made.pop("prefixItems"), "additionalItems": rest}
    if "$ref" in made and len(made) > 1:  # whose neighbours are not read in draft 07
        made["allOf"] = [{"$ref": made.pop("$ref")}, *made.get("allOf", ())]
    return made
