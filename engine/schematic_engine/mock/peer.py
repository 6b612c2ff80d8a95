"""`MockPeer`: the server's side of one endpoint, as a pure function from messages to messages.

It holds no connection and does no I/O: it is told what was received and says what to send next.
It follows the conversation by itself, message by message, since a session that has read ahead
stands further on than the message that is being answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import DefinitionError, ParamValue, Side
from schematic_engine.codec import codecs_of
from schematic_engine.errors import LocalIllegalMessage
from schematic_engine.events import Ambiguous, Delivered, Message
from schematic_engine.keyed import ChannelStep, Keys
from schematic_engine.machine import Machine, Step
from schematic_engine.mock.channels import ChannelTalk
from schematic_engine.mock.replies import (
    finished,
    is_streamed,
    opening_reply,
    streaming_replies,
)
from schematic_engine.mock.samples import sample
from schematic_engine.notices import announced
from schematic_engine.reflexes import reflexes_of

__all__ = ["Call", "Close", "Handler", "MockPeer", "Reply"]

_FAILED = 1011  # RFC 6455, section 7.4.1: an error of the server

Reply: TypeAlias = tuple[str, Any]
"""A message to send: its id and its body."""


@dataclass(frozen=True, slots=True)
class Close:
    """What a handler replies to close the connection; nothing of the mock's follows.

    Attributes:
        code: the close code, such as 1008 after an error message.
        reason: at most 123 bytes of UTF-8; real services cut theirs.

    A message that is described as announcing the close needs none: the mock closes as it says.
    """

    code: int = 1000
    reason: str = ""


Handler: TypeAlias = Callable[["Call", Message], "Iterable[Reply | Close] | None"]
"""What a mock does about one kind of message: the replies, possibly none.

A generator is a good handler: each ``yield ("AudioOutput", {...})`` is sent before the next one
is made. A `Close` is the last reply.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One client's connection, as handlers see it.

    Attributes:
        endpoint: the endpoint that it was accepted for.
        params: the values of its connection parameters.
        memory: a dict of the handlers' own, one for each connection.
    """

    endpoint: CompiledEndpoint
    params: Mapping[str, ParamValue]
    memory: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)


class MockPeer:
    """Speaks the server's part on one connection.

    Args:
        call: the connection.
        handlers: what to do about which message of the client, by its id.

    Attributes:
        close: how to close once `finished`.
    """

    def __init__(self, call: Call, handlers: Mapping[str, Handler]) -> None:
        self._call = call
        self._machine = Machine(call.endpoint.table)
        self._handlers = handlers
        self._closes = call.endpoint.endpoint.lifecycle.closing.by is not Side.CLIENT
        self._messages = {m.id: m for m in call.endpoint.endpoint.lifecycle.messages}
        self._channels = ChannelTalk(call.endpoint, self._machine)
        self._kinds = codecs_of(call.endpoint)[Side.SERVER].kinds
        self._told: set[str] = set()
        self._closing = False
        self.close = Close()

    def opening(self) -> Iterator[Reply]:
        """What the server says before the client has said anything, or once it is its turn."""
        while (name := opening_reply(self._machine, self._messages)) is not None:
            yield self._made(name)

    def answer(self, event: Delivered) -> Iterator[Reply]:
        """What the server says to what it has just received.

        Raises:
            LocalIllegalMessage: a handler wants to say what is not its turn.
        """
        if isinstance(event, Message):
            step = self._hear((event.id,), event.key)
            handler = self._handlers.get(event.id)
            if handler is not None:
                yield from self._handled(handler(self._call, event) or ())
            else:
                yield from self._reflex(event)
                yield from self._replies(event.id, step)
        elif isinstance(event, Ambiguous):
            self._hear(event.candidates)
            yield from self._replies(event.candidates[0])
        if not self._closing:
            yield from self.opening()

    def _reflex(self, event: Message) -> Iterator[Reply]:
        """What is said by itself in reply to ``event``, if that is legal now."""
        reply = reflexes_of(self._call.endpoint, Side.SERVER).reply(event.id, event.payload)
        if reply is not None and self._machine.move(Side.SERVER, reply[0]) is not None:
            yield self._said(reply)

    def finished(self) -> bool:
        """Whether it is for the server to close the connection now."""
        if self._closing:
            return True
        return self._closes and finished(self._machine, self._messages)

    def _hear(self, names: tuple[str, ...], key: Keys | None = None) -> Step | None:
        """Follow the client, as far as it is clear what it said."""
        moves = {self._machine.move(Side.CLIENT, name, key) for name in names}
        if len(moves) != 1 or (move := moves.pop()) is None:
            return None
        self._machine.apply(Side.CLIENT, move)
        return move

    def _handled(self, replies: Iterable[Reply | Close]) -> Iterator[Reply]:
        for reply in replies:
            if isinstance(reply, Close):
                self._closing, self.close = True, reply
                return
            yield self._said(reply)

    def _replies(self, received: str, step: Step | None = None) -> Iterator[Reply]:
        if isinstance(step, ChannelStep):
            yield from map(self._said, self._channels.replies(received, step))
            return
        if received in self._messages and is_streamed(self._machine, self._messages, received):
            yield from map(self._said, self._channels.own())
            if self._machine.ended(Side.CLIENT):
                yield from map(self._said, self._channels.last_words())
        for name in streaming_replies(self._machine, self._messages, received):
            if self._is_old_news(name, received):
                continue
            legal = self._machine.move(Side.SERVER, name) is not None
            if legal and not self._machine.stopped(Side.SERVER, name):
                yield self._made(name)

    def _is_old_news(self, name: str, received: str) -> bool:
        """Whether ``name`` answers nothing, since channels do that, and has been said."""
        if received in self._messages[name].after or not self._channels.answer_the_client:
            return False
        known = name in self._told
        self._told.add(name)
        return known

    def _made(self, name: str) -> Reply:
        try:
            return self._said((name, sample(self._messages[name].schema)))
        except DefinitionError as error:
            raise error.within(self._call.endpoint.name, name) from None

    def _said(self, reply: Reply) -> Reply:
        """Follow the server; what no message is called, `send` judges."""
        name, body = reply
        if name in self._kinds:
            key = self._channels.key(name, body)
            step = self._machine.move(Side.SERVER, name, key)
            if step is None or self._machine.stopped(Side.SERVER, name, key):
                raise LocalIllegalMessage(**self._machine.explain(Side.SERVER, name, key))
            self._machine.apply(Side.SERVER, step)
            self._announce(name, body)
        return reply

    def _announce(self, name: str, body: Any) -> None:
        """Close next if the message ``name`` says so, as it says."""
        notice = self._messages[name].closes if name in self._messages else None
        if notice is not None:
            code, reason = announced(notice, self._kinds[name].encode(body))
            self._closing, self.close = True, Close(_FAILED if code is None else code, reason)
