from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import BoundEndpoint, Constraint, ListStyle, ParamLocation, ParamType
from schematic_engine.address import (
    Address,
    FlawKind,
    address_of,
    header_params,
    match_request,
    match_target,
    parse_url,
    read_target,
    target_for,
    values_of,
)
from schematic_engine.errors import InvalidParameter, LocalProtocolError
from support.definitions import a_bound, param

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SEGMENT = TEXT.filter(lambda text: text not in ("", ".", ".."))

VOICE = a_bound(
    param("voice_id", required=True),
    param("model_id", default="base"),
    param("language"),
    param("seed", ParamType.INTEGER),
    param("logging", ParamType.BOOLEAN, default=True),
    param("speed", ParamType.FLOAT),
    param("form", choices=["mp3", "pcm"]),
    path="/v1/speech/{voice_id}/stream",
    base_url="wss://example.com/api",
)


def matched(bound: BoundEndpoint, target: str, **rest: Any) -> Any:
    return match_target(bound.endpoint, target, "/api", **rest)


@given(
    st.fixed_dictionaries(
        {"voice_id": SEGMENT},
        optional={
            "model_id": TEXT,
            "language": TEXT,
            "seed": st.integers(-(10**99), 10**99),
            "logging": st.booleans(),
            "speed": st.floats(allow_nan=False, allow_infinity=False),
            "form": st.sampled_from(["mp3", "pcm"]),
        },
    )
)
def test_any_parameters_round_trip_through_a_target_of_visible_ascii(
    params: dict[str, object],
) -> None:
    target = target_for(VOICE, params)
    assert all("!" <= character <= "~" for character in target)
    assert matched(VOICE, target) == {"model_id": "base", "logging": True} | params


@given(st.text(), st.text())
def test_any_text_is_carried_or_refused_with_a_documented_error(path: str, query: str) -> None:
    try:
        target = target_for(VOICE, {"voice_id": path, "language": query})
    except InvalidParameter:
        return
    assert target.isascii()
    assert target.isprintable()


@given(st.text())
def test_any_target_is_matched_or_refused_with_a_documented_error(target: str) -> None:
    for sent in (target, f"/api/v1/speech/{target}/stream?{target}"):
        try:
            found = matched(VOICE, sent)
        except InvalidParameter:
            continue
        assert found is None or "voice_id" in found


@given(SEGMENT)
def test_text_around_a_placeholder_is_kept_apart_from_its_value(name: str) -> None:
    bound = a_bound(path="/files%20of/v-{name}.json")
    target = target_for(bound, {"name": name})
    assert match_target(bound.endpoint, target) == {"name": name}


def test_a_slash_and_a_space_in_a_path_segment_are_percent_encoded() -> None:
    assert target_for(VOICE, {"voice_id": "a/b c"}) == "/api/v1/speech/a%2Fb%20c/stream"


def test_a_query_is_percent_encoded_in_the_order_of_the_description() -> None:
    params = {"logging": False, "seed": 7, "language": "a&b=c+d", "voice_id": "x", "speed": 1}
    assert target_for(VOICE, params) == (
        "/api/v1/speech/x/stream?language=a%26b%3Dc%2Bd&seed=7&logging=false&speed=1.0"
    )


def test_a_value_may_be_given_as_text() -> None:
    target = target_for(VOICE, {"voice_id": "x", "seed": "7", "logging": "TRUE"})
    assert target.endswith("?seed=7&logging=true")


def test_none_is_as_good_as_absent_and_an_optional_default_is_not_sent() -> None:
    assert target_for(VOICE, {"voice_id": "x", "seed": None}) == "/api/v1/speech/x/stream"


