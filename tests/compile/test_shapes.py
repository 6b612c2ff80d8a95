from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from schematic.compile.shapes import FieldShape, Null, Shape, alike, overlaps, shape_of
from schematic.define import BodyKind, DefinitionError, Schema


class SendText(Struct):
    text: str
    flush: bool | UnsetType = UNSET


class CloseConnection(Struct):
    text: Literal[""] = ""


class KeepAlive(Struct):
    text: Literal[" "] = " "
    voice_settings: dict[str, float] | UnsetType | None = UNSET


class AudioOutput(Struct, rename={"is_final": "isFinal"}):
    audio: str
    is_final: None = None
    alignment: dict[str, Any] | None = None


class FinalOutput(Struct, rename={"is_final": "isFinal"}):
    is_final: bool
    audio: None = None


class Error(Struct):
    message: str
    error: str
    code: int


class Ping(Struct, tag_field="type", tag="ping"):
    event_id: int


class Pong(Struct, tag_field="type", tag="pong"):
    event_id: int


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Plain:
    """A class that msgspec does not know how to read."""


class Numbered(enum.IntEnum):
    ONE = 1


SERVER = [AudioOutput, FinalOutput, Error]
CLIENT = [SendText, CloseConnection, KeepAlive]


def of(body: Any) -> Shape:
    return shape_of(Schema(body))


def fields_of(body: Any) -> dict[str, FieldShape]:
    return {field.name: field for field in of(body).fields}


# ------------------------------------------------------------------------------- properties

names = st.sampled_from(["a", "b"])
values: st.SearchStrategy[object] = st.sampled_from([None, "", "x", 1, True, 0.5, [], {}])
literals = st.one_of(
    st.none(), st.frozensets(st.sampled_from([("str", ""), ("str", "x"), ("int", 1)]), min_size=1)
)
fields = st.lists(
    st.builds(FieldShape, names, st.booleans(), st.sampled_from(Null), literals),
    unique_by=lambda field: field.name,
    max_size=2,
).map(tuple)
shapes = st.one_of(
    st.builds(Shape, st.just(BodyKind.JSON), st.just(frozenset({dict})), fields),
    st.builds(Shape, st.just(BodyKind.JSON), st.frozensets(st.sampled_from([dict, list, str]))),
    st.builds(
        Shape,
        st.just(BodyKind.TEXT),
        words=st.lists(st.sampled_from(["{}", "[]", "hi"])).map(tuple),
    ),
    st.just(Shape(BodyKind.BINARY)),
)
json_payloads: st.SearchStrategy[object] = st.one_of(
    st.dictionaries(names, values, max_size=2), st.just([]), st.just("s")
)


def accepts(shape: Shape, raw: object) -> bool:
    """Whether a frame that holds ``raw`` as JSON is taken by ``shape``."""
    if shape.frame is BodyKind.TEXT:
        return shape.matches(msgspec.json.encode(raw).decode())
    return shape.matches(raw)


@given(shapes, shapes, json_payloads)
def test_shapes_that_match_one_payload_overlap(a: Shape, b: Shape, raw: object) -> None:
    if accepts(a, raw) and accepts(b, raw):
        assert overlaps(a, b)
        assert alike(a, b) == (a.specificity == b.specificity)


@given(shapes, shapes)
def test_overlap_has_no_direction(a: Shape, b: Shape) -> None:
    assert overlaps(a, b) == overlaps(b, a)
    assert alike(a, b) == alike(b, a)


@given(
    st.builds(SendText, st.text(), st.booleans())
    | st.builds(KeepAlive)
    | st.builds(Error, st.text(), st.text(), st.integers())
)
def test_what_a_type_encodes_to_matches_its_own_shape(body: Struct) -> None:
    assert of(type(body)).matches(msgspec.to_builtins(body))


# -------------------------------------------------------------------- telling messages apart


