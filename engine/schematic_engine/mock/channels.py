"""What a mock server says on channels: `ChannelTalk`.

On a channel that the client opened it does what it does on a connection: it answers, and ends its
half once the client has ended its own. Channels that are the server's to open it opens in answer
to what the client streams on the connection, and says everything that belongs to one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.compile.table import ChannelTable
from schematic.define import MessageSchema, Side
from schematic_engine.codec import codecs_of
from schematic_engine.keyed import Key, KeyedStates
from schematic_engine.machine import Machine
from schematic_engine.mock.replies import opening_reply, streaming_replies
from schematic_engine.mock.samples import sample

__all__ = ["ChannelTalk"]


class ChannelTalk:
    """The server's part on the channels of one connection.

    Args:
        endpoint: what is spoken.
        machine: where the conversation stands; read, never moved.
    """

    def __init__(self, endpoint: CompiledEndpoint, machine: Machine) -> None:
        self._kinds = codecs_of(endpoint)[Side.SERVER].kinds
        self._machine = machine
        self._messages = [
            {message.id: message for message in channel.lifecycle.messages}
            for channel in endpoint.endpoint.lifecycle.channels
        ]
        self._opened = 0

    def key(self, name: str, body: Any) -> Key | None:
        """The key in the body of the server's message ``name``; None if it is on no channel.

        Raises:
            LocalInvalidMessage: the body does not fit.
        """
        kind = self._kinds.get(name)
        return None if kind is None or kind.read_key is None else kind.read_key(kind.encode(body))

    def replies(self, received: str, key: Key) -> Iterator[tuple[str, Any]]:
        """What follows the client's message ``received`` on the channel of ``key``."""
        for states, messages in zip(self._machine.channels, self._messages, strict=True):
            if received not in messages:
                continue
            while (name := self._opening(states, messages, key)) is not None:
                yield name, self._body(states.spec, messages[name], key)
            inner = self._inner(states, key)
            names = [] if inner is None else streaming_replies(inner, messages, received)
            yield from self._sayable(states, messages, names, key)

    def own(self) -> Iterator[tuple[str, Any]]:
        """A whole channel of each kind that the server opens."""
        for states, messages in zip(self._machine.channels, self._messages, strict=True):
            if states.spec.opener is not Side.SERVER or states.full:
                continue
            self._opened += 1
            key = f"mock-{self._opened}"
            while (name := self._opening(states, messages, key)) is not None:
                yield name, self._body(states.spec, messages[name], key)
            yield from self._everything(states, messages, key)

    def last_words(self) -> Iterator[tuple[str, Any]]:
        """What ends the server's half of each channel that is open still."""
        for states, messages in zip(self._machine.channels, self._messages, strict=True):
            for key in states.open_keys():
                yield from self._everything(states, messages, key, last_only=True)

    def _everything(
        self,
        states: KeyedStates,
        messages: dict[str, MessageSchema],
        key: Key,
        *,
        last_only: bool = False,
    ) -> Iterator[tuple[str, Any]]:
        """One of each message that the server may say, the last of them one that ends its half."""
        inner = self._inner(states, key)
        if inner is None:
            return
        names = inner.allowed(Side.SERVER)
        ends = [name for name in names if self._ends(inner, name)]
        stays = [] if last_only else [name for name in names if name not in ends]
        yield from self._sayable(states, messages, [*stays, *ends[:1]], key)

    @staticmethod
    def _ends(inner: Machine, name: str) -> bool:
        return inner.candidates(Side.SERVER)[name].target != inner.state[1]

    def _sayable(
        self,
        states: KeyedStates,
        messages: dict[str, MessageSchema],
        names: list[str],
        key: Key,
    ) -> Iterator[tuple[str, Any]]:
        """Those of ``names`` that are still legal when it is their turn."""
        for name in names:
            legal = self._machine.move(Side.SERVER, name, key) is not None
            if legal and not self._machine.stopped(Side.SERVER, name, key):
                yield name, self._body(states.spec, messages[name], key)

    def _opening(
        self, states: KeyedStates, messages: dict[str, MessageSchema], key: Key
    ) -> str | None:
        """The server's next opening message on the channel of ``key``."""
        inner = self._inner(states, key, fresh=states.spec.opener is Side.SERVER)
        name = None if inner is None else opening_reply(inner, messages)
        if name is None or self._machine.move(Side.SERVER, name, key) is None:
            return None
        return name

    @staticmethod
    def _inner(states: KeyedStates, key: Key, *, fresh: bool = False) -> Machine | None:
        """A machine that stands where the channel of ``key`` does."""
        state = states.state(key)
        if state is None and not fresh:
            return None
        return Machine(states.spec.table, state)

    def _body(self, spec: ChannelTable, message: MessageSchema, key: Key) -> Any:
        """A sample of ``message`` with the key in its place."""
        made: object = msgspec.to_builtins(sample(message.schema))
        if not isinstance(made, dict) or key == spec.key.default:
            return cast("Any", made)
        body = cast("dict[str, Any]", made)
        *outer, last = spec.key.path(Side.SERVER) if message.key is None else message.key.split(".")
        place = body
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = key
        return body
