"""AsyncAPI documents, and the order that is read back from them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator

from schematic import (
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    DefinitionError,
    ListStyle,
    MessageDirection,
    MessageSchema,
    ParamLocation,
    ParamType,
    Schema,
    Timer,
    WebSocketApi,
)
from schematic.interchange.asyncapi import order_from_asyncapi, to_asyncapi
from schematic.interchange.description import types_of
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.mock.samples import sample
from support.bundled import bundled
from support.definitions import LIFECYCLE, an_api, an_endpoint, param
from support.descriptions import apis


@pytest.fixture(params=bundled(), ids=lambda api: api.name)
def api(request: pytest.FixtureRequest) -> WebSocketApi:
    found: WebSocketApi = request.param
    return found


def through_json(data: object) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


# The order is read back


def test_the_order_of_every_bundled_api_is_read_back(api: WebSocketApi) -> None:
    for document in (to_asyncapi(api), to_asyncapi(api, "3.0.0")):
        assert order_from_asyncapi(through_json(document), types_of(api)) == api.endpoints


@settings(max_examples=25)
@given(apis())
def test_the_order_of_any_definition_is_read_back_whatever_its_texts(api: WebSocketApi) -> None:
    document = through_json(to_asyncapi(api))
    assert order_from_asyncapi(document, types_of(api)) == api.endpoints
    assert set(unresolved(document)) == set()


def test_channels_without_the_extension_are_left_out() -> None:
    document = to_asyncapi(an_api(an_endpoint(), an_endpoint(id="Other")))
    del document["channels"]["Talk"]["x-lifecycle"]
    assert [one.id for one in order_from_asyncapi(document, {})] == ["Other"]
    assert order_from_asyncapi({"asyncapi": "2.6.0"}, {}) == ()


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ([], r"^channels\.Talk\.x-lifecycle: expected an object"),
        ({"format": 2}, r"^channels\.Talk\.x-lifecycle: the format is 1, not 2"),
        ({}, r"^channels\.Talk\.x-lifecycle: the format is 1, not None"),
        ({"format": 1}, r"^channels\.Talk\.x-lifecycle: id is missing"),
        ({"format": 1, "id": 3}, r"^channels\.Talk\.x-lifecycle\.id: 3 is not a text"),
    ],
)
def test_an_extension_that_says_nothing_is_refused_with_its_place(
    extension: Any, problem: str
) -> None:
    document = to_asyncapi(an_api(an_endpoint()))
    document["channels"]["Talk"]["x-lifecycle"] = extension
    with pytest.raises(DefinitionError, match=problem):
        order_from_asyncapi(document, {})


@pytest.mark.parametrize("document", [None, [], {"channels": []}, {"channels": {"a": 1}}])
def test_what_is_no_document_is_refused(document: object) -> None:
    with pytest.raises(DefinitionError, match="expected an object"):
        order_from_asyncapi(document, {})


# What a document says


def unresolved(document: Any) -> Iterator[str]:
    """The references in a document that lead nowhere."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            reference = value.get("$ref")
            if isinstance(reference, str) and not leads_somewhere(document, reference):
                yield reference
        elif isinstance(value, list):
            waiting.extend(value)


def leads_somewhere(document: Any, reference: str) -> bool:
    for part in reference.removeprefix("#/").split("/"):
        if part not in document:
            return False
        document = document[part]
    return True


def test_every_payload_admits_what_the_mock_says(api: WebSocketApi) -> None:
    document = through_json(to_asyncapi(api))
    assert set(unresolved(document)) == set()
    for endpoint in api.endpoints:
        for message in endpoint.lifecycle.every_message:
            payload = document["channels"][endpoint.id]["messages"][message.id]["payload"]
            schema = payload | {"components": document["components"]}
            Draft7Validator.check_schema(payload)
            body = through_json(msgspec.to_builtins(sample(message.schema), str_keys=True))
            Draft7Validator(schema).validate(body)


def test_a_document_says_what_it_can() -> None:
    endpoint = an_endpoint(
        param("room", choices=["a", "b", "a"], description="Which room."),
        param("speed", ParamType.FLOAT, minimum=0.5, maximum=2, default=1),
        param("loud", ParamType.BOOLEAN, words=("on", "off"), default=True, required=True),
        param("tags", many=ListStyle.COMMA, min_items=1, max_items=3, default=("x",)),
        param("x-client", location=ParamLocation.HEADER, required=True),
        param("$ref"),
        path="/rooms/{room}/{seat}",
        description="Talk in a room.",
        subprotocols=["v2", "v1"],
        lifecycle=LIFECYCLE,
    )
    api = an_api(
        endpoint,
        description="Talks.",
        docs_url="https://example.com/docs",
        base_url="wss://example.com:444/base",
        headers={"X-Version": "3"},
        auth=AuthStrategy.bearer_token(),
    )
    document = to_asyncapi(api, api_version="2")
    extension = document["channels"]["Talk"].pop("x-lifecycle")
    assert (extension["format"], extension["id"]) == (1, "Talk")
    assert document == {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Example",
            "version": "2",
            "description": "Talks.",
            "externalDocs": {"url": "https://example.com/docs"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "main": {
                "host": "example.com:444",
                "protocol": "wss",
                "pathname": "/base",
                "security": [{"$ref": "#/components/securitySchemes/bearer_token"}],
            }
        },
        "channels": {
            "Talk": {
                "address": "/rooms/{room}/{seat}",
                "description": "Talk in a room.",
                "parameters": {
                    "room": {"description": "Which room.", "enum": ["a", "b"]},
                    "seat": {},
                },
                "messages": {
                    "Say": {
                        "name": "Say",
                        "contentType": "application/json",
                        "payload": {"type": "object", "title": "Say"},
                    }
                },
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "query": {
                            "type": "object",
                            "properties": {
                                "speed": {
                                    "type": "number",
                                    "minimum": 0.5,
                                    "maximum": 2,
                                    "default": 1.0,
                                },
                                "loud": {"type": "string", "enum": ["on", "off"], "default": "on"},
                                "tags": {
                                    "type": "array",
                                    "items": {"type": "string"},
                                    "minItems": 1,
                                    "maxItems": 3,
                                    "default": ["x"],
                                },
                            },
                            "required": ["loud"],
                        },
                        "headers": {
                            "type": "object",
                            "properties": {
                                "Sec-WebSocket-Protocol": {
                                    "type": "string",
                                    "description": "One of v2, v1",
                                },
                                "X-Version": {"type": "string", "const": "3"},
                                "x-client": {"type": "string"},
                            },
                            "required": ["Sec-WebSocket-Protocol", "X-Version", "x-client"],
                        },
                        "bindingVersion": "0.1.0",
                    }
                },
            }
        },
        "operations": {
            "Talk.send": {
                "action": "send",
                "channel": {"$ref": "#/channels/Talk"},
                "summary": "What the client sends.",
                "messages": [{"$ref": "#/channels/Talk/messages/Say"}],
            }
        },
        "components": {
            "schemas": {},
            "securitySchemes": {"bearer_token": {"type": "http", "scheme": "bearer"}},
        },
    }


