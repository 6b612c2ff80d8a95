"""`Reconnecting`: one connection after another, for as long as that is worth it."""

from __future__ import annotations

from collections.abc import Callable
from random import random
from threading import Event
from time import monotonic, time
from types import TracebackType
from typing import Self, TypeAlias

from schematic.define import SchematicError
from schematic_engine.retry import Again, Attempts, Reconnect
from schematic_engine.sync.connection import ClientConnection
from schematic_engine.sync.link import Link
from schematic_engine.wire import check_close

__all__ = ["Dial", "Reconnecting", "Resume"]

Dial: TypeAlias = Callable[[Again], tuple[ClientConnection, Link]]
"""Makes one attempt."""

Resume: TypeAlias = Callable[[Exception], Again | None]
"""Told how the last attempt or connection ended; says what is different about the next."""


class Reconnecting:
    """Connections to one endpoint, each made when the one before is over.

    ::

        for connection in connect(endpoint, reconnect=Reconnect(), opening=hello):
            with connection:
                for event in connection:
                    ...

    A round of the loop has one connection. What ends the round ends the connection, too: at the
    end of the body, and at a ``break`` or an exception out of it. Then either

    * the connection was lost, or closed for a reason that may be over soon (`Reconnect`): the loop
      waits, and goes on with a new one;
    * it was lost for a reason that will stay, or there were too many retries: the last error is
      raised;
    * it ended normally, or this side ended it: the loop ends.

    Within the loop, ``with connection`` passes a `ConnectionClosed` that the body raises on to
    the loop, which decides; without it the exception leaves the loop as any other does, unless
    the body catches it. It also closes the connection at once where the body is left. Without it
    a connection that is left behind is dropped, with 1001, when the loop's iterator is forgotten.

    Nothing but the opening is said again: a new connection is a new conversation. `Attempts`
    decides; this class waits and dials.
    """

    def __init__(self, dial: Dial, policy: Reconnect, resume: Resume | None) -> None:
        self._dial = dial
        self._resume = resume
        self._error: Exception | None = None  # how the last attempt or connection ended
        self._connection: ClientConnection | None = None
        self._link: Link | None = None
        self._over = Event()
        self._attempts = Attempts(policy)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ClientConnection:
        """The next connection, once there is one.

        Raises:
            ConnectionClosed: the last one is over for a reason that will stay.
            HandshakeRejected: the server refuses, for a reason that will stay.
            OSError: the server cannot be reached, for a reason that will stay.
            SchematicError: whatever else `connect` raises. Each of these also where it may pass,
                after too many retries.
        """
        if self._over.is_set():
            raise StopIteration
        try:
            connection = self._next()
        except BaseException:
            self._over.set()
            raise
        if connection is None:
            self._over.set()
            raise StopIteration
        return connection

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the loop: close its connection, or stop waiting; from any thread.

        The loop ends as if it had come to its end; a thread that waits for the next connection
        leaves it. An attempt to connect cannot be cut short: the loop ends after it, within
        ``Limits.open_timeout``, and what comes of it is closed.

        Args:
            code: see `ClientConnection.close`.
            reason: at most 123 bytes in UTF-8.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        check_close(code, reason)
        self._over.set()
        connection = self._connection  # read once: the loop's thread may be leaving it
        if connection is not None:
            connection.close(code, reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(1000 if error is None else 1011)

    def __del__(self) -> None:
        if self._link is not None:
            self._link.abandon()

    def _next(self) -> ClientConnection | None:
        """The next connection; None after a normal end."""
        delay = self._leave()
        while delay is not None and not self._over.wait(delay):
            try:
                connection, link = self._dial(self._changes())
            except (SchematicError, OSError) as error:
                delay = self._judge(error, monotonic())
                continue
            self._connection, self._link = connection, link
            if self._over.is_set():
                connection.close()
                break
            self._attempts.opened(monotonic())
            return connection
        return None

    def _leave(self) -> float | None:
        """Close the connection of the last round; how long to wait then, None for no more."""
        connection, link = self._connection, self._link
        if connection is None or link is None:
            return 0.0
        now = monotonic()
        connection.close()
        self._connection = self._link = None
        return self._judge(link.farewell(), now, link.left)

    def _judge(self, error: Exception, now: float, left: int | None = None) -> float | None:
        self._error = error
        return self._attempts.ended(error, now=now, wall=time(), random=random(), left=left)

    def _changes(self) -> Again:
        """What the user wants to be different, from the second attempt on."""
        if self._resume is None or self._error is None:
            return Again()
        return self._resume(self._error) or Again()