def test_the_default_of_a_required_parameter_is_sent() -> None:
    bound = a_bound(
        param("room", default="hall"),
        param("v", ParamType.INTEGER, required=True, default=2),
        path="/{room}",
    )
    assert target_for(bound) == "/hall?v=2"


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({}, "voice_id: Talk requires it"),
        ({"voice_id": ""}, "voice_id: a segment of a path cannot be empty, '.' or '..'"),
        ({"voice_id": ".."}, "voice_id: a segment of a path cannot be empty, '.' or '..'"),
        ({"voice_id": "\ud800"}, "voice_id: not UTF-8: a lone surrogate"),
        ({"voice_id": [5]}, "voice_id: [5] is not a string"),
        ({"voice_id": "x", "seed": "1.5"}, "seed: '1.5' is not an integer"),
        ({"voice_id": "x", "form": "wav"}, "form: 'wav' is not one of mp3, pcm"),
        (
            {"Voice-id": "x"},
            "Voice-id: Talk has no such parameter; did you mean 'voice_id'?",
        ),
        (
            {"zzz": "x"},
            "zzz: Talk has no such parameter. It has: "
            + ", ".join(known.name for known in VOICE.endpoint.params),
        ),
    ],
)
def test_what_a_request_cannot_carry_is_refused(params: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        target_for(VOICE, params)
    assert str(caught.value) == problem
    if "segment" not in problem and "surrogate" not in problem:  # values, but none for a path
        with pytest.raises(InvalidParameter, match=re.escape(problem)):
            values_of(VOICE.endpoint, params)
    assert isinstance(caught.value, (LocalProtocolError, ValueError))


def test_an_endpoint_without_parameters_says_so() -> None:
    with pytest.raises(InvalidParameter, match="It has: none"):
        target_for(a_bound(), {"a": 1})


def test_of_many_parameters_an_error_lists_but_a_few() -> None:
    bound = a_bound(*(param(f"p{number}") for number in range(40)))
    with pytest.raises(InvalidParameter, match=r"It has: p0, .*, p7, … \(40 in all\)$"):
        target_for(bound, {"model": 1})


def test_a_url_replaces_scheme_host_port_and_path_prefix() -> None:
    address = address_of(VOICE, {"voice_id": "x"}, url="ws://127.0.0.1:8765")
    assert address == Address("ws", "127.0.0.1", 8765, "/v1/speech/x/stream")
    address = address_of(VOICE, {"voice_id": "x"}, url="wss://[::1]/mock/")
    assert address == Address("wss", "::1", 443, "/mock/v1/speech/x/stream")


def test_without_a_url_the_address_is_that_of_the_api() -> None:
    address = address_of(VOICE, {"voice_id": "x"})
    assert address == Address("wss", "example.com", 443, "/api/v1/speech/x/stream")
    assert address.secure


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("ws://h", "h"),
        ("ws://h:80", "h"),
        ("ws://h:443", "h:443"),
        ("wss://H:443", "h"),
        ("wss://[::1]", "[::1]"),
        ("wss://[::1]:8765", "[::1]:8765"),
    ],
)
def test_the_authority_leaves_default_ports_out_and_brackets_ipv6(url: str, authority: str) -> None:
    assert parse_url(url).authority == authority


@pytest.mark.parametrize(
    "url", ["http://h", "ws://", "ws://h?a=b", "ws://me:secret@h", "h:80", "ws://h\r\nA: b", ""]
)
def test_a_url_that_is_no_base_url_is_refused_without_its_credentials(url: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^url: ") as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


def test_the_query_does_not_show_in_the_repr() -> None:
    address = address_of(VOICE, {"voice_id": "x"}, query=[("key", "s3cret&")])
    assert address.target.endswith("?key=s3cret%26")
    assert repr(address) == "Address(wss://example.com/api/v1/speech/x/stream?...)"
    assert repr(Address("ws", "h", 80)) == "Address(ws://h/)"


def test_a_header_parameter_travels_in_a_header_only() -> None:
    bound = a_bound(param("X-Mode", ParamType.BOOLEAN, location=ParamLocation.HEADER))
    assert target_for(bound, {"X-Mode": True}) == "/talk"
    assert header_params(bound, {"X-Mode": True}) == (("X-Mode", "true"),)
    found = match_target(bound.endpoint, "/talk", headers=[("x-mode", "True")])
    assert found == {"X-Mode": True}


@given(st.text())
def test_a_header_parameter_never_holds_a_control_character(text: str) -> None:
    bound = a_bound(param("X-Mode", location=ParamLocation.HEADER))
    try:
        lines = header_params(bound, {"X-Mode": text})
    except InvalidParameter:
        return
    assert lines == (("X-Mode", text),)
    assert text.replace("\t", " ").isprintable()


@pytest.mark.parametrize(
    "target",
    [
        "/v1/speech/x/stream",
        "/api/v1/speech/x",
        "/api/v1/speech/x/stream/",
        "/api/v1/speech//stream",
        "/api/v1/speech/x%2Fstream",
        "/api/v1/sing/x/stream",
        "/api/v1/%ff/x/stream",
        "*",
        "",
    ],
)
def test_another_path_does_not_match(target: str) -> None:
    assert matched(VOICE, target) is None


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("/api/v1/speech/%ff/stream", "voice_id: not UTF-8"),
        ("/api/v1/speech/x/stream?language=%ff", "query: not UTF-8"),
        ("/api/v1/speech/x/stream?seed=1&seed=2", "seed: given 2 times"),
        ("/api/v1/speech/x/stream?seed=x", "seed: 'x' is not an integer"),
        ("/api/v1/speech/x/stream?seed=", "seed: '' is not an integer"),
        ("/api/v1/speech/x/stream?form=wav", "form: 'wav' is not one of mp3, pcm"),
    ],
)
def test_the_right_path_with_wrong_parameters_is_refused(target: str, problem: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        matched(VOICE, target)
    assert str(caught.value) == problem


def test_a_missing_required_parameter_is_refused() -> None:
    bound = a_bound(param("model", required=True))
    with pytest.raises(InvalidParameter, match="model: required, but missing"):
        match_target(bound.endpoint, "/talk?other=1")


def test_unknown_query_parameters_are_left_out_and_plus_is_a_space() -> None:
    found = matched(VOICE, "/api/v1/speech/x/stream?extra=1&language=a+b&logging=FALSE")
    assert found == {"voice_id": "x", "model_id": "base", "language": "a b", "logging": False}


def test_an_absolute_url_is_accepted_as_a_target() -> None:
    assert matched(VOICE, "http://h:80/api/v1/speech/x/stream?seed=1") is not None
    assert match_target(a_bound(path="/").endpoint, "ws://h?a=b") == {}


# Lists, objects, and rules across parameters

LISTS = a_bound(
    param("term", many=ListStyle.REPEATED),
    param("tag", many=ListStyle.COMMA),
    param("codes", many=(ListStyle.JSON, ListStyle.REPEATED)),
    param("session", ParamType.OBJECT, brackets=True),
    param("gateway", ParamType.OBJECT),
    param("flag", ParamType.BOOLEAN, words=("True", "False")),
    param("room", many=ListStyle.COMMA),
    param("X-Terms", many=ListStyle.COMMA, location=ParamLocation.HEADER),
    path="/{room}",
)
NO_COMMA = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=","), min_size=1)


