"""JSON Schema (draft 2020-12) of the bodies of messages.

The schemas of types are msgspec's. What is added here: one name for each type, the same as in
descriptions; descriptions of fields, from docstrings; that a field whose only possible value is its
default is always written; and bodies that have no type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast, get_args

import msgspec
from msgspec import inspect

from schematic.compile.body_types import ObjectType, members_of, type_of, values_of
from schematic.compile.reference.objects import about
from schematic.define import (
    BodyKind,
    ConnectionLifecycle,
    DefinitionError,
    MessageSchema,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.interchange.bounds import check_plain
from schematic.interchange.naming import safe_name, types_of

__all__ = [
    "DIALECT",
    "JsonSchema",
    "body_schema",
    "body_schemas",
    "names_of",
    "rewritten",
    "to_json_schema",
]

JsonSchema: TypeAlias = dict[str, Any]
"""A JSON Schema that is an object."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The draft, as ``$schema`` names it."""

_DEFINITIONS = "#/$defs/"
_OWN = "#/"
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "$defs")
_SINGLE = ("items", "additionalProperties", "propertyNames", "not")


def to_json_schema(described: WebSocketApi | WebSocketEndpoint | MessageSchema) -> JsonSchema:
    """The bodies of one message, or of all messages of an endpoint or an API.

    For a message, the document is the schema of its body. For the others it has a definition for
    every message under ``$defs``, called ``Endpoint.Message``, besides those of the types.

    Raises:
        DefinitionError: a body has no JSON form.
    """
    if isinstance(described, MessageSchema):
        alone = ConnectionLifecycle(server_messages=[described])
        types = types_of(alone)
        head = {"$schema": DIALECT, "title": described.id}
        body = body_schema(described.schema, names_of(types), _DEFINITIONS)
        return _checked(_documented(head | body, described.description), body_schemas(types))
    endpoints = described.endpoints if isinstance(described, WebSocketApi) else (described,)
    types = types_of(described)
    found = body_schemas(types)
    for endpoint in endpoints:
        for message in endpoint.lifecycle.every_message:
            body = body_schema(message.schema, names_of(types), _DEFINITIONS)
            found[f"{endpoint.id}.{message.id}"] = _documented(body, message.description)
    title = described.name if isinstance(described, WebSocketApi) else described.id
    head = _documented({"$schema": DIALECT, "title": title}, described.description)
    return _checked(head, found)


def _checked(head: JsonSchema, definitions: Mapping[str, JsonSchema]) -> JsonSchema:
    document = {**head, "$defs": dict(definitions)} if definitions else head
    check_plain(document)
    return document


def _documented(schema: JsonSchema, description: str) -> JsonSchema:
    return {**schema, "description": description} if description else schema


def names_of(types: Mapping[str, object]) -> dict[object, str]:
    """The names of the types of bodies, by the types."""
    return {body: name for name, body in types.items()}


def body_schema(schema: Schema, names: Mapping[object, str], ref: str) -> JsonSchema:
    """The schema of one body.

    Args:
        schema: the body.
        names: the names of the types.
        ref: what stands before the name of a type in a reference to it.
    """
    if schema.kind is BodyKind.BINARY:
        return {"type": "string", "format": "binary"}
    if schema.kind is BodyKind.TEXT:
        return (
            {"type": "string", "enum": list(dict.fromkeys(schema.words))}
            if schema.words
            else _STRING
        )
    if schema.is_name_only:
        return {"type": "object", "title": schema.name}
    return {"$ref": ref + names[schema.body]}


_STRING: JsonSchema = {"type": "string"}


def body_schemas(types: Mapping[str, object], ref: str = _DEFINITIONS) -> dict[str, JsonSchema]:
    """The schemas of types of bodies, and of all that they hold, by name.

    Args:
        types: the types by name; `types_of` gives those of a definition.
        ref: what stands before the name of a type in a reference to it.

    Raises:
        DefinitionError: a type has no JSON form.
    """
    bodies = {name: members_of(Schema(body)) or (Schema(body),) for name, body in types.items()}
    wanted = [one for members in bodies.values() for one in members]
    classes = dict(_classes(map(type_of, wanted)))
    found, components = _generated([*(one.body for one in wanted), *classes])
    of_bodies, of_classes = found[: len(wanted)], found[len(wanted) :]
    places = {
        schema["$ref"].removeprefix(_OWN): cls
        for schema, cls in zip(of_classes, classes, strict=True)
    }
    remaining = iter(of_bodies)
    schemas = {name: [next(remaining) for _ in members] for name, members in bodies.items()}
    names = _component_names(schemas, places)

    def change(schema: JsonSchema) -> JsonSchema:
        return _renamed(schema, names, ref)

    made = {
        name: {
            "title": name,
            **rewritten(parts[0] if len(parts) == 1 else {"anyOf": parts}, change),
        }
        for name, parts in schemas.items()
        if name not in names.values()
    }
    for component, schema in components.items():
        described = _described(schema, classes[places[component]])
        made[names[component]] = {**rewritten(described, change), "title": names[component]}
    return made


