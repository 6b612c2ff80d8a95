from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct

from schematic import BoundEndpoint, Schema, Side
from schematic.compile import compile_endpoint
from schematic_engine.codec import KindCodec, OnePass, SideCodec, codecs_of
from schematic_engine.errors import LocalInvalidMessage
from support.apis import (
    LISTEN,
    NAMES,
    SPEECH,
    TAGGED,
    TO_CLIENT,
    TO_SERVER,
    Answer,
    Ask,
    AudioOutput,
    CloseConnection,
    Done,
    Initialize,
    SendText,
    kind,
    one_endpoint,
)
from support.lookalikes import (
    INJECT,
    AnswerWarmly,
    Create,
    CreateApart,
    InjectAnything,
    InjectWords,
)

T = TypeVar("T")


class Box(Struct, Generic[T]):
    content: T


class TaggedBox(Struct, Generic[T], tag_field="type", tag="box"):
    content: T


def codec_of(endpoint: BoundEndpoint, side: Side = Side.CLIENT) -> SideCodec:
    return codecs_of(compile_endpoint(endpoint))[side]


def codec_for(body: Any) -> KindCodec:
    """The codec of a lone message with this body."""
    message = kind(TO_SERVER, body, "Lone")
    return codec_of(one_endpoint("Lone", streaming_messages=[message])).kinds["Lone"]


# -------------------------------------------------------------------------------- round trips


@given(
    st.builds(SendText, st.text(), st.booleans() | st.just(UNSET)).map(lambda b: (SPEECH, b))
    | st.builds(Ask, st.text()).map(lambda b: (TAGGED, b))
    | st.builds(Initialize, voice_settings=st.sampled_from([None, UNSET, {"speed": 1.0}])).map(
        lambda b: (SPEECH, b)
    )
)
def test_what_is_encoded_decodes_to_the_same(sample: tuple[BoundEndpoint, Struct]) -> None:
    endpoint, body = sample
    codec = codec_of(endpoint).kinds[type(body).__name__]
    assert codec.decode(codec.encode(body)) == body


@given(st.binary())
def test_binary_bodies_travel_as_they_are(data: bytes) -> None:
    codec = codec_of(LISTEN).kinds["Audio"]
    assert codec.encode(memoryview(data)) == codec.encode(bytearray(data)) == data
    assert codec.decode(data) == data
    assert not codec.is_text


def test_null_absent_and_default_stay_three_things() -> None:
    codec = codec_of(SPEECH).kinds["Initialize"]
    assert codec.encode(Initialize()) == b'{"text":" "}'
    assert codec.encode(Initialize(voice_settings=None)) == b'{"text":" ","voice_settings":null}'
    assert codec.decode('{"text":" "}').voice_settings is UNSET
    assert codec.decode('{"text":" ","voice_settings":null}').voice_settings is None


def test_a_payload_given_as_text_or_bytes_decodes_alike() -> None:
    assert codec_of(LISTEN).kinds["Speed"].decode(b"fast") == "fast"
    assert codec_of(LISTEN).kinds["Speed"].decode("fast") == "fast"
    assert codec_of(NAMES).kinds["Say"].decode('{"a":1}') == {"a": 1}


# ----------------------------------------------------------------------------- what bodies may be


def test_plain_values_are_taken_for_the_type_that_they_fit() -> None:
    assert codec_of(SPEECH).kinds["SendText"].encode({"text": "hi"}) == b'{"text":"hi"}'
    assert codec_of(TAGGED).kinds["Ask"].encode({"type": "ask", "question": "?"}) == (
        b'{"type":"ask","question":"?"}'
    )
    assert codec_of(NAMES).kinds["Say"].encode({"any": ["thing"]}) == b'{"any":["thing"]}'


def test_dataclasses_typed_dicts_and_annotations_are_bodies_too() -> None:
    @dataclasses.dataclass
    class Data:
        text: str

    class Dict(TypedDict):
        text: str
        speed: NotRequired[float]

    data, typed = codec_for(Data), codec_for(Dict)
    assert data.encode(Data("x")) == data.encode({"text": "x"}) == b'{"text":"x"}'
    assert data.decode(b'{"text":"x"}') == Data("x")
    assert typed.encode({"text": "x"}) == b'{"text":"x"}'
    assert typed.types == ()
    assert codec_for(dict[str, int]).encode({"a": 1}) == b'{"a":1}'
    for codec in (data, typed):
        with pytest.raises(LocalInvalidMessage, match="has no field txt"):
            codec.encode({"txt": "x"})


