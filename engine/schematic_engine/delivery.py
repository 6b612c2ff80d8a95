"""`Delivery`: what became of the messages that a side has sent."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

__all__ = ["Delivery", "Sent"]

Key: TypeAlias = str | int | tuple[str | int | None, str | int | None]
"""Of a channel, or of one within another."""


class Sent(msgspec.Struct, frozen=True):
    """A message that this side has sent.

    Attributes:
        number: its place among the messages that this side has sent on the connection, from 1.
        id: which kind of message.
        key: of a message of a channel, which one, if it had a key by then.
    """

    number: int
    id: str
    key: Key | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages that this side has sent, in their order.

    Attributes:
        received: so many, the first ones, are known to have reached the peer.
        written: so many after them were written without later evidence.
        unwritten: so many, the last ones, were not written, or not to their end. The peer has none
            of them.
        messages: those that are not known to be received, the oldest first; the newest
            ``Limits.max_unconfirmed`` of them.
    """

    received: int = 0
    written: int = 0
    unwritten: int = 0
    messages: tuple[Sent, ...] = ()

    @property
    def written_messages(self) -> tuple[Sent, ...]:
        """Those of `messages` that were written."""
        return tuple(one for one in self.messages if one.number <= self.received + self.written)

    @property
    def unwritten_messages(self) -> tuple[Sent, ...]:
        """Those of `messages` that were not, or not to their end."""
        return tuple(one for one in self.messages if one.number > self.received + self.written)
