"""OpenAI's realtime API when messages cross: two correct peers never accuse each other."""

from __future__ import annotations

from collections import deque
from functools import cache
from itertools import count
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.openai import openai
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.events import Message
from schematic_engine.keyed import Keys
from schematic_engine.session import Session
from support.steps import body_of_kind
from support.walks import sayable

ENDPOINT = compile_endpoint(openai().endpoint())
SPOKEN = frozenset(
    {"SessionCreated", "Error", "ResponseCancel"}
    | {kind.id for kind in ENDPOINT.kinds if kind.channel >= 0}
)
"""The greeting, and whatever has to do with responses: the rest may be said at any time."""


@cache
def plain(name: str) -> bytes:
    """What a message says when it has nothing to say."""
    return msgspec.json.encode(body_of_kind(ENDPOINT, name))


def body(name: str, key: Keys | None, ticket: str | None) -> dict[str, Any]:
    """What a message says, of the response and the item that ``key`` names.

    Args:
        name: its id.
        key: a response, or a response and an item of it.
        ticket: what the client calls it, or what an error calls the one at fault.
    """
    said: dict[str, Any] = msgspec.json.decode(plain(name))
    response, item = key if isinstance(key, tuple) else (key, None)
    for value, flat, nested in ((response, "response_id", "response"), (item, "item_id", "item")):
        if value is not None and flat in said:
            said[flat] = value
        elif value is not None:
            said[nested]["id"] = value
    if ticket is not None:
        (said["error"] if name == "Error" else said)["event_id"] = ticket
    return said


@settings(max_examples=50)
@given(data=st.data())
def test_whatever_crosses_nobody_who_is_right_is_accused(data: st.DataObject) -> None:
    ends = {side: Session(ENDPOINT, side) for side in Side}
    on_the_way: dict[Side, deque[tuple[str, str | bytes]]] = {side: deque() for side in Side}
    ids, seen = count(), list[str]()  # the client's ids, and those that the server may name
    for _ in range(data.draw(st.integers(0, 40), label="steps")):
        side = data.draw(st.sampled_from(Side), label="side")
        if data.draw(st.booleans(), label="arrives") and on_the_way[side]:
            name, payload = on_the_way[side].popleft()
            event = ends[side.other].receive(payload)
            assert isinstance(event, Message), event
            assert event.id == name
            if side is Side.CLIENT and event.body.event_id is not UNSET:
                seen.append(event.body.event_id)
            continue
        choices = [said for said in sayable(ends[side].machine, side) if said[0] in SPOKEN]
        if choices:
            name, key = data.draw(st.sampled_from(choices), label="says")
            tickets = seen if name == "Error" else [f"e{next(ids)}"] * (side is Side.CLIENT)
            ticket = data.draw(st.sampled_from([None, *tickets]), label="ticket")
            try:
                payload = ends[side].send(name, body(name, key, ticket))
            except LocalInvalidMessage:  # its moment has to tell that it is aside, and does not
                assert name == "UnmarkedAsideCreated"
                continue
            on_the_way[side].append((name, payload))
