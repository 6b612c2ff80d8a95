"""Messages that share a tag, or carry it one level down, and what such a side may say."""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from schematic import Schema
from support.apis import TO_CLIENT, TO_SERVER, Answer, Done, SendText, kind, one_endpoint


class Response(Struct):
    conversation: Literal["auto", "none"] | UnsetType = UNSET
    tone: Literal["warm", "cold"] | UnsetType = UNSET


class Apart(Struct, kw_only=True):
    conversation: Literal["none"]
    tone: Literal["warm", "cold"] | UnsetType = UNSET


class Create(Struct, tag_field="type", tag="response.create"):
    response: Response | UnsetType = UNSET


class CreateApart(Struct, tag_field="type", tag="response.create"):
    response: Apart


class EventX(Struct, tag_field="type", tag="x"):
    number: int


class EventY(Struct, tag_field="type", tag="y"):
    pass


class HoldsX(Struct):
    event: EventX


class HoldsY(Struct):
    event: EventY


class InjectWords(Struct, tag_field="type", tag="Inject"):
    message: str


class InjectAnything(Struct, tag_field="type", tag="Inject"):
    is_dynamic: Literal[True] = True


class AnswerWarmly(Struct, tag_field="type", tag="answer"):
    text: str
    tone: Literal["warm"] = "warm"


class Spelled(Struct):
    type: Literal["done"] = "done"
    text: str = ""


INJECT = Schema(InjectWords | InjectAnything, name="Inject")
"""A union that msgspec does not read: both members have the same tag."""

SHARED = one_endpoint(
    "Shared",
    streaming_messages=[
        kind(TO_SERVER, Create),
        kind(TO_SERVER, CreateApart),
        kind(TO_SERVER, INJECT),
        kind(TO_SERVER, HoldsX),
        kind(TO_SERVER, HoldsY),
        kind(TO_SERVER, Schema.binary(), "Audio"),
    ],
    server_messages=[
        kind(TO_CLIENT, Answer),
        kind(TO_CLIENT, Done, final=True),
        kind(TO_CLIENT, Schema(SendText, frame="binary")),
    ],
)
"""Kinds that share a tag, kinds with a tag one level down, and JSON in binary frames."""

BODIES = [
    *(Schema(body) for body in (Create, CreateApart, HoldsX, HoldsY, InjectWords, InjectAnything)),
    *(Schema(body) for body in (Answer, AnswerWarmly, Done, SendText, Spelled)),
    Schema(Answer | Done, name="Either"),
    Schema(SendText, name="SendTextAnyway", frame="either"),
    Schema(HoldsX, name="HoldsXInBinary", frame="binary"),
    Schema("Anything"),
    Schema(list[int], name="Numbers"),
    INJECT,
    Schema.text("PING", "null", '{"type":"done"}', name="Word"),
    Schema.text(name="Remark"),
    Schema.binary("Audio"),
]
"""Bodies of which any may stand beside any other."""

_types = st.sampled_from(["response.create", "Inject", "answer", "done", "x", "y", "new", 1, None])
_inner: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.just("x"),
    st.fixed_dictionaries(
        {},
        optional={
            "type": _types,
            "conversation": st.sampled_from(["auto", "none", "other", None]),
            "tone": st.sampled_from(["warm", "sour"]),
            "number": st.sampled_from([1, "1"]),
        },
    ),
)
payloads: st.SearchStrategy[object] = st.fixed_dictionaries(
    {},
    optional={
        "type": _types,
        "text": st.sampled_from(["", "t", None, 1]),
        "tone": st.sampled_from(["warm", "sour"]),
        "message": st.sampled_from(["m", 1]),
        "is_dynamic": st.sampled_from([True, False, 1]),
        "response": _inner,
        "event": _inner,
    },
) | st.sampled_from([[1], ["x"], None, "PING", 1])
"""What may be said in JSON: right, broken, unknown."""
