"""How an opening or a connection ended becomes an error, alike in every adapter."""

from __future__ import annotations

from typing import Final, TypeAlias

from schematic_engine.delivery import Delivery
from schematic_engine.errors import ConnectionClosed, HandshakeRejected
from schematic_engine.events import Accepted, Closed, Rejected

__all__ = ["Opened", "accepted", "farewell"]

Opened: TypeAlias = Accepted | Rejected | Closed
"""How a client's opening handshake can end."""

_HUNG_UP: Final = "The server hung up before it had answered."
_HUNG_UP_ON_TLS: Final = (
    f"{_HUNG_UP} One that wants a client certificate may do so when it gets none that it trusts."
)


def accepted(opened: Opened, lost: Exception | None = None, *, secure: bool = False) -> Accepted:
    """What the server said when it accepted.

    Args:
        opened: how the handshake ended.
        lost: what the operating system said, if it was an error.
        secure: whether the connection was encrypted.

    Raises:
        HandshakeRejected: it answered with an HTTP response.
        RemoteProtocolError: its answer was none that the protocol knows, or came too late.
        ConnectionClosed: there was no answer.
    """
    if isinstance(opened, Accepted):
        return opened
    if isinstance(opened, Rejected):
        raise HandshakeRejected(status=opened.status, headers=opened.headers, body=opened.body)
    error = opened.error or farewell(opened, lost)
    if isinstance(error, ConnectionClosed):
        error.add_note(_HUNG_UP_ON_TLS if secure else _HUNG_UP)
    raise error


def farewell(
    closed: Closed | None, lost: Exception | None = None, delivery: Delivery | None = None
) -> ConnectionClosed:
    """The error for whoever wants to go on after the end, with what led to it as its cause.

    Args:
        closed: how it ended; None if nobody could say.
        lost: what the operating system said, if it was an error.
        delivery: what became of the messages that were sent.
    """
    end = closed or Closed(code=1006)
    error = end.as_error()
    error.__cause__ = end.error or lost
    error.delivery = delivery
    return error