def _generated(types: list[Any]) -> tuple[list[JsonSchema], dict[str, JsonSchema]]:
    try:
        made = msgspec.json.schema_components(
            types, schema_hook=lambda _: {}, ref_template=_OWN + "{name}"
        )
    except (TypeError, NameError) as error:
        raise DefinitionError(f"a body has no JSON Schema: {error}") from error
    schemas, components = json.loads(json.dumps(made))  # whose defaults may be tuples
    return schemas, components


def _component_names(
    bodies: Mapping[str, list[JsonSchema]], places: Mapping[str, type]
) -> dict[str, str]:
    """What each component is to be called: bodies as they are named, all else what is free."""
    names: dict[str, str] = {}
    for name, parts in bodies.items():
        if len(parts) == 1 and parts[0].keys() == {"$ref"}:
            names[parts[0]["$ref"].removeprefix(_OWN)] = name
    taken = set(bodies)
    for component, cls in places.items():
        if component in names:
            continue
        wanted = safe_name(cls.__name__)
        home = "".join(map(str.capitalize, cls.__module__.rpartition(".")[2].split("_")))
        candidates = (wanted, safe_name(home + wanted), *(f"{wanted}{n}" for n in range(2, 10_000)))
        names[component] = next(one for one in candidates if one not in taken)
        taken.add(names[component])
    return names


def _renamed(schema: JsonSchema, names: Mapping[str, str], ref: str) -> JsonSchema:
    def renamed(reference: str) -> str:
        return (
            ref + names[reference.removeprefix(_OWN)] if reference.startswith(_OWN) else reference
        )

    if isinstance(schema.get("$ref"), str):
        schema = {**schema, "$ref": renamed(schema["$ref"])}
    if isinstance(choice := schema.get("discriminator"), dict):
        choice = cast("JsonSchema", choice)
        mapping = {str(tag): renamed(one) for tag, one in choice.get("mapping", {}).items()}
        schema = {**schema, "discriminator": {**choice, "mapping": mapping}}
    return schema


def rewritten(schema: Any, change: Callable[[JsonSchema], JsonSchema]) -> Any:
    """A schema with ``change`` applied to it and to every schema within it, inner ones first."""
    if not isinstance(schema, dict):
        return schema
    made = dict(cast("JsonSchema", schema))
    for key in _LISTED:
        if key in made:
            made[key] = [rewritten(one, change) for one in made[key]]
    for key in _NAMED:
        if key in made:
            made[key] = {name: rewritten(one, change) for name, one in made[key].items()}
    for key in _SINGLE:
        if key in made:
            made[key] = rewritten(made[key], change)
    return change(made)


# What docstrings and defaults add


def _described(schema: JsonSchema, info: Any) -> JsonSchema:
    """The schema of a class with what its docstring says, and with the fields always written."""
    says = about(info.cls)
    left_out = ("description", "required")
    made: JsonSchema = {key: value for key, value in schema.items() if key not in left_out}
    if says.text and not isinstance(info, inspect.EnumType):
        made = {"title": made.pop("title", ""), "description": says.text, **made}
    if not isinstance(info, ObjectType) or "properties" not in made:
        return schema | made
    properties: dict[str, JsonSchema] = {**made["properties"]}
    for field in info.fields:
        if meaning := says.attributes.get(field.name):
            inner = properties[field.encode_name]
            properties[field.encode_name] = {"description": meaning, **inner}
    needed = {*schema.get("required", ()), *_constants(info)}
    made["properties"] = properties
    return made | ({"required": [name for name in properties if name in needed]} if needed else {})


def _constants(info: ObjectType) -> Iterator[str]:
    """The fields whose only value is their default, so that they are always written."""
    for field in info.fields:
        if not field.required and values_of(field.type) == (field.default,):
            yield field.encode_name


def _classes(infos: Iterable[inspect.Type]) -> Iterator[tuple[type, Any]]:
    """Every type that has a schema of its own, with what msgspec says of it, each once."""
    seen: set[object] = set()
    waiting: list[object] = list(infos)
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, tuple):
            waiting.extend(cast("tuple[object, ...]", one))
        elif isinstance(one, inspect.Type | inspect.Field):
            cls = getattr(one, "cls", None)
            if cls is not None and cls in seen:
                continue
            if isinstance(one, _COMPONENTS):
                seen.add(cls)
                yield cast("type", cls), one
            waiting.extend(getattr(one, name) for name in one.__struct_fields__)


_COMPONENTS = (*get_args(ObjectType), inspect.EnumType, inspect.NamedTupleType)
