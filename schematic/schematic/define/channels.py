"""`Channel`: many small conversations on one connection, told apart by a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from schematic.define.errors import DefinitionError
from schematic.define.messages import Side

if TYPE_CHECKING:
    from schematic.define.lifecycle import ConnectionLifecycle

__all__ = ["Channel", "ChannelKey", "KeyReuse"]


class KeyReuse(Enum):
    """When a key that has been used may open another channel.

    ``AFTER_BOTH_ENDED`` waits until both sides have said their last word on it; ``IMMEDIATE``
    waits for the opener's own end only, so that late messages of the other side may be taken for
    the new channel's, which ``schematic verify`` reports as ``reuse-race``.
    """

    NEVER = "never"
    AFTER_BOTH_ENDED = "after both ended"
    IMMEDIATE = "immediate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKey:
    """Where each side writes the key of a channel.

    Attributes:
        client: the path of the field in the client's messages: ``context_id``, ``response.id``.
        server: the path of the field in the server's messages.
        default: the key of a message that has none; None means that every message needs one.
    """

    client: str
    server: str
    default: str | int | None = None

    def path(self, side: Side) -> tuple[str, ...]:
        """The names of the fields that lead to the key in ``side``'s messages."""
        return tuple((self.client if side is Side.CLIENT else self.server).split("."))


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
