"""`ConnectionLifecycle`: which messages an open connection carries, and in what order.

A `Channel` is a lifecycle with a key, so it lives here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from schematic.define.breaches import Breach, OnBreach
from schematic.define.channels import ChannelKey, KeyReuse, Refusal
from schematic.define.closing import Closing
from schematic.define.messages import MessageSchema
from schematic.define.opening import OpeningStep
from schematic.define.schema import BodyKind
from schematic.define.sides import Side
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
    def every_timer(self) -> tuple[Timer, ...]:
        """Its timers, and those of its channels."""
        return (*self.timers, *(timer for one in self.channels for timer in one.lifecycle.timers))

    @property
    def messages(self) -> tuple[MessageSchema, ...]:
        """Every kind of message outside of channels, each once, in order of appearance."""
        return tuple(dict.fromkeys(message for _, message in self.listed()))

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
        """What ``side`` may say on channels, and on channels within them, each once."""
        return tuple(
            message
            for channel in self.channels
            for message in channel.messages
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

    def listed(self) -> Iterator[tuple[str, MessageSchema]]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A lifecycle of its own for each key: contexts, operations, requests, responses.

    The channel's opening opens it, and belongs to one side. Its two halves end apart: late
    messages of the other side need no rule. All of it happens while the connection is streaming,
    and whoever ends its half of the connection ends its half of every channel. A side that has
    nothing left to say on a channel has ended its half of it.

    Attributes:
        id: what reports call it, a Python identifier such as ``Context``.
        description: one or two sentences for people.
        key: where the key is written: one field name for both sides, or a `ChannelKey`; None
            where nobody writes one, and answers come in the order of what they answer.
        lifecycle: the messages of the channel and their order; its first opening step opens it.
            It may have channels of its own, once: an item within a response.
        max_open: how many may be open at once; None means any number.
        max_answered: of channels that are opened without a key, how many the other side may have
            begun to answer and not ended; None means any number, or ``max_open`` where it may
            open some itself.
        uncounted: ids of openings, and of answers to them, that do not count for either limit
            (OpenAI's responses outside of the conversation).
        unasked: ids of answers with which the other side may open a channel as well, though
            nobody asked (a response to what the server has heard). Both sides may then act at
            once, which ``schematic verify`` reports as ``mixed-choice``.
        refused_by: a message of the connection that refuses an opening without a key.
        reuse: when a key may be used again.
        ignores: ids of messages that are no breach where no channel of their key is open: a
            ``complete`` that crossed the other side's.
    """

    id: str
    description: str = ""
    key: str | ChannelKey | None
    lifecycle: ConnectionLifecycle
    max_open: int | None = None
    max_answered: int | None = None
    uncounted: str | Sequence[str] = ()
    unasked: str | Sequence[str] = ()
    refused_by: Refusal | None = None
    reuse: KeyReuse = KeyReuse.AFTER_BOTH_ENDED
    ignores: str | Sequence[str] = ()

    def __post_init__(self) -> None:
        for field, given in (
            ("uncounted", self.uncounted),
            ("unasked", self.unasked),
            ("ignores", self.ignores),
        ):
            object.__setattr__(self, field, (given,) if isinstance(given, str) else tuple(given))

    @classmethod
    def request(
        cls,
        *,
        id: str,  # noqa: A002  # the name of the field
        ask: MessageSchema,
        replies: Sequence[MessageSchema],
        key: str | ChannelKey | None,
        description: str = "",
        max_open: int | None = None,
        reuse: KeyReuse = KeyReuse.AFTER_BOTH_ENDED,
    ) -> Channel:
        """The small case: one message, and one of ``replies`` from the other side.

        Args:
            id: what reports call it.
            ask: the question.
            replies: what the other side may answer, each of which ends it.
            key: where both carry the id of the request; None where replies come in order.
            description: one or two sentences for people.
            max_open: how many questions may wait for their reply.
            reuse: when an id may be used again.
        """
        asker = ask.direction.senders[0]
        carried = ChannelKey() if key is None else key
        keyed = isinstance(carried, str) or carried.path(asker) is not None
        answers = () if keyed or ask.key is not None else (ask.id,)
        said = [replace(reply, final=True, answers=reply.answers or answers) for reply in replies]
        lifecycle = ConnectionLifecycle(
            initialize=ask,
            streaming_messages=[] if asker is Side.CLIENT else said,
            server_messages=said if asker is Side.CLIENT else [],
        )
        return cls(
            id=id,
            description=description,
            key=key,
            lifecycle=lifecycle,
            max_open=max_open,
            reuse=reuse,
        )

    @property
    def keys(self) -> ChannelKey:
        """The key, whichever way it was written."""
        if isinstance(self.key, ChannelKey):
            return self.key
        return ChannelKey(client=self.key, server=self.key)

    @property
    def messages(self) -> tuple[MessageSchema, ...]:
        """Its messages, and those of the channels within it."""
        inner = (message for channel in self.lifecycle.channels for message in channel.messages)
        return (*self.lifecycle.messages, *inner)

    @property
    def opener(self) -> Side:
        """The side that opens channels of this kind."""
        return self.lifecycle.opening[0].side

    @property
    def unkeyed(self) -> bool:
        """Whether it is opened without a key."""
        return not any(map(self.has_key, self.lifecycle.opening[0].messages))

    def has_key(self, message: MessageSchema) -> bool:
        """Whether ``message``, of this channel or one within it, says to which key it belongs.

        A binary frame or a bare text does not, nor does any message of a side that writes none.
        """
        if message.schema.kind is not BodyKind.JSON:
            return False
        own = message.key if message in self.lifecycle.messages else message.outer_key
        sides = message.direction.senders
        return own is not None or all(self.keys.path(side) is not None for side in sides)
