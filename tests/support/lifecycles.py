"""Random lifecycles, and small ones written by hand, for tests of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from schematic import (
    AuthStrategy,
    BoundEndpoint,
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    ConnectionParam,
    KeyReuse,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    ParamType,
    Refusal,
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
    """The same for a message of a channel, whose key is the field ``key``.

    That of a channel within a channel is the field ``inner``, or its outer one's ``outer``.
    """
    fields = [(field, str | UnsetType, UNSET) for field in ("key", "inner", "outer")]
    return msgspec.defstruct(name, fields, tag_field="type", tag=name, frozen=True, module=__name__)


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
    """``lifecycle`` as the only endpoint of an API, with the parameters that its timers name."""
    names = dict.fromkeys(timer.param for timer in lifecycle.every_timer if timer.param)
    endpoint = WebSocketEndpoint(
        id="Only",
        path="/only",
        connection_params=[
            ConnectionParam(name=name, param_type=ParamType.FLOAT) for name in names
        ],
        subprotocols=subprotocols,
        lifecycle=lifecycle,
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
def said_on_channels(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Up to three messages of a channel, as a lifecycle lists them."""
    found: dict[str, Any] = {"streaming_messages": [], "server_messages": []}
    for number in range(draw(st.integers(0, 3))):
        side = draw(st.sampled_from([Side.CLIENT, Side.SERVER, None]))
        final = draw(st.integers(0, 2)) == 0
        made = keyed(f"{name}{number}", side, repeatable=draw(st.booleans()), final=final)
        found["server_messages" if side is Side.SERVER else "streaming_messages"].append(made)
    return found


@st.composite
def channels(draw: st.DrawFn, name: str = "K", *, nested: bool = True) -> Channel:
    """A channel whose key is the field ``key``; without races, so that peers never disagree."""
    opener = draw(st.sampled_from(Side))
    said = draw(said_on_channels(name))
    close = keyed(
        f"{name}close",
        draw(st.sampled_from([Side.CLIENT, Side.SERVER, None])),
        ends_both=draw(st.booleans()),
    )
    has_close = draw(st.booleans())
    reuse = KeyReuse.NEVER if has_close and close.ends_both else KeyReuse.AFTER_BOTH_ENDED
    if draw(st.integers(0, 3)) == 0:
        said["streaming_messages" if opener is Side.CLIENT else "server_messages"].append(
            keyed(f"{name}all", opener, to_all=True, final=draw(st.booleans()))
        )
    inner = draw(channels(f"{name}i", nested=False)) if nested and draw(st.booleans()) else None
    return Channel(
        id=f"Channel{name}",
        key="key" if nested else "inner",
        lifecycle=ConnectionLifecycle(
            initialize=[OpeningStep(keyed(f"{name}open", opener))],
            close=close if has_close else None,
            channels=() if inner is None else (inner,),
            **said,
        ),
        max_open=draw(st.sampled_from([None, 1, 2])),
        reuse=draw(st.sampled_from([KeyReuse.NEVER, reuse])),
    )


@st.composite
def asked_channels(draw: st.DrawFn, name: str) -> Channel:
    """A channel that is opened without a key; the answer brings one, or nobody ever does."""
    opener = draw(st.sampled_from(Side))
    with_keys = draw(st.booleans())
    unasked = draw(st.booleans())
    openings = [f"{name}ask{n}" for n in range(draw(st.integers(1, 2)))]
    answers = [
        keyed(f"{name}answer{n}", opener.other, answers=opening)
        for n, opening in enumerate(openings)
    ]
    said = draw(said_on_channels(name))
    if unasked:  # then what the opener says on it has to have a key, which it never learns here
        said["streaming_messages"] = [
            m for m in said["streaming_messages"] if opener not in m.direction.senders
        ]
        said["server_messages"] = [
            m for m in said["server_messages"] if opener not in m.direction.senders
        ]
    steps = [
        OpeningStep(*(keyed(opening, opener) for opening in openings)),
        OpeningStep(*answers, gating=draw(st.booleans())),
    ]
    other = {"client" if opener is Side.SERVER else "server": "key"} if with_keys else {}
    limit = draw(st.sampled_from([None, 1, 2]))
    return Channel(
        id=f"Channel{name}",
        key=ChannelKey(**other),
        lifecycle=ConnectionLifecycle(initialize=steps, **said),
        max_open=limit,
        max_answered=draw(st.sampled_from([None, 1])),
        unasked=[answers[0].id] if unasked else [],
        uncounted=[openings[-1], answers[-1].id] if draw(st.booleans()) else [],
        reuse=KeyReuse.NEVER,
    )


@st.composite
def channelled(draw: st.DrawFn, *, nested: bool = True) -> ConnectionLifecycle:
    """A lifecycle with one or two kinds of channels, perhaps ``nested`` ones."""
    plain = draw(lifecycles())
    kinds = [draw(channels(name)) for name in ("K", "L")[: draw(st.integers(1, 2))]]
    if not nested:
        kinds = [replace(k, lifecycle=replace(k.lifecycle, channels=())) for k in kinds]
    return replace(plain, channels=kinds)


@st.composite
def asked(draw: st.DrawFn) -> ConnectionLifecycle:
    """A lifecycle with channels that are opened without a key, and perhaps refused."""
    plain = draw(lifecycles())
    kind = draw(asked_channels("K"))
    if not draw(st.booleans()):
        return replace(plain, channels=[kind])
    refuse = message("Refuse", kind.opener.other, ambient=True)
    # Which opening was meant is anybody's guess, so nothing may depend on it.
    ask, answer = kind.lifecycle.opening
    opening = [ask, OpeningStep(*answer.messages, gating=False)]
    kind = replace(kind, lifecycle=replace(kind.lifecycle, initialize=opening))
    listed = "streaming_messages" if kind.opener is Side.SERVER else "server_messages"
    said: dict[str, Any] = {listed: [*getattr(plain, listed), refuse]}
    return replace(plain, channels=[replace(kind, refused_by=Refusal(message="Refuse"))], **said)


LOGIN = ConnectionLifecycle(
    initialize=(
        OpeningStep(message("Hello", Side.CLIENT)),
        OpeningStep(message("Challenge", Side.SERVER)),
        OpeningStep(message("Answer", Side.CLIENT)),
        OpeningStep(message("Welcome", Side.SERVER)),
    ),
    streaming_messages=(message("Say", Side.CLIENT), message("Ping", Side.CLIENT, ambient=True)),
    server_messages=(message("Heard", Side.SERVER), message("Note", Side.SERVER, ambient=True)),
)
"""Nobody streams before the client has answered the server's challenge and was welcomed."""
