"""`Driver`: one core connection on one asyncio transport.

The driver obeys these rules, whatever calls it:

* The core is told the time before anything that may start or pass a deadline, and the loop's timer
  comes no later than the core's next deadline. It may come earlier and find nothing to do: that is
  cheaper than to set it again for each message.
* What the core wants written is written at once. Only a message that follows another, with nothing
  received in between, waits for the end of the loop's turn, and goes out with those that follow it.
* Once the core expects no more, the transport is closed, and aborted if that takes longer than
  ``close_timeout``.
* When the inbox is full the transport stops reading, and TCP stops the peer. It reads again when
  the inbox is low, or when this side is closing and looks for the peer's answer.
* No peer holds the loop for long: after so many frames that cost more than they say, others have
  their turn before the rest of a read is taken in.

Messages go to the reader through the inbox, with one future that wakes the reader: many messages
in one read cost one task switch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import local
from typing import Any, Final, cast

from schematic_engine.connection import Connection
from schematic_engine.delivery import Delivery
from schematic_engine.endings import Opened, farewell
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    LocalProtocolError,
    RemoteProtocolError,
)
from schematic_engine.events import (
    Accepted,
    Ambiguous,
    Closed,
    Delivered,
    Event,
    Message,
    Overdue,
    Pong,
    Rejected,
    Request,
    Unknown,
    Violation,
)
from schematic_engine.inbox import Inbox
from schematic_engine.limits import Limits

__all__ = ["Driver"]

_READ: Final = 64 * 1024
"""Bytes taken from the socket at once."""

_READ_LONG: Final = 128 * 1024
"""The same where messages are long: fewer of them are cut in two, and the loop turns less often.
Still more at once would make an allocator give memory back and ask for it again with each read."""

_LONG: Final = 4096
"""Bytes of a long message. Of shorter ones a longer read brings more than a cache holds."""

_USUAL: Final = 128
"""Bytes of a usual message. The core is given as many such at once as the inbox may hold, which is
what can come beyond the bound, since only then is it known to be full."""

_LEAST: Final = 4096
"""Bytes that the core is given at once at the least: smaller pieces cost more than they spare."""

_PATIENCE: Final = 256
"""Control frames, fragments and compressed frames that are taken in during one turn of the loop:
some 5 ms of work. What comes in slices is divided among them."""

_ONLY_MESSAGES: Final = frozenset({Message})


class _Buffers(local):
    """What sockets are read into: what is in it is used up before the loop reads the next one."""

    def __init__(self) -> None:
        self.long = memoryview(bytearray(_READ_LONG))
        self.usual = self.long[:_READ]


_buffers: Final = _Buffers()


class Driver(asyncio.BufferedProtocol):
    """Joins a core connection to a transport. Made inside a running loop.

    Attributes:
        core: the connection.
        inbox: received and not yet read.
        limits: what bounds it.
        opened: how the client's opening handshake ended.
        closed: how the WebSocket ended; None while it has not.
        lost: what the operating system said about the end, if it was an error.
        left: the code with which this side closed; None if it has not.
        paused: whether nothing is read from the socket, since the inbox is full.
        blocked: whether a message has to wait for `ready`, or cannot be sent any more.
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
        self.inbox = Inbox(limits)
        self.closed: Closed | None = None
        self.lost: Exception | None = None
        self.paused = False
        self.blocked = False
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[Opened] = self._loop.create_future()
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self.limits = limits
        self._on_made = on_made
        self._on_request = on_request
        self._buffer = _buffers.usual
        self._slice = max(_LEAST, min(_READ_LONG, _USUAL * limits.max_queue))
        self._rest = b""  # of what was read: what it brings found no room, or has to wait its turn
        self._turn: asyncio.Handle | None = None  # in which more of it is taken in
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0.0  # when it comes
        self._hangup: asyncio.TimerHandle | None = None
        self._reader: asyncio.Future[None] | None = None
        self._ponged: asyncio.Future[None] | None = None  # done when the next pong comes
        self.left: int | None = None
        self._failure: RemoteProtocolError | None = None  # to be told once
        self._drained: asyncio.Future[None] | None = None  # while the transport takes no more
        self._spoke = False  # a message was written, and nothing received since
        self._batch: list[bytes] = []  # what goes out at the end of the loop's turn
        self._batch_size = 0
        self._flushing: asyncio.Handle | None = None
        self._unwritten = 0  # bytes that will never be written
        self._opaque = False  # the transport holds other bytes than were sent, or none any more
        core.patience = max(1, _PATIENCE * self._slice // _READ_LONG)
        self._take(core.handle_timeout(self._loop.time()))

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Write what the core has to say first."""
        self._transport = cast("asyncio.Transport", transport)
        self._opaque = transport.get_extra_info("ssl_object") is not None
        limits = self.limits
        self._transport.set_write_buffer_limits(limits.max_write_buffer, limits.low_write_buffer)
        if self._on_made is not None:
            self._on_made(self)
        self.settle()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  (asyncio's signature)
        """Where to put what is read."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand bytes to the core and its events to whom they concern."""
        self._hear(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> None:
        """The peer will write no more; the transport closes once everything is written."""
        self._hear(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear what is left, and then tell everybody who waits that it is over."""
        self.lost = exc
        self._part()

    def _part(self) -> None:
        if self._rest:
            self._take(self.core.receive_data(self._rest))
            self._rest = self.core.left_over()
        if self._rest:
            self._loop.call_soon(self._part)
            return
        if self.closed is None:
            self._take(self.core.receive_data(b""))
        if self.closed is None:  # the handshake ended in an HTTP response
            self._end(Closed(code=1006))
        for timer in (self._timer, self._hangup, self._flushing, self._turn):
            if timer is not None:
                timer.cancel()
        self._drain()
        self.gone.set_result(None)

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write."""
        self._drained = self._loop.create_future()
        self.blocked = True

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._drain()

    # What the connections call

    async def ready(self) -> None:
        """Wait until something can be sent, and tell the core the time of it.

        Raises:
            ConnectionClosed: that can no longer be. While this side is closing, only after the
                end, so that the error can say how it ended.
        """
        while self._drained is not None:
            await asyncio.shield(self._drained)
        self._take(self.core.handle_timeout(self._loop.time()))
        if self.core.failed:
            self.settle()
        if self.inbox.ending:
            await asyncio.shield(self.gone)
        if self.closed is not None:
            raise self.farewell()

    def say(self, message: object, body: object) -> None:
        """Have the core send a message, and write it, at once or with those that follow it.

        Where the core is `timed`, `ready` comes first.

        Raises:
            LocalProtocolError: see `Connection.send`.
        """
        self.core.send(message, body)
        self._push()
        if self.core.timed:
            self._arm()

    def _push(self) -> None:
        if not self._spoke:
            self._spoke = True
            self.flush()
            return
        data = self.core.data_to_send()
        self._batch.append(data)
        self._batch_size += len(data)
        if self._batch_size >= self.limits.max_write_buffer:
            self.flush()
        elif self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write all that is to be written, if the transport has room for it."""
        transport = self._transport
        if transport is None:
            return
        if self._drained is not None and not self.core.close_expected():
            return  # what the peer makes us answer stays in the core, which forgets old pongs
        data = self.core.data_to_send()
        if self._flushing is not None or self._batch:
            if self._flushing is not None:
                self._flushing.cancel()
                self._flushing = None
            data = b"".join((*self._batch, data))
            self._batch.clear()
            self._batch_size = 0
        if not data:
            return
        if transport.is_closing():
            self._unwritten += len(data)
        else:
            transport.write(data)

    def ping(self, payload: bytes | None) -> bytes:
        """Send a ping, after `ready`; returns its payload."""
        payload = self.core.ping(payload)
        self.settle()
        return payload

    async def pong(self, payload: bytes) -> float:
        """Wait for the pong that answers a ping; returns the seconds it took.

        Raises:
            ConnectionClosed: it will not come.
        """
        while self.core.awaits_pong(payload):
            if self.closed is not None:
                raise self.farewell()
            if self._ponged is None:
                self._ponged = self._loop.create_future()
            await asyncio.shield(self._ponged)
        return self.core.latency or 0.0

    def settle(self) -> None:
        """Do what the core wants done after it was told something."""
        core = self.core
        self.flush()
        if core.failed and not self.inbox.ending:
            self._look_for_the_end()
        if left := core.left_over():
            self._later(left + self._rest)
        if core.close_expected():
            self._hang_up()
        self._arm()

    async def next(self) -> Delivered:
        """The oldest unread event; waits for one.

        A cancelled call has taken nothing.

        Raises:
            LocalProtocolError: another task waits already, or the request is not accepted yet.
            RemoteProtocolError: everything has been read, and then the peer broke a rule.
            ConnectionClosed: everything has been read and the WebSocket is over.
        """
        if self._reader is not None:
            raise LocalProtocolError(
                "another task is already waiting in receive(): messages go to one reader, so let "
                "one task receive and pass them on, with an asyncio.Queue for example"
            )
        while not self.inbox:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if self.closed is not None:
                raise self.farewell()
            if self.core.session is None:
                raise LocalProtocolError("nothing can be received before accept() is called")
            self._reader = self._loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        event = self.inbox.take()
        if self.paused:
            self.make_room()
        return event

    async def news(self) -> None:
        """Wait until something arrives, without taking it, or the connection is over."""
        self._reader = self._loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def make_room(self) -> None:
        """Take in what was held back and read from the socket again, if there is room for it."""
        if self._turn is None and self.inbox.low:
            self._go_on()

    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake, unless it has begun, and go on reading to its end.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        if self.closed is None:
            self._take(self.core.handle_timeout(self._loop.time()))
            self.core.close(code, reason)
            if not self.inbox.ending:
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
        return self.core.delivery(self._unwritten + self._batch_size + self._buffered())

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

    def _hear(self, data: bytes) -> None:
        self._spoke = False
        core = self.core
        early = core.handle_timeout(self._loop.time())
        if early:
            self._take(early)
        if self._rest:
            data, self._rest = self._rest + data, b""
        if len(data) > self._slice:
            self._slices(data)
        else:
            events = core.receive_data(data)
            is_long = len(data) > _LONG * (len(events) + 1)
            self._buffer = _buffers.long if is_long else _buffers.usual
            if self._take(events) and core.calm:
                self.flush()
                return
        self.settle()

    def _slices(self, data: bytes) -> None:
        """Hand over data in pieces, as long as there is room for what they bring."""
        for at in range(0, len(data), self._slice):
            if self.inbox.full and not self.inbox.ending:
                self._rest = data[at:]
                return
            end = at + self._slice
            self._take(self.core.receive_data(data[at:end]))
            if left := self.core.left_over():
                self._later(left + data[end:])
                return

    def _later(self, rest: bytes) -> None:
        """Leave ``rest`` to the next turn of the loop, and read no more before."""
        self._rest = rest
        self._read(False)
        if self._turn is None:
            self._turn = self._loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        if self.inbox.ending or not self.inbox.full:
            self._go_on()

    def _go_on(self) -> None:
        """Take in what was held back, and read on if that was all of it."""
        rest, self._rest = self._rest, b""
        if rest:
            self._hear(rest)
        if not self._rest and (self.inbox.ending or not self.inbox.full):
            self._read(True)

    def _take(self, events: list[Event]) -> bool:
        """Hand events to whom they concern; returns whether they are messages, and nothing else."""
        inbox = self.inbox
        plain = bool(events) and _ONLY_MESSAGES.issuperset(map(type, events))
        if plain:
            inbox.extend(cast("list[Message]", events))
        else:
            self._sort(events)
        if inbox.events:
            if not inbox.ending and inbox.full:
                self._read(False)
            self._wake()
        return plain

    def _sort(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Violation) and event.closing:
                self._failure = event.error
                self._wake()
            elif isinstance(event, (Message, Unknown, Ambiguous, Violation, Overdue)):
                self.inbox.put(event)
            elif isinstance(event, (Accepted, Rejected)):
                self._open(event)
            elif isinstance(event, Closed):
                self._end(event)
            elif isinstance(event, Pong):
                self._tell_pong()
            elif isinstance(event, Request) and self._on_request is not None:
                self._on_request(self, event)

    def _look_for_the_end(self) -> None:
        self.inbox.ending = True
        self.blocked = True
        if self._rest:
            self._later(self._rest)
        else:
            self._read(True)

    def _open(self, opened: Opened) -> None:
        if not self.opened.done():
            self.opened.set_result(opened)

    def _end(self, closed: Closed) -> None:
        self.closed = closed
        self.blocked = True
        self._open(closed)
        self._tell_pong()
        self._wake()

    def _tell_pong(self) -> None:
        if self._ponged is not None:
            self._ponged.set_result(None)
            self._ponged = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _drain(self) -> None:
        self.blocked = self.inbox.ending or self.closed is not None
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None
            self.flush()

    def _read(self, wanted: bool) -> None:
        if self._transport is None or self._transport.is_closing() or wanted is not self.paused:
            return
        self.paused, self.core.reading = not wanted, wanted
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
        if self.limits.close_timeout is not None:
            timeout = self.limits.close_timeout
            self._hangup = self._loop.call_later(timeout, self.abort)

    def _arm(self) -> None:
        deadline = self.core.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._armed <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None and not self.gone.done():
            self._armed = deadline
            self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        self._take(self.core.handle_timeout(self._loop.time()))
        self.settle()
