"""A TCP connection, with or without TLS, that never waits.

`open_transport` waits, with a deadline, for the connection and the TLS handshake. From then on
every call returns at once, and says through `reads_on` and `writes_on` what to wait for before it
is worth another try: TLS may have to write in order to read, and the other way round.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE
from ssl import SSLContext, SSLSocket, SSLWantReadError, SSLWantWriteError
from time import monotonic

__all__ = ["READ_SIZE", "Transport", "open_transport"]

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
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.reads_on = EVENT_READ
        self.writes_on = EVENT_WRITE

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._sock.fileno() < 0

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
        with memoryview(data) as view, view[:_WRITE_SIZE] as part:
            try:
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
        self._sock.close()


def open_transport(
    host: str, port: int, *, ssl: SSLContext | None, deadline: float | None
) -> Transport:
    """Connects, and completes the TLS handshake where ``ssl`` is given.

    Looking up the host's address is the one thing that the deadline does not bound: the operating
    system offers no way.

    Args:
        host: a name or an address; with TLS the certificate has to be made out to it.
        port: the TCP port.
        ssl: for ``wss``; None for ``ws``.
        deadline: on the monotonic clock, in seconds; None waits for ever.

    Raises:
        TimeoutError: the deadline passed.
        OSError: the connection failed; `ssl.SSLError` when it was the TLS handshake.
    """
    sock = socket.create_connection((host, port), timeout=_left(deadline))
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ssl is not None:
            # The new socket takes the descriptor over at once, so that `sock` is what to close.
            sock = ssl.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            sock.settimeout(_left(deadline))
            sock.do_handshake()
        return Transport(sock)
    except BaseException:
        sock.close()
        raise


def _left(deadline: float | None) -> float | None:
    # Zero would mean "do not wait" to a socket, and only waiting raises TimeoutError.
    return None if deadline is None else max(deadline - monotonic(), 0.001)
