"""`Watch`: one connection that is watched, as whatever wraps its socket talks to it.

It adds to `schematic_engine.monitor.conversation` what a program has: time, threads, and traffic
that must go on whatever happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from threading import RLock
from types import TracebackType

from schematic_engine.conformance import Finding, Severity
from schematic_engine.monitor.conversation import Conversation, Opening, Sending
from schematic_engine.monitor.errors import NotConforming

__all__ = ["Guard", "Surroundings", "Watch"]

_SENT: ContextVar[list[Finding] | None] = ContextVar("_SENT", default=None)
"""What was wrong with what the present call has sent."""


class Surroundings:
    """What all watches of a monitor share.

    Args:
        clock: the time, in seconds since any moment.
        raises: whether errors are raised at the calls that show them.
        deliver: tells what was found to whoever wants to know; never raises.
        fail: is told when judging a connection has failed: its number and the error.

    Attributes:
        lock: is held while something is judged.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        raises: bool,
        deliver: Callable[[], None],
        fail: Callable[[int, Exception], None],
    ) -> None:
        self.clock, self.raises, self.deliver, self.fail = clock, raises, deliver, fail
        self.lock = RLock()


class Guard:
    """A block in which a connection is judged: one thread at a time, and no error leaves it.

    Attributes:
        failed: whether an error has ended the judging.
    """

    def __init__(self, number: int, around: Surroundings) -> None:
        self.failed = False
        self._number, self._around = number, around

    def __enter__(self) -> None:
        self._around.lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._around.lock.release()
        if not isinstance(error, Exception):
            return False
        self.failed = True
        self._around.fail(self._number, error)
        return True


