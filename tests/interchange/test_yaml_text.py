"""Documents as YAML."""

from __future__ import annotations

import sys

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from schematic.define import SchematicError
from schematic.interchange.yaml_text import to_yaml
from support.descriptions import texts

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(texts, values, max_size=4))
@example({"on": ["1e3", "0o7", "~", "y", "<<", "=", "- a", "a: b", "#", "null", "1:30"]})
def test_yaml_reads_back_as_the_document_that_it_was(document: dict[str, object]) -> None:
    text = to_yaml(document)
    assert yaml.safe_load(text) == document
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("word", ["1e3", "0o7", ".inf", "-1", "y", "N", "true", "1_000"])
def test_what_another_reader_might_take_for_something_else_stands_in_quotes(word: str) -> None:
    written = to_yaml({word: word}).rstrip()
    assert [part[0] + part[-1] for part in written.split(": ")] in (['""', '""'], ["''", "''"])


def test_what_occurs_twice_is_written_twice() -> None:
    both = {"a": 1}
    assert to_yaml({"x": both, "y1": both}) == "x:\n  a: 1\ny1:\n  a: 1\n"


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SchematicError, match=r'pip install "schematic-ws\[interchange\]"'):
        to_yaml({})
