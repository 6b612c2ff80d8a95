"""From types to shapes: what a message of one side can be told by."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from schematic.compile import Shape, shape_of, shapes_of
from schematic.compile.shapes import FieldShape, Null, alike, overlaps
from schematic.define import DefinitionError, Schema
from support.lookalikes import (
    Apart,
    Create,
    CreateApart,
    EventX,
    EventY,
    HoldsX,
    HoldsY,
    InjectAnything,
    InjectWords,
    Response,
)


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


class Unfinished(Struct):
    field: NotDefined  # type: ignore[name-defined]  # noqa: F821  # the point


class Numbered(enum.IntEnum):
    ONE = 1


SERVER = [AudioOutput, FinalOutput, Error]
CLIENT = [SendText, CloseConnection, KeepAlive]


def of(body: Any) -> Shape:
    return shape_of(Schema(body))


def fields_of(body: Any) -> dict[str, FieldShape]:
    return {field.name: field for field in of(body).fields}


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
    weakest = of(Left | Right)
    assert weakest.matches({"side": "left", "nothing": None})
    assert weakest.matches({"side": "right", "nothing": 1})
    assert not weakest.matches({"nothing": 1})
    assert of(Left | Free).matches({})


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


# ------------------------------------------------------------ what counts because of the others


class Opened(Struct, tag_field="type", tag="opened"):
    number: int


class HoldsEither(Struct):
    event: EventX | EventY | None


class Inside(Struct):
    conversation_id: str | UnsetType = UNSET
    id: str | UnsetType = UNSET


class Outside(Struct):
    conversation_id: None
    id: str | UnsetType = UNSET


class Created(Struct, tag_field="type", tag="response.created"):
    response: Inside


class CreatedOutside(Struct, tag_field="type", tag="response.created"):
    response: Outside


class Spot(Struct):
    x: int


class Mode(Struct):
    name: Literal["fast"] = "fast"


class AtSpot(Struct):
    at: Spot


class AtMode(Struct):
    at: Mode


class Elsewhere(Struct):
    other: Spot


class Sparse(Struct, omit_defaults=True):
    mode: Literal["sparse"] = "sparse"


class Dense(Struct):
    mode: Literal["dense"] = "dense"


class HasSparse(Struct):
    setup: Sparse


class HasDense(Struct):
    setup: Dense


def said_beside(body: Any, *others: Any) -> Shape:
    """The shape of ``body`` where the same side may say ``others`` too."""
    schemas = [one if isinstance(one, Schema) else Schema(one) for one in (body, *others)]
    return shapes_of(schemas)[0]


def test_a_nested_value_tells_kinds_that_share_their_tag() -> None:
    create, apart = said_beside(Create, CreateApart), said_beside(CreateApart, Create)
    message = {"type": "response.create"}
    for response, kinds in [
        ({"conversation": "none", "tone": "warm"}, [create, apart]),
        ({"conversation": "auto"}, [create]),
        ({}, [create]),
        ({"conversation": None}, []),
    ]:
        payload = {**message, "response": response}
        assert [shape for shape in (create, apart) if shape.matches(payload)] == kinds
        assert create.claims(payload)
    assert create.matches(message)
    assert not apart.matches(message)
    assert apart.specificity > create.specificity
    assert not alike(create, apart)


def test_only_what_differs_tells_so_that_all_else_can_be_merely_wrong() -> None:
    apart = said_beside(CreateApart, Create)
    assert apart.matches({"type": "response.create", "response": {"conversation": "none"}})
    wrong = {"type": "response.create", "response": {"conversation": "none", "tone": "sour"}}
    assert apart.matches(wrong)
    assert said_beside(Opened, Create, CreateApart) == of(Opened), "another tag changes nothing"
    assert said_beside(Opened, "Anything") == of(Opened)
    assert said_beside(CreateApart, Schema(CreateApart)) == of(CreateApart)


def test_a_nested_null_tells_kinds_that_share_their_tag() -> None:
    created, outside = shapes_of([Schema(Created), Schema(CreatedOutside)])
    for response, kinds in [
        ({"conversation_id": None}, [created, outside]),
        ({"conversation_id": "c"}, [created]),
        ({"id": "r"}, [created]),
    ]:
        payload = {"type": "response.created", "response": response}
        assert [shape for shape in (created, outside) if shape.matches(payload)] == kinds
    assert outside.specificity > created.specificity


def test_fields_tell_kinds_that_share_their_tag() -> None:
    class Words(Struct, tag_field="type", tag="History"):
        role: str
        content: str

    class Calls(Struct, tag_field="type", tag="History"):
        calls: list[str]

    words, calls = shapes_of([Schema(Words), Schema(Calls)])
    assert words.matches({"type": "History", "role": "user", "content": ""})
    assert not words.matches({"type": "History", "calls": []})
    assert calls.matches({"type": "History", "calls": []})
    broken = {"type": "History", "role": "user"}
    assert (words.matches(broken), words.claims(broken), calls.claims(broken)) == (0, 1, 1)
    assert words.likeness(broken) > calls.likeness(broken)


def test_an_untagged_struct_that_spells_the_tag_shares_it() -> None:
    class Spelled(Struct):
        type: Literal["opened"] = "opened"
        text: str = ""

    assert said_beside(Opened, Spelled).fields == said_beside(Opened, Opened, Spelled).fields
    assert {field.name for field in said_beside(Opened, Spelled).fields} == {"type", "number"}
    assert said_beside(Spelled, Opened).claims({"type": "opened"})
    assert not said_beside(Spelled, EventX).tag


def test_a_text_that_may_not_be_empty_tells_only_where_the_empty_text_is_another_kind() -> None:
    class Spoken(Struct):
        text: Annotated[str, msgspec.Meta(min_length=1)] | None
        id: str | UnsetType = UNSET

    beside = said_beside(Spoken, CloseConnection)
    assert not beside.matches({"text": ""})
    assert beside.matches({"text": " "})
    assert beside.matches({"text": None})
    assert not overlaps(beside, said_beside(CloseConnection, Spoken))
    assert said_beside(SendText, CloseConnection).matches({"text": ""}), "it may be empty"
    assert said_beside(Spoken, KeepAlive).matches({"text": ""}), "and so is invalid, not unknown"
    assert of(Spoken).matches({"text": ""})


def test_a_text_that_may_not_be_empty_tells_kinds_that_share_their_tag() -> None:
    class Some(Struct, tag_field="type", tag="text"):
        text: Annotated[str, msgspec.Meta(min_length=1)]

    class Nothing(Struct, tag_field="type", tag="text"):
        text: Literal[""] = ""

    some = said_beside(Some, Nothing)
    assert some.matches({"type": "text", "text": "a"})
    assert not some.matches({"type": "text", "text": ""})
    assert not alike(some, said_beside(Nothing, Some))


def test_a_tag_one_level_down_tells_by_itself() -> None:
    x, y = of(HoldsX), of(HoldsY)
    assert x.matches({"event": {"type": "x"}}), "that its number is missing makes it invalid"
    assert not x.matches({"event": {"type": "new"}})
    assert not x.matches({"event": "x"})
    assert not overlaps(x, y)
    either = of(HoldsEither)
    assert [either.matches({"event": event}) for event in ({"type": "y"}, None, {})] == [1, 1, 0]


def test_a_tag_two_levels_down_is_not_looked_for() -> None:
    class Deep(Struct):
        outer: HoldsX

    class Deeper(Struct):
        outer: HoldsY

    deep, deeper = shapes_of([Schema(Deep), Schema(Deeper)])
    assert alike(deep, deeper)
    assert deep.matches({"outer": {"event": {"type": "new"}}})


def test_an_untagged_object_is_looked_into_only_beside_another_of_the_same_field() -> None:
    assert of(AtSpot).matches({"at": {}})
    assert said_beside(AtSpot, Elsewhere).matches({"at": {}})
    point, mode = shapes_of([Schema(AtSpot), Schema(AtMode)])
    assert not point.matches({"at": {}})
    assert point.matches({"at": {"x": "wrong"}})
    assert mode.matches({"at": {"name": "fast"}})
    assert not mode.matches({"at": {"x": 1}})


def test_a_field_that_is_not_always_an_object_is_not_looked_into() -> None:
    class Named(Struct):
        event: EventX | str

    class Free(Struct):
        event: dict[str, int]

    for body in (Named, Free):
        assert said_beside(body, HoldsX).matches({"event": {"type": "new"}})


def test_a_constant_of_an_object_that_omits_defaults_need_not_be_there() -> None:
    sparse, dense = shapes_of([Schema(HasSparse), Schema(HasDense)])
    assert sparse.matches(msgspec.to_builtins(HasSparse(Sparse())))
    assert not dense.matches({"setup": {}})
    assert not sparse.matches({"setup": {"mode": "dense"}})


@given(st.booleans(), st.sampled_from([UNSET, "auto", "none"]), st.sampled_from([UNSET, "warm"]))
def test_what_is_said_in_a_shared_tag_is_recognised_as_what_it_is(
    apart: bool, conversation: Any, tone: Any
) -> None:
    shapes = dict(
        zip((Create, CreateApart), shapes_of([Schema(Create), Schema(CreateApart)]), strict=True)
    )
    body: Any = Create(Response(conversation=conversation, tone=tone))
    if apart:
        body = CreateApart(Apart(conversation="none", tone=tone))
    raw = msgspec.to_builtins(body)
    found = max((shape for shape in shapes.values() if shape.matches(raw)), key=_specificity)
    assert found == shapes[CreateApart if apart or conversation == "none" else Create]


def _specificity(shape: Shape) -> tuple[int, int]:
    return shape.specificity


# ------------------------------------------------------------------ unions that msgspec refuses


def test_a_union_may_hold_structs_that_share_a_tag_or_have_none() -> None:
    shape = shape_of(Schema(InjectWords | InjectAnything, name="Inject"))
    assert shape.fields == of(InjectWords).fields
    assert shape.tag == "type"
    untagged = of(Annotated[HoldsX | Response, msgspec.Meta(title="x")])
    assert untagged.matches({})


def test_a_union_whose_members_nothing_tells_apart_is_a_definition_error() -> None:
    class One(Struct):
        a: int

    class Two(Struct):
        b: int

    with pytest.raises(DefinitionError, match="nothing tells One from Two"):
        of(One | Two)
    with pytest.raises(DefinitionError, match="cannot be used as a body"):
        of(One | list[int] | Two)
    for other in (Plain, Unfinished):
        with pytest.raises(DefinitionError, match="cannot be used as a body"):
            of(One | Two | other)
