"""What a lifecycle may not say of itself: `check_lifecycle`.

The types say what there is; here, and in the modules of which this one is the front, is what does
not go together.
"""

from __future__ import annotations

from schematic.define.channel_checks import channel_problems, refusal_problem
from schematic.define.ending_checks import check_ending
from schematic.define.errors import DefinitionError
from schematic.define.lifecycle import Channel, ConnectionLifecycle
from schematic.define.messages import MessageSchema
from schematic.define.reply_checks import check_replies
from schematic.define.sides import Side

__all__ = ["check_lifecycle"]


def check_lifecycle(lifecycle: ConnectionLifecycle) -> None:
    """Raise `DefinitionError` if ``lifecycle`` contradicts itlifecycle.

    `WebSocketApi` checks the lifecycles of its endpoints when it is constructed, and the
    compiler checks what it is given; there is no need to call this by hand.
    """
    for index, step in enumerate(lifecycle.opening):
        try:
            step.check()
        except DefinitionError as error:
            raise error.within(f"initialize[{index}]") from None
    _check_directions(lifecycle)
    _check_ids(lifecycle)
    for place, message in lifecycle.listed():
        try:
            message.check()
        except DefinitionError as error:
            raise DefinitionError(error.problem, place=(f"{place}.{error.place[0]}",)) from None
        _check_references(lifecycle, place, message)
    _check_channels(lifecycle)
    _check_timers(lifecycle)
    check_ending(lifecycle)
    check_replies(lifecycle)


def _check_references(lifecycle: ConnectionLifecycle, place: str, message: MessageSchema) -> None:
    if not (message.after or message.until):
        return
    known = {other.id: other for other in lifecycle.messages}
    for field, names in (("after", message.after), ("until", message.until)):
        for name in names:
            if name not in known:
                raise DefinitionError(
                    f"{name!r} is not a message of this lifecycle",
                    place=(f"{place}.{field}",),
                )
    for name in message.until:
        for side in message.direction.senders:
            if side.other not in known[name].direction.senders:
                raise DefinitionError(
                    f"{name!r} is not the {side.other.value}'s to say; what a side may not say "
                    "after its own message is a matter of its own half",
                    place=(f"{place}.until",),
                )


def _check_directions(lifecycle: ConnectionLifecycle) -> None:
    for field, messages, side in (
        ("streaming_messages", lifecycle.streaming_messages, Side.CLIENT),
        ("server_messages", lifecycle.server_messages, Side.SERVER),
    ):
        for index, message in enumerate(messages):
            if side not in message.direction.senders:
                raise DefinitionError(
                    f"{message.id} is {message.direction.value}, but this list holds what "
                    f"the {side.value} says",
                    place=(f"{field}[{index}].direction",),
                )
    if lifecycle.close is not None and lifecycle.close.ambient:
        raise DefinitionError("the close message cannot be ambient", place=("close.ambient",))


def _check_ids(lifecycle: ConnectionLifecycle) -> None:
    first: dict[str, tuple[str, MessageSchema]] = {}
    for place, message in lifecycle.listed():
        listing = place.rpartition("[")[0]
        earlier, known = first.setdefault(message.id, (place, message))
        if earlier == place:
            continue
        if known != message:
            raise DefinitionError(
                f"{message.id!r} is another message at {earlier}; give one another id",
                place=(f"{place}.id",),
            )
        if earlier.rpartition("[")[0] == listing or lifecycle.close in (known, message):
            raise DefinitionError(
                f"{message.id!r} is listed already at {earlier}", place=(f"{place}.id",)
            )


def _check_channels(lifecycle: ConnectionLifecycle) -> None:
    taken = {message.id: "the connection" for message in lifecycle.messages}
    for index, channel in enumerate(lifecycle.channels):
        place = f"channels[{index}]"
        try:
            _check_channel(channel)
        except DefinitionError as error:
            raise DefinitionError(error.problem, place=(f"{place}.{error.place[0]}",)) from None
        problem = refusal_problem(channel, lifecycle)
        if problem is not None:
            raise DefinitionError(problem, place=(f"{place}.refused_by",))
        for message in channel.messages:
            if message.id in taken:
                raise DefinitionError(
                    f"{message.id!r} is a message of {taken[message.id]} already",
                    place=(f"{place}.lifecycle",),
                )
            taken[message.id] = f"channel {channel.id}"
    names = [channel.id for channel in lifecycle.channels]
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(f"two channels are called {name!r}", place=("channels",))


def _check_timers(lifecycle: ConnectionLifecycle) -> None:
    known = {message.id: message for message in lifecycle.messages}
    for index, timer in enumerate(lifecycle.timers):
        place = f"timers[{index}]"
        try:
            timer.check()
        except DefinitionError as error:
            raise DefinitionError(error.problem, place=(f"{place}.{error.place[0]}",)) from None
        name = timer.message
        if name is not None and (
            name not in known or timer.owner not in known[name].direction.senders
        ):
            raise DefinitionError(
                f"the {timer.owner.value} has no message {name!r} outside of channels",
                place=(f"{place}.message",),
            )


def _check_channel(channel: Channel) -> None:
    for place, problem in channel_problems(channel):
        raise DefinitionError(problem, place=(place,))
    try:
        check_lifecycle(channel.lifecycle)
    except DefinitionError as error:
        raise DefinitionError(error.problem, place=(f"lifecycle.{error.place[0]}",)) from None