def test_a_constant_message_needs_no_body() -> None:
    assert codec_of(SPEECH).kinds["CloseConnection"].encode(UNSET) == b'{"text":""}'
    assert codec_of(LISTEN).kinds["EndOfStream"].encode(UNSET) == b"EOS"


@pytest.mark.parametrize(
    ("endpoint", "message", "body", "problem"),
    [
        (SPEECH, "SendText", UNSET, "missing required field `text`"),
        (SPEECH, "SendText", SendText(text=1), "Expected `str`, got `int`"),  # type: ignore[arg-type]  # the point
        (SPEECH, "SendText", {"text": 1}, "Expected `str`, got `int`"),
        (SPEECH, "SendText", {"text": "", "flsh": True}, "SendText has no field flsh"),
        (SPEECH, "SendText", CloseConnection(), "Expected `object`, got `CloseConnection`"),
        (SPEECH, "SendText", {"text": "\ud800"}, "surrogates not allowed"),
        (SPEECH, "CloseConnection", {"text": "x"}, "Invalid enum value 'x'"),
        (LISTEN, "Speed", UNSET, "no constant body"),
        (LISTEN, "Speed", "medium", "expected one of 'fast', 'slow'"),
        (LISTEN, "Speed", b"fast", "expected a text, got bytes"),
        (LISTEN, "Audio", UNSET, "no constant body"),
        (LISTEN, "Audio", "text", "expected bytes, got str"),
        (NAMES, "Say", UNSET, "no constant body"),
        (NAMES, "Say", [1], "expected a dict, got list"),
        (NAMES, "Say", {"a": object()}, "not JSON serializable"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_the_message_named(
    endpoint: BoundEndpoint, message: str, body: object, problem: str
) -> None:
    with pytest.raises(LocalInvalidMessage, match=problem) as caught:
        codec_of(endpoint).kinds[message].encode(body)
    assert caught.value.message == message


# ------------------------------------------------------------------------ one pass, and by type


def server_of(*bodies: Any) -> SideCodec:
    """The codec of a server that says these."""
    messages = [kind(TO_CLIENT, body, f"Kind{number}") for number, body in enumerate(bodies)]
    return codec_of(one_endpoint("Few", server_messages=messages), Side.SERVER)


class Lone(Struct, tag_field="type", tag="lone"):
    pass


class LoneAgain(Struct, tag_field="type", tag="lone"):
    number: int


class OtherTag(Struct, tag_field="kind", tag="kind"):
    pass


class Listed(Struct, tag_field="type", tag="listed", array_like=True):
    pass


class Spelled(Struct):
    type: Literal["lone"] = "lone"


def tagged_of(codec: SideCodec) -> OnePass:
    assert codec.tagged is not None
    return codec.tagged


def test_tagged_structs_are_read_in_one_pass() -> None:
    tagged = tagged_of(codec_of(TAGGED, Side.SERVER))
    assert set(tagged.kinds) == {Answer, Done}
    assert tagged.decode(b'{"type":"answer","text":"42","new":1}') == Answer("42")


@pytest.mark.parametrize(
    "others",
    [
        [SendText],
        ["Name"],
        [Schema.binary()],
        [Schema.text("PING")],
        [Schema.text()],
        [Lone, LoneAgain],
        [Lone, Spelled],
        [Create, CreateApart],
        [Listed],
        [Schema(Lone, frame="binary")],
        [dict[str, int]],
        [list[int]],
    ],
)
def test_whatever_else_is_said_does_not_slow_those_that_their_tag_tells(others: list[Any]) -> None:
    assert set(tagged_of(server_of(Answer, Done, *others)).kinds) == {Answer, Done}


def test_a_union_of_tagged_structs_is_read_in_one_pass_as_one_kind() -> None:
    kinds = tagged_of(server_of(Schema(Answer | Done, name="Either"), Lone)).kinds
    assert {body: found.id for body, found in kinds.items()} == {
        Answer: "Kind0",
        Done: "Kind0",
        Lone: "Kind1",
    }


def test_tags_in_two_fields_could_stand_in_one_object_so_they_are_looked_at() -> None:
    assert not server_of(Answer, Done, OtherTag).tagged


def test_one_pass_takes_two_tags_that_are_told_by_nothing_else() -> None:
    for bodies in (
        [Answer, AnswerWarmly, Lone],
        [Lone],
        [Lone, OtherTag],
        [Lone, LoneAgain],
        [Lone, Lone],
        [Spelled, Lone],
    ):
        assert not server_of(*bodies).tagged
    assert not codec_of(SPEECH).tagged


def test_a_generic_struct_is_read_as_what_it_is_generic_in() -> None:
    decode = tagged_of(server_of(TaggedBox[int], Done)).decode
    assert decode('{"type":"box","content":1}') == TaggedBox(1)
    with pytest.raises(ValueError, match="Expected `int`"):
        decode('{"type":"box","content":"1"}')


def test_a_union_that_msgspec_refuses_is_read_member_by_member() -> None:
    codec = codec_for(INJECT)
    assert codec.types == (InjectWords, InjectAnything)
    for body in (InjectWords("m"), InjectAnything()):
        assert codec.decode(codec.encode(body)) == body
    assert codec.encode({"type": "Inject", "is_dynamic": True}) == codec.encode(InjectAnything())
    with pytest.raises(ValueError, match="missing required field `message`"):
        codec.decode('{"type":"Inject","is_dynamic":false}')
    with pytest.raises(ValueError, match=r"type='new', which is none of InjectWords, InjectAny"):
        codec.decode('{"type":"new"}')
    with pytest.raises(LocalInvalidMessage, match="Expected `str`, got `int`"):
        codec.encode(InjectWords(1))  # type: ignore[arg-type]  # the point


def test_a_field_may_have_another_name_on_the_wire_than_in_python() -> None:
    class Camel(Struct, rename="camel"):
        char_start_ms: list[int]
        is_final: bool = msgspec.field(name="final", default=False)

    codec = codec_for(Camel)
    assert codec.encode(Camel([1])) == b'{"charStartMs":[1],"final":false}'
    assert codec.decode('{"charStartMs":[1],"final":true}') == Camel([1], is_final=True)
    with pytest.raises(LocalInvalidMessage, match="has no field char_start_ms"):
        codec.encode({"char_start_ms": [1]})


def test_kinds_are_found_by_the_class_of_a_body_or_a_base_of_it() -> None:
    class Louder(SendText):
        volume: int = 11

    codec = codec_of(SPEECH)
    assert [found.id for found in codec.of_type(SendText)] == ["SendText"]
    assert [found.id for found in codec.of_type(Louder)] == ["SendText"]
    assert [found.id for found in codec_of(LISTEN).of_type(bytes)] == ["Audio"]
    assert codec.of_type(AudioOutput) == []


def test_unions_generics_and_annotations_are_found_by_their_classes() -> None:
    assert codec_for(Schema(Ask | Answer, name="Either")).types == (Ask, Answer)
    assert codec_for(Schema(Box[int], name="Box")).types == (Box,)
    assert codec_for(Schema(Annotated[Ask, msgspec.Meta(title="x")], name="A")).types == (Ask,)
    assert codec_for(Schema(Literal["a"], name="Word")).types == ()


# -------------------------------------------------------------------------------------- rivals


def test_rivals_are_the_kinds_that_a_receiver_may_prefer() -> None:
    codec = codec_of(SPEECH)
    assert codec.rivals(codec.kinds["SendText"]) == {"Initialize", "KeepAlive", "CloseConnection"}
    assert codec.rivals(codec.kinds["KeepAlive"]) == {"Initialize"}
    assert codec.rivals(codec.kinds["CloseConnection"]) == set()


def test_bare_names_have_no_rivals_among_themselves() -> None:
    codec = codec_of(NAMES)
    assert codec.rivals(codec.kinds["Say"]) == set()


def test_the_codecs_of_an_endpoint_are_made_once() -> None:
    assert codec_of(SPEECH) is codec_of(SPEECH)
