"""Fields that a description refers to by their paths have to exist in the bodies it means.

A path that leads nowhere would be accepted, and then silently do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schematic.compile.body_types import can_say, holds
from schematic.define import Channel, ConnectionLifecycle, DefinitionError, MessageSchema

__all__ = ["check_fields"]


def check_fields(lifecycle: ConnectionLifecycle) -> None:
    """Raise `DefinitionError` if ``lifecycle`` names a field that a body does not have.

    Of a body that is a bare name, or holds any names, nothing is known, so nothing is said.
    """
    for place, problem in _problems(lifecycle):
        raise DefinitionError(problem, place=(place,))


def _problems(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    yield from _replies(lifecycle)
    yield from _notices(lifecycle)
    known = {message.id: message for message in lifecycle.messages}
    for index, rule in enumerate(lifecycle.on_breach):
        if rule.says is not None and rule.body is None:
            yield from _silent(f"on_breach[{index}].body", known[rule.says])
    yield from _timers(lifecycle)
    for index, channel in enumerate(lifecycle.channels):
        place = f"channels[{index}]"
        for field, problem in (*_keys(channel), *_refusal(channel, known)):
            yield f"{place}.{field}", problem
        for field, problem in _timers(channel.lifecycle, channel):
            yield f"{place}.lifecycle.{field}", problem


def _replies(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    known = {message.id: message for message in lifecycle.messages}
    for place, message in lifecycle.listed():
        if message.replies is None:
            continue
        questions = [known[name] for name in message.replies.questions]
        for source, target in message.replies.fields:
            if not _holds(message, target):
                yield f"{place}.replies.copies", _no_field(message, target)
            elif not any(_holds(question, source) for question in questions):
                yield f"{place}.replies.copies", _no_field(questions[0], source)


def _notices(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    for place, message in lifecycle.listed():
        if message.closes is None:
            continue
        for field, path in (("code", message.closes.code), ("reason", message.closes.reason)):
            if isinstance(path, str) and not _holds(message, path):
                yield f"{place}.closes.{field}", _no_field(message, path)


def _timers(
    lifecycle: ConnectionLifecycle, channel: Channel | None = None
) -> Iterator[tuple[str, str]]:
    known = {message.id: message for message in lifecycle.messages}
    for index, timer in enumerate(lifecycle.timers):
        if timer.message is not None and timer.body is None:
            message = known[timer.message]
            key = None if channel is None else channel.keys.path(timer.owner)
            path = tuple(message.key.split(".")) if message.key else key
            yield from _silent(f"timers[{index}].body", message, path or ())


def _silent(
    place: str, message: MessageSchema, key: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """What is wrong with saying ``message`` without a body, apart from the key in it."""
    if not can_say(message.schema, key):
        yield place, f"{message.id} cannot be said without a body; give one"


def _keys(channel: Channel) -> Iterator[tuple[str, str]]:
    """Messages of ``channel`` that should have its key, and have no field for it."""
    inner = [(m, m.outer_key) for one in channel.lifecycle.channels for m in one.messages]
    spoken = [*((m, m.key) for m in channel.lifecycle.messages), *inner]
    lacking: list[tuple[str, str]] = []
    keyed = [(m, own) for m, own in spoken if channel.has_key(m) and not m.to_all]
    for message, own in keyed:
        for side in message.direction.senders:
            path = own or ".".join(channel.keys.path(side) or ())
            if not _holds(message, path):
                lacking.append(("key", _no_field(message, path)))
                break
    # Without a field for it a message goes to the channel of the default, if there is one.
    if channel.keys.default is None or len(lacking) == len(keyed):
        yield from lacking
    for index, one in enumerate(channel.lifecycle.channels):
        for field, problem in _keys(one):
            yield f"lifecycle.channels[{index}].{field}", problem


def _refusal(channel: Channel, known: dict[str, MessageSchema]) -> Iterator[tuple[str, str]]:
    refusal = channel.refused_by
    if refusal is None:
        return
    asked: Sequence[MessageSchema] = channel.lifecycle.opening[0].messages
    for field, path, messages in (
        ("names", refusal.names, (known[refusal.message],)),
        ("ticket", refusal.ticket, asked),
    ):
        if path is not None and not any(_holds(message, path) for message in messages):
            yield f"refused_by.{field}", _no_field(messages[0], path)


def _holds(message: MessageSchema, path: str) -> bool:
    return holds(message.schema, tuple(path.split(".")))


def _no_field(message: MessageSchema, path: str) -> str:
    return f"{message.id} has no field {path!r}"