@pytest.mark.parametrize(
    ("auth", "scheme"),
    [
        (AuthStrategy.none(), None),
        (
            AuthStrategy.api_key(header="X-Key", prefix="Token"),
            {
                "type": "httpApiKey",
                "in": "header",
                "name": "X-Key",
                "description": "The key follows the word Token and a space.",
            },
        ),
        (
            AuthStrategy.bearer_token("X-Auth"),
            {
                "type": "httpApiKey",
                "in": "header",
                "name": "X-Auth",
                "description": "The key follows the word Bearer and a space.",
            },
        ),
        (AuthStrategy.basic(), {"type": "http", "scheme": "basic"}),
        (
            AuthStrategy.api_key_query(name="key"),
            {"type": "httpApiKey", "in": "query", "name": "key"},
        ),
        (
            AuthStrategy.subprotocol("realtime", prefix="key."),
            {
                "type": "httpApiKey",
                "in": "header",
                "name": "Sec-WebSocket-Protocol",
                "description": "The key is offered as a subprotocol: realtime, key.KEY",
            },
        ),
        (
            AuthStrategy.in_message("Say", field="a.b"),
            {
                "type": "apiKey",
                "in": "password",
                "description": "The key is in the field a.b of Say.",
            },
        ),
    ],
)
def test_each_way_to_carry_credentials_is_a_security_scheme(
    auth: AuthStrategy, scheme: Any
) -> None:
    schemes = to_asyncapi(an_api(an_endpoint(), auth=auth))["components"]["securitySchemes"]
    assert list(schemes.values()) == ([] if scheme is None else [scheme])


def test_of_several_ways_each_is_enough() -> None:
    server = to_asyncapi(elevenlabs())["servers"]["main"]
    assert [one["$ref"].rpartition("/")[2] for one in server["security"]] == [
        "api_key",
        "api_key_query",
        "api_key_query_2",
        "message",
        "message_2",
    ]


def test_schemas_are_written_in_the_older_draft_that_tools_read() -> None:
    server = MessageDirection.SERVER_TO_CLIENT
    pair = MessageSchema(id="Pair", direction=server, schema=Schema(tuple[int, str]))
    api = an_api(an_endpoint(lifecycle=ConnectionLifecycle(server_messages=[pair])))
    assert to_asyncapi(api)["components"]["schemas"]["Pair"] == {
        "title": "Pair",
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": [{"type": "integer"}, {"type": "string"}],
        "additionalItems": False,
    }


def test_names_that_are_not_ascii_become_keys_that_are() -> None:
    api = an_api(an_endpoint(param("größe"), path="/{größe}"))
    channel = to_asyncapi(api)["channels"]["Talk"]
    assert channel["address"] == "/{gr__e}"
    assert list(channel["parameters"]) == ["gr__e"]


class Pointer(msgspec.Struct, frozen=True):
    """A body that looks like a reference."""

    ref: str = msgspec.field(name="$ref", default="http://attacker.example/")


def test_data_that_tools_would_take_for_a_reference_is_refused() -> None:
    said = MessageSchema(
        id="Say", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Pointer)
    )
    lifecycle = ConnectionLifecycle(
        streaming_messages=[said], timers=[Timer.idle(5, message=None, body=Pointer())]
    )
    with pytest.raises(DefinitionError, match=r"tools would misread a key \$ref or __proto__"):
        to_asyncapi(an_api(an_endpoint(lifecycle=lifecycle)))


def test_writing_a_document_changes_nothing_of_it_later() -> None:
    api = elevenlabs()
    document = to_asyncapi(api)
    again = copy.deepcopy(document)
    document["components"]["schemas"].clear()
    assert to_asyncapi(api) == again


def test_a_list_in_the_path_has_its_default_as_one_text() -> None:
    many = ConnectionParam(
        name="ids", param_type=ParamType.INTEGER, many=ListStyle.COMMA, default=(1, 2)
    )
    document = to_asyncapi(an_api(an_endpoint(many, path="/{ids}")))
    assert document["channels"]["Talk"]["parameters"] == {"ids": {"default": "1,2"}}
