"""Values in a document are found by their places, and references are followed within it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import DefinitionError
from schematic.interchange.reader.nodes import root_of

KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="%"), max_size=6)


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_a_reference_finds_what_its_pointer_names(keys: list[str]) -> None:
    document: dict[str, Any] = {"found": "here"}
    for key in reversed(keys):
        document = {key: document}
    pointer = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
    root = root_of({"inner": document, "asked": {"$ref": f"#/inner/{pointer}"}})
    found = root.get("asked")
    assert found is not None
    assert found.value == {"found": "here"}
    assert found.place == f"#/inner/{pointer}"
    assert found.name == keys[-1]


def test_references_on_the_way_are_followed_too() -> None:
    root = root_of(
        {
            "a": {"$ref": "#/b"},
            "b": {"list": [{"x": 1}, {"$ref": "#/c"}]},
            "c": {"$ref": "#/d"},
            "d": {"y": 2},
            "asked": {"$ref": "#/a/list/1/y"},
        }
    )
    found = root.get("asked")
    assert found is not None
    assert (found.value, found.place) == (2, "#/d/y")


def test_keys_with_slashes_are_found_as_real_documents_write_them() -> None:
    root = root_of({"m": {"a/b.c": {"x": 1}}, "asked": {"$ref": "#/m/a/b.c"}})
    found = root.get("asked")
    assert found is not None
    assert found.value == {"x": 1}


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("other.yaml#/a", "out of the document"),
        ("https://example.com/a.json", "out of the document"),
        ("file:///etc/passwd", "out of the document"),
        ("#/nothing", "points to nothing"),
        ("#/list/7", "points to nothing"),
        ("#/list/²", "points to nothing"),
        (f"#/list/{'9' * 5000}", "points to nothing"),
        ("#" + "/a" * 10_000, "points to nothing"),
        ("#/asked", "on and on"),
        ("#/asked/x", "on and on"),
        ("#/one", "on and on"),
        ("#/deep0/x/x", "on and on"),
    ],
    ids=lambda value: value[:20],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_place(
    reference: str, problem: str
) -> None:
    deep = {f"deep{n}": {"$ref": f"#/deep{n + 1}/x/x"} for n in range(200)}
    document = {
        "asked": {"$ref": reference},
        "list": [1],
        "one": {"$ref": "#/two"},
        "two": {"$ref": "#/one"},
        **deep,
    }
    with pytest.raises(DefinitionError, match=problem) as raised:
        root_of(document).get("asked")
    assert raised.value.place == ("#/asked",)


def test_what_is_of_another_kind_is_refused_with_its_place() -> None:
    root = root_of({"a": {"text": 1, "list": {}, "object": []}})
    node = root.get("a")
    assert node is not None
    with pytest.raises(DefinitionError, match="#/a/text: expected a text"):
        node.text_of("text")
    with pytest.raises(DefinitionError, match="#/a/list: expected a list"):
        list((node.get("list") or root).each())
    with pytest.raises(DefinitionError, match="#/a/object: expected an object"):
        node.get("object", "x")
    assert node.get("nothing", "at", "all") is None
