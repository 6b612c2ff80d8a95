"""Excerpts: short, printable, and without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.conformance.redact import excerpt, redact_text

SECRET_NAMES = [
    "xi-api-key",
    "apiKey",
    "access_token",
    "Authorization",
    "client_secret",
    "PASSWORD",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.sampled_from(SECRET_NAMES), json_values, st.integers(0, 3))
def test_a_secret_is_hidden_at_any_depth(name: str, beside: Any, depth: int) -> None:
    body: Any = {name: "hunter2hunter2", "beside": beside}
    for _ in range(depth):
        body = {"in": [body]}
    assert "hunter2" not in excerpt(json.dumps(body), width=10_000)


@pytest.mark.parametrize(
    "payload",
    [
        '{"xi-api-key": "hunter2',
        '{"xi-api-key": "hunter2 hunter2", "text": ',
        "api_key=hunter2&x=1",
        "Authorization: Bearer hunter2",
        '{"nested": "{\\"password\\": \\"hunter2\\"}"}',
        '{"headers": ["Authorization: Bearer hunter2"]}',
        "please use bearer hunter2",
    ],
)
def test_a_secret_is_hidden_in_what_is_not_json_too(payload: str) -> None:
    assert "hunter2" not in excerpt(payload, width=10_000)


def test_what_is_no_secret_stays_and_so_does_an_absent_one() -> None:
    assert excerpt('{"text": "Hi", "token": null}') == '{"text":"Hi","token":null}'
    assert redact_text("Expected `str`, got `int` - at `$.audio`").endswith("`$.audio`")


@given(st.text() | st.binary())
def test_an_excerpt_is_one_short_printable_line(payload: str | bytes) -> None:
    line = excerpt(payload, width=40)
    assert len(line) <= 40
    assert line.isprintable()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["a", "key", 'key:"', "bearer ", "\\", "'", "["])
def test_a_huge_payload_is_cut_before_it_is_searched(text: str) -> None:
    assert len(excerpt(text * 1_000_000)) <= 76
    assert len(excerpt(json.dumps({"k": text * 1_000_000}))) <= 76


def test_a_field_that_a_description_calls_a_secret_is_hidden_too() -> None:
    payload = '{"login": {"word": "hunter2", "user": "me"}, "words": ["hunter"]}'
    assert excerpt(payload, secret={"word"}) == (
        '{"login":{"word":"[redacted]","user":"me"},"words":["hunter"]}'
    )
