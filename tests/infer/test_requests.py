"""Requests: paths with placeholders, parameters with types, and no credentials."""

from __future__ import annotations

import pytest
from infer.drafts import CLIENT, drafted, gathered, recording, tagged

from schematic import ParamType
from schematic_engine.infer import definition_of
from support.recordings import line

TALK = [(CLIENT, tagged("say"))]


def paths(*asked: str) -> list[str]:
    api = definition_of(gathered(*(recording(TALK, path=path) for path in asked))).api
    return [endpoint.path for endpoint in api.endpoints]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (["/rooms/17/chat"], "/rooms/{rooms_id}/chat"),
        (["/v1/voices/a%2Fb/speak"], "/v1/voices/{voices_id}/speak"),
        (["/rooms/red", "/rooms/green", "/rooms/blue"], "/rooms/{rooms_id}"),
        (["/rooms/red", "/rooms/17"], "/rooms/{rooms_id}"),
        (["wss://example.com/talk?x=1"], "/talk"),
        (["/"], "/"),
        (["/token/abc/talk"], "/token/{token_id}/talk"),
        (["/hooks/AbcdefghijklmnopqrstuvwxyZ"], "/hooks/{hooks_id}"),
    ],
)
def test_what_looks_like_an_id_or_has_many_values_is_a_placeholder(
    asked: list[str], path: str
) -> None:
    assert paths(*asked) == [path]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("talk.example.com:8443", "wss://talk.example.com:8443"),
        ("127.0.0.1:80", "wss://api.example"),
        ("", "wss://api.example"),
        ("a b/@c", "wss://api.example"),
    ],
)
def test_the_host_that_was_asked_is_the_address(host: str, address: str) -> None:
    lines = [line("open", CLIENT, path="/talk", host=host), *recording(TALK)[1:]]
    assert definition_of(gathered(lines)).api.base_url == address


def test_versions_and_words_are_endpoints_of_their_own() -> None:
    assert paths("/v1/listen", "/v2/listen", "/v1/speak") == [
        "/v1/listen",
        "/v2/listen",
        "/v1/speak",
    ]


def test_parameters_have_the_types_of_their_values() -> None:
    endpoint = drafted(
        recording(TALK, path="/talk?rate=16000&speed=1&on=True&lang=en"),
        recording(TALK, path="/talk?rate=8000&speed=1.5&on=false&lang=1"),
    )
    assert {one.name: one.param_type for one in endpoint.params} == {
        "rate": ParamType.INTEGER,
        "speed": ParamType.FLOAT,
        "on": ParamType.BOOLEAN,
        "lang": ParamType.STRING,
    }
    assert not any(one.required for one in endpoint.params)


@pytest.mark.parametrize("count", [4, 5])
def test_a_parameter_is_required_when_five_requests_have_it(count: int) -> None:
    [param] = drafted(*[recording(TALK, path="/talk?model=m")] * count).params
    assert param.required is (count == 5)


def test_credentials_are_left_out() -> None:
    endpoint = drafted(recording(TALK, path="/talk?api_key=1&token=2&X-Signature=3&model=m"))
    assert [one.name for one in endpoint.params] == ["model"]


def test_a_subprotocol_is_one_that_the_server_chose() -> None:
    asked = line("open", CLIENT, path="/talk", subprotocols=["chat", "s3cret"])
    accepted = line("accepted", CLIENT.other, subprotocol="chat")
    assert drafted([asked, accepted, *recording(TALK)[1:]]).subprotocols == ("chat",)
    assert drafted([asked, *recording(TALK)[1:]]).subprotocols == ()
    secret = line("accepted", CLIENT.other, subprotocol="api-key.sk-1")
    assert drafted([asked, secret, *recording(TALK)[1:]]).subprotocols == ()
