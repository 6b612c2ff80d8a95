"""Shapes as such: what matches, what overlaps, and what says more."""

from __future__ import annotations

from itertools import product
from typing import Any, Literal

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from schematic.compile import Shape, shape_of
from schematic.compile.shapes import FieldShape, Null, alike, overlaps
from schematic.define import BodyKind, Schema

# ------------------------------------------------------------------------------- properties

ABSENT = object()

literals = st.frozensets(st.sampled_from([("str", ""), ("str", "x"), ("int", 1)]), min_size=1)


def fields_of(
    names: list[str], about: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[tuple[FieldShape, ...]]:
    """Some of the fields ``names``, about each of which ``about`` says the rest."""

    def build(name: str) -> st.SearchStrategy[FieldShape]:
        return st.builds(
            lambda required, null, rest: FieldShape(name, required, null, **rest),
            st.booleans(),
            st.sampled_from(Null),
            about,
        )

    chosen = st.tuples(*(st.none() | build(name) for name in names))
    return chosen.map(lambda found: tuple(field for field in found if field is not None))


of_values = st.sampled_from([{}, {"filled": True}]) | st.fixed_dictionaries({"literals": literals})
inner_fields = fields_of(["c", "d"], of_values).filter(bool)
fields = fields_of(["a", "b"], of_values | st.fixed_dictionaries({"inside": inner_fields}))
shapes = st.one_of(
    st.builds(
        Shape,
        st.just(BodyKind.JSON),
        st.just(frozenset({dict})),
        fields,
        frame=st.sampled_from(["text", "binary", "either"]),
    ),
    st.builds(
        Shape, st.just(BodyKind.JSON), st.frozensets(st.sampled_from([dict, list, str]), min_size=1)
    ),
    st.builds(
        Shape,
        st.just(BodyKind.TEXT),
        words=st.lists(st.sampled_from(["{}", "[]", "hi"])).map(tuple),
    ),
    st.just(Shape(BodyKind.BINARY)),
)


def objects(names: list[str], values: list[object]) -> list[object]:
    """Every object that has some of the fields ``names``, with any of ``values``."""
    return [
        {name: value for name, value in zip(names, chosen, strict=True) if value is not ABSENT}
        for chosen in product([ABSENT, *values], repeat=len(names))
    ]


SCALARS: list[object] = [None, "", "x", 1, True]
OBJECTS = objects(["a", "b"], [*SCALARS, *objects(["c", "d"], SCALARS)])
PAYLOADS: list[tuple[str, object]] = [
    ("hi", ABSENT),
    *((msgspec.json.encode(raw).decode(), raw) for raw in ([], "s", *OBJECTS)),
]
"""All texts that any of the shapes could tell from another, and what they are as JSON."""


def accepts(shape: Shape, text: str, raw: object) -> bool:
    """Whether a frame that holds ``text`` is taken by ``shape``."""
    if shape.kind is BodyKind.JSON:
        return shape.matches(raw)
    return shape.matches(text if shape.kind is BodyKind.TEXT else text.encode())


@given(shapes, shapes)
def test_shapes_overlap_if_and_only_if_some_payload_matches_both(a: Shape, b: Shape) -> None:
    common = (a.in_text and b.in_text) or (a.in_binary and b.in_binary)
    found = common and any(accepts(a, *sent) and accepts(b, *sent) for sent in PAYLOADS)
    assert overlaps(a, b) == overlaps(b, a) == found
    assert alike(a, b) == alike(b, a) == (found and a.specificity == b.specificity)


# --------------------------------------------------------------------------------- examples


class SendText(Struct):
    text: str


class CloseConnection(Struct):
    text: Literal[""] = ""


class Error(Struct):
    message: str
    error: str
    code: int


def test_a_literal_says_more_than_a_required_field_and_that_more_than_nothing() -> None:
    ladder = [Schema.text(), Schema("Anything"), Schema(SendText), Schema(Error)]
    ladder += [Schema(CloseConnection)]
    assert [shape_of(schema).specificity for schema in ladder] == [
        (-1, 0),
        (0, 0),
        (0, 1),
        (0, 3),
        (1, 1),
    ]
    assert shape_of(Schema.text("ping")).specificity == (1, 1)


def test_words_match_exactly_and_free_text_matches_any_text() -> None:
    words = shape_of(Schema.text("ping", "PING"))
    assert words.matches("ping")
    assert not words.matches("Ping")
    assert not words.matches(b"ping")
    assert shape_of(Schema.text()).matches("anything")


def test_bytes_match_bytes_and_overlap_only_what_comes_in_binary_frames() -> None:
    binary = shape_of(Schema.binary())
    assert binary.matches(b"\0")
    assert not binary.matches("x")
    assert overlaps(binary, shape_of(Schema.binary("other")))
    assert not overlaps(binary, shape_of(Schema.text()))
    assert not overlaps(shape_of(Schema("Anything")), binary)
    assert overlaps(shape_of(Schema("Anything", frame="either")), binary)
    assert overlaps(binary, shape_of(Schema("Anything", frame="binary")))
    assert not alike(binary, shape_of(Schema("Anything", frame="binary"))), "JSON says more"


def test_json_in_one_kind_of_frame_overlaps_none_in_the_other() -> None:
    text, binary, either = (
        shape_of(Schema(SendText, frame=frame)) for frame in ("text", "binary", "either")
    )
    assert not overlaps(text, binary)
    assert overlaps(either, text)
    assert overlaps(either, binary)


def test_text_overlaps_json_only_where_a_word_is_that_json() -> None:
    assert overlaps(shape_of(Schema.text("hi", "{}")), shape_of(Schema("Anything")))
    assert not overlaps(shape_of(Schema("Anything")), shape_of(Schema.text("hi", "[]")))
    assert overlaps(shape_of(Schema.text()), shape_of(Schema("Anything")))
    assert not overlaps(shape_of(Schema.text("a")), shape_of(Schema.text("b")))
    assert overlaps(shape_of(Schema.text("a")), shape_of(Schema.text()))


def field(name: str = "f", **about: Any) -> FieldShape:
    return FieldShape(name, **{"required": True, "null": Null.NEVER, **about})


def test_a_null_that_is_required_says_as_much_as_a_literal_and_so_does_what_is_inside() -> None:
    null = field(null=Null.ONLY)
    assert null.specificity == (1, 1)
    assert field(inside=(null, field("g"))).specificity == (1, 3)
    assert field(inside=(null,), required=False).specificity == (0, 0)


def test_an_object_that_is_looked_into_is_nothing_but_an_object() -> None:
    inside = field(inside=(field("g", literals=frozenset({("str", "x")})),))
    for value in ({"g": "x"}, {"g": "x", "more": 1}):
        assert inside.admits(value)
    others: list[object] = [{}, {"g": "y"}, "x", None, [{"g": "x"}]]
    assert not any(inside.admits(value) for value in others)


def test_a_tag_claims_whatever_carries_it_and_likeness_finds_the_nearest() -> None:
    tag = field("type", literals=frozenset({("str", "t")}))
    shape = Shape(BodyKind.JSON, frozenset({dict}), (tag, field("a"), field("b")), tag="type")
    assert shape.claims({"type": "t"})
    assert not shape.claims({"type": "u", "a": 1, "b": 2})
    assert not shape.claims(["t"])
    assert [shape.likeness(raw) for raw in ({"type": "t"}, {"type": "t", "a": 1})] == [1, 2]
    assert not Shape(BodyKind.JSON, frozenset({dict}), (tag,)).claims({"type": "t"})
