"""`Driver`: one core connection on one asyncio transport.

The driver obeys three rules, whatever calls it:

* The core is told the time before anything that may start or pass a deadline, and the loop's timer
  is set to the core's next deadline afterwards.
* Whatever the core wants written is written at once; once the core expects no more, the transport
  is closed, and aborted if that takes longer than ``close_timeout``.
* When ``max_queue`` messages wait unread the transport stops reading, and TCP stops the peer. It
  reads again when a quarter is left, or when this side is closing and looks for the peer's answer.

Messages go from ``data_received`` to the reader through a deque, with one future that wakes the
reader: many messages in one read cost one task switch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

from schematic.compile import Phase
from schematic_engine.connection import Connection
from schematic_engine.delivery import Delivery
from schematic_engine.endings import Opened, farewell
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, LocalProtocolError
from schematic_engine.events import (
    Accepted,
    Ambiguous,
    Closed,
    Delivered,
    Event,
    Message,
    Overdue,
    Rejected,
    Request,
    Unknown,
    Violation,
)
from schematic_engine.limits import Limits

__all__ = ["Driver"]


class Driver(asyncio.Protocol):
    """Joins a core connection to a transport. Made inside a running loop.

    Attributes:
        core: the connection.
        inbox: received and not yet read, oldest first.
        opened: how the client's opening handshake ended.
        closed: how the WebSocket ended; None while it has not.
        lost: what the operating system said about the end, if it was an error.
        ending: whether this side has begun the closing handshake: nothing can be sent any more.
        left: the code with which this side closed; None if it has not.
        gone: done when the transport is closed and nothing more will happen.
    """

    def __init__(
        self,
        core: Connection,
        limits: Limits,
        *,
        on_made: Callable[[Driver], None] | None = None,
        on_request: Callable[[Driver, Request], None] | None = None,
    ) -> None:
        self.core = core
        self.inbox: deque[Delivered] = deque()
        self.closed: Closed | None = None
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[Opened] = self._loop.create_future()
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self._limits = limits
        self._on_made = on_made
        self._on_request = on_request
        self._transport: asyncio.Transport | None = None
        self.lost: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed: float | None = None
        self._hangup: asyncio.TimerHandle | None = None
        self._reader: asyncio.Future[None] | None = None
        self._reading = True
        self.ending = False
        self.left: int | None = None
        self._unwritten = 0  # bytes that will never be written
        self._opaque = False  # the transport holds other bytes than were sent, or none any more
        self._discarding = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._take(core.handle_timeout(self._loop.time()))

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Write what the core has to say first."""
        self._transport = cast("asyncio.Transport", transport)
        self._opaque = transport.get_extra_info("ssl_object") is not None
        if self._on_made is not None:
            self._on_made(self)
        self.settle()

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the core and its events to whom they concern."""
        self._take(self.core.handle_timeout(self._loop.time()))
        self._take(self.core.receive_data(data))
        self.settle()

    def eof_received(self) -> None:
        """The peer will write no more; the transport closes once everything is written."""
        self.data_received(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that it is over."""
        self.lost = exc
        if self.closed is None:
            self._take(self.core.receive_data(b""))
        if self.closed is None:  # the handshake ended in an HTTP response
            self._end(Closed(code=1006))
        for timer in (self._timer, self._hangup):
            if timer is not None:
                timer.cancel()
        self._writable.set()
        self.gone.set_result(None)

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._writable.set()

    # What the connections call

    async def writable(self) -> None:
        """Wait until the transport takes more; at once when the connection is lost."""
        while not self._writable.is_set():
            await self._writable.wait()

    def write(self) -> None:
        """Write what the core wants written."""
        if self._transport is not None:
            data = self.core.data_to_send()
            if data and not self._transport.is_closing():
                self._transport.write(data)
            else:
                self._unwritten += len(data)

    def settle(self) -> None:
        """Do what the core wants done after it was told something."""
        self.write()
        if self.core.phase is Phase.FAILED and not self.ending:
            self._look_for_the_end()
        if self.core.close_expected():
            self._hang_up()
        self._arm()

    async def next(self) -> Delivered:
        """The oldest unread event; waits for one.

        A cancelled call has taken nothing.

        Raises:
            LocalProtocolError: another task waits already, or the request is not accepted yet.
            ConnectionClosed: everything has been read and the WebSocket is over.
        """
        if self._reader is not None:
            raise LocalProtocolError(
                "another task is already waiting in receive(): messages go to one reader, so let "
                "one task receive and pass them on, with an asyncio.Queue for example"
            )
        while not self.inbox:
            if self.closed is not None:
                raise self.farewell()
            if self.core.session is None:
                raise LocalProtocolError("nothing can be received before accept() is called")
            await self.news()
        event = self.inbox.popleft()
        if not self._reading and len(self.inbox) <= self._limits.low_queue:
            self._read(True)
        return event

    async def news(self) -> None:
        """Wait until something arrives, without taking it, or the connection is over."""
        self._reader = self._loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake, unless it has begun, and go on reading to its end.

        What arrives from here on is kept until ``max_queue`` messages wait, and dropped from the
        first that finds no room: nobody may read any more.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        if self.closed is None:
            self._take(self.core.handle_timeout(self._loop.time()))
            self.core.close(code, reason)
            if not self.ending:
                self.left = code
            self._look_for_the_end()
            self.settle()

    def abort(self) -> None:
        """Drop the connection without another word."""
        if self._transport is not None:
            self._unwritten += self._buffered()
            self._opaque = True
            self._transport.abort()

    async def drop(self) -> None:
        """Drop the connection and wait until its socket is closed, a few turns of the loop."""
        self.abort()
        if self._transport is not None:
            await asyncio.shield(self.gone)

    def farewell(self) -> ConnectionClosed:
        """The error that tells how the WebSocket ended."""
        return farewell(self.closed, self.lost, self.delivery())

    def delivery(self) -> Delivery:
        """What became of the messages that were sent.

        What a transport held when it failed by itself counts as written: it does not tell.
        """
        return self.core.delivery(self._unwritten + self._buffered())

    def _buffered(self) -> int:
        """Bytes that wait in the transport, as far as it can be asked."""
        if self._transport is None or self._opaque or self.gone.done():
            return 0
        return self._transport.get_write_buffer_size()

    @property
    def peername(self) -> object:
        """The peer's address as the socket gives it; None before there is one."""
        return None if self._transport is None else self._transport.get_extra_info("peername")

    @property
    def peer_certificate(self) -> dict[str, Any] | None:
        """The peer's certificate, if TLS has verified one."""
        transport = self._transport
        return None if transport is None else transport.get_extra_info("peercert") or None

    # What only the driver calls

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, (Message, Unknown, Ambiguous, Violation, Overdue)):
                self._store(event)
            elif isinstance(event, (Accepted, Rejected)):
                self._open(event)
            elif isinstance(event, Closed):
                self._end(event)
            elif isinstance(event, Request) and self._on_request is not None:
                self._on_request(self, event)
        if self.inbox or self.closed is not None:
            self._wake()

    def _store(self, event: Delivered) -> None:
        full = len(self.inbox) >= self._limits.max_queue
        if full and self.ending:
            self._discarding = True
        if self._discarding:
            return
        self.inbox.append(event)
        if len(self.inbox) >= self._limits.max_queue and not self.ending:
            self._read(False)

    def _look_for_the_end(self) -> None:
        self.ending = True
        self._read(True)

    def _open(self, opened: Opened) -> None:
        if not self.opened.done():
            self.opened.set_result(opened)

    def _end(self, closed: Closed) -> None:
        self.closed = closed
        self._open(closed)
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _read(self, wanted: bool) -> None:
        if self._transport is None or self._transport.is_closing() or wanted is self._reading:
            return
        self._reading = self.core.reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _hang_up(self) -> None:
        if self._transport is None or self._hangup is not None:
            return
        if self.closed is not None and isinstance(self.closed.error, DeadlineExceeded):
            self.abort()
            return
        self._transport.close()
        if self._limits.close_timeout is not None:
            timeout = self._limits.close_timeout
            self._hangup = self._loop.call_later(timeout, self.abort)

    def _arm(self) -> None:
        deadline = self.core.next_deadline()
        if deadline == self._armed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = deadline
        self._timer = None
        if deadline is not None and not self.gone.done():
            self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = self._armed = None
        self._take(self.core.handle_timeout(self._loop.time()))
        self.settle()
