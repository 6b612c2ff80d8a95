"""A server for one client: the core in the server's role on a blocking socket, in a thread."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext, SSLError
from threading import Thread
from types import TracebackType
from typing import Self

from schematic_engine.connection import Connection
from schematic_engine.events import Closed, Event, Message, Request
from support.echo import TALK, Heard

__all__ = ["Peer", "ThreadedServer", "shrink"]


def shrink(sock: socket.socket) -> None:
    """Gives a socket buffers so small that two busy peers soon fill them."""
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, 64 * 1024)


class Peer:
    """The server's end of a connection. Every call waits until it is done.

    Attributes:
        core: the connection, for what this class does not offer.
        sock: its socket.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.core = Connection.server()
        self._events: deque[Event] = deque()

    def next(self) -> Event:
        """The next event, whatever it is; the last one is `Closed`."""
        while not self._events:
            try:
                data = self.sock.recv(65536)
            except OSError:
                data = b""
            self._events.extend(self.core.receive_data(data))
            with suppress(OSError):  # answering a client that is gone
                self.flush()
        return self._events.popleft()

    def accept(self, *, subprotocol: str | None = None) -> Request:
        """Waits for the upgrade request and accepts it."""
        request = self.next()
        assert isinstance(request, Request)
        self.core.accept(TALK, subprotocol=subprotocol, headers=(("x-served-by", "thread"),))
        self.flush()
        return request

    def hear(self) -> Message:
        """The next message."""
        event = self.next()
        assert isinstance(event, Message), event
        return event

    def say(self, *messages: object) -> None:
        """Sends messages."""
        for message in messages:
            self.core.send(message)
            self.flush()

    def echo(self) -> Closed:
        """Answers everything that is said, in order, until the end."""
        while not isinstance(event := self.next(), Closed):
            if isinstance(event, Message) and event.id == "Say":
                self.say(Heard(event.body.text))
        return event

    def until_closed(self) -> Closed:
        """Reads to the end."""
        while not isinstance(event := self.next(), Closed):
            pass
        return event

    def flush(self) -> None:
        """Writes what the core wants written."""
        self.sock.sendall(self.core.data_to_send())


class ThreadedServer:
    """Listens on a free loopback port and gives one client after another to a handler each.

    Leaving the ``with`` block waits for the handlers and raises what they raised.

    Args:
        handlers: called in a thread; the client's socket is closed when its handler returns.
        tls: the server's context; None for plain TCP.
        small: whether the server end has small buffers.
    """

    def __init__(
        self,
        *handlers: Callable[[Peer], object],
        tls: SSLContext | None = None,
        small: bool = False,
    ) -> None:
        self._handlers = handlers
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        if small:
            shrink(self._listener)
        self._thread = Thread(target=self._run)
        self._error: BaseException | None = None
        port = self._listener.getsockname()[1]
        self.url = f"{'wss' if tls else 'ws'}://localhost:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.join(60)
        self._listener.close()
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        try:
            for handler in self._handlers:
                sock, _ = self._listener.accept()
                with sock:
                    sock.settimeout(30)
                    self._serve(sock, handler)
        except BaseException as error:  # noqa: BLE001  # handed to the test
            self._error = error

    def _serve(self, sock: socket.socket, handler: Callable[[Peer], object]) -> None:
        if self._tls is None:
            handler(Peer(sock))
            return
        try:
            secure = self._tls.wrap_socket(sock, server_side=True)
        except (SSLError, ConnectionError):
            return  # the client does not trust us, and its side of the test says so
        with secure:
            handler(Peer(secure))
