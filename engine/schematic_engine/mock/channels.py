"""What a mock server says on channels: `ChannelTalk`.

On a channel that the client opened it does what it does on a connection: it answers, with a key of
its own where the client gave none, and ends its half once the client has ended its own. Channels
that are the server's to open it opens in answer to what the client streams around them, and says
everything that belongs to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.compile.table import RowKind, State, Table
from schematic.define import BodyKind, Channel, MessageSchema, Side
from schematic_engine.codec import codecs_of
from schematic_engine.keyed import ChannelStep, KeyedStates, Keys
from schematic_engine.keys import with_key
from schematic_engine.machine import Machine
from schematic_engine.mock.replies import streaming_replies
from schematic_engine.mock.samples import sample, sample_key
from schematic_engine.unkeyed import Key, Name, Unnamed

__all__ = ["ChannelTalk"]


@dataclass(slots=True)
class _Place:
    """One channel: where the channels of its kind are kept, and which of them it is.

    Attributes:
        machine: where the connection stands.
        number: which kind it is, among the channels of the connection or within `outer`.
        channel: that kind as described.
        name: what it is called, which changes when it gets its key; None before it is opened.
        outer: the channel around it.
    """

    machine: Machine
    number: int
    channel: Channel
    name: Name | None
    outer: _Place | None = None

    @property
    def states(self) -> KeyedStates:
        """The channels of its kind, which are made anew once there is one within a channel."""
        if self.outer is None:
            return self.machine.channels[self.number]
        assert self.outer.name is not None  # nothing is within a channel that is not open
        return self.outer.states.inner(self.outer.name)[self.number]

    @property
    def table(self) -> Table:
        """The order of its messages."""
        return self.states.spec.table

    @property
    def state(self) -> State | None:
        """Where it stands; None if it is not open."""
        return None if self.name is None else self.states.state(self.name)

    @property
    def messages(self) -> dict[str, MessageSchema]:
        """Its messages by their ids."""
        return {message.id: message for message in self.channel.lifecycle.messages}

    def within(self) -> Iterator[_Place]:
        """A place for one channel of each kind within it, all of them not open."""
        if self.name is None:
            return
        for number, channel in enumerate(self.channel.lifecycle.channels):
            yield _Place(self.machine, number, channel, None, self)


class ChannelTalk:
    """The server's part on the channels of one connection.

    Args:
        endpoint: what is spoken.
        machine: where the conversation stands; read, never moved.
    """

    def __init__(self, endpoint: CompiledEndpoint, machine: Machine) -> None:
        self._kinds = codecs_of(endpoint)[Side.SERVER].kinds
        self._machine = machine
        self._channels = endpoint.endpoint.lifecycle.channels
        self._opened = 0

    def key(self, name: str, body: Any) -> Keys | None:
        """The key in the body of the server's message ``name``; None if it is on no channel.

        Raises:
            LocalInvalidMessage: the body does not fit.
            ValueError: it has no key and needs one.
        """
        kind = self._kinds.get(name)
        return None if kind is None or kind.read_key is None else kind.key_in(kind.encode(body))

    def replies(self, received: str, step: ChannelStep) -> Iterator[tuple[str, Any]]:
        """What follows the client's message ``received``, which did ``step`` on a channel."""
        place = self._place(step)
        if place is None:
            return
        yield from self._opening(place)
        state = place.state
        if state is None:
            return
        if place.table.ended(state, Side.CLIENT):
            yield from self._everything(place)
            return
        inner = Machine(place.table, state)
        yield from self._sayable(place, streaming_replies(inner, place.messages, received))

    @property
    def answer_the_client(self) -> bool:
        """Whether the client asks on channels, so that what is around them answers nothing."""
        return any(channel.opener is Side.CLIENT for channel in self._channels)

    def own(self) -> Iterator[tuple[str, Any]]:
        """A whole channel of each kind that the server opens."""
        for place in self._places():
            yield from self._whole(place)

    def last_words(self) -> Iterator[tuple[str, Any]]:
        """What ends the server's half of each channel that is open still."""
        for place in self._places():
            yield from self._ends_of(place)

    def _places(self) -> Iterator[_Place]:
        """A place for one channel of each kind of the connection, all of them not open."""
        for number, channel in enumerate(self._channels):
            yield _Place(self._machine, number, channel, None)

    def _place(self, step: ChannelStep) -> _Place | None:
        """The channel on which ``step`` was made."""
        if step.name is None:
            return None
        place = _Place(self._machine, step.channel, self._channels[step.channel], step.name)
        if step.inner is None:
            return place
        if step.inner.name is None:
            return None
        inner = list(place.within())[step.inner.channel]
        inner.name = step.inner.name
        return inner

    def _whole(self, place: _Place) -> Iterator[tuple[str, Any]]:
        """All that the server says on a channel that is its own to open; nothing on others."""
        if place.channel.opener is not Side.SERVER or place.states.full:
            return
        yield from self._opening(place)
        yield from self._everything(place)

    def _opening(self, place: _Place) -> Iterator[tuple[str, Any]]:
        """The server's steps of the opening, and with them the key of a channel without one."""
        while (reply := self._next_step(place)) is not None:
            message, key, name = reply
            yield message.id, self._body(place, message, key)
            self._call(place, name)
            if place.state is None:  # that was all there is to say
                return

    def _next_step(self, place: _Place) -> tuple[MessageSchema, Key | None, Name] | None:
        """What comes next in the opening, the key in it, and what the channel is called then."""
        state = place.state or place.table.start
        for name, move in place.table.row(state, Side.SERVER).moves.items():
            message = place.messages.get(name)
            opens = move.target != state[1] or name in place.states.spec.answers
            if message is None or message.ends or not opens or not move.legal(state[2]):
                continue
            if place.table.rows(Side.SERVER)[move.target].kind is RowKind.DONE:
                continue
            key = self._key_for(place, message)
            step = self._machine.move(Side.SERVER, name, self._keys(place, key))
            called = self._name_at(step, place)
            if called is not None:
                return message, key, called
        return None

    @staticmethod
    def _name_at(step: object, place: _Place) -> Name | None:
        """What the channel of ``place`` is called after ``step``; None if that is on another."""
        if isinstance(step, ChannelStep) and step.inner is not None:
            step = step.inner
        if not isinstance(step, ChannelStep) or step.name is None:
            return None
        if place.name is None:
            return step.name if place.states.state(step.name) is None else None
        return step.name if place.name in (step.was, step.name) else None

    def _everything(self, place: _Place, *, last_only: bool = False) -> Iterator[tuple[str, Any]]:
        """One of each message that the server may say, the last of them one that ends its half.

        What is within is ended first, so that nothing follows on a channel that is over.
        """
        if not last_only:
            yield from self._content(place)
            for within in place.within():
                yield from self._whole(within)
        for within in place.within():
            yield from self._ends_of(within)
        yield from self._sayable(place, self._now(place, ends=True)[:1])

    def _ends_of(self, kind: _Place) -> Iterator[tuple[str, Any]]:
        """What ends the server's half of each channel of this kind that is open still."""
        for name in kind.states.open_keys():
            yield from self._everything(replace(kind, name=name), last_only=True)

    def _content(self, place: _Place) -> Iterator[tuple[str, Any]]:
        """One of each message that leaves the half open, also of those that wait for another."""
        said: set[str] = set()
        while left := [name for name in self._now(place, ends=False) if name not in said]:
            said.add(left[0])
            yield from self._sayable(place, left[:1])

    @staticmethod
    def _now(place: _Place, *, ends: bool) -> list[str]:
        """What the server may say next on ``place`` that ends its half, or that does not."""
        state = place.state
        if state is None:
            return []
        inner = Machine(place.table, state)
        moves = inner.candidates(Side.SERVER)
        names = [name for name in inner.allowed(Side.SERVER) if name in place.messages]
        return [name for name in names if (moves[name].target != state[1]) is ends]

    def _sayable(self, place: _Place, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """Those of ``names`` that are still legal when it is their turn."""
        for name in names:
            message = place.messages[name]
            key = self._key_for(place, message)
            keys = self._keys(place, key)
            legal = self._machine.move(Side.SERVER, name, keys) is not None
            if legal and not self._machine.stopped(Side.SERVER, name, keys):
                yield name, self._body(place, message, key)
                if key is not None:
                    self._call(place, key)

    def _call(self, place: _Place, name: Name) -> None:
        """Call the channel of ``place`` so, by a key that was made for it or the one it had."""
        self._opened += name != place.name
        place.name = name

    def _key_for(self, place: _Place, message: MessageSchema) -> Key | None:
        """The key that ``message`` has to carry: the channel's, or a new one for its answer."""
        if not place.channel.has_key(message):
            return None
        if place.name is not None and not isinstance(place.name, Unnamed):
            return place.name
        return sample_key(message.schema, _path(place.channel, message.key), self._opened + 1)

    @staticmethod
    def _keys(place: _Place, key: Key | None) -> Keys | None:
        if place.outer is None:
            return key
        outer = place.outer.name
        return (None if isinstance(outer, Unnamed) else outer, key)

    @staticmethod
    def _body(place: _Place, message: MessageSchema, key: Key | None) -> Any:
        """A sample of ``message`` with the keys in their places."""
        made = sample(message.schema)
        if message.schema.kind is not BodyKind.JSON:
            return made
        body: object = msgspec.to_builtins(made)
        if not isinstance(body, dict):
            return body
        body = cast("dict[str, Any]", body)
        path = _path(place.channel, message.key)
        if path and key is not None and key != place.channel.keys.default:
            with_key(body, path, key)
        outer = None if place.outer is None else place.outer.name
        if place.outer is not None and outer is not None and not isinstance(outer, Unnamed):
            path = _path(place.outer.channel, message.outer_key)
            return with_key(body, path, outer) if path else body
        return body


def _path(channel: Channel, instead: str | None) -> tuple[str, ...]:
    """Where the server writes the key of ``channel``."""
    return tuple(instead.split(".")) if instead else channel.keys.path(Side.SERVER) or ()
