"""Secrets in JSON are hidden where they stand, and nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.conformance.redact import HIDDEN
from schematic_engine.conformance.texts import Names, hide, sounds_secret

NAMES = st.sampled_from(["a", "key", "Tok\\en", "token", "pass", "é", "x-secret", "password", ""])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.sampled_from('a"\\/{}[]:,\n\u00e9\U0001f600 1'), max_size=8)
VALUES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
SECRET = Names(frozenset({"pass"}), frozenset({("key",), ("a", "token")}))


def plain(
    value: Any, path: tuple[str, ...] = (), secret: bool = False, number: bool = False
) -> Any:
    """The same, done on the decoded value."""
    if isinstance(value, dict):
        found = {}
        for name, inner in value.items():
            here = (*path, name)
            own = name == "pass" or (sounds_secret(name) and here not in SECRET.public)
            surely = name in ("pass", "password", "x-secret")
            found[name] = plain(inner, here, secret or own, number or surely)
        return found
    if isinstance(value, list):
        return [plain(inner, path, secret, number) for inner in value]
    if isinstance(value, str):
        return HIDDEN if secret and value and (number or len(value) >= 4) else value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return HIDDEN if is_number and number else value


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_it_does_what_is_done_on_the_decoded_value(value: Any, escape: bool, indent: int) -> None:
    value = {"list": [value]}
    text = json.dumps(value, ensure_ascii=escape, indent=indent)
    hidden = hide(text, SECRET)
    wanted = plain(value)
    assert json.loads(hidden) == wanted
    assert (hidden is text) == (wanted == value)
    assert hide(hidden, SECRET) == hidden


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *((n, True) for n in ("key", "api_key", "apiKey", "xi-api-key", "keys", "API_KEY")),
        *((n, True) for n in ("token", "tokenValue", "access_tokens", "Authorization", "secrets")),
        *((n, False) for n in ("keywords", "keyterm", "keyboard", "tokenize", "tokenizer", "text")),
    ],
)
def test_a_word_that_only_begins_like_a_secret_is_none(name: str, secret: bool) -> None:
    assert sounds_secret(name) is secret


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    hide(text + "token", SECRET, ("secret",))
    hide('{"token": ' + text, SECRET)


def test_depth_is_no_danger() -> None:
    deep = "[" * 100_000 + '"token"' + "]" * 100_000
    assert hide(deep, SECRET) == deep
    text = '{"token": "xxxxx"}'
    for _ in range(6):
        text = json.dumps({"in": text})
    assert '"x' not in hide(text, SECRET) or text.count("\\") > 8


def test_what_is_there_twice_stays_there_twice() -> None:
    text = '{"token":"abcd" , "n": 1.50, "n": 1e400, "token": "bcde"}'
    shown = '{"token":"[redacted]" , "n": 1.50, "n": 1e400, "token": "[redacted]"}'
    assert hide(text, SECRET) == shown
