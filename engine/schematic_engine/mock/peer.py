"""`MockPeer`: the server's side of one endpoint, as a pure function from messages to messages.

It holds no connection and does no I/O: it looks at a session and says what to send next. Each
reply is drawn only after the one before it has been sent, so what is legal is always judged at
the moment of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import DefinitionError, ParamValue, Side
from schematic_engine.events import Ambiguous, Message, SessionEvent
from schematic_engine.machine import Machine
from schematic_engine.mock.replies import finished, opening_reply, streaming_replies
from schematic_engine.mock.samples import sample

__all__ = ["Call", "Handler", "MockPeer", "Reply"]

Reply: TypeAlias = tuple[str, Any]
"""A message to send: its id and its body."""

Handler: TypeAlias = Callable[["Call", Message], "Iterable[Reply] | None"]
"""What a mock does about one kind of message: the replies, possibly none.

A generator is a good handler: each ``yield ("AudioOutput", {...})`` is sent before the next one
is made.
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
        machine: where its conversation stands; read, never moved.
        handlers: what to do about which message of the client, by its id.
    """

    def __init__(self, call: Call, machine: Machine, handlers: Mapping[str, Handler]) -> None:
        self._call = call
        self._machine = machine
        self._handlers = handlers
        self._messages = {m.id: m for m in call.endpoint.endpoint.lifecycle.messages}

    def opening(self) -> Iterator[Reply]:
        """What the server says before the client has said anything, or once it is its turn."""
        while (name := opening_reply(self._machine, self._messages)) is not None:
            yield self._made(name)

    def answer(self, event: SessionEvent) -> Iterator[Reply]:
        """What the server says to what it has just received."""
        if isinstance(event, Message):
            handler = self._handlers.get(event.id)
            if handler is not None:
                yield from handler(self._call, event) or ()
            else:
                yield from self._replies(event.id)
        elif isinstance(event, Ambiguous):
            yield from self._replies(event.candidates[0])
        yield from self.opening()

    def finished(self) -> bool:
        """Whether it is for the server to close the connection now."""
        return finished(self._machine)

    def _replies(self, received: str) -> Iterator[Reply]:
        for name in streaming_replies(self._machine, self._messages, received):
            if self._machine.move(Side.SERVER, name) is not None:
                yield self._made(name)

    def _made(self, name: str) -> Reply:
        try:
            return name, sample(self._messages[name].schema)
        except DefinitionError as error:
            raise error.within(self._call.endpoint.name, name) from None
