"""Hearing the same message on the connection, on a channel, and on a channel within one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from benchmarks.ends import only

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    OpeningStep,
    Side,
)
from schematic.compile import compile_endpoint
from schematic_definitions.shorthand import client_says, server_says
from schematic_engine.events import Message
from schematic_engine.session import Session

__all__ = ["REFERENCE", "Note", "Open", "receivers"]

REFERENCE = "on the connection"

_TEXT = "The quick brown fox jumps over the lazy dog. " * 4


class Note(msgspec.Struct, frozen=True, tag="note"):
    """What is heard, whichever way it is carried."""

    context: str
    part: str
    text: str


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Opens a channel."""

    context: str = "c"


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Opens a channel within a channel, or answers an opening."""

    context: str = "c"
    part: str = "p"


class Spare(msgspec.Struct, frozen=True, tag="spare"):
    """Never said: with it, there are as many kinds to tell apart everywhere."""


def receivers(count: int) -> dict[str, Callable[[], None]]:
    """Each hears that many notes."""
    note = server_says(Note, "")
    opening = client_says(Open, "")
    begin = server_says(Begin, "")
    inside = ConnectionLifecycle(initialize=opening, server_messages=[note])
    part = Channel(
        id="Part",
        key="part",
        lifecycle=ConnectionLifecycle(initialize=begin, server_messages=[note]),
    )
    nested = ConnectionLifecycle(initialize=opening, channels=[part])
    answered = ConnectionLifecycle(
        initialize=[opening, OpeningStep(server_says(Begin, "", answers="Open"))],
        server_messages=[note],
    )
    plain = ConnectionLifecycle(streaming_messages=[opening], server_messages=[note, begin])
    return {
        REFERENCE: _hears(plain, count, []),
        "on a channel": _hears(_carried(inside, "context"), count, []),
        "on a channel that its answer named": _hears(
            _carried(answered, ChannelKey(server="context")), count, [Begin()]
        ),
        "on a channel within a channel": _hears(_carried(nested, "context"), count, [Begin()]),
    }


def _carried(lifecycle: ConnectionLifecycle, key: str | ChannelKey) -> ConnectionLifecycle:
    context = Channel(id="Context", key=key, lifecycle=lifecycle)
    return ConnectionLifecycle(server_messages=[server_says(Spare, "")], channels=[context])


def _hears(
    lifecycle: ConnectionLifecycle, count: int, before: list[msgspec.Struct]
) -> Callable[[], None]:
    endpoint = compile_endpoint(only(lifecycle))
    said = [msgspec.json.encode(one) for one in before]
    said += [msgspec.json.encode(Note("c", "p", _TEXT))] * count

    def hear() -> None:
        session = Session(endpoint, Side.CLIENT)
        session.send(Open())
        for payload in said:
            event = session.receive(payload, is_text=True)
            if not isinstance(event, Message):
                raise AssertionError(f"{event} instead of a message")

    return hear
