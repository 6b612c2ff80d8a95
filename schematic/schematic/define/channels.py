"""`ChannelKey` and `KeyReuse`: what tells the channels of one kind apart, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.define.messages import Side

__all__ = ["ChannelKey", "KeyReuse"]


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
