"""Decoding in one pass is only faster: the probe, which looks first, is the slow twin."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schematic import BoundEndpoint, Schema, Side
from schematic.compile import compile_endpoint
from schematic_engine.codec import codecs_of
from schematic_engine.events import SessionEvent, Violation
from schematic_engine.session import Session
from support.apis import TO_CLIENT, kind, one_endpoint
from support.lookalikes import BODIES, payloads


def without_one_pass(session: Session) -> Session:
    """The same, but every payload is looked at before it is decoded."""
    session._one_pass = False
    return session


def endpoint_of(bodies: Sequence[tuple[Schema, bool]]) -> BoundEndpoint:
    """A server that may say ``bodies``, some of them only once."""
    messages = [
        kind(TO_CLIENT, body, f"Kind{number}", repeatable=repeatable)
        for number, (body, repeatable) in enumerate(bodies)
    ]
    return one_endpoint("Random", server_messages=messages)


def comparable(event: SessionEvent | None) -> Any:
    """An event as a value; errors are compared by what they say."""
    if isinstance(event, Violation):
        return type(event.error), str(event.error), event.payload
    return event


endpoints = st.lists(st.tuples(st.sampled_from(BODIES), st.booleans()), min_size=1, max_size=6).map(
    endpoint_of
)
texts = payloads.map(lambda raw: msgspec.json.encode(raw).decode()) | st.sampled_from(
    ["PING", "{", '{"type":"done","type":"answer"}', '{"type":"done"}', '{"type":"answer"']
)
frames = st.one_of(texts, texts.map(str.encode), st.binary(max_size=3))


@given(endpoints, st.lists(payloads, max_size=4))
def test_what_a_kind_writes_is_recognised_as_that_kind_whatever_else_may_be_said(
    endpoint: BoundEndpoint, raws: list[object]
) -> None:
    codec = codecs_of(compile_endpoint(endpoint))[Side.SERVER]
    for one, raw in product(codec.kinds.values(), raws):
        if isinstance(one.schema.body, str | None):
            continue  # it says nothing of what is written
        with suppress(ValueError):  # it fits no body of this kind
            body = one.decode(msgspec.json.encode(raw))
            assert one in codec.probe.find(one.encode(body), is_text=one.is_text)


@given(endpoints, st.lists(frames, max_size=6), st.booleans())
def test_one_pass_and_two_come_to_the_same(
    endpoint: BoundEndpoint, said: list[str | bytes], bytes_are_text: bool
) -> None:
    quick = Session(endpoint, Side.CLIENT)
    slow = without_one_pass(Session(endpoint, Side.CLIENT))
    for payload in said:
        is_text = isinstance(payload, str) or bytes_are_text
        one = comparable(quick.receive(payload, is_text=is_text))
        assert one == comparable(slow.receive(payload, is_text=is_text))
        assert quick.machine.state == slow.machine.state
