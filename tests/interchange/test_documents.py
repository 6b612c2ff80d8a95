"""The text of a document: JSON and YAML of any origin become plain data, or are refused."""

from __future__ import annotations

import builtins
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import DefinitionError, SchematicError
from schematic.interchange.reader import documents
from schematic.interchange.reader.documents import document_from_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


def json_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    numbers = st.integers(-(10**30), 10**30) | st.floats(-1e9, 1e9)
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=20,
    )


@given(st.dictionaries(TEXTS, json_of(TEXTS), max_size=4))
def test_json_is_read_as_it_is(document: dict[str, Any]) -> None:
    assert document_from_text(json.dumps(document)) == document


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), json_of(PRINTABLE), max_size=4)
)
def test_the_same_document_in_yaml_is_the_same(document: dict[str, Any]) -> None:
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items())
    assert document_from_text(f"# a comment\n{lines or '{}'}") == document


@given(st.text(max_size=60))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    with suppress(SchematicError):
        assert isinstance(document_from_text(text), dict)


@given(st.text("{}[]&*!<>|-:#'\"ab01 \n\t%@`,?", max_size=40))
def test_any_marks_of_yaml_are_a_document_or_refused(text: str) -> None:
    with suppress(SchematicError):
        assert isinstance(document_from_text(text), dict)


def test_words_and_dates_of_yaml_are_texts_as_in_json() -> None:
    text = "{on: off, day: 2020-01-01, time: 10:20:30, hex: 0x10, oct: 010, none: , inf: .inf}"
    assert document_from_text(text) == {
        "on": "off", "day": "2020-01-01", "time": "10:20:30", "hex": "0x10", "oct": 10,
        "none": None, "inf": ".inf",
    }  # fmt: skip
    assert document_from_text("{1: a, true: b, 1.50: c, ~: d}") == {
        "1": "a", "true": "b", "1.50": "c", "~": "d",
    }  # fmt: skip


def test_aliases_and_merges_are_what_they_stand_for() -> None:
    text = "a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}\n"
    assert document_from_text(text) == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


@pytest.mark.parametrize("merged", [False, True])
def test_aliases_cannot_grow_a_document_without_end(merged: bool) -> None:
    lines = ["a0: &a0 {x: 1}"]
    for number in range(1, 60):
        inner = f"*a{number - 1}, *a{number - 1}"
        value = f"{{<<: [{inner}]}}" if merged else f"[{inner}]"
        lines.append(f"a{number}: &a{number} {value}")
    with pytest.raises(DefinitionError, match="too large"):
        document_from_text("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [*a]", "holds itself"),
        ("[" * 100 + "]" * 100, "nested more than 64 deep"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested more than 64 deep"),
        ("{" + '"a":[' * 100_000, "nested more than 64 deep"),
        ("a: " + "[" * 100_000, "nested more than 64 deep|maximum nesting depth"),
        ("- 1\n- 2", "no object"),
        ("", "no object"),
        ("just words", "no object"),
        ("a: b: c", "neither JSON nor YAML: line 1: mapping values are not allowed"),
        ("a: *b", "neither JSON nor YAML: line 1: found undefined alias"),
        ("a: 1\n---\nb: 2", "neither JSON nor YAML: line 2"),
        ("a: \0", "neither JSON nor YAML"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: the tag"),
        ("a: !!int x", "line 1: the tag"),
        ("a: !!binary aGk=", "line 1: the tag"),
        ("{[1, 2]: 3}", "neither JSON nor YAML"),
        ('{"a": 1e999}', "not a number that JSON has"),
        ('{"a": "\\ud800"}', "not Unicode text"),
        (f'{{"a": {"9" * 5000}}}', "not a number that JSON has"),
        ("a" * 10_000_001, "longer than"),
        ("- a\n" * 700_000, "too large"),
    ],
    ids=lambda value: value[:20],
)
def test_what_cannot_be_a_document_is_refused(text: str, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        document_from_text(text)


def test_without_pyyaml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_yaml(name: str, *rest: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    assert documents.document_from_text('{"a": 1}') == {"a": 1}
    with pytest.raises(DefinitionError, match=r"schematic-ws\[interchange\]"):
        document_from_text("a: 1")
