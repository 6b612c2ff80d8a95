from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from schematic import (
    ApiRequest,
    ApiResponse,
    AuthStrategy,
    DefinitionError,
    Endpoint,
    FormField,
    ParamLocation,
    ParamType,
    RequestKind,
    ResponseKind,
    RestApi,
    RestMethod,
    Schema,
)
from support.definitions import param


class Speech(msgspec.Struct, frozen=True):
    text: str


def an_operation(**fields: Any) -> Endpoint:
    given: dict[str, Any] = {"id": "Speak", "method": RestMethod.POST, "path": "/speech/{voice_id}"}
    return Endpoint(**(given | fields))


def an_api(*endpoints: Endpoint, **fields: Any) -> RestApi:
    given: dict[str, Any] = {
        "name": "Example",
        "base_url": "https://example.com/v1",
        "endpoints": endpoints,
    }
    return RestApi(**(given | fields))


def test_an_api_with_every_kind_of_body_is_valid_and_equal_by_value() -> None:
    requests = [
        None,
        ApiRequest.json(Schema(Speech)),
        ApiRequest.form_data(
            FormField(name="audio", file=True, required=True), FormField(name="model_id")
        ),
        ApiRequest.urlencoded(FormField(name="count", param_type=ParamType.INTEGER)),
        ApiRequest.text(),
        ApiRequest.binary("audio/wav"),
    ]
    responses = [
        ApiResponse.json(Schema("Voice")),
        ApiResponse.text(),
        ApiResponse.binary("audio/mpeg"),
        ApiResponse.empty(),
    ]

    def build() -> RestApi:
        return an_api(
            *(an_operation(id=f"R{n}", request=body) for n, body in enumerate(requests)),
            *(an_operation(id=f"A{n}", response=body) for n, body in enumerate(responses)),
            auth=AuthStrategy.api_key(header="xi-api-key"),
            env_auth=["KEY"],
            headers={"X-One": "1"},
        )

    assert build() == build()
    assert hash(build()) == hash(build())
    assert build().env_auth == ("KEY",)


def test_an_operation_is_found_by_id() -> None:
    api = an_api(an_operation(), an_operation(id="Sing"))
    assert api.endpoint("Sing").id == "Sing"
    with pytest.raises(DefinitionError, match="Speak, Sing"):
        api.endpoint("Dance")


def test_parameters_of_the_path_come_with_those_of_the_request() -> None:
    operation = an_operation(request_params=[param("seed", ParamType.INTEGER)])
    assert [(p.name, p.location) for p in operation.params] == [
        ("voice_id", ParamLocation.PATH),
        ("seed", ParamLocation.QUERY),
    ]


def test_operations_are_frozen_and_keep_tuples() -> None:
    operation = an_operation(headers={"A": "b"}, request_params=[param("a")])
    assert operation.headers == (("A", "b"),)
    assert operation.request_params == (param("a"),)
    assert dataclasses.replace(operation, id="Other").path == operation.path


BAD_OPERATIONS: list[tuple[dict[str, Any], str]] = [
    ({"path": "x"}, "path: 'x' does not begin with '/'"),
    ({"headers": {"A B": ""}}, "headers[0]: 'A B' is not a header name"),
    ({"request_params": [param("key")]}, "request_params[0].name: key carries the credentials"),
    ({"request": ApiRequest.json(Schema.binary())}, "request.schema: a JSON body cannot be binary"),
    ({"request": ApiRequest.json(Schema("a b"))}, "request.schema: 'a b' is not a schema name"),
    ({"request": ApiRequest(kind=RequestKind.JSON)}, "request.schema: this kind of body needs"),
    (
        {"request": ApiRequest(kind=RequestKind.TEXT, schema=Schema("A"))},
        "request.schema: this kind of body has no schema",
    ),
    ({"request": ApiRequest.text("a\r\nb")}, "request.media_type: a header value cannot hold"),
    (
        {"request": ApiRequest(kind=RequestKind.TEXT, fields=(FormField(name="a"),))},
        "request.fields: a text body has no fields",
    ),
    (
        {"request": ApiRequest.form_data(FormField(name="a"), FormField(name="a"))},
        "request.fields[1].name: 'a' is taken already by fields[0]",
    ),
    ({"request": ApiRequest.form_data(FormField(name=""))}, "request.fields[0].name: '' is not"),
    (
        {"request": ApiRequest.urlencoded(FormField(name="a", file=True))},
        "request.fields[0].file: a file needs a form_data body",
    ),
    (
        {
            "request": ApiRequest.form_data(
                FormField(name="a", file=True, param_type=ParamType.INTEGER)
            )
        },
        "request.fields[0].param_type: a file is bytes",
    ),
    (
        {"response": ApiResponse(kind=ResponseKind.TEXT, streamed=True)},
        "response.streamed: a text body is read whole",
    ),
    (
        {"method": RestMethod.HEAD, "response": ApiResponse.text()},
        "response: the response to HEAD has no body",
    ),
]


@pytest.mark.parametrize(("fields", "problem"), BAD_OPERATIONS)
def test_an_operation_that_contradicts_itself_is_refused_with_the_place(
    fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DefinitionError, match=re.escape(f"Example / Speak / {problem}")):
        an_api(an_operation(**fields), auth=AuthStrategy.api_key_query(name="key"))


def test_a_rest_api_is_not_spoken_to_over_websockets() -> None:
    with pytest.raises(DefinitionError, match=r"Example / base_url: .* https:// or http://"):
        an_api(base_url="wss://example.com")


@pytest.mark.parametrize(
    ("module", "strangers"),
    [("rest", ("websocket", "lifecycle", "messages")), ("websocket", ("rest", "bodies"))],
)
def test_neither_type_system_imports_the_other(module: str, strangers: tuple[str, ...]) -> None:
    script = f"""
import importlib.util, sys, types
for name in ("schematic", "schematic.define"):
    package = types.ModuleType(name)
    package.__path__ = list(importlib.util.find_spec(name).submodule_search_locations) \\
        if name == "schematic" else [sys.modules["schematic"].__path__[0] + "/define"]
    sys.modules[name] = package
import schematic.define.{module}
sys.exit(any(f"schematic.define.{{name}}" in sys.modules for name in {strangers!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == 0
