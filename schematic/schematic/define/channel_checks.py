"""What a `Channel` may not say of itself: one sentence for each contradiction."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.define.lifecycle import Channel, ConnectionLifecycle
from schematic.define.messages import MessageSchema
from schematic.define.sides import Side
from schematic.define.timers import TimerKind

__all__ = ["channel_problems", "refusal_problem"]


def channel_problems(channel: Channel) -> Iterator[tuple[str, str]]:
    """Each contradiction within ``channel``: the field at fault, and what is wrong."""
    if not channel.id.isidentifier() or channel.id.startswith("_"):
        yield "id", f"{channel.id!r} is not a channel id: use a Python identifier such as Context"
    if not all(all(channel.keys.path(side) or ("key",)) for side in Side):
        yield "key", "a key is the name of a field, or names joined by dots"
    if channel.keys.default is not None and None in map(channel.keys.path, Side):
        yield "key", "a default stands for a key that is missing, so both sides need a field for it"
    for field, most in (("max_open", channel.max_open), ("max_answered", channel.max_answered)):
        if most is not None and most < 1:
            yield field, f"{most} channels can never be open; use 1 or more, or None"
    if not channel.lifecycle.opening:
        yield "lifecycle.initialize", "a channel needs a message that opens it"
        return
    yield from _inside(channel)
    yield from _openings(channel)


def refusal_problem(channel: Channel, around: ConnectionLifecycle) -> str | None:
    """What is wrong with the message of the lifecycle ``around`` it that refuses ``channel``."""
    refusal = channel.refused_by
    if refusal is None:
        return None
    message = next((m for m in around.messages if m.id == refusal.message), None)
    if message is None:
        return f"{refusal.message!r} is not a message of the connection"
    if message.direction.senders != (channel.opener.other,):
        return f"{refusal.message!r} is not the {channel.opener.other.value}'s to say"
    return None


def _inside(channel: Channel) -> Iterator[tuple[str, str]]:
    """What a lifecycle may be on a connection, but not on a channel."""
    inside = channel.lifecycle
    if not inside.opening[0].gating:
        problem = "nothing is said on a channel before it is open, so its first step is gating"
        yield "lifecycle.initialize", problem
    if any(inner.lifecycle.channels for inner in inside.channels):
        yield "lifecycle.channels", "channels are nested once: these have channels of their own"
    yield from _timers(channel)
    for message in inside.messages:
        if message.ambient:
            yield "lifecycle", f"{message.id} is ambient, so it belongs to the connection"
        if message.to_all:
            yield from _to_all(channel, message)


def _timers(channel: Channel) -> Iterator[tuple[str, str]]:
    for index, timer in enumerate(channel.lifecycle.timers):
        place = f"lifecycle.timers[{index}].kind"
        if timer.kind not in (TimerKind.IDLE, TimerKind.KEEPALIVE, TimerKind.REPLY):
            yield place, f"a timer of kind {timer.kind.value} belongs to the connection"
        if timer.kind is TimerKind.KEEPALIVE and timer.message is None:
            yield place, "a channel is kept alive by a message; a ping is the connection's"
    for inner in channel.lifecycle.channels:
        if inner.lifecycle.timers:
            yield "lifecycle.channels", f"{inner.id} is within {channel.id}, which may have timers"


def _to_all(channel: Channel, message: MessageSchema) -> Iterator[tuple[str, str]]:
    """A message to all has to mean the same channels at both ends."""
    if channel.unasked:
        problem = "which is not clear where the other side opens some as well"
        yield "unasked", f"{message.id} goes to all that its sender opened, {problem}"
    if message.direction.senders != (channel.opener,):
        problem = f"only the {channel.opener.value} opens these"
        yield "lifecycle", f"{message.id} goes to all that its sender opened, but {problem}"


def _openings(channel: Channel) -> Iterator[tuple[str, str]]:
    """What the fields that refer to openings and answers may name."""
    inside = channel.lifecycle
    openings = {message.id for message in inside.opening[0].messages}
    answers = {message.id: message for message in inside.messages if message.answers}
    for message in answers.values():
        yield from _answer(channel, message, openings)
    if channel.unkeyed and not answers:
        problem = "it is opened without a key, so some message of the other side has to answer"
        yield "key", problem
    for field, names, known in (
        ("ignores", channel.ignores, {message.id for message in inside.messages}),
        ("unasked", channel.unasked, answers.keys()),
        ("uncounted", channel.uncounted, openings | answers.keys()),
    ):
        for name in sorted(set(names) - known):
            wanted = "a message" if field == "ignores" else "an opening or an answer"
            yield field, f"{name!r} is not {wanted} of this channel"
    yield from _unasked(channel) if channel.unkeyed else _only_without_key(channel)


def _only_without_key(channel: Channel) -> Iterator[tuple[str, str]]:
    for field, given in (
        ("max_answered", channel.max_answered),
        ("refused_by", channel.refused_by),
    ):
        if given is not None:
            yield field, "it is for channels that are opened without a key"
    other = channel.opener.other
    said = [message for message in channel.messages if other in message.direction.senders]
    if said and not any(map(channel.has_key, said)):
        yield "key", f"the {other.value} writes no key, so nobody could tell which one it is on"


def _unasked(channel: Channel) -> Iterator[tuple[str, str]]:
    if channel.unasked:
        for message in channel.lifecycle.streaming(channel.opener):
            if not channel.has_key(message):
                yield "unasked", f"{message.id} has no key, so nobody could tell which it is on"


def _answer(
    channel: Channel, message: MessageSchema, openings: set[str]
) -> Iterator[tuple[str, str]]:
    place = "lifecycle"
    if not channel.unkeyed:
        yield place, f"{message.id} answers nothing: these channels are opened by their key"
    if message.direction.senders != (channel.opener.other,):
        yield place, f"{message.id} is an answer, so it is the {channel.opener.other.value}'s"
    for name in message.answers:
        if name not in openings:
            yield place, f"{message.id} answers {name!r}, which does not open this channel"
