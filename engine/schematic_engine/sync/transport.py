"""A connection, with or without TLS, that never waits.

Every call returns at once, and says through `reads_on` and `writes_on` what to wait for before it
is worth another try: TLS may have to write in order to read, and the other way round.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE
from ssl import SSLSocket, SSLWantReadError, SSLWantWriteError

__all__ = ["READ_SIZE", "Transport"]

READ_SIZE = 64 * 1024
"""Bytes asked for in one read."""

# At most this much is given to one write. It only ever grows between two tries of a TLS write,
# which OpenSSL demands (SSL_write(3), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER).
_WRITE_SIZE = 256 * 1024


class Transport:
    """A connected socket in non-blocking mode. Calls must not overlap: OpenSSL's rule.

    Attributes:
        reads_on: what to wait for before the next `receive`, as in `selectors`.
        writes_on: what to wait for before the next `send`.
        closed: whether `close` was called.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.closed = False
        self.reads_on = EVENT_READ
        self.writes_on = EVENT_WRITE

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._sock.fileno()

    def receive(self) -> bytes | None:
        """What has arrived; ``b""`` at the end of the stream, None when nothing has yet.

        Raises:
            OSError: the connection is lost.
        """
        try:
            data = self._sock.recv(READ_SIZE)
        except (BlockingIOError, SSLWantReadError):
            self.reads_on = EVENT_READ
            return None
        except SSLWantWriteError:
            self.reads_on = EVENT_WRITE
            return None
        self.reads_on = EVENT_READ
        return data

    def send(self, data: bytearray) -> int:
        """Writes what goes out at once and returns how many bytes that were, perhaps none.

        Raises:
            OSError: the connection is lost.
        """
        try:
            if len(data) <= _WRITE_SIZE:
                sent = self._sock.send(data)
            else:
                with memoryview(data) as view, view[:_WRITE_SIZE] as part:
                    sent = self._sock.send(part)
        except (BlockingIOError, SSLWantWriteError):
            self.writes_on = EVENT_WRITE
            return 0
        except SSLWantReadError:
            self.writes_on = EVENT_READ
            return 0
        self.writes_on = EVENT_WRITE
        return sent

    def close(self) -> None:
        """Says goodbye in TLS as far as that goes at once, and closes the socket."""
        if isinstance(self._sock, SSLSocket) and not self.closed:
            with suppress(OSError, ValueError):
                self._sock.unwrap()
        self.closed = True
        self._sock.close()
