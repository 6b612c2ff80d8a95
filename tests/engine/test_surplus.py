"""What a type does not know is found, wherever an object holds it."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from schematic_engine.surplus import surplus_fields


class Leaf(Struct, tag_field="type", tag="leaf", rename={"from_": "from"}):
    from_: int = 0


class Pair(NamedTuple):
    left: Leaf
    right: int = 0


class Row(Struct, array_like=True):
    leaf: Leaf


class Typed(TypedDict, total=False):
    leaf: Leaf


@dataclasses.dataclass
class Data:
    leaf: Leaf


class Tree(Struct):
    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    others: tuple[Leaf, ...] = ()
    pair: Pair | None = None
    row: Row | None = None
    typed: Typed | None = None
    data: Data | None = None
    named: dict[str, Leaf] = {}
    numbered: dict[int, Leaf] = {}
    kinds: dict[Literal["a"], int] = {}
    anything: Any = None
    bare: set[int] = set()
    raw: msgspec.Raw = msgspec.Raw(b"")


LEAF: dict[str, Any] = {"type": "leaf", "from": 1}
MORE: dict[str, Any] = {**LEAF, "from_": 1, "x": 2}


def surplus(raw: dict[str, Any]) -> list[str]:
    payload = msgspec.json.encode(raw)
    return sorted(surplus_fields(msgspec.json.decode(payload, type=Tree), raw))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({}, []),
        ({"brand": {"new": 1}}, ["brand"]),
        ({"": 1}, [""]),
        ({"leaf": LEAF, "leaves": [LEAF], "pair": [LEAF, 1]}, []),
        ({"leaf": MORE}, ["leaf.from_", "leaf.x"]),
        ({"leaves": [LEAF, MORE]}, ["leaves.from_", "leaves.x"]),
        ({"others": [MORE]}, ["others.from_", "others.x"]),
        ({"pair": [MORE]}, ["pair.from_", "pair.x"]),
        ({"typed": {"leaf": MORE, "y": 1}}, ["typed.leaf.from_", "typed.leaf.x", "typed.y"]),
        ({"data": {"leaf": MORE, "y": 1}}, ["data.leaf.from_", "data.leaf.x", "data.y"]),
        ({"named": {"any": MORE}}, ["named.any.from_", "named.any.x"]),
        ({"kinds": {"a": 1}}, []),
        ({"anything": {"at": [{"all": {"x": 1}}]}, "bare": [1]}, []),
        ({"numbered": {"1": MORE}, "row": [MORE], "raw": {"x": 1}}, []),
    ],
)
def test_surplus_fields_are_named_by_their_paths(raw: dict[str, Any], found: list[str]) -> None:
    assert surplus(raw) == found


@given(st.integers(0, 3), st.dictionaries(st.text(max_size=2), st.integers(), max_size=3))
def test_a_body_as_its_type_writes_it_has_no_surplus_and_what_is_added_is(
    depth: int, more: dict[str, int]
) -> None:
    tree = Tree(leaf=Leaf(2), leaves=[Leaf(3)] * depth, anything=more, raw=msgspec.Raw(b"null"))
    raw = msgspec.json.decode(msgspec.json.encode(tree))
    assert surplus(raw) == []
    raw["leaf"] |= {f"+{name}": value for name, value in more.items()}
    assert surplus(raw) == sorted(f"leaf.+{name}" for name in more)


def test_nothing_is_nested_too_deeply() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert surplus_fields(deep, deep) == []
