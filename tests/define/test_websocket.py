from __future__ import annotations

import contextlib
import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import (
    BoundEndpoint,
    ConnectionLifecycle,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    ParamLocation,
    Schema,
)
from support.definitions import LIFECYCLE, a_bound, an_api, an_endpoint, param


def test_definitions_are_equal_by_value_and_hashable() -> None:
    one, other = (an_api(an_endpoint(param("a"))) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one.endpoint("Talk") == other.endpoint("Talk")
    assert hash(one.endpoint("Talk")) == hash(other.endpoint("Talk"))


def test_lists_and_mappings_are_kept_as_tuples() -> None:
    api = an_api(
        endpoints=[an_endpoint(connection_params=[param("a")])],
        env_auth=["A", "B"],
        env_username=["U"],
        headers={"X-One": "1"},
    )
    assert api.env_auth == ("A", "B")
    assert api.env_username == ("U",)
    assert api.headers == (("X-One", "1"),)
    assert api.endpoints == (an_endpoint(param("a")),)
    assert api == an_api(
        an_endpoint(param("a")), env_auth=("A", "B"), env_username="U", headers=[("X-One", "1")]
    )


def test_one_name_of_a_variable_may_be_written_alone() -> None:
    api = an_api(env_auth="KEY", env_username=None)
    assert api.env_auth == ("KEY",)
    assert api.env_username == ()


def test_definitions_are_frozen_and_can_be_replaced() -> None:
    api = an_api(an_endpoint())
    with pytest.raises(dataclasses.FrozenInstanceError):
        api.name = "Other"  # type: ignore[misc]  # that it is refused is the point
    assert dataclasses.replace(api, name="Other").endpoints == api.endpoints
    with pytest.raises(DefinitionError):
        dataclasses.replace(api, name="")


def test_an_endpoint_is_found_by_id_and_the_only_one_without() -> None:
    api = an_api(an_endpoint(), an_endpoint(id="Listen"))
    assert api.endpoint("Listen") == BoundEndpoint(api, api.endpoints[1])
    assert api.endpoint("Listen").name == "Example/Listen"
    assert an_api(an_endpoint()).endpoint().endpoint.id == "Talk"


def test_an_unknown_or_missing_id_lists_the_ids() -> None:
    api = an_api(an_endpoint(), an_endpoint(id="Listen"))
    with pytest.raises(DefinitionError, match=r"'Sing' is not an endpoint.*Talk, Listen"):
        api.endpoint("Sing")
    with pytest.raises(DefinitionError, match=r"which endpoint.*Talk, Listen"):
        api.endpoint()
    with pytest.raises(DefinitionError, match="none"):
        an_api().endpoint()


BAD_APIS: list[tuple[dict[str, Any], str]] = [
    ({"name": "a/b"}, "name: 'a/b' is not a name for an API"),
    ({"base_url": "https://example.com"}, "base_url: 'https://example.com' does not begin with"),
    ({"base_url": "wss://"}, "base_url: 'wss://' has no usable host and port"),
    ({"base_url": "wss://h:0"}, "base_url: 'wss://h:0' has no usable host and port"),
    ({"base_url": "wss://h:99999"}, "base_url: 'wss://h:99999' is not a URL"),
    ({"base_url": "wss://[::1"}, "base_url: 'wss://[::1' is not a URL"),
    ({"base_url": "wss://[fe80::1%25x]"}, "base_url: "),
    ({"base_url": "wss://[v1.a:b]"}, "base_url: 'wss://[v1.a:b]' has no usable host"),
    ({"base_url": "wss://h\n"}, "base_url: a URL is ASCII without white space"),
    ({"base_url": "wss://bücher.example"}, "base_url: a URL is ASCII without white space"),
    ({"base_url": "wss://h/?a=1"}, "base_url: a base URL has neither query nor fragment"),
    ({"base_url": "wss://h/#a"}, "base_url: a base URL has neither query nor fragment"),
    ({"base_url": "wss://h/%zz"}, "base_url: '/%zz' is not the path of a URL"),
    ({"base_url": "wss://me:key@h"}, "base_url: a URL is no place for credentials"),
    ({"docs_url": "ftp://h"}, "docs_url: 'ftp://h' does not begin with https:// or http://"),
    ({"env_auth": ["A", "B C"]}, "env_auth[1]: 'B C' is not the name of an environment variable"),
    ({"env_username": "1A"}, "env_username[0]: '1A' is not the name of an environment variable"),
    ({"headers": {"A": "b", "C D": "e"}}, "headers[1]: 'C D' is not a header name"),
    ({"headers": {"A": "b\r\nC: d"}}, "headers[0]: a header value cannot hold a line break"),
    ({"headers": {"A": "b\0"}}, "headers[0]: a header value cannot hold control characters"),
    ({"headers": {"A": "\xe9"}}, "headers[0]: a header value is ASCII"),
    ({"headers": {"A": " b"}}, "headers[0]: a header value neither begins nor ends"),
    ({"headers": {"upgrade": "x"}}, "headers[0]: upgrade belongs to the WebSocket handshake"),
    (
        {"headers": {"Sec-WebSocket-Key": "x"}},
        "headers[0]: Sec-WebSocket-Key belongs to the WebSocket handshake",
    ),
    (
        {"endpoints": [an_endpoint(), an_endpoint()]},
        "endpoints[1].id: 'Talk' is taken already by endpoints[0]",
    ),
]


@pytest.mark.parametrize(("fields", "problem"), BAD_APIS)
def test_an_api_that_contradicts_itself_is_refused_with_the_place(
    fields: dict[str, Any], problem: str
) -> None:
    name = fields.get("name", "Example")
    with pytest.raises(DefinitionError, match=re.escape(f"{name} / {problem}")):
        an_api(**fields)


BAD_ENDPOINTS: list[tuple[dict[str, Any], str]] = [
    ({"id": "a-b"}, "a-b / id: 'a-b' is not an id"),
    ({"path": "talk"}, "Talk / path: 'talk' does not begin with '/'"),
    ({"path": "/{a"}, "Talk / path: a brace without partner in '{a'"),
    ({"path": "/a}"}, "Talk / path: a brace without partner in 'a}'"),
    ({"path": "/{}"}, "Talk / path: {} is not a placeholder: use an identifier"),
    ({"path": "/{a-b}"}, "Talk / path: {a-b} is not a placeholder: use an identifier"),
    ({"path": "/{a}/{a}"}, "Talk / path: {a} occurs twice"),
    ({"path": "/{a}.{b}"}, "Talk / path: '{a}.{b}' holds two placeholders"),
    ({"path": "/a b"}, "Talk / path: 'a b' cannot stand in the path of a URL"),
    ({"path": "/a?b=c"}, "Talk / path: 'a?b=c' cannot stand in the path of a URL"),
    ({"path": "/%ff"}, "Talk / path: '%ff' cannot stand in the path of a URL"),
    (
        {"connection_params": [param("Host", location=ParamLocation.HEADER)]},
        "Talk / connection_params[0].name: Host belongs to the WebSocket handshake",
    ),
]


@pytest.mark.parametrize(("fields", "problem"), BAD_ENDPOINTS)
def test_an_endpoint_that_contradicts_itself_is_refused_with_the_place(
    fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DefinitionError, match=re.escape(f"Example / {problem}")):
        an_api(an_endpoint(**fields))


def test_a_mistake_in_a_lifecycle_is_named_by_its_place() -> None:
    wrong = MessageSchema(
        id="Hear", direction=MessageDirection.SERVER_TO_CLIENT, schema=Schema("Hear")
    )
    lifecycle = ConnectionLifecycle(
        streaming_messages=(*LIFECYCLE.streaming_messages, wrong),
    )
    with pytest.raises(DefinitionError) as caught:
        an_api(an_endpoint(lifecycle=lifecycle))
    assert str(caught.value).startswith(
        "Example / Talk / lifecycle.streaming_messages[1].direction: "
    )


@pytest.mark.parametrize(
    "url",
    [
        "ws://localhost:8765",
        "wss://api.example.com/v1",
        "ws://[::1]:80/",
        "wss://h/a%20b",
        "WSS://H",
        "ws://my_service",
    ],
)
def test_base_urls_have_a_host_and_perhaps_a_port_and_a_path(url: str) -> None:
    assert an_api(base_url=url).base_url == url


@given(st.text())
def test_any_text_as_a_url_path_or_name_is_accepted_or_refused_with_a_definition_error(
    text: str,
) -> None:
    fields: list[dict[str, Any]] = [
        {"base_url": text},
        {"base_url": f"wss://{text}"},
        {"docs_url": text},
        {"name": text},
        {"headers": {text: text}},
        {"path": f"/{text}"},
    ]
    for given_fields in fields:
        with contextlib.suppress(DefinitionError):
            a_bound(**given_fields)