@given(
    st.fixed_dictionaries(
        {"room": st.lists(NO_COMMA, min_size=2, max_size=3)},
        optional={
            "term": st.lists(TEXT, min_size=1, max_size=3),
            "tag": st.lists(NO_COMMA, min_size=1, max_size=3),
            "codes": st.lists(TEXT, max_size=3),
            "session": st.fixed_dictionaries({"a": TEXT, "b": st.fixed_dictionaries({"c": TEXT})}),
            "gateway": st.dictionaries(TEXT, TEXT, max_size=2),
            "flag": st.booleans(),
        },
    )
)
def test_lists_and_objects_round_trip_through_a_target(params: dict[str, Any]) -> None:
    target = target_for(LISTS, params)
    assert all("!" <= character <= "~" for character in target)
    lists = {n: tuple(v) if isinstance(v, list) else v for n, v in params.items()}
    assert match_target(LISTS.endpoint, target) == lists
    assert values_of(LISTS.endpoint, params) == lists


def test_lists_and_objects_are_written_as_the_services_read_them() -> None:
    params: dict[str, object] = {
        "room": ["a", "b"],
        "term": ["x y", "z"],
        "tag": ["p", "q r"],
        "codes": ["en", "de"],
        "session": {"audio": {"rate": 16000}},
        "flag": True,
        "X-Terms": ["k", "l"],
    }
    assert target_for(LISTS, params) == (
        "/a%2Cb?term=x%20y&term=z&tag=p,q%20r&codes=%5B%22en%22%2C%22de%22%5D"
        "&session%5Baudio%5D%5Brate%5D=16000&flag=True"
    )
    assert header_params(LISTS, params) == (("X-Terms", "k,l"),)


def test_lists_are_read_as_other_libraries_write_them() -> None:
    target = "/a?term=x+y&term=z&tag=p%2Cq&codes=en&codes=de&flag=TRUE&session[audio][rate]=16000"
    found = match_target(LISTS.endpoint, target, headers=[("X-TERMS", "k"), ("x-terms", " l, m")])
    assert found == {
        "room": ("a",),
        "term": ("x y", "z"),
        "tag": ("p", "q"),
        "codes": ("en", "de"),
        "flag": True,
        "session": {"audio": {"rate": "16000"}},
        "X-Terms": ("k", "l", "m"),
    }


