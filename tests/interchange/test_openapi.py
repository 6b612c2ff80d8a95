"""OpenAPI documents of REST APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from openapi_spec_validator import OpenAPIV31SpecValidator

from schematic import (
    ApiRequest,
    ApiResponse,
    AuthStrategy,
    ConnectionParam,
    DefinitionError,
    Endpoint,
    FormField,
    ListStyle,
    ParamLocation,
    ParamType,
    RestApi,
    RestMethod,
    Schema,
)
from schematic.interchange.openapi import to_openapi
from schematic_definitions.rest.elevenlabs import elevenlabs_rest
from schematic_definitions.rest.openai import openai_rest
from support.definitions import param
from support.descriptions import params, printable, texts


class Note(Struct):
    """A note.

    Attributes:
        text: what it says.
    """

    text: str


def an_endpoint(**fields: Any) -> Endpoint:
    given: dict[str, Any] = {"id": "Do", "method": RestMethod.POST, "path": "/do"}
    return Endpoint(**(given | fields))


def an_api(*endpoints: Endpoint, **fields: Any) -> RestApi:
    given: dict[str, Any] = {"name": "Notes", "base_url": "https://example.com/v1"}
    return RestApi(**(given | fields), endpoints=endpoints)


def written(api: RestApi) -> Any:
    """The document, which is valid."""
    document = json.loads(json.dumps(to_openapi(api), allow_nan=False))
    OpenAPIV31SpecValidator(document).validate()
    return document


def operation(**fields: Any) -> Any:
    return written(an_api(an_endpoint(**fields)))["paths"]["/do"]["post"]


@pytest.mark.parametrize("api", [elevenlabs_rest(), openai_rest()], ids=lambda api: api.name)
def test_every_bundled_api_is_a_valid_document_with_each_endpoint(api: RestApi) -> None:
    document = written(api)
    found = {
        (path, method.upper(), one["operationId"])
        for path, operations in document["paths"].items()
        for method, one in operations.items()
    }
    assert found == {(one.path, one.method.value, one.id) for one in api.endpoints}


@st.composite
def rest_apis(draw: st.DrawFn) -> RestApi:
    """An API of one endpoint with any texts."""
    named = draw(st.lists(printable, max_size=3, unique=True))
    fields = [
        FormField(name=name, description=draw(texts), repeatable=draw(st.booleans()))
        for name in draw(st.lists(printable, max_size=3, unique=True))
    ]
    request = draw(
        st.sampled_from(
            [
                None,
                ApiRequest.json(Schema(Note)),
                ApiRequest.json(Schema(list[Note])),
                ApiRequest.form_data(*fields, FormField(name="file0", file=True)),
                ApiRequest.urlencoded(*fields),
                ApiRequest.text(),
                ApiRequest.binary("audio/wav"),
            ]
        )
    )
    response = draw(
        st.sampled_from([ApiResponse.empty(), ApiResponse.text(), ApiResponse.json(Schema("Any"))])
    )
    endpoint = an_endpoint(
        description=draw(texts),
        request_params=[draw(params(name, None)) for name in named],
        request=request,
        response=response,
    )
    return an_api(endpoint, description=draw(texts))


@settings(max_examples=40)
@given(rest_apis())
def test_any_definition_with_any_text_is_a_valid_document(api: RestApi) -> None:
    written(api)


def test_a_document_says_what_there_is_to_know() -> None:
    endpoint = an_endpoint(
        path="/notes/{id}",
        description="Change a note.",
        request=ApiRequest.json(Schema(Note)),
        response=ApiResponse.json(Schema(Note)),
        headers={"X-Kind": "note", "Accept": "application/json"},
        request_params=[param("id", ParamType.INTEGER, description="Which one.", minimum=1)],
    )
    api = an_api(
        endpoint,
        description="Keeps notes.",
        docs_url="https://example.com/docs",
        auth=AuthStrategy.bearer_token(),
    )
    note = {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}
    assert written(api) == {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1.0.0", "description": "Keeps notes."},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {
            "/notes/{id}": {
                "post": {
                    "operationId": "Do",
                    "description": "Change a note.",
                    "parameters": [
                        {
                            "name": "X-Kind",
                            "in": "header",
                            "required": True,
                            "schema": {"type": "string", "const": "note"},
                        },
                        {
                            "name": "id",
                            "in": "path",
                            "description": "Which one.",
                            "required": True,
                            "schema": {"type": "integer", "minimum": 1},
                        },
                    ],
                    "requestBody": {"required": True, "content": note},
                    "responses": {"2XX": {"description": "Success.", "content": note}},
                }
            }
        },
        "components": {
            "schemas": {
                "Note": {
                    "title": "Note",
                    "description": "A note.",
                    "type": "object",
                    "properties": {"text": {"description": "what it says.", "type": "string"}},
                    "required": ["text"],
                }
            },
            "securitySchemes": {"bearer_token": {"type": "http", "scheme": "bearer"}},
        },
        "externalDocs": {"url": "https://example.com/docs"},
        "security": [{"bearer_token": []}],
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            param("a", many=ListStyle.REPEATED),
            {
                "style": "form",
                "explode": True,
                "schema": {"type": "array", "items": {"type": "string"}},
            },
        ),
        (
            param("a", many=ListStyle.COMMA),
            {
                "style": "form",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "string"}},
            },
        ),
        (
            param("a", ParamType.INTEGER, many=ListStyle.JSON),
            {
                "content": {
                    "application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}
                }
            },
        ),
        (
            param("a", ParamType.OBJECT),
            {"content": {"application/json": {"schema": {"type": "object"}}}},
        ),
        (
            param("a", ParamType.OBJECT, brackets=True),
            {"style": "deepObject", "explode": True, "schema": {"type": "object"}},
        ),
        (
            param("a", ParamType.BOOLEAN, words=("yes", "no"), default=True),
            {"schema": {"type": "string", "enum": ["yes", "no"], "default": "yes"}},
        ),
    ],
)
def test_a_parameter_is_written_as_it_is_sent(given: ConnectionParam, expected: Any) -> None:
    (found,) = operation(request_params=[given])["parameters"]
    assert found == {"name": "a", "in": "query"} | expected


def test_headers_that_openapi_describes_elsewhere_are_no_parameters() -> None:
    accept = param("Accept", location=ParamLocation.HEADER)
    assert "parameters" not in operation(request_params=[accept])


@pytest.mark.parametrize(
    ("request_", "content"),
    [
        (ApiRequest.text(), {"text/plain; charset=utf-8": {"schema": {"type": "string"}}}),
        (ApiRequest.binary("audio/wav"), {"audio/wav": {}}),
        (
            ApiRequest.json(Schema("Any")),
            {"application/json": {"schema": {"type": "object", "title": "Any"}}},
        ),
        (
            ApiRequest.form_data(
                FormField(name="file", file=True, required=True, description="The sound."),
                FormField(name="speed", param_type=ParamType.FLOAT, repeatable=True),
            ),
            {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file": {
                                "type": "string",
                                "contentMediaType": "application/octet-stream",
                                "description": "The sound.",
                            },
                            "speed": {"type": "array", "items": {"type": "number"}},
                        },
                        "required": ["file"],
                    }
                }
            },
        ),
        (
            ApiRequest.urlencoded(FormField(name="a")),
            {
                "application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": {"a": {"type": "string"}}}
                }
            },
        ),
    ],
)
def test_each_kind_of_request_has_its_content(request_: ApiRequest, content: Any) -> None:
    assert operation(request=request_)["requestBody"]["content"] == content


@pytest.mark.parametrize(
    ("response", "content"),
    [
        (ApiResponse.empty(), None),
        (ApiResponse.text(), {"text/plain": {"schema": {"type": "string"}}}),
        (ApiResponse.binary("audio/mpeg"), {"audio/mpeg": {}}),
    ],
)
def test_each_kind_of_response_has_its_content(response: ApiResponse, content: Any) -> None:
    assert operation(response=response)["responses"]["2XX"].get("content") == content


def test_each_way_to_carry_credentials_is_a_security_scheme_and_enough() -> None:
    auth = AuthStrategy.any_of(
        AuthStrategy.api_key(header="X-Key"),
        AuthStrategy.basic(),
        AuthStrategy.api_key_query(name="key"),
        AuthStrategy.none(),
    )
    document = written(an_api(an_endpoint(), auth=auth))
    assert document["components"]["securitySchemes"] == {
        "api_key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic_2": {"type": "http", "scheme": "basic"},
        "api_key_query_3": {"type": "apiKey", "in": "query", "name": "key"},
    }
    assert document["security"] == [{"api_key": []}, {"basic_2": []}, {"api_key_query_3": []}, {}]


def test_two_endpoints_of_one_method_and_path_are_refused() -> None:
    with pytest.raises(DefinitionError, match=r"Notes / Other: OpenAPI has room for one POST /do"):
        to_openapi(an_api(an_endpoint(), an_endpoint(id="Other")))
