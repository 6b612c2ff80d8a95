"""A struct without its long texts fits where the whole one does, whatever it holds."""

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
from schematic_engine.long_texts import LongTexts
from support.apis import TO_CLIENT, kind, one_endpoint

LONG = "x" * 600


class Inner(Struct):
    text: str


WRONG = Inner(1)  # type: ignore[arg-type]


class Changed(Struct):
    text: str

    def __post_init__(self) -> None:
        self.text = self.text.strip()


class Row(Struct, array_like=True):
    text: str | UnsetType = UNSET


class Tagged(Struct, tag_field="kind", tag="tagged", rename="camel", omit_defaults=True):
    any_text: str | None = ""


ANNOTATIONS: list[Any] = [
    str,
    int,
    None,
    float,
    bytes,
    str | int | None,
    str | UnsetType,
    Literal["a", "b"] | None,
    Literal[1, 2],
    Annotated[str, Meta(max_length=3)],
    Union[Annotated[str, Meta(max_length=3)], None],  # noqa: UP007  # made at run time
    Inner | UnsetType | None,
    list[str] | None,
    UnsetType | None,
    Any,
]

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    (
        *("", "a", "c", "é", LONG, "é" * 300, LONG + "\ud800", b"t", ["t"], [1], {}, object()),
        *(True, 0, -1, -(2**64), 10**30, 1.5, float("nan"), None, UNSET, Inner("t"), WRONG),
    )
)


@st.composite
def structs(draw: st.DrawFn) -> Struct:
    """A struct of a type with any fields, which hold anything."""
    annotations = draw(st.lists(st.sampled_from(ANNOTATIONS), min_size=1, max_size=5))
    defaults = [draw(st.sampled_from([NODEFAULT, UNSET, None, "a", ""])) for _ in annotations]
    fields = [
        (f"f{number}", annotation) if default is NODEFAULT else (f"f{number}", annotation, default)
        for number, (annotation, default) in enumerate(zip(annotations, defaults, strict=True))
    ]
    options: dict[str, Any] = {"kw_only": True, "frozen": draw(st.booleans())}
    options |= {"array_like": draw(st.booleans()), "omit_defaults": draw(st.booleans())}
    made: type[Struct] = msgspec.defstruct("Made", fields, **options)
    return made(**{name: draw(VALUES) for name, *_ in fields})


def verdict(body: Struct, payload: bytes) -> str:
    """Why ``payload`` cannot be decoded as what ``body`` is; empty if it can."""
    try:
        msgspec.json.decode(payload, type=type(body))
    except ValueError as error:
        return str(error)
    return ""


@given(structs())
def test_a_struct_without_its_long_texts_fits_where_the_whole_one_does(body: Struct) -> None:
    try:
        payload = msgspec.json.encode(body)
    except (TypeError, ValueError, OverflowError):
        return
    short = LongTexts(type(body)).without(body)
    assert verdict(body, msgspec.json.encode(short)) == verdict(body, payload)


@pytest.mark.parametrize("body", [Inner(LONG), Row(LONG), Tagged(LONG)])
def test_long_texts_are_left_out(body: Struct) -> None:
    assert LongTexts(type(body)).without(body) == type(body)("")


@pytest.mark.parametrize("body", [Changed(LONG), Inner("short"), Tagged(None), WRONG, {"a": LONG}])
def test_what_holds_none_or_is_no_struct_that_stays_as_it_was_made_is_left_alone(
    body: object,
) -> None:
    assert LongTexts(type(body)).without(body) is body


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
    more: str = ""


@given(
    st.fixed_dictionaries(
        {"text": VALUES, "needed": st.just("a") | VALUES},
        optional=dict.fromkeys(Mixed.__struct_fields__[2:], VALUES),
    )
)
@example({"text": LONG * 2, "needed": UNSET})
@example({"text": LONG * 2, "needed": "a", "count": True})
@example({"text": LONG * 2, "needed": "a", "count": 2**63})
@example({"text": LONG * 2, "needed": "a", "word": "c"})
@example({"text": LONG * 2, "needed": "a", "short": "long"})
@example({"text": LONG * 2, "needed": "a", "inner": WRONG})
@example({"text": LONG * 2, "needed": "\ud800"})
def test_long_bodies_are_refused_as_if_each_were_decoded_again(values: dict[str, Any]) -> None:
    quick, slow = codec_of(Mixed), codec_of(Mixed)
    slow._texts = LongTexts(None)
    body = Mixed(**values)
    assert outcome(quick, body) == outcome(slow, body)
