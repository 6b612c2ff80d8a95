"""Traits are merged as each version of AsyncAPI says (RFC 7386)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic.interchange.reader.nodes import root_of
from schematic.interchange.reader.traits import merge_patch, with_traits

KEYS = st.sampled_from(["a", "b", "c"])
PATCHES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # RFC 7386, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_are_merged_as_in_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@given(PATCHES, PATCHES)
def test_merging_twice_changes_nothing_more_and_leaves_both_as_they_were(
    target: Any, patch: Any
) -> None:
    before = repr((target, patch))
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert repr((target, patch)) == before


@pytest.mark.parametrize(("traits_win", "summary"), [(True, "second"), (False, "own")])
def test_traits_win_in_version_2_and_lose_in_version_3(traits_win: bool, summary: str) -> None:
    message = {
        "summary": "own",
        "traits": [{"summary": "first", "title": "first"}, {"$ref": "#/shared"}],
    }
    root = root_of({"message": message, "shared": {"summary": "second", "traits": ["dropped"]}})
    node = root.get("message")
    assert node is not None
    merged = with_traits(node, traits_win=traits_win)
    assert merged.value == {"summary": summary, "title": "first"}
    assert merged.place == "#/message"
