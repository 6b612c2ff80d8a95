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
from schematic_engine.codec import KindCodec, SideCodec, codecs_of
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

T = TypeVar("T")


class Box(Struct, Generic[T]):
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


def test_tagged_structs_are_read_in_one_pass() -> None:
    codec = codec_of(TAGGED, Side.SERVER)
    assert set(codec.tagged) == {Answer, Done}
    assert codec.read_tagged(b'{"type":"answer","text":"42","new":1}') == Answer("42")


def test_other_structs_are_not() -> None:
    class Lone(Struct, tag_field="type", tag="lone"):
        pass

    class Kind(Struct, tag_field="kind", tag="kind"):
        pass

    class Again(Struct, tag_field="type", tag="lone"):
        pass

    for bodies in ([Lone], [Lone, Kind], [Lone, Again], [Lone, Done, SendText], [Lone, "Name"]):
        messages = [kind(TO_CLIENT, body) for body in bodies]
        assert not codec_of(one_endpoint("Few", server_messages=messages), Side.SERVER).tagged
    assert not codec_of(SPEECH).tagged


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
