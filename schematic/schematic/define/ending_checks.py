"""What a lifecycle says about the end of a connection must fit the messages that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schematic.define.breaches import Breach, OnBreach
from schematic.define.checks import attribute
from schematic.define.closing import Closing
from schematic.define.errors import DefinitionError
from schematic.define.lifecycle import ConnectionLifecycle
from schematic.define.messages import MessageSchema
from schematic.define.sides import Side

__all__ = ["check_ending"]


def check_ending(lifecycle: ConnectionLifecycle) -> None:
    """Raise `DefinitionError` if ``lifecycle`` contradicts itself about how connections end."""
    with attribute("closing"):
        lifecycle.closing.check()
    for message in lifecycle.messages:
        if message.closes is not None and not message.ends and message != lifecycle.close:
            raise DefinitionError(
                f"the sender of {message.id} closes next, so it says nothing more: set final=True",
                place=(f"{message.id}.final",),
            )
    for place, problem in (
        *_problems_of_rules(lifecycle),
        *_problems_of_timers(lifecycle),
        *_problems_on_channels(lifecycle),
    ):
        raise DefinitionError(problem, place=(place,))


def _problems_of_rules(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    said = {
        side: {
            message.id: message
            for message in (*lifecycle.messages, *lifecycle.carried(side))
            if side in message.direction.senders
        }
        for side in Side
    }
    for index, rule in enumerate(lifecycle.on_breach):
        for field, problem in (*rule.problems(), *_misfits(rule, lifecycle, said)):
            yield f"on_breach[{index}].{field}", problem


def _problems_of_timers(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    known = {message.id: message for message in lifecycle.messages}
    for index, timer in enumerate(lifecycle.timers):
        message = None if timer.message is None else known.get(timer.message)
        if message is not None and not _is_body(message, timer.body):
            yield f"timers[{index}].body", f"it is no {message.schema.name}"


def _misfits(
    rule: OnBreach, lifecycle: ConnectionLifecycle, said: Mapping[Side, Mapping[str, MessageSchema]]
) -> Iterator[tuple[str, str]]:
    """What a rule about breaches says of messages that are not as it says."""
    own = {message.id for message in lifecycle.messages}
    foreign = all(breach is Breach.FOREIGN for breach in rule.breaches)
    for side in Side if rule.by is None else (rule.by,):
        known = said[side.other] if foreign else said[side]
        for name in rule.messages:
            if name not in known:
                yield "messages", f"the {side.value} has no message {name!r}"
        answer = None if rule.says is None else said[side.other].get(rule.says)
        if rule.says is not None and answer is None:
            yield "says", f"the {side.other.value} has no message {rule.says!r}"
        elif answer is not None and answer.id not in own:
            yield "says", f"{answer.id!r} is a message of a channel"
        elif answer is not None and not _is_body(answer, rule.body):
            yield "body", f"it is no {answer.schema.name}"


def _is_body(message: MessageSchema, body: object) -> bool:
    """Whether ``body`` can be the body of ``message``, as far as its type tells."""
    kind: Any = message.schema.body
    return body is None or not isinstance(kind, type) or isinstance(body, kind)


def _problems_on_channels(lifecycle: ConnectionLifecycle) -> Iterator[tuple[str, str]]:
    for index, channel in enumerate(lifecycle.channels):
        inside = channel.lifecycle
        if inside.on_breach:
            yield f"channels[{index}].lifecycle.on_breach", "these rules belong to the connection"
        if inside.closing != Closing():
            yield f"channels[{index}].lifecycle.closing", "close codes belong to the connection"
        for message in inside.messages:
            if message.closes is not None:
                problem = f"{message.id} closes the connection, so it is no message of a channel"
                yield f"channels[{index}].lifecycle", problem
