"""Replies that are said by themselves must fit the questions, and never go on for ever."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.define.errors import DefinitionError
from schematic.define.lifecycle import ConnectionLifecycle
from schematic.define.messages import MessageSchema
from schematic.define.sides import Side

__all__ = ["check_replies"]


def check_replies(lifecycle: ConnectionLifecycle) -> None:
    """Raise `DefinitionError` if an automatic reply of ``lifecycle`` cannot be one."""
    known = {message.id: message for message in lifecycle.messages}
    answered: dict[tuple[Side, str], str] = {}
    for message in lifecycle.messages:
        if message.replies is None:
            continue
        for problem in _problems(lifecycle, message, known):
            raise DefinitionError(problem, place=(f"{message.id}.replies",))
        for side in message.direction.senders:
            for name in message.replies.questions:
                other = answered.setdefault((side, name), message.id)
                if other != message.id:
                    raise DefinitionError(
                        f"{other} replies to {name} already", place=(f"{message.id}.replies",)
                    )
    for index, channel in enumerate(lifecycle.channels):
        for message in channel.lifecycle.messages:
            if message.replies is not None:
                raise DefinitionError(
                    f"{message.id} is on a channel; only messages of the connection are said by "
                    "themselves",
                    place=(f"channels[{index}].lifecycle",),
                )


def _problems(
    lifecycle: ConnectionLifecycle, message: MessageSchema, known: dict[str, MessageSchema]
) -> Iterator[str]:
    assert message.replies is not None
    if message.ends or message == lifecycle.close:
        yield "a message that ends its sender's half is not said by itself"
    for name in message.replies.questions:
        question = known.get(name)
        if question is None:
            yield f"{name!r} is not a message of this lifecycle"
        elif question.replies is not None:
            yield f"{name} is a reply itself, so two sides could go on for ever"
        else:
            for side in message.direction.senders:
                if side.other not in question.direction.senders:
                    yield f"{name!r} is not the {side.other.value}'s to say"
