from __future__ import annotations

import pytest

from schematic import (
    AuthKind,
    AuthStrategy,
    ConnectionLifecycle,
    DefinitionError,
    ParamLocation,
    RestApi,
)
from support.definitions import a_bound, an_api, an_endpoint, param


@pytest.mark.parametrize(
    "strategy",
    [
        AuthStrategy.none(),
        AuthStrategy.api_key(header="xi-api-key"),
        AuthStrategy.api_key(header="Authorization", prefix="Token"),
        AuthStrategy.bearer_token(),
        AuthStrategy.bearer_token(header="X-Token"),
        AuthStrategy.basic(),
        AuthStrategy.api_key_query(name="token"),
        AuthStrategy.subprotocol("token"),
        AuthStrategy.subprotocol("realtime", prefix="key."),
        AuthStrategy.in_message("Say", field="auth.key"),
        AuthStrategy.any_of(AuthStrategy.bearer_token(), AuthStrategy.none()),
    ],
)
def test_every_constructor_makes_a_valid_hashable_value(strategy: AuthStrategy) -> None:
    assert an_api(an_endpoint(), auth=strategy).auth == strategy
    assert hash(strategy) is not None


def test_a_bearer_token_travels_in_authorization_unless_told_otherwise() -> None:
    assert AuthStrategy.bearer_token() == AuthStrategy.bearer_token(header="Authorization")


@pytest.mark.parametrize(
    ("strategy", "problem"),
    [
        (AuthStrategy.api_key(header="a b"), "header: 'a b' is not a header name"),
        (AuthStrategy(kind=AuthKind.API_KEY), "header: api-key needs a header"),
        (AuthStrategy.api_key(header="A", prefix=""), "prefix: write None for no prefix"),
        (
            AuthStrategy.api_key(header="A", prefix="x\n"),
            "prefix: a header value cannot hold a line break",
        ),
        (AuthStrategy.api_key_query(name=""), "name: '' is not a parameter name"),
        (
            AuthStrategy.api_key(header="Host"),
            "header: Host belongs to the WebSocket handshake, which sets it itself",
        ),
        (
            AuthStrategy.subprotocol(),
            "subprotocols: offer one besides the key, which the server can choose",
        ),
        (
            AuthStrategy.subprotocol("a", "b c"),
            "subprotocols[1]: 'b c' is not the name of a subprotocol",
        ),
        (
            AuthStrategy.subprotocol("a", prefix="k:"),
            "prefix: 'k:' is not the name of a subprotocol",
        ),
        (AuthStrategy.in_message(field="key"), "messages: say which message carries the key"),
        (
            AuthStrategy.in_message("Say", field="a..b"),
            "field: 'a..b' is not the name of a field, or names joined by dots",
        ),
        (
            AuthStrategy.in_message("Say", "Sing", field="key"),
            "messages[1]: the client has no JSON message 'Sing'",
        ),
        (AuthStrategy.any_of(), "alternatives: give two different ones or more"),
        (
            AuthStrategy.any_of(AuthStrategy.basic(), AuthStrategy.basic()),
            "alternatives: give two different ones or more",
        ),
        (
            AuthStrategy.any_of(AuthStrategy.basic(), AuthStrategy.any_of()),
            "alternatives[1].kind: list its alternatives here",
        ),
        (
            AuthStrategy.any_of(AuthStrategy.basic(), AuthStrategy.api_key(header="Upgrade")),
            (
                "alternatives[1].header: Upgrade belongs to the WebSocket handshake, which sets "
                "it itself"
            ),
        ),
    ],
)
def test_a_strategy_that_cannot_be_carried_is_refused(strategy: AuthStrategy, problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        an_api(an_endpoint(), auth=strategy)
    assert str(caught.value) == f"Example / auth.{problem}"


def test_a_parameter_does_not_stand_where_the_credentials_go() -> None:
    place = r"Example / Talk / connection_params\[0\]\.name"
    with pytest.raises(DefinitionError, match=f"{place}: token carries the credentials already"):
        a_bound(param("token"), auth=AuthStrategy.api_key_query(name="token"))
    with pytest.raises(DefinitionError, match=f"{place}: x-key carries the credentials already"):
        a_bound(
            param("x-key", location=ParamLocation.HEADER), auth=AuthStrategy.api_key(header="X-Key")
        )


def test_a_query_parameter_may_be_called_like_the_header_of_the_credentials() -> None:
    a_bound(param("authorization"), auth=AuthStrategy.bearer_token())


def test_every_endpoint_has_a_way_to_carry_the_credentials() -> None:
    say = AuthStrategy.in_message("Say", field="key")
    silent = an_endpoint(id="Silent", path="/silent", lifecycle=ConnectionLifecycle())
    with pytest.raises(DefinitionError) as caught:
        an_api(an_endpoint(), silent, auth=say)
    assert str(caught.value) == (
        "Example / auth.messages: no message of Silent carries the credentials"
    )
    an_api(an_endpoint(), silent, auth=AuthStrategy.any_of(say, AuthStrategy.bearer_token()))


@pytest.mark.parametrize(
    "way", [AuthStrategy.subprotocol("token"), AuthStrategy.in_message("Say", field="key")]
)
def test_an_http_request_has_neither_subprotocols_nor_messages(way: AuthStrategy) -> None:
    with pytest.raises(DefinitionError, match=r"auth\.kind: an HTTP request carries no"):
        RestApi(
            name="Rest",
            base_url="https://example.com",
            auth=AuthStrategy.any_of(AuthStrategy.bearer_token(), way),
        )