class Watch:
    """One connection. Tell it what the program does; see `Monitor.connection`.

    All may be called from any thread. Nothing here raises, but `NotConforming` where the monitor
    was made with ``raises=True``.
    """

    def __init__(self, conversation: Conversation, around: Surroundings) -> None:
        self._talk = conversation
        self._around = around
        self._guard = Guard(conversation.number, around)

    @property
    def number(self) -> int:
        """Which of the monitor's connections it is, from 0."""
        return self._talk.number

    @property
    def is_over(self) -> bool:
        """Whether nothing more is judged."""
        return self._talk.is_over or self._guard.failed

    @property
    def has_closed(self) -> bool:
        """Whether it was told of a close frame of the program."""
        return self._talk.has_closed

    # ------------------------------------------------------------------------------ the opening

    def asked(self, opening: Opening | Callable[[], Opening]) -> None:
        """The client asked for a WebSocket.

        Args:
            opening: how, or what finds that out, whose errors go no further.
        """

        def judge(now: float) -> tuple[Finding, ...]:
            how = opening() if callable(opening) else opening
            return self._talk.asked(how, now)

        self._do(judge)

    def accepted(self, subprotocol: str | None) -> None:
        """The server accepted, with a subprotocol or without."""
        self._do(lambda now: self._talk.accepted(subprotocol, now))

    def rejected(self) -> None:
        """The server did not accept."""
        self._do(self._talk.rejected)

    # ------------------------------------------------------------------------------ what is said

    def received(self, said: str | bytes | None, *, text: bool = True) -> None:
        """The program got a message.

        Args:
            said: a text, or the bytes of a binary message; None if it is not known in full.
            text: for what is not known, whether it is text.

        Raises:
            NotConforming: it is an error, and errors are raised.
        """
        if self._guard.failed:
            return
        found: tuple[Finding, ...] = ()
        with self._guard:
            found = self._talk.received(said, self._around.clock(), text=text)
        self._settle(found)

    def received_bytes(self, said: bytes) -> None:
        """The same of bytes of which it is not known whether they are text."""
        self._do(lambda now: self._talk.received_bytes(said, now))

    def sending(
        self, said: str | bytes | None, *, text: bool = True
    ) -> AbstractContextManager[None]:
        """A block in which the program sends a message.

        If the block fails, nothing was sent; if it is cancelled, that is not known.

        Args:
            said: a text, or the bytes of a binary message; None if it is not known in full.
            text: for what is not known, whether it is text.

        Raises:
            NotConforming: at the end of the block: it was sent, is an error, and errors are
                raised.
        """
        return _UnderWay(self, lambda now: self._talk.sending(said, now, text=text))

    def closing(self, code: int, reason: str = "") -> AbstractContextManager[None]:
        """A block in which the program sends a close frame; see `sending`."""
        return _UnderWay(self, lambda now: self._talk.closing(code, reason, now))

    def has_sent(self, said: str | bytes | None, *, text: bool = True) -> None:
        """The program has just sent a message; errors are raised by the block `sends`."""
        self._has_sent(lambda now: self._talk.sending(said, now, text=text))

    def has_sent_close(self, code: int, reason: str = "") -> None:
        """The program has just sent a close frame; likewise."""
        self._has_sent(lambda now: self._talk.closing(code, reason, now))

    @contextmanager
    def sends(self) -> Generator[None]:
        """A block in which `has_sent` is called, in the same task or thread.

        Raises:
            NotConforming: what was sent is an error, and errors are raised.
        """
        found: list[Finding] = []
        before = _SENT.get()
        _SENT.set(found)
        try:
            yield
        finally:
            _SENT.set(before)  # a token would be refused where a coroutine is thrown away
            self._around.deliver()
        self._settle(tuple(found))

    # ------------------------------------------------------------------------------- the end

    def closed(self, code: int, reason: str = "") -> None:
        """The program learned that the other side sent a close frame."""
        self._do(lambda now: self._talk.closed(code, reason, now))

    def lost(self) -> None:
        """The program learned that the connection is gone, without a close frame of the other."""
        self._do(self._talk.lost)

    def unread(self) -> None:
        """The program will not read to the end, so that the other side may have said more.

        It has to be told before the close frames, by which the end is judged.
        """
        self._do(self._talk.unread)

    def end(self) -> None:
        """Nothing more will come."""
        self._do(lambda _: self._talk.end())

    # ------------------------------------------------------------------- only for this module

    def begin(self, what: Callable[[float], Sending]) -> Sending | None:
        """Something is being sent; None if that is not judged."""
        if not self._guard.failed:
            with self._guard:
                return what(self._around.clock())
        return None

    def finish(self, sending: Sending, error: BaseException | None) -> None:
        """It was sent, or not, or nobody knows."""
        found: tuple[Finding, ...] = ()
        with self._guard:
            if error is None:
                found = self._talk.sent(sending)
            elif isinstance(error, Exception):
                self._talk.unsent(sending)
            else:  # cancelled
                self._talk.doubted(sending)
        self._settle(found)

    def _do(self, judge: Callable[[float], tuple[Finding, ...]]) -> None:
        if self._guard.failed:
            return
        found: tuple[Finding, ...] = ()
        with self._guard:
            found = judge(self._around.clock())
        self._settle(found)

    def _has_sent(self, begin: Callable[[float], Sending]) -> None:
        if self._guard.failed:
            return
        found: tuple[Finding, ...] = ()
        with self._guard:
            found = self._talk.sent(begin(self._around.clock()))
        present = _SENT.get()
        if present is not None:
            present += found

    def _settle(self, found: tuple[Finding, ...]) -> None:
        """Tell what was found, and raise it if it is an error."""
        self._around.deliver()
        if found and self._around.raises:
            errors = [one for one in found if one.rule.severity is Severity.ERROR]
            if errors:
                raise NotConforming(errors)


class _UnderWay:
    """A block in which something is sent."""

    __slots__ = ("_begin", "_sending", "_watch")

    def __init__(self, watch: Watch, begin: Callable[[float], Sending]) -> None:
        self._watch, self._begin = watch, begin
        self._sending: Sending | None = None

    def __enter__(self) -> None:
        self._sending = self._watch.begin(self._begin)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sending is not None:
            self._watch.finish(self._sending, error)
