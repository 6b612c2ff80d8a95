"""Random lifecycles, and small ones written by hand, for tests of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from schematic import (
    AuthStrategy,
    BoundEndpoint,
    Channel,
    ConnectionLifecycle,
    KeyReuse,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)

NO_AUTH = AuthStrategy.none()
DIRECTIONS = {
    Side.CLIENT: MessageDirection.CLIENT_TO_SERVER,
    Side.SERVER: MessageDirection.SERVER_TO_CLIENT,
}


@cache
def body_of(name: str) -> type[msgspec.Struct]:
    """A body type whose tag is ``name``: random lifecycles never decode alike."""
    return msgspec.defstruct(
        name, [("number", int, 0)], tag_field="type", tag=name, frozen=True, module=__name__
    )


@cache
def keyed_body_of(name: str) -> type[msgspec.Struct]:
    """The same for a message of a channel, whose key is the field ``key``."""
    return msgspec.defstruct(
        name, [("key", str, "a")], tag_field="type", tag=name, frozen=True, module=__name__
    )


def message(name: str, side: Side | None, **flags: Any) -> MessageSchema:
    """A message called ``name``; ``side`` None means both directions."""
    direction = MessageDirection.BIDIRECTIONAL if side is None else DIRECTIONS[side]
    return MessageSchema(id=name, direction=direction, schema=Schema(body_of(name)), **flags)


def keyed(name: str, side: Side | None, **flags: Any) -> MessageSchema:
    """A message of a channel, called ``name``; ``side`` None means both directions."""
    direction = MessageDirection.BIDIRECTIONAL if side is None else DIRECTIONS[side]
    return MessageSchema(id=name, direction=direction, schema=Schema(keyed_body_of(name)), **flags)


def bound(
    lifecycle: ConnectionLifecycle,
    *,
    auth: AuthStrategy = NO_AUTH,
    subprotocols: str | Sequence[str] = (),
) -> BoundEndpoint:
    """``lifecycle`` as the only endpoint of an API."""
    endpoint = WebSocketEndpoint(
        id="Only", path="/only", subprotocols=subprotocols, lifecycle=lifecycle
    )
    api = WebSocketApi(name="Example", base_url="ws://127.0.0.1", auth=auth, endpoints=[endpoint])
    return api.endpoint("Only")


@st.composite
def opening_steps(draw: st.DrawFn) -> tuple[OpeningStep, ...]:
    """Up to three steps of one or two choices, some informative, few refusing."""
    steps = []
    for number in range(draw(st.integers(0, 3))):
        side = draw(st.sampled_from(Side))
        choices = [
            message(
                f"O{number}{choice}",
                side,
                repeatable=draw(st.booleans()),
                final=draw(st.integers(0, 5)) == 0,
            )
            for choice in "ab"[: draw(st.integers(1, 2))]
        ]
        steps.append(OpeningStep(*choices, gating=draw(st.booleans())))
    return tuple(steps)


@st.composite
def lifecycles(draw: st.DrawFn) -> ConnectionLifecycle:
    """Any lifecycle that the model can say, with few enough messages to explore."""
    opening = draw(opening_steps())
    known = [choice.id for step in opening for choice in step.messages]
    names = [f"M{number}" for number in range(draw(st.integers(0, 5)))]
    close_side = draw(st.sampled_from([Side.CLIENT, Side.SERVER, None]))
    close = message("Close", close_side, repeatable=draw(st.booleans()))
    has_close = draw(st.booleans())
    pool = [*known, *names, *(["Close"] if has_close else [])]
    streaming: list[MessageSchema] = []
    server: list[MessageSchema] = []
    for name in names:
        side = draw(st.sampled_from([Side.CLIENT, Side.SERVER, None]))
        ambient = draw(st.integers(0, 3)) == 0
        made = message(
            name,
            side,
            repeatable=draw(st.booleans()),
            final=draw(st.integers(0, 4)) == 0,
            ambient=ambient,
            after_end=ambient and draw(st.booleans()),
            after=tuple(draw(st.lists(st.sampled_from(pool), max_size=1))),
        )
        (server if side is Side.SERVER else streaming).append(made)
    return ConnectionLifecycle(
        initialize=opening,
        streaming_messages=streaming,
        close=close if has_close else None,
        server_messages=server,
    )


@st.composite
def channels(draw: st.DrawFn, name: str = "K") -> Channel:
    """A channel whose key is the field ``key``; without races, so that peers never disagree."""
    opener = draw(st.sampled_from(Side))
    sides = st.sampled_from([Side.CLIENT, Side.SERVER, None])
    streaming: list[MessageSchema] = []
    server: list[MessageSchema] = []
    for number in range(draw(st.integers(0, 3))):
        side = draw(sides)
        final = draw(st.integers(0, 2)) == 0
        made = keyed(f"{name}{number}", side, repeatable=draw(st.booleans()), final=final)
        (server if side is Side.SERVER else streaming).append(made)
    close = keyed(f"{name}close", draw(sides), ends_both=draw(st.booleans()))
    has_close = draw(st.booleans())
    opening = OpeningStep(keyed(f"{name}open", opener))
    reuse = KeyReuse.NEVER if has_close and close.ends_both else KeyReuse.AFTER_BOTH_ENDED
    return Channel(
        id=f"Channel{name}",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=[opening],
            streaming_messages=streaming,
            close=close if has_close else None,
            server_messages=server,
        ),
        max_open=draw(st.sampled_from([None, 1, 2])),
        reuse=draw(st.sampled_from([KeyReuse.NEVER, reuse])),
    )


@st.composite
def channelled(draw: st.DrawFn) -> ConnectionLifecycle:
    """A lifecycle with one or two kinds of channels."""
    plain = draw(lifecycles())
    kinds = [draw(channels("K")), *([draw(channels("L"))] if draw(st.booleans()) else [])]
    return replace(plain, channels=kinds)
