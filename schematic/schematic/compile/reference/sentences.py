"""The order of messages in sentences: who opens, what may be said then, and what ends a half."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from schematic.compile.diagram.closing import notice_words
from schematic.compile.endpoint import compile_lifecycle
from schematic.compile.paths import explore
from schematic.define import ConnectionLifecycle, MessageSchema, OpeningStep, Side

__all__ = ["listed", "marks_of", "order_in_words"]

Name = Callable[[str], str]
"""How the id of a message is written."""

_FRAMES = {"binary": "JSON in a binary frame", "either": "JSON in a text or a binary frame"}


def order_in_words(
    lifecycle: ConnectionLifecycle, name: Name, *, on_channel: bool = False
) -> tuple[str, ...]:
    """The rules of a lifecycle, apart from its channels, one or two sentences each.

    Args:
        lifecycle: whose rules.
        name: writes the id of a message, such as a link to it.
        on_channel: whether it is a channel's, whose halves do not end with the WebSocket.
    """
    return tuple(_rules(lifecycle, name, on_channel))


def marks_of(
    lifecycle: ConnectionLifecycle, message: MessageSchema, name: Name = str
) -> tuple[str, ...]:
    """What saying a message means, and when it may be said, in a few words each."""
    return tuple(_marks(lifecycle, message, name))


def listed(names: Iterable[str], last: str = "and") -> str:
    """``A, B and C``."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


def _rules(lifecycle: ConnectionLifecycle, name: Name, on_channel: bool) -> Iterator[str]:
    for number, step in enumerate(lifecycle.opening):
        yield _step(step, number, name, on_channel)
    for side in Side:
        yield from _streaming(lifecycle, side, name)
    for side in Side:
        yield from _ends(lifecycle, side, name, on_channel)
    yield from _at_any_moment(lifecycle, name)


def _step(step: OpeningStep, number: int, name: Name, on_channel: bool) -> str:
    says = listed((name(message.id) for message in step.messages), "or")
    side = step.side.value
    if not step.gating:
        return (
            f"The {side}'s own first word is {says}. The {step.side.other.value} need not "
            "wait for it."
        )
    if on_channel and number == 0:
        return f"The {side} opens a channel with {says}."
    first = "first" if number == 0 else "then"
    return f"The {side} {first} says {says}. Until it has, nobody says anything else."


def _streaming(lifecycle: ConnectionLifecycle, side: Side, name: Name) -> Iterator[str]:
    said = [one for one in lifecycle.streaming(side) if not one.ends and not one.ambient]
    free = [one for one in said if not (one.after or one.until)]
    if free:
        how = ["in any order"] if len(free) > 1 else []
        how += ["as often as it likes"] if all(one.repeatable for one in free) else []
        manner = f", {listed(how)}" if how else ""
        yield f"The {side.value} may say {listed(map(_once(name), free))}{manner}."
    waiting: dict[tuple[str, ...], list[MessageSchema]] = {}
    for one in said:
        if one.after:
            waiting.setdefault(tuple(one.after), []).append(one)
    for after, messages in waiting.items():
        yield (
            f"The {side.value} may say {listed(map(_once(name), messages))} once "
            f"{_has_passed(after, name)}."
        )
    for one in said:
        if one.until:
            yield (
                f"The {side.value} says {name(one.id)} no more once it knows of "
                f"{listed(map(name, one.until), 'or')}."
            )


def _ends(
    lifecycle: ConnectionLifecycle, side: Side, name: Name, on_channel: bool
) -> Iterator[str]:
    last = [one for one in lifecycle.streaming(side) if one.ends and not one.ambient]
    if lifecycle.close is not None and side in lifecycle.close.direction.senders:
        last.insert(0, lifecycle.close)
    for one in last:
        when = f", once {_has_passed(one.after, name)}" if one.after else ""
        if one.ends_both:
            yield f"With {name(one.id)} the {side.value} ends it for both sides{when}."
        else:
            more = f" The {side.other.value} may go on." if _leaves(lifecycle, side, one) else ""
            yield f"{name(one.id)} is the {side.value}'s last word{when}.{more}"
    if not last and not on_channel:
        yield f"The {side.value} has no last word: its half ends with the WebSocket."


def _leaves(lifecycle: ConnectionLifecycle, side: Side, last: MessageSchema) -> bool:
    """Whether the other side may have something to say after ``last``, the ambient aside."""
    table = compile_lifecycle(lifecycle)
    marks = table.coupling() | table.stopping()
    return any(
        who is side.other and said not in table.ambient
        for state, _ in explore(table, table.start, marks=marks)
        if (move := table.legal(state, side, last.id)) is not None
        for who, said, _ in table.choices(table.after(state, side, move))
    )


def _at_any_moment(lifecycle: ConnectionLifecycle, name: Name) -> Iterator[str]:
    for side in Side:
        kinds: dict[str, list[str]] = {}
        for one in lifecycle.streaming(side):
            if one.ambient:
                condition = f" once {_has_passed(one.after, name)}" if one.after else ""
                ending = ", which is its last word" if one.ends else ""
                late = ", even after its last word" if one.after_end else ""
                said = name(one.id) if one.ends else _once(name)(one)
                kinds.setdefault(ending or late, []).append(said + condition)
        for how, names in kinds.items():
            yield f"At any moment the {side.value} may say {listed(names, 'or')}{how}."


def _marks(lifecycle: ConnectionLifecycle, message: MessageSchema, name: Name) -> Iterator[str]:
    if any(message in step.messages for step in lifecycle.opening):
        yield "opens"
    if message.ends_both:
        yield "ends both halves"
    elif message == lifecycle.close or message.final:
        yield "ends its sender's half"
    if message.closes is not None:
        yield notice_words(message.closes)
    if message.replies is not None:
        yield f"replies by itself to {listed(map(name, message.replies.questions))}"
    yield from _moments(message, name)
    if message.key:
        yield f"key in {message.key}"
    if message.outer_key:
        yield f"outer key in {message.outer_key}"
    if message.to_all:
        yield "without a key to all channels of its sender's"
    if message.schema.frame != "text":
        yield _FRAMES[message.schema.frame]


def _moments(message: MessageSchema, name: Name) -> Iterator[str]:
    """When a message may be said, and how often."""
    if message.ambient:
        yield "at any moment" + (", even after its sender's end" if message.after_end else "")
    if message.condition.terms:
        yield f"with {message.condition}"
    if not message.repeatable:
        yield "once"
    if message.after:
        yield f"after {listed(map(name, message.after))}"
    if message.until:
        yield f"until {listed(map(name, message.until), 'or')}"


def _once(name: Name) -> Callable[[MessageSchema], str]:
    return lambda message: name(message.id) + ("" if message.repeatable else " (once)")


def _has_passed(after: Sequence[str], name: Name) -> str:
    return f"{listed(map(name, after))} {'has' if len(after) == 1 else 'have'} passed"
