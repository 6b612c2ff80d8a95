"""Patterns: what fits them, and what is made of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic_engine.playbook import ANY, between, exactly, matching, named
from schematic_engine.playbook.patterns import (
    Bindings,
    Unfillable,
    filled,
    in_words,
    mismatch,
    names_in,
)

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(values)
def test_a_value_fits_itself_and_anything(value: Any) -> None:
    for pattern in (value, ANY, exactly(value), named("it")):
        assert mismatch(pattern, value, {}) is None


@settings(max_examples=50)
@given(values, values)
def test_two_values_fit_exactly_where_they_are_equal(one: Any, other: Any) -> None:
    assert (mismatch(exactly(one), other, {}) is None) == _same(one, other)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), values), st.dictionaries(st.text(max_size=3), values))
def test_fields_that_are_not_named_are_not_looked_at(
    wanted: dict[str, Any], more: dict[str, Any]
) -> None:
    seen = {**more, **wanted}
    assert mismatch(wanted, seen, {}) is None
    assert (mismatch(exactly(wanted), seen, {}) is None) == (seen.keys() == wanted.keys())


@settings(max_examples=50)
@given(values, values)
def test_what_is_made_of_a_pattern_fits_it(pattern: Any, sample: Any) -> None:
    made = filled(pattern, sample, {})
    assert mismatch(pattern, made, {}) is None


def test_a_name_is_bound_once_and_reused() -> None:
    known = Bindings()
    assert mismatch({"id": named("id")}, {"id": 7}, known) is None
    assert known == {"id": 7}
    assert mismatch({"id": named("id")}, {"id": 7}, known) is None
    problem = mismatch([{"id": named("id")}], [{"id": 8}], known)
    assert str(problem) == "at $[0].id: expected 7 (as $id before), seen 8"
    assert filled({"id": named("id")}, {"id": 0}, known) == {"id": 7}


def test_a_name_is_not_bound_by_what_does_not_fit() -> None:
    known = Bindings()
    assert mismatch({"id": named("id"), "x": 1}, {"id": 7, "x": 2}, known) is not None
    assert known == {}


@pytest.mark.parametrize(
    ("pattern", "value", "problem"),
    [
        (matching("a+"), "aa", None),
        (matching("a+"), "aab", 'at $: expected /a+/, seen "aab"'),
        (matching("a+"), 5, "at $: expected /a+/, seen 5"),
        (between(0, 1), 1, None),
        (between(0), 7.5, None),
        (between(None, 1), 2, "at $: expected ..1, seen 2"),
        (between(0, 1), True, "at $: expected 0..1, seen true"),
        (1, True, "at $: expected 1, seen true"),
        (1, 1.0, None),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "at $.a.b: expected 1, seen 2"),
        ({"a": ANY}, {}, "at $.a: expected any, seen nothing"),
        (exactly({"a": {"b": 1}}), {"a": {"b": 1, "c": 2}}, "at $.a.c: expected nothing, seen 2"),
        ([1, 2], [1], "at $: expected 2 items, seen 1"),
        ({"api_key": "a"}, {"api_key": "b"}, 'at $.api_key: expected "a", seen [redacted]'),
        (b"\0", b"\1", 'at $: expected base64"AA==", seen base64"AQ=="'),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    pattern: Any, value: Any, problem: str | None
) -> None:
    found = mismatch(pattern, value, {})
    assert (None if found is None else str(found)) == problem


def test_what_is_left_open_is_said_as_in_the_sample() -> None:
    sample = {"a": 1, "b": {"c": 2, "d": 3}, "e": [5]}
    pattern = {"b": {"c": ANY, "d": 9}, "e": [ANY, 6]}
    assert filled(pattern, sample, {}) == {"a": 1, "b": {"c": 2, "d": 9}, "e": [5, 6]}
    assert filled(between(3, 4), 1, {}) == 3
    assert filled(between(0, 4), 1, {}) == 1
    assert filled(between(None, -0.5), 1, {}) == -0.5
    assert filled(exactly({"a": 2}), sample, {}) == {"a": 2}
    assert filled(matching("a+", "aa"), "x", {}) == "aa"
    with pytest.raises(Unfillable, match="give an example"):
        filled(matching("a+"), "x", {})


@pytest.mark.parametrize(
    "make", [lambda: matching("("), lambda: matching("a", "b"), lambda: between(2, 1)]
)
def test_a_pattern_that_nothing_can_fit_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"no regular|does not match|no number"):
        make()


def test_patterns_are_written_on_one_short_line_that_moves_no_cursor() -> None:
    text = in_words({"a": ["\x1b[2J" * 40]}, 30)
    assert len(text) == 30
    assert text.startswith('{"a": ["\\u001b[2J')
    assert text.endswith("...")
    assert list(names_in({"a": [named("x")], "b": exactly(named("y"))})) == ["x", "y"]
