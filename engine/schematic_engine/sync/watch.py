"""Waiting for a socket in a way that another thread can end."""

from __future__ import annotations

import socket
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Protocol

__all__ = ["HasFileno", "Watch"]


class HasFileno(Protocol):
    """Something that a selector can watch."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


class Watch:
    """A selector over one socket and an alarm clock.

    One thread at a time may `wait`; any thread may `wake` it. `close` must not overlap either.
    """

    def __init__(self, watched: HasFileno) -> None:
        self._watched = watched
        self._interest = 0
        self._alarm, self._button = socket.socketpair()
        self._alarm.setblocking(False)
        self._button.setblocking(False)
        self._selector = DefaultSelector()
        self._selector.register(self._alarm, EVENT_READ)

    def wait(self, interest: int, timeout: float | None) -> None:
        """Returns when the socket is ready for ``interest``, on `wake`, or after ``timeout``.

        Args:
            interest: ``EVENT_READ`` and ``EVENT_WRITE`` of `selectors`, or 0 for the alarm alone.
            timeout: seconds; None waits for ever.
        """
        self._look_for(interest)
        for key, _ in self._selector.select(timeout):
            if key.fileobj is self._alarm:
                self._alarm.recv(4096)

    def wake(self) -> None:
        """Ends the `wait` of another thread, or the next one."""
        with suppress(BlockingIOError):  # full of wake-ups: one more says nothing new
            self._button.send(b"\0")

    def close(self) -> None:
        """Gives the descriptors back. The watched socket is not touched."""
        self._selector.close()
        self._alarm.close()
        self._button.close()

    def _look_for(self, interest: int) -> None:
        if interest == self._interest:
            return
        if not self._interest:
            self._selector.register(self._watched, interest)
        elif not interest:
            self._selector.unregister(self._watched)
        else:
            self._selector.modify(self._watched, interest)
        self._interest = interest
