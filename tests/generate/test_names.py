"""Names for generated code are names, whatever they are made from."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic.generate.names import (
    BUILTINS,
    Names,
    class_name,
    constant_name,
    identifier,
    snake_case,
)

Make: TypeAlias = Callable[[str], str]
TEXTS = st.text() | st.sampled_from([*keyword.kwlist, "__init__", "_", "²", "1", "ß", "ﬁ", "·a"])


@given(TEXTS)
@pytest.mark.parametrize("make", [identifier, snake_case, constant_name, class_name])
def test_any_text_gives_a_name_that_is_no_keyword_and_not_private(make: Make, text: str) -> None:
    name = make(text)
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert not name.startswith("_")
    assert unicodedata.normalize("NFKC", name) == name
    assert len(name) <= 70


@given(st.text(st.characters(codec="ascii")))
@pytest.mark.parametrize("make", [identifier, snake_case, class_name])
def test_a_name_that_was_made_stays_as_it_is(make: Make, text: str) -> None:
    assert make(make(text)) == make(text)


@given(st.lists(TEXTS, max_size=20), st.sets(st.sampled_from(sorted(BUILTINS))))
def test_a_scope_gives_no_name_twice_and_none_that_is_reserved(
    texts: list[str], reserved: set[str]
) -> None:
    names = Names(reserved)
    given_out = [names.new(text) for text in texts] + [names.new_class(text) for text in texts]
    assert len(set(given_out)) == len(given_out)
    assert not reserved & set(given_out)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in given_out)
    again = Names(reserved)
    assert [again.new(text) for text in texts] == given_out[: len(texts)]


def test_an_inner_scope_avoids_the_names_around_it() -> None:
    outer = Names(["self"])
    outer.new("send")
    inner = outer.scope(["id"])
    assert [inner.new(text) for text in ("send", "id", "text")] == ["send_2", "id_", "text"]
    assert outer.new("text") == "text"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ElevenLabsWs", "elevenlabs_ws"),
        ("HTTPServer", "http_server"),
        ("TTSChunk", "tts_chunk"),
        ("OpenAI", "openai"),
        ("StreamTextToSpeech", "stream_text_to_speech"),
        ("response.create", "response_create"),
        ("xi-api-key", "xi_api_key"),
        ("already_snake", "already_snake"),
        ("ListenV1", "listen_v1"),
        ("3d", "n3d"),
        ("class", "class_"),
        ("__init__", "init"),
        ("", "unnamed"),
        ("日本", "日本"),
    ],
)
def test_functions_are_named_in_snake_case(text: str, name: str) -> None:
    assert snake_case(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("response.create", "ResponseCreate"),
        ("AudioOutput", "AudioOutput"),
        ("TTSChunk", "TTSChunk"),
        ("session_update", "SessionUpdate"),
        ("SEND_TEXT", "SendText"),
        ("Box[int]", "BoxInt"),
        ("None", "NoneType"),
        ("3d sound", "N3dSound"),
        ("!", "Unnamed"),
    ],
)
def test_classes_are_named_in_capitals(text: str, name: str) -> None:
    assert class_name(text) == name


def test_clashes_are_numbered() -> None:
    names = Names(["Warning", "id"])
    assert [names.new_class(text) for text in ("Warning", "A", "a", "V1", "v1")] == [
        "WarningMessage",
        "A",
        "A2",
        "V1",
        "V1No2",
    ]
    assert [names.new(text) for text in ("id", "id", "x", "x", "x")] == [
        "id_",
        "id_2",
        "x",
        "x_2",
        "x_3",
    ]
