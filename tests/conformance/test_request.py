"""The request that asks for a WebSocket: what is held against the client, and what is not."""

from __future__ import annotations

import pytest

from schematic import AuthStrategy, Constraint, ParamLocation, ParamType, Side
from schematic.compile import compile_endpoint
from schematic_definitions.deepgram import deepgram
from schematic_engine.conformance.redact import HIDDEN
from schematic_engine.conformance.request import judge_request
from support import forms
from support.definitions import a_bound, param
from support.recordings import judged, line

LISTEN = compile_endpoint(
    a_bound(
        param("model", required=True),
        param("sample_rate", ParamType.INTEGER),
        param("encoding", choices=["opus", "linear16"]),
        param("token"),
        param("key"),
        param("mode", location=ParamLocation.HEADER, required=True),
        path="/v1/listen",
        constraints=[
            Constraint.needs("sample_rate", "encoding"),
            Constraint.at_most_one("token", "key"),
            Constraint.exactly_one("mode", "key"),
        ],
        auth=AuthStrategy.api_key_query(name="model_id"),
    )
)
FORMS = compile_endpoint(forms.API.endpoint())

EXCLUDED = "token and key exclude each other; choose one of them"


def broken(target: str) -> list[tuple[str, str]]:
    return [(one.rule.id, one.text) for one in judge_request(LISTEN, target).broken]


@pytest.mark.parametrize(
    "target",
    [
        "/v1/listen?model=m",
        "/mount/at/v1/listen?model=m",
        "wss://example.com/v1/listen?model=m",
        "/v1/listen?model=m&sample_rate=16000&encoding=opus",
        "/v1/listen?model=m&tag=x&future[a]=%C3%BC",
        "/v1/listen?model=m&model_id=s3cret",
    ],
)
def test_what_a_correct_client_may_ask_for_is_no_finding(target: str) -> None:
    assert broken(target) == []


@pytest.mark.parametrize("path", ["/v2/listen", "/listen", "/v1/listen/", "/", "/v1/listen/v2"])
def test_another_path_is_found_and_shown_without_its_query(path: str) -> None:
    assert broken(f"{path}?model=m&key=s3cret") == [
        ("SCH-402", f"the client asks for {path}, another path than /v1/listen")
    ]


@pytest.mark.parametrize("secret", ["sk-4711-0815-abcd", "a" * 25, "s3cret", "\x1b[31m", "12345"])
def test_of_another_path_only_words_and_small_numbers_are_shown(secret: str) -> None:
    [(_, told)] = broken(f"/v2/{secret}/listen/key/word?model=m")
    shown = "/v2/[redacted]/listen/key/[redacted]"
    assert told == f"the client asks for {shown}, another path than /v1/listen"


def test_what_is_missing_does_not_fit_or_is_at_odds_is_found_at_once() -> None:
    assert broken("/v1/listen?sample_rate=zz&token=a&key=b") == [
        ("SCH-403", "the client leaves out model, which is required"),
        (
            "SCH-404",
            "the client gives sample_rate a value that does not fit: 'zz' is not an integer",
        ),
        ("SCH-405", f"the client's parameters are at odds: {EXCLUDED}"),
    ]


def test_a_query_that_nobody_can_read_is_one_finding() -> None:
    assert broken("/v1/listen?sample_rate=%FF") == [
        ("SCH-404", "the client gives query a value that does not fit: not UTF-8")
    ]


def test_a_rule_about_a_value_that_does_not_fit_is_not_judged_too() -> None:
    assert [rule for rule, _ in broken("/v1/listen?model=m&sample_rate=zz")] == ["SCH-404"]


def test_no_finding_shows_a_credential() -> None:
    bound = a_bound(
        param("token", ParamType.INTEGER),
        param("form", choices=["a"]),
    )
    target = "/talk?token=s3cret&form=Bearer%20s3cret"
    assert [one.text for one in judge_request(compile_endpoint(bound), target).broken] == [
        f"the client gives token a value that does not fit: {HIDDEN}",
        "the client gives form a value that does not fit: 'Bearer [redacted]' is not one of a",
    ]


def test_messages_are_narrowed_by_what_is_known_and_by_nothing_else() -> None:
    known = judge_request(FORMS, "/talk?form=json")
    assert [kind.id for kind in known.endpoint.kinds] == ["Audio", "Close", "Wrapped"]
    for target, rule in (("/talk?form=ogg", "SCH-404"), ("/elsewhere", "SCH-402")):
        request = judge_request(FORMS, target)
        assert request.endpoint is FORMS
        (found,) = request.broken
        assert found.rule.id == rule
        assert found.text.endswith("and all are taken for possible")


def test_the_client_alone_is_blamed_even_where_the_server_accepts() -> None:
    endpoint = deepgram().endpoint("ListenV1")
    recorded = [
        line("open", Side.CLIENT, path="/v2/listen?model=nova-3"),
        line("accepted", Side.SERVER),
    ]
    findings = [shown.finding for shown in judged(endpoint, recorded).findings]
    assert [(one.rule.id, one.line, one.side) for one in findings] == [
        ("SCH-402", 1, Side.CLIENT),
        ("SCH-903", 2, None),
    ]
