"""`BaseConnection`: what a client's and a server's connection have in common."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self, overload

from msgspec import UNSET

from schematic.compile import Phase
from schematic_engine.asyncio.driver import Driver
from schematic_engine.connection import Connection
from schematic_engine.delivery import Delivery
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, LocalProtocolError
from schematic_engine.events import Closed, Delivered
from schematic_engine.limits import Limits
from schematic_engine.session import Session

__all__ = ["BaseConnection"]


class BaseConnection:
    """An open connection. One task may receive; any number of tasks may send.

    Leaving its ``async with`` block closes with code 1000, or with 1011 if an exception passes.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._core: Connection = driver.core
        self._unread = driver.inbox.events

    @property
    def state(self) -> Phase:
        """Where the conversation stands."""
        return self._core.phase

    @property
    def closed(self) -> Closed | None:
        """How the connection ended; None while it has not."""
        return self._driver.closed

    @property
    def session(self) -> Session:
        """The conversation, to look at: where it stands (`Session.machine`) and its codecs.

        Raises:
            LocalProtocolError: the connection has not been accepted yet.
        """
        session = self._core.session
        if session is None:
            raise LocalProtocolError("the connection has not been opened yet")
        return session

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong; None before there was one."""
        return self._core.latency

    @property
    def limits(self) -> Limits:
        """The bounds that it was opened with."""
        return self._driver.limits

    @property
    def unread(self) -> int:
        """How many events have arrived and were not yet received.

        `state`, `allowed` and `expected` have counted them already.
        """
        return len(self._unread)

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that this side may send now."""
        return self._core.allowed()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the peer may send now."""
        return self._core.expected()

    def delivery(self) -> Delivery:
        """What became of the messages that were sent, as far as this side knows; at any time.

        It is `ConnectionClosed.delivery`, too.
        """
        return self._driver.delivery()

    @overload
    async def send(self, message: object) -> None: ...

    @overload
    async def send(self, message: str, body: object) -> None: ...

    async def send(self, message: object, body: object = UNSET) -> None:
        """Send one message: a typed body, or an id and a body.

        Waits while the peer reads more slowly than this side writes, and more than
        ``Limits.max_write_buffer`` bytes are unsent. It waits before the message is judged and
        written, so a cancelled call has sent nothing. A finished one has handed the message to the
        operating system or to the transport's bounded buffer; of several messages with nothing
        received in between, all after the first go out in one write, when the loop's turn ends.

        A peer that streams while it is sent to stops reading when its own messages are not read:
        whoever sends much to such a peer receives in another task.

        Args:
            message: an instance of a message's body type, or the id of a message.
            body: the body of the message named by id: an instance, or a mapping that is converted
                to the type. May be left out where every field has a default.

        Raises:
            LocalIllegalMessage: it is not this side's turn to say that. Nothing was written.
            LocalInvalidMessage: the body does not fit. Nothing was written.
            ConnectionClosed: the connection is over. Nothing was written. While this side is
                closing, the call first waits for the end, so that the error can say how it ended.
        """
        driver = self._driver
        if driver.blocked or self._core.timed:
            await driver.ready()
        driver.say(message, body)

    async def receive(self, timeout: float | None = None) -> Delivered:
        """The next event, in the order of arrival.

        A cancelled or timed out call loses nothing: the next call returns what it would have.

        Args:
            timeout: seconds to wait; None waits until something comes.

        Raises:
            RemoteProtocolError: a message of the peer breaks the description, all earlier ones have
                been delivered, and the connection is closing. A breach that does not close it, as
                the policy or the description may say, is returned as a `Violation`.
            ConnectionClosed: everything has been delivered and the connection is over. What ended
                it is its ``error``, in its text, too: where the peer passed a limit
                (`MessageTooBig`), was silent for too long (`DeadlineExceeded`) or broke a rule of
                WebSocket itself (`RemoteProtocolError`).
            DeadlineExceeded: nothing came within ``timeout``.
            LocalProtocolError: another task is receiving.
        """
        if self._unread:
            return self._take()
        if timeout is None:
            return await self._driver.next()
        try:
            async with asyncio.timeout(timeout):
                return await self._driver.next()
        except TimeoutError:
            raise DeadlineExceeded(deadline="receive", seconds=timeout) from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivered:
        """The next event; the iteration ends when the connection was closed in good order.

        Raises:
            ConnectionClosed: it was lost, or did not end normally, see `Closed.normal`.
            RemoteProtocolError: as in `receive`.
        """
        if self._unread:
            return self._take()
        try:
            return await self._driver.next()
        except ConnectionClosed as error:
            if error.normal:
                raise StopAsyncIteration from None
            raise

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait until it is closed; does nothing if it is.

        Messages that came before stay readable. Those that come while the peer has not answered
        the close do so too, until ``Limits.max_queue`` of them wait. If this call is cancelled the
        connection is dropped.

        Args:
            code: 1000 to 1014 without the reserved ones, or 3000 to 4999.
            reason: at most 123 bytes in UTF-8.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        self._driver.close(code, reason)
        try:
            await asyncio.shield(self._driver.gone)
        except asyncio.CancelledError:
            self._driver.abort()
            raise

    async def ping(self, payload: bytes | None = None) -> None:
        """Send a ping; the peer's pong is not waited for.

        Pings that keep the connection alive go out by themselves, see ``Limits.ping_interval``.

        Args:
            payload: at most 125 bytes; None takes some that no other ping of this connection has.

        Raises:
            LocalProtocolError: the payload is too long.
            ConnectionClosed: the connection is over.
        """
        await self._driver.ready()
        self._driver.ping(payload)

    async def ping_and_wait(self, timeout: float | None = None) -> float:
        """Send a ping and wait for its pong; the messages that come before it can be received.

        Args:
            timeout: seconds to wait; None waits as long as ``Limits.ping_timeout`` lets it, and
                while more messages than ``Limits.max_queue`` allows are unread.

        Returns:
            Seconds from the ping to the pong.

        Raises:
            DeadlineExceeded: no pong came within ``timeout``, and the connection goes on.
            ConnectionClosed: the connection is over.
        """
        await self._driver.ready()
        payload = self._driver.ping(None)
        try:
            async with asyncio.timeout(timeout):
                return await self._driver.pong(payload)
        except TimeoutError:
            raise DeadlineExceeded(deadline="pong", seconds=timeout or 0.0) from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        await self.close(1000 if error is None else 1011)
        return None

    def _take(self) -> Delivered:
        """The oldest unread event, of which there is one: the short way to it."""
        event = self._unread.popleft()
        if self._driver.paused:
            self._driver.make_room()
        return event

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state.value}>"
