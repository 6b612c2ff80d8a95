"""`ConnectionLifecycle`: which messages an open connection carries, and in what order.

A `Channel` is a lifecycle with a key, so it lives here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schematic.define.breaches import Breach, OnBreach
from schematic.define.channels import ChannelKey, KeyReuse
from schematic.define.closing import Closing
from schematic.define.ending_checks import check_ending
from schematic.define.errors import DefinitionError
from schematic.define.messages import MessageSchema, Side
from schematic.define.opening import OpeningStep
from schematic.define.reply_checks import check_replies
from schematic.define.timers import Timer

__all__ = ["Channel", "ConnectionLifecycle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLifecycle:
    """The order of messages on one connection: initialize, then stream, then close.

    Attributes:
        initialize: what opens the conversation: nothing, one message, or several steps in order.
            A message alone is a gating step; see `OpeningStep` for choices and greetings.
        streaming_messages: what the client may say once the opening is done, in any order.
        close: the message that ends its sender's half while the other side goes on.
        server_messages: what the server may say once the opening is done, in any order.
        channels: keyed conversations of their own within the streaming.
        timers: how long which side waits, and how often it keeps the connection alive.
        closing: who closes the WebSocket, and what the close codes mean.
        on_breach: how breaches are answered; of several that fit, the first.
    """

    initialize: MessageSchema | OpeningStep | Sequence[MessageSchema | OpeningStep] | None = None
    streaming_messages: Sequence[MessageSchema] = ()
    close: MessageSchema | None = None
    server_messages: Sequence[MessageSchema] = ()
    channels: Sequence[Channel] = ()
    timers: Sequence[Timer] = ()
    closing: Closing = Closing()  # noqa: RUF009  # frozen
    on_breach: Sequence[OnBreach] = ()

    def __post_init__(self) -> None:
        if isinstance(self.initialize, Sequence):
            object.__setattr__(self, "initialize", tuple(self.initialize))
        object.__setattr__(self, "streaming_messages", tuple(self.streaming_messages))
        object.__setattr__(self, "server_messages", tuple(self.server_messages))
        object.__setattr__(self, "channels", tuple(self.channels))
        object.__setattr__(self, "timers", tuple(self.timers))
        object.__setattr__(self, "on_breach", tuple(self.on_breach))

    @property
    def opening(self) -> tuple[OpeningStep, ...]:
        """The opening as a sequence of steps, whichever way it was written."""
        if self.initialize is None:
            return ()
        steps = self.initialize if isinstance(self.initialize, Sequence) else (self.initialize,)
        return tuple(s if isinstance(s, OpeningStep) else OpeningStep(s) for s in steps)

    @property
    def messages(self) -> tuple[MessageSchema, ...]:
        """Every kind of message outside of channels, each once, in order of appearance."""
        return tuple(dict.fromkeys(message for _, message in self._listed()))

    @property
    def every_message(self) -> tuple[MessageSchema, ...]:
        """Every kind of message, those of channels included, each once."""
        carried = (one for channel in self.channels for one in channel.lifecycle.every_message)
        return tuple(dict.fromkeys((*self.messages, *carried)))

    def streaming(self, side: Side) -> tuple[MessageSchema, ...]:
        """What ``side`` may say while streaming, the close message excepted, each once."""
        listed = (*self.streaming_messages, *self.server_messages)
        return tuple(dict.fromkeys(m for m in listed if side in m.direction.senders))

    def carried(self, side: Side) -> tuple[MessageSchema, ...]:
        """What ``side`` may say on channels, each once."""
        return tuple(
            message
            for channel in self.channels
            for message in channel.lifecycle.messages
            if side in message.direction.senders
        )

    def answer_to(self, by: Side, breach: Breach, message: str) -> OnBreach | None:
        """How the other side answers ``breach``, if that is described.

        Args:
            by: who has committed it.
            breach: what it is.
            message: the id of the message with which it was committed; empty for none.
        """
        fitting = (rule for rule in self.on_breach if rule.answers(by, breach, message))
        return next(fitting, None)

    def check(self) -> None:
        """Raise `DefinitionError` if the lifecycle contradicts itself.

        `WebSocketApi` checks the lifecycles of its endpoints when it is constructed, and the
        compiler checks what it is given; there is no need to call this by hand.
        """
        for index, step in enumerate(self.opening):
            try:
                step.check()
            except DefinitionError as error:
                raise error.within(f"initialize[{index}]") from None
        self._check_directions()
        self._check_ids()
        for place, message in self._listed():
            try:
                message.check()
            except DefinitionError as error:
                raise DefinitionError(error.problem, place=(f"{place}.{error.place[0]}",)) from None
            self._check_references(place, message)
        self._check_channels()
        self._check_timers()
        check_ending(self)
        check_replies(self)

    def _listed(self) -> Iterator[tuple[str, MessageSchema]]:
        """Every listed message with the place where it stands."""
        for number, step in enumerate(self.opening):
            for index, message in enumerate(step.messages):
                yield f"initialize[{number}][{index}]", message
        for index, message in enumerate(self.streaming_messages):
            yield f"streaming_messages[{index}]", message
        if self.close is not None:
            yield "close", self.close
        for index, message in enumerate(self.server_messages):
            yield f"server_messages[{index}]", message

    def _check_references(self, place: str, message: MessageSchema) -> None:
        if not (message.after or message.until):
            return
        known = {other.id: other for other in self.messages}
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

    def _check_directions(self) -> None:
        for field, messages, side in (
            ("streaming_messages", self.streaming_messages, Side.CLIENT),
            ("server_messages", self.server_messages, Side.SERVER),
        ):
            for index, message in enumerate(messages):
                if side not in message.direction.senders:
                    raise DefinitionError(
                        f"{message.id} is {message.direction.value}, but this list holds what "
                        f"the {side.value} says",
                        place=(f"{field}[{index}].direction",),
                    )
        if self.close is not None and self.close.ambient:
            raise DefinitionError("the close message cannot be ambient", place=("close.ambient",))

    def _check_ids(self) -> None:
        first: dict[str, tuple[str, MessageSchema]] = {}
        for place, message in self._listed():
            listing = place.rpartition("[")[0]
            earlier, known = first.setdefault(message.id, (place, message))
            if earlier == place:
                continue
            if known != message:
                raise DefinitionError(
                    f"{message.id!r} is another message at {earlier}; give one another id",
                    place=(f"{place}.id",),
                )
            if earlier.rpartition("[")[0] == listing or self.close in (known, message):
                raise DefinitionError(
                    f"{message.id!r} is listed already at {earlier}", place=(f"{place}.id",)
                )

    def _check_channels(self) -> None:
        taken = {message.id: "the connection" for message in self.messages}
        for index, channel in enumerate(self.channels):
            place = f"channels[{index}]"
            try:
                channel.check()
            except DefinitionError as error:
                raise DefinitionError(error.problem, place=(f"{place}.{error.place[0]}",)) from None
            for message in channel.lifecycle.messages:
                if message.id in taken:
                    raise DefinitionError(
                        f"{message.id!r} is a message of {taken[message.id]} already",
                        place=(f"{place}.lifecycle",),
                    )
                taken[message.id] = f"channel {channel.id}"
        names = [channel.id for channel in self.channels]
        for name in names:
            if names.count(name) > 1:
                raise DefinitionError(f"two channels are called {name!r}", place=("channels",))

    def _check_timers(self) -> None:
        known = {message.id: message for message in self.messages}
        for index, timer in enumerate(self.timers):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A lifecycle of its own for each key: contexts, operations, requests, responses.

    The channel's opening opens it, and belongs to one side. Its two halves end apart: late
    messages of the other side need no rule. All of it happens while the connection is streaming,
    and whoever ends its half of the connection ends its half of every channel.

    Attributes:
        id: what reports call it, a Python identifier such as ``Context``.
        description: one or two sentences for people.
        key: where the key is written: one field name for both sides, or a `ChannelKey`.
        lifecycle: the messages of the channel and their order; its first opening step opens it.
        max_open: how many may be open at once; None means any number.
        reuse: when a key may be used again.
        ignores: ids of messages that are no breach where no channel of their key is open: a
            ``complete`` that crossed the other side's.
    """

    id: str
    description: str = ""
    key: str | ChannelKey
    lifecycle: ConnectionLifecycle
    max_open: int | None = None
    reuse: KeyReuse = KeyReuse.AFTER_BOTH_ENDED
    ignores: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ignores", tuple(self.ignores))

    @property
    def keys(self) -> ChannelKey:
        """The key, whichever way it was written."""
        if isinstance(self.key, ChannelKey):
            return self.key
        return ChannelKey(client=self.key, server=self.key)

    @property
    def opener(self) -> Side:
        """The side that opens channels of this kind."""
        return self.lifecycle.opening[0].side

    def check(self) -> None:
        """Raise `DefinitionError` if the channel contradicts itself."""
        for place, problem in self._problems():
            raise DefinitionError(problem, place=(place,))
        try:
            self.lifecycle.check()
        except DefinitionError as error:
            raise DefinitionError(error.problem, place=(f"lifecycle.{error.place[0]}",)) from None

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not self.id.isidentifier() or self.id.startswith("_"):
            yield "id", f"{self.id!r} is not a channel id: use a Python identifier such as Context"
        if not all(all(self.keys.path(side)) for side in Side):
            yield "key", "a key is the name of a field, or names joined by dots"
        if self.max_open is not None and self.max_open < 1:
            yield "max_open", f"{self.max_open} channels can never be open; use 1 or more, or None"
        yield from self._problems_inside()

    def _problems_inside(self) -> Iterator[tuple[str, str]]:
        """What a lifecycle may be on a connection, but not on a channel."""
        inside = self.lifecycle
        if not inside.opening:
            yield "lifecycle.initialize", "a channel needs a message that opens it"
        elif not inside.opening[0].gating:
            problem = "nothing is said on a channel before it is open, so its first step is gating"
            yield "lifecycle.initialize", problem
        if inside.channels:
            yield "lifecycle.channels", "channels within channels are not supported"
        if inside.timers:
            yield "lifecycle.timers", "timers belong to the connection"
        for message in inside.messages:
            if message.ambient:
                yield "lifecycle", f"{message.id} is ambient, so it belongs to the connection"
        for name in set(self.ignores) - {message.id for message in inside.messages}:
            yield "ignores", f"{name!r} is not a message of this channel"
