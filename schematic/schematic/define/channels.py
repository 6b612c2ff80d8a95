"""`ChannelKey`, `KeyReuse` and `Refusal`: what tells the channels of one kind apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.define.sides import Side

__all__ = ["ChannelKey", "KeyReuse", "Refusal"]


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

    A side without a path writes none, and neither do binary frames and bare texts: what it says
    belongs to the channel that it is in, which is the last one that it has opened or begun to
    answer and has not ended. A channel that was opened so gets its key, if it ever has one, from
    the message that ``answers`` (see `MessageSchema`), first in, first out.

    Attributes:
        client: the path of the field in the client's messages: ``context_id``, ``response.id``.
        server: the path of the field in the server's messages.
        default: the key of a message that has none; None means that every message needs one.
    """

    client: str | None = None
    server: str | None = None
    default: str | int | None = None

    def path(self, side: Side) -> tuple[str, ...] | None:
        """The names of the fields that lead to the key in ``side``'s messages; None for no key."""
        written = self.client if side is Side.CLIENT else self.server
        return None if written is None else tuple(written.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A message of the connection that says no to a channel which has no key yet.

    OpenAI's ``error`` is one: it may refuse a ``response.create``, and it may be about anything
    else. Where the opening has a ticket and the refusal names one, they have to be the same;
    otherwise the oldest opening without a ticket is meant.

    Attributes:
        message: the id of the message, which is the answering side's to say.
        names: the path of the field in it that repeats the ticket: ``error.event_id``.
        ticket: the path of the field in the opening: ``event_id``.
    """

    message: str
    names: str | None = None
    ticket: str | None = None