@pytest.mark.parametrize(
    ("payload", "kinds"),
    [
        ({"audio": "AA==", "isFinal": None}, [AudioOutput]),
        ({"audio": "AA==", "isFinal": None, "undocumented": 1}, [AudioOutput]),
        ({"audio": "AA=="}, [AudioOutput]),
        ({"isFinal": True, "audio": None}, [FinalOutput]),
        ({"isFinal": True}, [FinalOutput]),
        ({"message": "m", "error": "e", "code": 1008}, [Error]),
        ({"message": "m"}, []),
        ({"audio": "AA==", "isFinal": True}, []),
        ({"audio": None, "isFinal": None}, []),
        ({}, []),
        ([], []),
    ],
)
def test_untagged_server_messages_are_told_apart_by_presence_and_null(
    payload: object, kinds: list[type]
) -> None:
    assert [kind for kind in SERVER if of(kind).matches(payload)] == kinds


@pytest.mark.parametrize(
    ("payload", "kinds"),
    [
        ({"text": "hello "}, [SendText]),
        ({"text": ""}, [SendText, CloseConnection]),
        ({"text": " ", "voice_settings": None}, [SendText, KeepAlive]),
        ({"text": None}, []),
        ({"text": ["unhashable"]}, [SendText]),
        ({}, []),
    ],
)
def test_untagged_client_messages_are_told_apart_by_literals(
    payload: object, kinds: list[type]
) -> None:
    assert [kind for kind in CLIENT if of(kind).matches(payload)] == kinds


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


def test_the_untagged_messages_of_a_speech_api_are_not_alike() -> None:
    for kinds in (SERVER, CLIENT):
        for index, one in enumerate(kinds):
            assert not any(alike(of(one), of(two)) for two in kinds[index + 1 :])
    assert not overlaps(of(AudioOutput), of(FinalOutput))
    assert overlaps(of(AudioOutput), of(Error)), "all of their fields could stand in one object"


def test_a_wrong_type_in_a_field_does_not_make_a_message_unknown() -> None:
    assert of(Error).matches({"message": 1, "error": [], "code": "1008"})


# -------------------------------------------------------------------------------- derivation


def test_a_tagged_struct_is_recognised_by_its_tag_alone() -> None:
    assert of(Ping).fields == (FieldShape("type", True, Null.NEVER, frozenset({("str", "ping")})),)
    assert of(Ping).matches({"type": "ping"})
    assert not of(Ping).matches({"event_id": 1})
    assert not overlaps(of(Ping), of(Pong))


def test_a_name_alone_is_any_object_and_nothing_else() -> None:
    anything = of("InitializeConnectionMessage")
    assert anything.matches({})
    assert anything.matches({"a": 1})
    assert not anything.matches([])
    assert not anything.matches(None)
    assert alike(anything, of("Another"))


def test_fields_that_no_payload_can_fail_are_left_out() -> None:
    assert set(fields_of(SendText)) == {"text"}
    assert set(fields_of(AudioOutput)) == {"audio", "isFinal"}


def test_nullness_follows_the_annotation() -> None:
    class Body(Struct):
        never: int
        only: None
        may: int | None
        anything: Any
        annotated: Annotated[Annotated[int, msgspec.Meta(gt=1)] | None, msgspec.Meta(title="x")]

    fields = fields_of(Body)
    assert fields["never"].null is Null.NEVER
    assert fields["only"].null is Null.ONLY
    assert {fields[name].null for name in ("may", "anything", "annotated")} == {Null.MAY}


def test_literals_and_enumerations_give_values_with_their_types() -> None:
    class Body(Struct):
        mode: Literal["a", 1, None]
        colour: Colour
        either: Literal["a"] | Numbered
        open: Literal["a"] | int

    fields = fields_of(Body)
    assert fields["mode"].literals == frozenset({("str", "a"), ("int", 1)})
    assert fields["mode"].null is Null.MAY
    assert fields["colour"].literals == frozenset({("str", "red"), ("str", "blue")})
    assert fields["either"].literals == frozenset({("str", "a"), ("int", 1)})
    assert fields["open"].literals is None
    assert fields["mode"].admits(1)
    assert not fields["mode"].admits(True)


