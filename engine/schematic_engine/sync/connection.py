"""`ClientConnection`: the client's end of a connection, with blocking calls."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self, overload

from msgspec import UNSET

from schematic.compile import Phase
from schematic_engine.delivery import Delivery
from schematic_engine.errors import (
    ConnectionClosed,
    LocalProtocolError,
)
from schematic_engine.events import Accepted, Closed, Delivered, Headers, Violation
from schematic_engine.limits import Limits
from schematic_engine.session import Session
from schematic_engine.sync.link import Link

__all__ = ["ClientConnection"]


class ClientConnection:
    """The client's end of an open connection; `connect` makes it.

    Calls do the work. While there are none, a thread of the connection's own takes messages in,
    answers pings and keeps the connection alive, unless it was opened with ``background=False``;
    what it finds wrong is told by the next call. Any number of threads may send and receive at the
    same time, and any of them may close; each message goes to one receiver.

    Leaving the ``with`` block closes with code 1000, or with 1011 if an exception passes.

    Attributes:
        subprotocol: the one that the server chose, or None.
        response_headers: the header lines of the server's answer.
    """

    def __init__(self, link: Link, accepted: Accepted, *, in_a_loop: bool = False) -> None:
        self._link = link
        self._in_a_loop = in_a_loop
        self.subprotocol = accepted.subprotocol
        self.response_headers: Headers = accepted.headers

    @property
    def state(self) -> Phase:
        """Where the conversation stands."""
        return self._link.phase

    @property
    def closed(self) -> Closed | None:
        """How the connection ended; None while it has not, as far as was read."""
        return self._link.closed

    @property
    def session(self) -> Session:
        """The conversation, to look at: where it stands (`Session.machine`) and its codecs.

        Raises:
            LocalProtocolError: the connection has not been accepted yet.
        """
        session = self._link.session
        if session is None:
            raise LocalProtocolError("the connection has not been opened yet")
        return session

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong; None before there was one."""
        return self._link.latency

    @property
    def limits(self) -> Limits:
        """The bounds that it was opened with."""
        return self._link.limits

    @property
    def unread(self) -> int:
        """How many events have arrived and were not yet received.

        `state`, `allowed` and `expected` have counted them already.
        """
        return self._link.unread

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that this side may send now."""
        return self._link.allowed()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the server may send now."""
        return self._link.expected()

    def delivery(self) -> Delivery:
        """What became of the messages that were sent, as far as this side knows; at any time.

        It is `ConnectionClosed.delivery`, too.
        """
        return self._link.delivery()

    @overload
    def send(self, message: object) -> None: ...

    @overload
    def send(self, message: str, body: object) -> None: ...

    def send(self, message: object, body: object = UNSET) -> None:
        """Send one message: a typed body, or an id and a body.

        Waits until the operating system has taken all of it. While it waits it takes in what the
        server sends, for `receive` to return later, so that a script may send everything first
        and read afterwards.

        Args:
            message: an instance of a message's body type, or the id of a message.
            body: the body of the message named by id: an instance, or a mapping that is converted
                to the type. May be left out where every field has a default.

        Raises:
            LocalIllegalMessage: it is not this side's turn to say that. Nothing was written.
            LocalInvalidMessage: the body does not fit. Nothing was written.
            ReceiveLimitExceeded: the server reads nothing before some of its own messages are
                read, of which ``Limits.max_queue`` wait, and no other thread receives. The
                message counts as sent, do not send it again: what is left of it goes out during
                the next calls.
            ConnectionClosed: the connection is over. While this side is closing, the call first
                waits for the end, so that the error can say how it ended.
        """
        self._link.send(message, body)

    def receive(self, timeout: float | None = None) -> Delivered:
        """The next event, in the order of arrival.

        A call that times out loses nothing: the next call returns what it would have.

        Args:
            timeout: seconds to wait; None waits until something comes, 0 only looks.

        Raises:
            RemoteProtocolError: a message of the server breaks the description, all earlier ones
                have been delivered, and the connection is closing. A breach that does not close
                it, as the policy or the description may say, is returned as a `Violation`.
            ConnectionClosed: everything has been delivered and the connection is over. What ended
                it is its ``error``, in its text, too: where the server passed a limit
                (`MessageTooBig`), was silent for too long (`DeadlineExceeded`) or broke a rule of
                WebSocket itself (`RemoteProtocolError`).
            DeadlineExceeded: nothing came within ``timeout``. It is a `TimeoutError`.
        """
        event = self._link.receive(timeout)
        if isinstance(event, Violation) and event.closing:
            raise event.error
        return event

    def __iter__(self) -> Iterator[Delivered]:
        """The events until the connection is closed in good order.

        Raises:
            ConnectionClosed: it was lost, or did not end normally, see `Closed.normal`.
            RemoteProtocolError: as in `receive`.
        """
        while True:
            try:
                event = self.receive()
            except ConnectionClosed as error:
                if error.normal:
                    return
                raise
            yield event

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait until it is closed; does nothing if it is.

        Messages that came before stay readable. Those that come while the server has not answered
        the close do so too, until ``Limits.max_queue`` of them wait.

        Args:
            code: 1000 to 1014 without the reserved ones, or 3000 to 4999.
            reason: at most 123 bytes in UTF-8.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        self._link.close(code, reason)

    def ping(self, payload: bytes | None = None) -> None:
        """Send a ping; the server's pong is not waited for.

        Pings that keep the connection alive go out by themselves, see ``Limits.ping_interval``.

        Args:
            payload: at most 125 bytes; None takes some that no other ping of this connection has.

        Raises:
            LocalProtocolError: the payload is too long.
            ReceiveLimitExceeded: as in `send`.
            ConnectionClosed: the connection is over.
        """
        self._link.ping(payload)

    def ping_and_wait(self, timeout: float | None = None) -> float:
        """Send a ping and wait for its pong; the messages that come before it can be received.

        Args:
            timeout: seconds to wait; None waits as long as ``Limits.ping_timeout`` lets it.

        Returns:
            Seconds from the ping to the pong.

        Raises:
            DeadlineExceeded: no pong came within ``timeout``, and the connection goes on.
            ReceiveLimitExceeded: as in `send`.
            ConnectionClosed: the connection is over.
        """
        return self._link.wait_for_pong(self._link.ping(None), timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        was_closed = self.closed is not None
        self.close(1000 if error is None else 1011)
        # The loop judges what happened to its connection: see `Reconnecting`.
        return self._in_a_loop and was_closed and isinstance(error, ConnectionClosed)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state.value}>"
