"""JSON Schemas of the bodies of messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from msgspec import Meta, Struct

from schematic import DefinitionError, MessageDirection, MessageSchema, Schema, WebSocketApi
from schematic.interchange.json_schema import body_schemas, to_json_schema
from schematic_engine.mock.samples import sample
from support.bundled import bundled
from support.definitions import an_api, an_endpoint


@pytest.fixture(params=bundled(), ids=lambda api: api.name)
def api(request: pytest.FixtureRequest) -> WebSocketApi:
    found: WebSocketApi = request.param
    return found


def said(body: Any, **fields: Any) -> MessageSchema:
    schema = body if isinstance(body, Schema) else Schema(body)
    server = MessageDirection.SERVER_TO_CLIENT
    return MessageSchema(id="Said", direction=server, schema=schema, **fields)


def validator(document: Any) -> Draft202012Validator:
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def test_every_bundled_message_has_a_schema_which_admits_what_the_mock_says(
    api: WebSocketApi,
) -> None:
    document = to_json_schema(api)
    whole = validator(json.loads(json.dumps(document)))
    for endpoint in api.endpoints:
        for message in endpoint.lifecycle.every_message:
            body = msgspec.to_builtins(sample(message.schema), str_keys=True)
            one = {"$ref": f"#/$defs/{endpoint.id}.{message.id}"}
            whole.evolve(schema=document | one).validate(json.loads(json.dumps(body)))


def test_every_reference_leads_somewhere_and_no_title_is_another_types(api: WebSocketApi) -> None:
    document = to_json_schema(api)
    definitions = document["$defs"]
    for name in {text for text in texts(document) if text.startswith("#/")}:
        assert name.removeprefix("#/$defs/") in definitions
    for name, schema in definitions.items():
        assert schema.get("title", name) in (name, name.partition(".")[2])


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


class Inner(Struct):
    """What is within.

    Attributes:
        deep: how deep it is.
    """

    deep: Annotated[int, Meta(ge=0)] = 0


class Colour(Enum):
    RED = "red"


class Outer(Struct, tag="outer", rename="camel"):
    """Something that
    holds something.

    Attributes:
        first_one: the first one, which
            is described in two lines.
    """

    first_one: Inner
    text: Literal[""] = ""
    nothing: None = None
    colour: Colour = Colour.RED
    more: tuple[int, str] = (1, "a")


class A(Struct, tag=1):
    pass


class B(Struct, tag=2):
    pass


class Holder(Struct):
    """Holds either."""

    one: A | B


def test_a_schema_has_what_types_and_docstrings_say() -> None:
    assert to_json_schema(said(Outer, description="One of them.")) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Said",
        "description": "One of them.",
        "$ref": "#/$defs/Outer",
        "$defs": {
            "Outer": {
                "title": "Outer",
                "description": "Something that holds something.",
                "type": "object",
                "properties": {
                    "type": {"enum": ["outer"]},
                    "firstOne": {
                        "description": "the first one, which is described in two lines.",
                        "$ref": "#/$defs/Inner",
                    },
                    "text": {"enum": [""], "default": ""},
                    "nothing": {"type": "null", "default": None},
                    "colour": {"$ref": "#/$defs/Colour", "default": "red"},
                    "more": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "prefixItems": [{"type": "integer"}, {"type": "string"}],
                        "items": False,
                        "default": [1, "a"],
                    },
                },
                "required": ["type", "firstOne", "text"],
            },
            "Inner": {
                "title": "Inner",
                "description": "What is within.",
                "type": "object",
                "properties": {
                    "deep": {
                        "description": "how deep it is.",
                        "type": "integer",
                        "minimum": 0,
                        "default": 0,
                    }
                },
            },
            "Colour": {"title": "Colour", "enum": ["red"]},
        },
    }


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (Schema("Anything"), {"type": "object", "title": "Anything"}),
        (Schema.text("ping", "pong", "ping"), {"type": "string", "enum": ["ping", "pong"]}),
        (Schema.text(), {"type": "string"}),
        (Schema.binary(), {"type": "string", "format": "binary"}),
        (Schema(dict[str, int]), {"$ref": "#/$defs/Said"}),
    ],
)
def test_bodies_without_a_class_have_a_schema_too(schema: Schema, written: Any) -> None:
    document = to_json_schema(said(schema))
    assert {key: document[key] for key in written} == written


def test_a_union_that_has_no_tag_is_any_of_its_members() -> None:
    @dataclass
    class Left:
        left: int

    @dataclass
    class Right:
        right: int

    schemas = body_schemas({"Either": Left | Right})
    assert schemas["Either"]["anyOf"] == [{"$ref": "#/$defs/Left"}, {"$ref": "#/$defs/Right"}]
    whole = validator({"$ref": "#/$defs/Either", "$defs": schemas})
    whole.validate({"right": 1})
    with pytest.raises(ValidationError):
        whole.validate({"middle": 1})


def test_two_types_of_one_name_have_two_schemas() -> None:
    def inner(kind: type, module: str) -> type[Struct]:
        return msgspec.defstruct("Inner", [("deep", kind)], module=module)

    kinds = [
        inner(int, "some.deep_module"),
        inner(str, "another.deep_module"),
        inner(bool, "a.deep_module"),
    ]
    body = msgspec.defstruct("Body", list(zip("abc", kinds, strict=True)))
    schemas = body_schemas({"Body": body, "Inner2": Inner})
    assert set(schemas) == {"Body", "Inner2", "Inner", "DeepModuleInner", "Inner3"}
    held = [one["$ref"].removeprefix("#/$defs/") for one in schemas["Body"]["properties"].values()]
    types = ["integer", "string", "boolean"]
    assert [schemas[one]["properties"]["deep"]["type"] for one in held] == types


def test_the_choices_of_a_tagged_union_are_found_by_their_names() -> None:
    schemas = body_schemas({"Holder": Holder}, "#/x/")
    assert schemas["Holder"]["properties"]["one"]["discriminator"]["mapping"] == {
        "1": "#/x/A",
        "2": "#/x/B",
    }


def test_an_endpoint_has_a_document_of_its_own() -> None:
    endpoint = an_endpoint(description="Talks.")
    document = to_json_schema(endpoint)
    assert (document["title"], document["description"]) == ("Talk", "Talks.")
    assert document["$defs"] == {"Talk.Say": {"type": "object", "title": "Say"}}
    assert to_json_schema(an_api(endpoint))["$defs"] == document["$defs"]


def test_a_type_that_is_no_body_is_refused() -> None:
    with pytest.raises(DefinitionError, match="cannot be used as a body"):
        body_schemas({"Odd": object})
