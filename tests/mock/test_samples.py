"""Samples are valid bodies of whatever schema a definition may hold."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from schematic import BoundEndpoint, DefinitionError, Schema
from schematic.compile import compile_endpoint
from schematic_engine.codec import codecs_of
from schematic_engine.mock import sample
from schematic_engine.mock.samples import sample_key
from support.apis import LISTEN, SPEECH, TAGGED
from support.lookalikes import (
    SHARED,
    Apart,
    CreateApart,
    EventX,
    HoldsX,
    InjectAnything,
    InjectWords,
)


class Colour(enum.Enum):
    RED = "red"


class Leaf(msgspec.Struct, tag="leaf", tag_field="type"):
    word: Annotated[str, Meta(min_length=3, max_length=3)]
    extra: int = 7


class Pair(NamedTuple):
    left: int
    right: str = "x"


class Wanted(TypedDict):
    size: int


@dataclasses.dataclass
class Plain:
    wanted: Wanted
    pair: Pair


class Endless(msgspec.Struct):
    inner: Endless


class Tree(msgspec.Struct):
    left: Tree | None
    leaves: list[Leaf]


@pytest.mark.parametrize(
    "body",
    [
        Leaf,
        Plain,
        Tree,
        Colour,
        Literal["a", "b"],
        Any,
        bool,
        None | int,
        bytes,
        bytearray,
        datetime.datetime,
        datetime.date,
        datetime.time,
        datetime.timedelta,
        uuid.UUID,
        Decimal,
        dict[str, int],
        tuple[int, str],
        tuple[int, ...],
        set[int],
        frozenset[int],
        Annotated[list[Leaf], Meta(min_length=2)],
        Annotated[str, Meta(min_length=9)],
        Annotated[float, Meta(gt=2, multiple_of=0.5)],
        Leaf | None,
    ],
)
def test_a_sample_fits_its_type(body: Any) -> None:
    made = sample(Schema(body, name="Body"))
    assert msgspec.json.decode(msgspec.json.encode(made), type=body) == made


@given(st.integers(-50, 50), st.integers(0, 50), st.sampled_from(["ge", "gt"]), st.integers(1, 7))
def test_a_sample_number_keeps_its_lower_bound(low: int, room: int, kind: str, step: int) -> None:
    bound: dict[str, Any] = {kind: low, "le": low + room + 2 * step, "multiple_of": step}
    body = Annotated[int, Meta(**bound)]
    assert msgspec.convert(sample(Schema(body, name="Body")), body) is not None


@given(st.integers(-50, 50), st.sampled_from(["le", "lt"]), st.integers(1, 7))
def test_a_sample_number_keeps_its_upper_bound(high: int, kind: str, step: int) -> None:
    bound: dict[str, Any] = {kind: high, "multiple_of": step}
    body = Annotated[int, Meta(**bound)]
    assert msgspec.convert(sample(Schema(body, name="Body")), body) is not None


class Never(msgspec.Struct, tag_field="type", tag="Inject"):
    code: Annotated[str, Meta(pattern="^[A-Z]{4}$")]


@pytest.mark.parametrize(
    ("body", "made"),
    [
        (CreateApart, CreateApart(Apart(conversation="none"))),
        (HoldsX, HoldsX(EventX(0))),
        (InjectWords | InjectAnything, InjectWords("text")),
        (Never | InjectAnything, InjectAnything()),
    ],
)
def test_what_tells_a_message_from_others_is_in_its_sample(body: Any, made: object) -> None:
    assert sample(Schema(body, name="Body")) == made


@pytest.mark.parametrize("endpoint", [SHARED, SPEECH, TAGGED, LISTEN])
def test_every_sample_is_taken_for_the_message_whose_sample_it_is(endpoint: BoundEndpoint) -> None:
    for side, codec in codecs_of(compile_endpoint(endpoint)).items():
        for kind in codec.kinds.values():
            payload = kind.encode(sample(kind.schema))
            assert kind in codec.recogniser.find(payload, is_text=kind.is_text), (side, kind.id)
            kind.decode(payload)


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (Schema("JustAName"), {}),
        (Schema.text("ping", "PING"), "ping"),
        (Schema.text(), "text"),
        (Schema.binary(), b"\x00\x00"),
    ],
)
def test_bodies_without_a_type_have_samples_too(schema: Schema, made: object) -> None:
    assert sample(schema) == made


@pytest.mark.parametrize(
    "body", [Endless, Never | Endless, Annotated[str, Meta(pattern="^[A-Z]{4}$")], complex]
)
def test_a_body_that_cannot_be_made_asks_for_a_handler(body: Any) -> None:
    with pytest.raises(DefinitionError, match="register a handler"):
        sample(Schema(body, name="Body"))


class Numbered(msgspec.Struct):
    turn: Annotated[int, Meta(ge=3)]
    even: Annotated[int, Meta(multiple_of=2)] | None = None


class Held(msgspec.Struct, rename={"held": "of"}):
    held: Numbered | None
    either: int | str = 0
    extra: Any = None


@pytest.mark.parametrize(
    ("path", "first", "third"),
    [
        (("of", "turn"), 3, 5),
        (("of", "even"), 0, 4),
        (("either",), "mock-1", "mock-3"),
        (("extra", "id"), "mock-1", "mock-3"),
        (("unheard",), "mock-1", "mock-3"),
    ],
)
def test_a_key_is_of_the_type_that_the_body_wants(
    path: tuple[str, ...], first: object, third: object
) -> None:
    schema = Schema(Held)
    assert (sample_key(schema, path, 1), sample_key(schema, path, 3)) == (first, third)
    assert sample_key(Schema("Bare"), path, 1) == "mock-1"