def test_a_field_that_can_only_be_its_default_is_required() -> None:
    class Body(Struct):
        constant: Literal["a"] = "a"
        colour: Literal["red", "blue"] = "red"
        maybe: Literal["a"] | UnsetType = UNSET

    assert [field.required for field in of(Body).fields] == [True, False, False]
    assert of(Body).matches({"constant": "a"})
    assert not of(Body).matches({})
    assert not of(Body).matches({"constant": "a", "maybe": None})


def test_dataclasses_and_typed_dicts_have_shapes_too() -> None:
    @dataclasses.dataclass
    class Data:
        text: str
        speed: float = 1.0

    class Dict(TypedDict):
        text: str
        speed: NotRequired[float]

    assert of(Data) == of(Dict)
    assert of(Data).matches({"text": "x"})


@pytest.mark.parametrize(
    ("body", "yes", "no"),
    [
        (dict[str, int], {}, []),
        (list[int], [], {}),
        (int, 1, True),
        (float, 1, "1"),
        (None | str, None, 1),
        (Literal["go", 1], "go", None),
        (Any, 0.5, object()),
    ],
)
def test_bodies_that_are_not_objects_go_by_their_json_type(body: Any, yes: Any, no: Any) -> None:
    assert of(body).matches(yes)
    assert not of(body).matches(no)


def test_a_struct_written_as_an_array_is_an_array() -> None:
    class Point(Struct, array_like=True):
        x: int

    assert of(Point).matches([1])
    assert not of(Point).matches({"x": 1})


def test_a_union_matches_what_any_member_matches() -> None:
    class Left(Struct):
        side: Literal["left"] = "left"
        both: int | None = None
        nothing: None = None

    class Right(Struct):
        side: Literal["right"] = "right"
        nothing: int | UnsetType = UNSET

    class Free(Struct):
        side: str = ""

    shape = of(dict[str, int] | None)
    assert shape.types == {dict, type(None)}
    shape = shape_of(Schema(Ping | Pong))
    assert [shape.matches({"type": tag}) for tag in ("ping", "pong", "other")] == [1, 1, 0]
    weakest = _union(Left, Right)
    assert weakest.matches({"side": "left", "nothing": None})
    assert weakest.matches({"side": "right", "nothing": 1})
    assert not weakest.matches({"nothing": 1})
    assert _union(Left, Free).matches({})


def _union(*members: type[Struct]) -> Shape:
    """The shape of a union that msgspec itself would not decode."""
    from msgspec import inspect

    from schematic.compile.shapes import _of_type

    return _of_type(inspect.UnionType(tuple(inspect.type_info(member) for member in members)))


def test_words_match_exactly_and_free_text_matches_any_text() -> None:
    words = shape_of(Schema.text("ping", "PING"))
    assert words.matches("ping")
    assert not words.matches("Ping")
    assert not words.matches(b"ping")
    assert shape_of(Schema.text()).matches("anything")


def test_binary_matches_bytes_and_overlaps_nothing_else() -> None:
    binary = shape_of(Schema.binary())
    assert binary.matches(b"\0")
    assert not binary.matches("x")
    assert overlaps(binary, shape_of(Schema.binary("other")))
    assert not overlaps(binary, shape_of(Schema.text()))
    assert not overlaps(of("Anything"), binary)


def test_text_overlaps_json_only_where_a_word_is_that_json() -> None:
    assert overlaps(shape_of(Schema.text("hi", "{}")), of("Anything"))
    assert not overlaps(of("Anything"), shape_of(Schema.text("hi", "[]")))
    assert overlaps(shape_of(Schema.text()), of("Anything"))
    assert not overlaps(shape_of(Schema.text("a")), shape_of(Schema.text("b")))
    assert overlaps(shape_of(Schema.text("a")), shape_of(Schema.text()))


def test_a_type_that_cannot_be_a_body_is_a_definition_error() -> None:
    with pytest.raises(DefinitionError, match="cannot be used as a body"):
        of(Literal["a"] | Colour)
    with pytest.raises(DefinitionError, match="msgspec reads Structs"):
        of(Plain)


def test_dropping_defaults_is_refused_since_it_drops_nulls_and_constants() -> None:
    class Body(Struct, omit_defaults=True):
        text: Literal[""] = ""

    with pytest.raises(DefinitionError, match="omit_defaults"):
        of(Body)
