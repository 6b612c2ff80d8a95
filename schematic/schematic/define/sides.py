"""Who says something: one of the two ends of a connection, or either."""

from __future__ import annotations

from enum import Enum

__all__ = ["MessageDirection", "Side"]


class Side(Enum):
    """One of the two ends of a connection."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> Side:
        """The opposite end."""
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT


class MessageDirection(Enum):
    """Who sends a message. ``BIDIRECTIONAL`` is two messages of one name, one for each side."""

    CLIENT_TO_SERVER = "client-to-server"
    SERVER_TO_CLIENT = "server-to-client"
    BIDIRECTIONAL = "bidirectional"

    @property
    def senders(self) -> tuple[Side, ...]:
        """The sides that may send a message of this direction."""
        return _SENDERS[self]


_SENDERS = {
    MessageDirection.CLIENT_TO_SERVER: (Side.CLIENT,),
    MessageDirection.SERVER_TO_CLIENT: (Side.SERVER,),
    MessageDirection.BIDIRECTIONAL: (Side.CLIENT, Side.SERVER),
}
