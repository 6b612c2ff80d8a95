"""One connection's input and output, shared by threads.

Whoever calls does the work. A caller states what it waits for, and until that holds it repeats one
round: tell the core the time, write what there is to write, read what there is to read. When a
round moves nothing it waits.

Several threads may be at it. One lock covers the core, the inbox and every call on the socket,
which is what OpenSSL needs; it is let go only to wait. The first thread that has to wait *leads*:
it waits for the socket, and it alone reads. The others wait for the leader's news. A thread that
changes what the leader should be waiting for wakes it.

While nobody calls, a thread of the link's own may do the rounds (`Link.serve`). It leads when no
call has waited for a tenth of a second, and steps back for the first one that does: a script that
is busy with its connection never shares it, and one that is busy elsewhere does not lose it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ssl import SSLEOFError, SSLError
from threading import Condition, Lock, Thread, current_thread
from time import monotonic
from typing import Final, cast

from schematic.compile import Phase
from schematic_engine.connection import Connection
from schematic_engine.delivery import Delivery
from schematic_engine.endings import accepted, farewell
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    ReceiveLimitExceeded,
)
from schematic_engine.events import (
    Accepted,
    Closed,
    Delivered,
    Event,
    Message,
    Ping,
    Pong,
    Rejected,
    Request,
)
from schematic_engine.greeting import Greeting, is_peers_turn, try_to_say
from schematic_engine.inbox import Inbox
from schematic_engine.limits import Limits
from schematic_engine.session import Session
from schematic_engine.sync.transport import Transport
from schematic_engine.sync.watch import Watch

__all__ = ["Link"]

_ONLY_MESSAGES: Final = frozenset({Message})

_PATIENCE: Final = 0.1
"""Seconds without a call that waits, after which the service leads."""


class Link:
    """A client's `Connection` on a `Transport`, driven by the threads that call.

    Attributes:
        limits: what bounds it.
        left: the code with which this side closed; None if it has not.

    Args:
        core: the connection; from here on only this object uses it.
        transport: the socket; this object closes it.
        limits: ``max_queue`` and ``max_queue_bytes`` bound what is read ahead,
            ``max_write_buffer`` what the peer makes us answer, ``close_timeout`` the last flush.
    """

    def __init__(self, core: Connection, transport: Transport, limits: Limits) -> None:
        self._core = core
        self._transport = transport
        self.limits = limits
        self._watch = Watch(transport)
        self._lock = lock = Lock()
        self._changed = Condition(lock)
        self._watching: int | None = None  # what the leader waits for; None: nobody leads
        self._until: float | None = None  # and until when at the latest
        self._reader: Thread | None = None  # the thread that received last
        self._inbox = Inbox(limits)
        self._held = False  # the inbox was full and is not low again
        self._out = bytearray()
        self._asked = 0  # bytes that were ever put into _out
        self._written = 0  # and those of them that went out
        self._lost: Exception | None = None  # what the operating system said, if it was an error
        self._broken = False  # writing is no use any more
        self.left: int | None = None
        self._ending = False  # the closing handshake has begun here
        self._dropping = False  # and what arrived before the peer's answer found no more room
        self._give_up: float | None = None  # when the last flush has to be over
        self._answer: Accepted | Rejected | None = None
        self._closed: Closed | None = None
        self._service: Thread | None = None
        self._serving = False  # the service leads
        self._free = Condition(lock)  # for the service: the last caller has left
        self._waits = False  # the service waits for that
        self._callers = 0  # threads that wait for something
        self._left = 0.0  # when the last of them left
        self._forgotten = False  # nobody can call any more

    @property
    def closed(self) -> Closed | None:
        """How the connection ended; None while it has not."""
        return self._closed

    @property
    def session(self) -> Session | None:
        """The conversation, once the connection is open."""
        return self._core.session

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong."""
        with self._changed:
            return self._core.latency

    @property
    def phase(self) -> Phase:
        """Where the connection stands."""
        with self._changed:
            return self._core.phase

    @property
    def unread(self) -> int:
        """How many events wait in the inbox."""
        with self._changed:
            return len(self._inbox)

    def allowed(self) -> tuple[str, ...]:
        """What may be sent now."""
        with self._changed:
            return self._core.allowed()

    def expected(self) -> tuple[str, ...]:
        """What the peer may send now."""
        with self._changed:
            return self._core.expected()

    def open(self, greeting: Greeting | None = None) -> Accepted:
        """Waits for the server's answer to the upgrade request, and says what is said first.

        What the server has to say before this side can go on is waited for, up to
        ``open_timeout`` again.

        Raises:
            HandshakeRejected: the answer was an HTTP response.
            RemoteProtocolError: it was no answer that the protocol knows, or came too late.
            LocalProtocolError: something of the greeting may not be said.
            DeadlineExceeded: the greeting took too long.
            ConnectionClosed: there was no answer, or the connection ended during the greeting.
            SSLError: there was none, since TLS failed.
        """
        with self._changed:
            try:
                self._drive(lambda: self._answer is not None or self._closed is not None)
                answer = self._opened()
                if greeting is not None:
                    self._greet(greeting)
            except BaseException:
                if not self._transport.closed:
                    self._release()
                raise
            return answer

    def send(self, message: object, body: object) -> None:
        """Has the core send a message, and waits until it is written."""
        with self._lock:
            self._check_open()
            self._core.send(message, body)
            self._flush()

    def ping(self, payload: bytes | None) -> bytes:
        """Has the core send a ping, and waits until it is written; returns its payload."""
        with self._changed:
            self._check_open()
            payload = self._core.ping(payload)
            self._flush()
            return payload

    def wait_for_pong(self, payload: bytes, timeout: float | None) -> float:
        """Waits until the ping with this payload is answered; returns the seconds it took.

        Raises:
            DeadlineExceeded: it was not, in ``timeout`` seconds.
            ConnectionClosed: it never will be.
            ReceiveLimitExceeded: it is behind messages that nobody reads.
        """
        with self._changed:
            deadline = None if timeout is None else monotonic() + timeout
            if not self._drive(lambda: self._is_answered(payload), deadline):
                raise DeadlineExceeded(deadline="pong", seconds=timeout or 0.0)
            if self._core.awaits_pong(payload):
                raise self.farewell() if self._is_over() else self._overfull()
            return self._core.latency or 0.0

    def receive(self, timeout: float | None) -> Delivered:
        """Takes the next event from the inbox, waiting for one if it is empty.

        Raises:
            DeadlineExceeded: none came in ``timeout`` seconds.
            ConnectionClosed: none will come.
        """
        with self._lock:
            self._reader = current_thread()
            if not self._inbox:
                self._fill(timeout)
            elif self._out:
                self._write()
            event = self._inbox.take()
            if self._held and self._inbox.low:
                self._held = False
                self._tell()
            return event

    def close(self, code: int, reason: str) -> None:
        """Closes, and waits for the peer's close frame.

        What comes before it is kept until the inbox is full, and dropped from the first that finds
        no room: nobody may read any more.
        """
        with self._changed:
            if self._closed is None:
                self._tick()
                self._core.close(code, reason)
                if not self._ending:
                    self.left = code
                self._ending = True
            self._drive(lambda: self._transport.closed)
        if self._service is not None:
            self._service.join()

    # While nobody calls

    def start(self) -> None:
        """Begins to `serve`, in a thread that ends with the connection or with the program."""
        self._service = Thread(target=self.serve, name="schematic-connection", daemon=True)
        self._service.start()

    def serve(self) -> None:
        """Works while no caller does, until the socket is closed."""
        with self._changed:
            try:
                while not self._transport.closed:
                    if self._forgotten:
                        self._release()
                    elif not self._stand_back() and not self._work():
                        self._serving = True
                        self._lead(self._due(None))
                        self._serving = False
            except BaseException as error:
                # Not ours to handle: the callers learn of it, and the thread dies of it.
                self._break(error if isinstance(error, Exception) else None)
                self._release()
                raise

    def forget(self) -> None:
        """Has the service close the socket. Takes no lock: a garbage collector may be calling."""
        self._forgotten = True
        if not self._transport.closed:
            self._watch.wake()

    def _stand_back(self) -> bool:
        """Waits for its turn, if it is not; whether it has waited."""
        if self._callers:
            self._waits = True
            self._free.wait()
            self._waits = False
            return True
        patience = self._left + _PATIENCE - monotonic()
        return patience > 0 and (self._free.wait(patience) or True)

    def abandon(self) -> None:
        """Says goodbye as far as that goes without waiting, unless another thread is at it."""
        if self._closed is not None or not self._changed.acquire(blocking=False):
            return
        try:
            if (self._watching is None or self._serving) and not self._transport.closed:
                self._core.close(1001)
                self._write()
                self._take(self._core.receive_data(b""))
                if self._serving:
                    self.forget()
                else:
                    self._release()
        finally:
            self._changed.release()

    def farewell(self) -> ConnectionClosed:
        """The error that tells how the connection ended."""
        return farewell(self._closed, self._lost, self._delivery())

    def delivery(self) -> Delivery:
        """What became of the messages that were sent."""
        with self._changed:
            return self._delivery()

    def _delivery(self) -> Delivery:
        return self._core.delivery(self._asked - self._written)

    # What callers wait for

    def _opened(self) -> Accepted:
        if self._answer is None and isinstance(self._lost, SSLError):
            raise self._lost  # the server does not trust this client, say
        opened = self._answer or self._closed or Closed(code=1006)
        address = self._core.address
        return accepted(opened, self._lost, secure=address is not None and address.secure)

    def _greet(self, greeting: Greeting) -> None:
        timeout = self.limits.open_timeout
        deadline = None if timeout is None else monotonic() + timeout
        for said in greeting():
            self._wait_for(partial(try_to_say, self._core, said), deadline)
            self._flush()
        self._wait_for(lambda: not is_peers_turn(self._core), deadline)

    def _wait_for(self, holds: Callable[[], bool], deadline: float | None) -> None:
        if not self._drive(lambda: self._ending or self._is_over() or holds(), deadline):
            timeout = self.limits.open_timeout or 0.0
            raise DeadlineExceeded(deadline="initialize", seconds=timeout)
        self._check_open()

    def _fill(self, timeout: float | None) -> None:
        deadline = None if timeout is None else monotonic() + timeout
        if not self._drive(lambda: bool(self._inbox) or self._transport.closed, deadline):
            raise DeadlineExceeded(deadline="receive", seconds=timeout or 0.0)
        if not self._inbox:
            raise self.farewell()

    def _flush(self) -> None:
        self._write(everything=True)
        goal = self._asked
        if self._written == goal:
            self._tell()
            return
        self._drive(lambda: self._written >= goal or self._is_over() or self._is_stuck())
        if self._written < goal:
            if self._is_over():
                raise self.farewell()
            raise self._overfull()

    def _overfull(self) -> ReceiveLimitExceeded:
        limit, value = self._inbox.reached
        return ReceiveLimitExceeded(limit=limit, value=value)

    def _is_answered(self, payload: bytes) -> bool:
        return not self._core.awaits_pong(payload) or self._is_over() or self._is_stuck()

    def _is_over(self) -> bool:
        return self._broken or self._closed is not None

    def _is_stuck(self) -> bool:
        """Whether only reading would help, and no other thread is there to do it."""
        if self._wants_more():
            return False
        reader = self._reader
        return reader is None or reader is current_thread() or not reader.is_alive()

    def _check_open(self) -> None:
        self._tick()
        if self._ending:
            self._drive(lambda: self._transport.closed)
        if self._is_over():
            raise self.farewell()

    # Rounds. The lock is held throughout, but for the waiting.

    def _drive(self, done: Callable[[], bool], deadline: float | None = None) -> bool:
        """Works until ``done``; False if ``deadline`` came first."""
        self._callers += 1
        try:
            while not done():
                moved = self._work()
                if done():
                    break
                if deadline is not None and monotonic() >= deadline:
                    return False
                if not moved:
                    self._wait(deadline)
        finally:
            self._callers -= 1
            self._left = monotonic()
            if self._waits and not self._callers:
                self._free.notify()
            self._tell()
        return True

    def _work(self) -> bool:
        """One round; whether anything moved."""
        self._tick()
        moved = self._write()
        if self._watching is None and self._wants_more():
            moved = self._read() or moved
        return self._settle() or moved

    def _tick(self) -> None:
        self._core.reading = self._wants_more()
        self._take(self._core.handle_timeout(monotonic()))

    def _write(self, *, everything: bool = False) -> bool:
        """Writes what goes out at once; whether anything did.

        Args:
            everything: take all that the core has to say. Otherwise that is left with the core
                while much is unwritten: it forgets pongs that come too late.
        """
        moved = False
        while not self._transport.closed:
            if everything or len(self._out) < self.limits.max_write_buffer:
                data = self._core.data_to_send()
                if data:
                    self._out += data
                    self._asked += len(data)
            if not self._out:
                break
            try:
                sent = self._transport.send(self._out)
            except OSError as error:
                self._break(error)
                break
            if not sent:
                break
            del self._out[:sent]
            self._written += sent
            moved = True
        return moved

    def _read(self) -> bool:
        try:
            data = self._transport.receive()
        except OSError as error:
            self._break(error)
            data = b""
        if data is None:
            if not self._broken:
                return False
            data = b""  # what could be read has been, and nothing else can happen
        self._take(self._core.receive_data(data))
        self._write()
        return True

    def _take(self, events: list[Event]) -> None:
        if events and not self._ending and _ONLY_MESSAGES.issuperset(map(type, events)):
            self._inbox.extend(cast("list[Message]", events))
            self._held = self._held or self._inbox.full
        elif events:
            self._sort(events)
        self._ending = self._ending or self._core.failed

    def _sort(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Closed):
                self._closed = event
            elif isinstance(event, (Accepted, Rejected)):
                self._answer = event
            elif not isinstance(event, (Ping, Pong, Request)):
                self._store(event)

    def _store(self, event: Delivered) -> None:
        if self._ending and self._inbox.full:
            self._dropping = True
        if not self._dropping:
            self._inbox.put(event)
            self._held = self._held or self._inbox.full

    def _settle(self) -> bool:
        """Closes the socket once that is all that is left to do."""
        if self._transport.closed or not self._core.close_expected():
            return False
        if self._give_up is None and self.limits.close_timeout is not None:
            self._give_up = monotonic() + self.limits.close_timeout
        late = self._closed is not None and isinstance(self._closed.error, DeadlineExceeded)
        flushed = self._broken or late or not self._out
        if not flushed and (self._give_up is None or monotonic() < self._give_up):
            return False
        if self._watching is not None:
            return False  # the leader waits on this descriptor: it is woken, and closes it
        self._release()
        return True

    def _release(self) -> None:
        self._transport.close()
        self._watch.close()
        self._free.notify()

    def _break(self, error: Exception | None) -> None:
        """Stops writing. Reading goes on: what the peer said before may still be there."""
        if self._lost is None or isinstance(self._lost, SSLEOFError):
            self._lost = error  # the peer's alert says more than that it has gone
        self._broken = True
        self._out.clear()

    # Waiting

    def _wants_more(self) -> bool:
        if self._closed is not None or self._transport.closed:
            return False
        return self._ending or not self._inbox.full

    def _interest(self) -> int:
        interest = self._transport.reads_on if self._wants_more() else 0
        if self._out:
            interest |= self._transport.writes_on
        return interest

    def _wait(self, deadline: float | None) -> None:
        if self._watching is None:
            self._lead(self._due(deadline))
            return
        if self._serving:
            self._watch.wake()  # it stands back for us
        else:
            self._tell()
        due = self._due(deadline)
        self._changed.wait(None if due is None else max(due - monotonic(), 0.0))

    def _lead(self, due: float | None) -> None:
        self._watching, self._until = self._interest(), due
        self._changed.release()
        try:
            self._watch.wait(self._watching, None if due is None else max(due - monotonic(), 0.0))
        finally:
            self._changed.acquire()
            self._watching = None
            self._changed.notify_all()

    def _tell(self) -> None:
        """Lets waiting threads look again; the leader if it waits for the wrong thing, or too long.

        A ping, or a message, may start a deadline that is sooner than all that there were.
        """
        if self._callers:
            self._changed.notify_all()
        if self._watching is not None and (self._watching != self._interest() or self._is_sooner()):
            self._watch.wake()

    def _due(self, deadline: float | None) -> float | None:
        """The moment at which there is something to do, whatever happens until then."""
        deadlines = (deadline, self._core.next_deadline(), self._give_up)
        return min((time for time in deadlines if time is not None), default=None)

    def _is_sooner(self) -> bool:
        due = self._due(None)
        return due is not None and (self._until is None or due < self._until)
