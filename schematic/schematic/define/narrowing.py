"""What an endpoint is on connections with certain parameters: some messages do not exist there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TypeAlias

from schematic.define.errors import DefinitionError
from schematic.define.lifecycle import ConnectionLifecycle
from schematic.define.messages import MessageSchema
from schematic.define.opening import OpeningStep
from schematic.define.params import ConnectionParam
from schematic.define.values import ParamType, ParamValue, SingleValue

__all__ = ["absent_with", "combinations", "without"]

_MOST_COMBINATIONS = 1024

_Choice: TypeAlias = tuple[str, SingleValue | None]
"""A parameter's value in words, and the value; None for any that no condition names."""


def absent_with(
    lifecycle: ConnectionLifecycle,
    params: Sequence[ConnectionParam],
    given: Mapping[str, object],
) -> frozenset[str]:
    """The ids of the messages that do not exist on a connection with the parameters ``given``.

    Args:
        lifecycle: where the messages are.
        params: the parameters that there are.
        given: values by name, or their texts; what is missing, or no such value, has its default.
    """
    conditional = [message for message in lifecycle.every_message if message.condition.terms]
    if not conditional:
        return frozenset()
    named = {name for message in conditional for name in message.condition.names}
    values = {
        param.name: value
        for param in params
        if param.name in named and (value := _value(param, given.get(param.name))) is not None
    }
    return _absent(conditional, params, values)


def without(lifecycle: ConnectionLifecycle, ids: frozenset[str]) -> ConnectionLifecycle:
    """``lifecycle`` without the messages ``ids``, and without what nobody can say any more.

    An opening step of which nothing is left is no step, a channel that nobody can open is none,
    a timer that would say a message that is not there does not run, and breaches are not answered
    with it, nor anything by itself. What a message waits for
    stays: that it does not exist is a fault of the description.
    """

    def kept(messages: Iterable[MessageSchema]) -> tuple[MessageSchema, ...]:
        return tuple(
            replace(
                one,
                until=tuple(name for name in one.until if name not in ids),
                answers=tuple(name for name in one.answers if name not in ids),
                replies=None if one.replies is None else one.replies.without(ids),
            )
            for one in messages
            if one.id not in ids and not (one.answers and ids.issuperset(one.answers))
        )

    steps = [OpeningStep(*kept(s.messages), gating=s.gating) for s in lifecycle.opening]
    close = kept(() if lifecycle.close is None else (lifecycle.close,))
    return replace(
        lifecycle,
        initialize=[step for step in steps if step.messages],
        streaming_messages=kept(lifecycle.streaming_messages),
        close=close[0] if close else None,
        server_messages=kept(lifecycle.server_messages),
        channels=[
            replace(
                channel,
                lifecycle=without(channel.lifecycle, ids),
                ignores=[name for name in channel.ignores if name not in ids],
                unasked=[name for name in channel.unasked if name not in ids],
                uncounted=[name for name in channel.uncounted if name not in ids],
                refused_by=refusal if refusal and refusal.message not in ids else None,
            )
            for channel in lifecycle.channels
            for refusal in [channel.refused_by]
            if kept(channel.lifecycle.opening[0].messages)
        ],
        timers=[timer for timer in lifecycle.timers if timer.message not in ids],
        on_breach=[rule for one in lifecycle.on_breach if (rule := one.without(ids)) is not None],
    )


def combinations(
    lifecycle: ConnectionLifecycle, params: Sequence[ConnectionParam]
) -> dict[frozenset[str], str]:
    """What may be absent together, each with the parameters that make it so, in words.

    Empty where all messages exist on every connection.

    Raises:
        DefinitionError: there are more combinations of values than anybody could look at.
    """
    conditional = [message for message in lifecycle.every_message if message.condition.terms]
    mentioned: dict[str, list[SingleValue]] = {}
    for message in conditional:
        for name, values in message.condition.resolved(params).terms:
            mentioned.setdefault(name, []).extend(values)
    known = {param.name: param for param in params}
    choices = [_choices(known[name], values) for name, values in mentioned.items()]
    count = 1
    for some in choices:
        count *= len(some)
    if count > _MOST_COMBINATIONS:
        raise DefinitionError(
            f"which messages exist depends on {count} combinations of values; "
            f"{_MOST_COMBINATIONS} is the limit"
        )
    found: dict[frozenset[str], str] = {}
    for combination in product(*choices) if conditional else ():
        words = " and ".join(word for word, _ in combination)
        pairs = zip(mentioned, combination, strict=True)
        chosen = {name: value for name, (_, value) in pairs if value is not None}
        found.setdefault(_absent(conditional, params, chosen), words)
    return found


def _choices(param: ConnectionParam, mentioned: Sequence[SingleValue]) -> tuple[_Choice, ...]:
    """The values of one parameter that make a difference, and one that stands for all others."""
    values = list(dict.fromkeys(mentioned))
    said = tuple((f"{param.name}={param.text(value)}", value) for value in values)
    all_values = [True, False] if param.param_type is ParamType.BOOLEAN else param.choices
    others = [value for value in all_values if value not in values]
    if others:
        return (*said, (f"{param.name}={param.text(others[0])}", None))
    may_be_missing = not param.required and param.default is None
    if all_values and not may_be_missing:
        return said
    word = f"no {param.name}" if may_be_missing else f"another {param.name}"
    return (*said, (word, None))


def _absent(
    messages: Iterable[MessageSchema],
    params: Sequence[ConnectionParam],
    values: Mapping[str, ParamValue],
) -> frozenset[str]:
    return frozenset(
        message.id
        for message in messages
        if not message.condition.resolved(params).holds(values, ())
    )


def _value(param: ConnectionParam, given: object) -> ParamValue | None:
    if given is None:
        return param.default
    try:
        return param.value(given)
    except ValueError:
        return param.default
