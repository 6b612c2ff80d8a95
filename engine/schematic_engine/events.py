"""What the engine tells its user: frozen values, in the order in which things happened.

`Connection.receive_data` and `Connection.handle_timeout` return lists of these. A server sees one
`Request`; a client sees one `Accepted` or one `Rejected`; then come messages; the last event of
every connection is one `Closed` (after a rejection, `Rejected` is the last).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from schematic.define import CloseCode, OnBreach, SchematicError, Timer
from schematic_engine.errors import ConnectionClosed, RemoteProtocolError

__all__ = [
    "Accepted",
    "Ambiguous",
    "Closed",
    "Delivered",
    "Event",
    "Headers",
    "Message",
    "Overdue",
    "Ping",
    "Pong",
    "Rejected",
    "Request",
    "SessionEvent",
    "Unknown",
    "Violation",
]

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header lines in order: ``(name in lower case, value)``."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A client asks for a WebSocket. Answer with `Connection.accept` or `Connection.reject`.

    Attributes:
        target: the request target as sent, path and query (RFC 9112, section 3.2).
        path: the path alone, still percent-encoded, since ``%2F`` is not ``/`` inside a segment.
        query: the decoded query parameters, in order, repeats kept.
        headers: all header lines.
        subprotocols: what the client offers, most wanted first.
    """

    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Headers
    subprotocols: tuple[str, ...]

    def header(self, name: str) -> str | None:
        """The first value of header ``name``, whatever its case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def __repr__(self) -> str:
        """The path and the names of the rest: credentials may be in a header or in the query."""
        query = ", ".join(name for name, _ in self.query)
        headers = ", ".join(name for name, _ in self.headers)
        return f"Request(path={self.path!r}, query=<{query}>, headers=<{headers}>)"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The server accepted the upgrade; the connection is open.

    Attributes:
        subprotocol: the one the server chose, or None.
        headers: the response's header lines.
        compression: whether permessage-deflate was agreed.
    """

    subprotocol: str | None
    headers: Headers
    compression: bool = False


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """The server answered with an HTTP response instead; the connection is over.

    Attributes:
        status: the HTTP status code.
        headers: the response's header lines.
        body: the response's body, cut at ``Limits.max_rejection_body`` bytes.
    """

    status: int
    headers: Headers
    body: bytes


class Message(msgspec.Struct, frozen=True, gc=False):
    """The peer said something, and it was its turn.

    The garbage collector does not look into it, since it is made in great numbers and what is
    decoded holds no cycles.

    Attributes:
        id: which kind of message, for example ``AudioOutput``.
        body: the decoded body: an instance of the schema's type, a dict for a schema that is a
            name alone, ``str`` for text bodies, ``bytes`` for binary ones.
        payload: the frame's content as received, so that nothing is lost.
        key: for a message of a channel, which one, if it has a key by now; for one of a channel
            within a channel, the keys of both; else None.
    """

    id: str
    body: Any
    payload: str | bytes
    key: str | int | tuple[str | int | None, str | int | None] | None = None


class Unknown(msgspec.Struct, frozen=True):
    """The peer sent something that no kind of this endpoint looks like (policy ``pass``).

    Attributes:
        payload: the frame's content as received.
        problem: why it could not be recognised.
    """

    payload: str | bytes
    problem: str


class Ambiguous(msgspec.Struct, frozen=True):
    """The peer said something that more than one legal kind looks like.

    The state does not move unless all candidates would move it alike. ``schematic verify``
    reports such definitions as ``decodes-alike``.

    Attributes:
        candidates: the ids of the kinds that it may be.
        body: the payload as plain JSON values.
        payload: the frame's content as received.
    """

    candidates: tuple[str, ...]
    body: Any
    payload: str | bytes


class Violation(msgspec.Struct, frozen=True):
    """The peer broke a rule of the description.

    With the policy ``fail`` the connection is closing because of it, unless the description says
    that it is answered with a message; with ``report`` it goes on. Its state is unchanged by the
    message.

    Attributes:
        error: which rule, with the facts: `RemoteIllegalMessage`, `RemoteInvalidMessage` or
            `UnknownMessage`.
        payload: the frame's content as received.
        answer: what the description says that this side does about it, if it says anything.
        closing: whether the connection is closing because of it.
    """

    error: RemoteProtocolError
    payload: str | bytes
    answer: OnBreach | None = None
    closing: bool = False


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """A time of the description is over, and the connection goes on.

    Attributes:
        timer: which time; what it says is said already.
        seconds: how long it ran on this connection.
        key: for a timer of a channel, which one, if it has a key by now.
    """

    timer: Timer
    seconds: float
    key: str | int | None = None


class Ping(msgspec.Struct, frozen=True):
    """The peer sent a ping; the pong is in `data_to_send` already (RFC 6455, section 5.5.2)."""

    payload: bytes


class Pong(msgspec.Struct, frozen=True):
    """The peer sent a pong, answering a ping or unasked (RFC 6455, section 5.5.3)."""

    payload: bytes


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The WebSocket is over; nothing follows.

    Attributes:
        code: the peer's close code; 1005 when it gave none, 1006 when the connection was lost
            without a close frame.
        reason: the peer's words.
        clean: whether both sides exchanged close frames.
        error: what ended the connection, when it was an error of either side.
        documented: what the description says about the code, if anything.
    """

    code: int
    reason: str = ""
    clean: bool = False
    error: SchematicError | None = None
    documented: CloseCode | None = None

    @property
    def normal(self) -> bool:
        """Whether this is a normal end: close frames, and a code that is documented as one.

        Where nothing is documented these are 1000, 1001 and 1005.
        """
        return self.as_error().normal

    def as_error(self) -> ConnectionClosed:
        """The error for whoever wants to use the connection after this."""
        return ConnectionClosed(
            code=self.code,
            reason=self.reason,
            clean=self.clean,
            error=self.error,
            documented=self.documented,
        )


SessionEvent: TypeAlias = Message | Unknown | Ambiguous | Violation
"""What one received payload can mean."""

Delivered: TypeAlias = SessionEvent | Overdue
"""What a client or a server hands over, one at a time, while a connection is open."""

Event: TypeAlias = Request | Accepted | Rejected | Delivered | Ping | Pong | Closed
"""Everything that a connection can report."""
