"""What a glance admits, decoding admits too: the same verdict, whatever a struct holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType

from schematic import Schema
from schematic.compile import compile_endpoint
from schematic_engine.codec import KindCodec
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.plain_structs import plain_fields
from support.apis import TO_CLIENT, kind, one_endpoint


class Inner(Struct):
    text: str


WRONG = Inner(1)  # type: ignore[arg-type]


class Changed(Struct):
    text: str

    def __post_init__(self) -> None:
        self.text = self.text.strip()


class Row(Struct, array_like=True):
    text: str | UnsetType = UNSET


class Tagged(Struct, tag_field="kind", tag="tagged"):
    text: str


ANNOTATIONS: list[Any] = [
    str,
    int,
    bool,
    None,
    float,
    str | int | None,
    str | UnsetType,
    int | UnsetType | None,
    bool | UnsetType,
    Literal["a", "b"],
    Literal["a", "b"] | None,
    Literal[1, 2],
    Literal["a", 1],
    Literal["a"] | UnsetType | None,
    Annotated[str, Meta(max_length=3)],
    Union[Annotated[str, Meta(max_length=3)], None],  # noqa: UP007  # made at run time
    Union[Annotated[int, Meta(ge=0)], UnsetType],  # noqa: UP007
    Inner | UnsetType | None,
    list[str] | None,
    UnsetType | None,
    Any,
]

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    (
        *("", "a", "c", "long text", "é", "x" * 600, "\ud800", b"t", ["t"], [1], {}, object()),
        *(True, 0, 1, -1, 2**63 - 1, 2**63, -(2**64), 10**30, 1.5, float("nan"), None, UNSET),
        *(Inner("t"), WRONG),
    )
)


@st.composite
def structs(draw: st.DrawFn) -> tuple[type[Struct], Struct]:
    """A struct type of any fields, and a struct of it whose fields hold anything."""
    annotations = draw(st.lists(st.sampled_from(ANNOTATIONS), min_size=1, max_size=5))
    defaults = [draw(st.sampled_from([NODEFAULT, UNSET, None, "a"])) for _ in annotations]
    fields = [
        (f"f{number}", annotation) if default is NODEFAULT else (f"f{number}", annotation, default)
        for number, (annotation, default) in enumerate(zip(annotations, defaults, strict=True))
    ]
    made: type[Struct] = msgspec.defstruct("Made", fields, kw_only=True)
    return made, made(**{name: draw(VALUES) for name, *_ in fields})


def decodes(body: Struct) -> bool:
    """Whether it can be encoded, and decoded as what it is."""
    try:
        msgspec.json.decode(msgspec.json.encode(body), type=type(body))
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def encodes(body: Struct) -> bool:
    try:
        msgspec.json.encode(body)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


@given(structs())
def test_what_a_glance_admits_and_can_be_encoded_decodes(case: tuple[type[Struct], Struct]) -> None:
    made, body = case
    plain = plain_fields(made)
    if plain is not None and plain.admit(body) and encodes(body):
        assert decodes(body)


@given(
    st.lists(
        st.sampled_from(
            [
                (str, "é"),
                (str | UnsetType, UNSET),
                (str | int | None, -1),
                (bool, True),
                (None, None),
                (Literal["a", "b"] | None, "b"),
                (ANNOTATIONS[15], None),
                (Inner | None, None),
            ]
        ),
        min_size=1,
    )
)
def test_plain_values_are_admitted(chosen: list[tuple[Any, Any]]) -> None:
    fields: list[Any] = [
        (f"f{number}", annotation, None) for number, (annotation, _) in enumerate(chosen)
    ]
    made: type[Struct] = msgspec.defstruct("Made", fields)
    plain = plain_fields(made)
    assert plain is not None
    assert plain.admit(made(*(value for _, value in chosen)))


def codec_of(body: type) -> KindCodec:
    endpoint = one_endpoint("One", server_messages=[kind(TO_CLIENT, Schema(body), "Kind0")])
    (only,) = compile_endpoint(endpoint).kinds
    return KindCodec(only)


def outcome(codec: KindCodec, body: Struct) -> object:
    try:
        return codec.encode(body)
    except LocalInvalidMessage as error:
        return str(error)


class Mixed(Struct, kw_only=True):
    text: str
    needed: str | UnsetType
    flag: bool | UnsetType = UNSET
    count: int | None = None
    word: Literal["a", "b"] | None = None
    short: Annotated[str, Meta(max_length=3)] | UnsetType = UNSET
    inner: Inner | None = None
    nothing: None = None


@given(
    st.fixed_dictionaries(
        {"text": VALUES, "needed": st.just("a") | VALUES},
        optional=dict.fromkeys(Mixed.__struct_fields__[2:], VALUES),
    )
)
@example({"text": "x" * 600, "needed": UNSET})
@example({"text": "x" * 600, "needed": "a", "count": True})
@example({"text": "x" * 600, "needed": "a", "count": 2**63})
@example({"text": "x" * 600, "needed": "a", "word": "c"})
@example({"text": "x" * 600, "needed": "a", "short": "long"})
@example({"text": "x" * 600, "needed": "a", "inner": WRONG})
@example({"text": "x" * 600, "needed": "\ud800"})
def test_long_bodies_are_refused_as_if_each_were_decoded_again(values: dict[str, Any]) -> None:
    quick, slow = codec_of(Mixed), codec_of(Mixed)
    assert quick._plain is not None
    slow._plain = None
    body = Mixed(**values)
    assert outcome(quick, body) == outcome(slow, body)


def test_tags_do_not_matter() -> None:
    plain = plain_fields(Tagged)
    assert plain is not None
    assert plain.admit(Tagged("t"))


@pytest.mark.parametrize("body", [Changed, Row, Schema, dict, dict[str, int], str | None, "Name"])
def test_only_structs_that_stay_as_they_were_made_are_looked_at(body: object) -> None:
    assert plain_fields(body) is None