@given(st.text(), st.lists(st.text(), max_size=3), st.dictionaries(st.text(), st.text()))
def test_nothing_that_is_given_gets_out_of_its_place(
    text: str, several: list[str], nested: dict[str, str]
) -> None:
    given: dict[str, object] = {"room": [text], "term": several, "tag": several, "codes": several}
    for params in (
        given,
        {"room": ["x"], "session": nested, "gateway": nested, "X-Terms": several},
    ):
        try:
            target, lines = target_for(LISTS, params), header_params(LISTS, params)
        except InvalidParameter:
            continue
        assert all("!" <= character <= "~" for character in target)
        assert "#" not in target
        for _, value in lines:
            assert value.isascii()
            assert value.replace("\t", " ").isprintable()


BOUND = a_bound(
    param("model"),
    param("call_id"),
    param("encoding", choices=["pcm", "opus"], default="pcm"),
    param("rate", ParamType.INTEGER),
    constraints=[
        Constraint.exactly_one("model", "call_id"),
        Constraint.at_least_one("rate", {"encoding": "opus"}),
    ],
)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"rate": 1}, "model, call_id: one of them is required: model, or call_id"),
        (
            {"model": "m", "call_id": "c", "rate": 1},
            "model, call_id: model and call_id exclude each other; choose one of them",
        ),
        (
            {"model": "m"},
            "rate, encoding: one of them is required: rate, or encoding=opus",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_by_who_sends_and_by_who_reads(
    params: dict[str, object], problem: str
) -> None:
    target = "/talk?" + "&".join(f"{name}={value}" for name, value in params.items())
    for refuse in (
        lambda: target_for(BOUND, params),
        lambda: header_params(BOUND, params),
        lambda: values_of(BOUND.endpoint, params),
        lambda: match_target(BOUND.endpoint, target),
    ):
        with pytest.raises(InvalidParameter) as caught:
            refuse()
        assert str(caught.value) == problem


def test_what_keeps_the_rules_is_sent_and_read() -> None:
    for params in ({"model": "m", "rate": 1}, {"call_id": "c", "encoding": "opus"}):
        target = target_for(BOUND, params)
        found = match_target(BOUND.endpoint, target)
        assert found == {"encoding": "pcm"} | params == values_of(BOUND.endpoint, params)


# Reading all of a request


def test_all_that_is_wrong_is_read_where_a_server_stops_at_the_first() -> None:
    bound = a_bound(
        param("a", required=True),
        param("b", ParamType.INTEGER),
        param("c", default="x"),
        param("d", location=ParamLocation.HEADER, required=True),
        constraints=[Constraint.at_least_one("c", "d"), Constraint.needs("c", "e")],
        path="/talk/{e}",
        base_url="wss://example.com/api",
    )
    unknown = read_target(bound.endpoint, "/any/talk/1?b=z")
    assert unknown is not None
    assert [(flaw.kind, flaw.names) for flaw in unknown.flaws] == [
        (FlawKind.MISSING, ("a",)),
        (FlawKind.UNFIT, ("b",)),
    ]
    assert unknown.unread == {"a", "b", "d"}
    assert unknown.values == {"c": "x", "e": "1"}
    known = read_target(bound.endpoint, "/talk/1?a=1", "", headers=[])
    assert known is not None
    assert [flaw.names for flaw in known.flaws] == [("d",)]
    with pytest.raises(InvalidParameter, match="d: required, but missing"):
        match_target(bound.endpoint, "/talk/1?a=1")


@given(SEGMENT.filter(lambda text: "/" not in text), st.lists(SEGMENT, max_size=3))
def test_a_path_is_known_by_its_end_under_any_prefix(voice: str, prefix: list[str]) -> None:
    target = target_for(VOICE, {"voice_id": voice}, base_path="")
    before = "".join(f"/{quote(segment, safe='')}" for segment in prefix)
    reading = read_target(VOICE.endpoint, before + target)
    assert reading is not None
    assert reading.values["voice_id"] == voice
    assert read_target(VOICE.endpoint, f"{target}/more") is None


def test_a_request_is_matched_with_the_prefix_of_the_api_and_without_any() -> None:
    for prefix in ("", "/api"):
        params = match_request(VOICE, f"{prefix}/v1/speech/x/stream?seed=1")
        assert params == {"voice_id": "x", "seed": 1, "model_id": "base", "logging": True}
    assert match_request(VOICE, "/other/v1/speech/x/stream") is None


def test_any_path_is_a_prefix_of_the_root() -> None:
    for path in ("/", "/chat", "/chat/"):
        assert read_target(a_bound(path="/").endpoint, path) is not None
