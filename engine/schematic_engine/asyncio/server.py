"""`Server`: listens, runs a handler for each connection, and ends them all.

A handler's end is its connection's end: 1000 when it returns, 1011 when it raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from socket import socket
from ssl import SSLContext
from types import TracebackType
from typing import Self

from schematic.compile import Phase
from schematic_engine.address import Address
from schematic_engine.asyncio.driver import Driver
from schematic_engine.asyncio.server_connection import Handler, ServerConnection
from schematic_engine.asyncio.socket_file import SocketFile
from schematic_engine.compression import Compression
from schematic_engine.connection import Connection
from schematic_engine.errors import ConnectionClosed, RemoteProtocolError
from schematic_engine.events import Request
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy

__all__ = ["Server"]

_BACKLOG = 2048
"""Clients that may wait to be taken in, as many as in uvicorn: they come in crowds."""


class Server:
    """A listening server; `serve` makes it.

    Attributes:
        sockets: what it listens on.
        port: the port that it listens on; the first socket's when there are several, 0 for a
            Unix socket.
    """

    def __init__(
        self,
        handle: Handler,
        *,
        limits: Limits,
        policy: Policy,
        compression: bool | Compression,
        max_connections: int | None,
    ) -> None:
        self._handle = handle
        self._limits = limits
        self._policy = policy
        self._compression = compression
        self._max_connections = max_connections
        self._drivers: set[Driver] = set()
        self._connections: dict[Driver, ServerConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._listener: asyncio.Server | None = None
        self._scheme = "ws"
        self._host = ""
        self._file: SocketFile | None = None
        self.sockets: tuple[socket, ...] = ()
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL for clients: ``ws://127.0.0.1:port``; of a Unix socket ``ws://localhost``."""
        if self._file is not None:
            return f"{self._scheme}://localhost"
        return f"{self._scheme}://{Address(self._scheme, self._host, self.port).authority}"

    @property
    def connections(self) -> tuple[ServerConnection, ...]:
        """The connections whose requests have arrived and which have not ended."""
        return tuple(self._connections.values())

    async def listen(self, host: str, port: int, unix: str | None, ssl: SSLContext | None) -> None:
        """Start to listen; `serve` has called this.

        Raises:
            OSError: it cannot listen there.
            LocalProtocolError: this system has no Unix sockets.
        """
        loop = asyncio.get_running_loop()
        self._host = host
        self._scheme = "ws" if ssl is None else "wss"
        patience = None if ssl is None else self._limits.open_timeout
        if unix is None:
            self._listener = await loop.create_server(
                self._driver,
                host,
                port,
                ssl=ssl,
                backlog=_BACKLOG,
                ssl_handshake_timeout=patience,
            )
        else:
            self._file = SocketFile(unix)
            self._listener = await loop.create_unix_server(
                self._driver, unix, ssl=ssl, backlog=_BACKLOG, ssl_handshake_timeout=patience
            )
            self._file.made()
        self.sockets = tuple(self._listener.sockets)
        self.port = 0 if unix is not None else self.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, close all connections with 1001, and wait for their handlers.

        Handlers see their connections close. Whoever has not ended after ``limits.close_timeout``
        is cancelled or dropped. Requests that are not decided are answered with 503, and clients
        that have asked for nothing yet are dropped.
        """
        self._closing = True
        if self._listener is not None:
            self._listener.close()
        if self._file is not None:
            self._file.remove()
        for driver in tuple(self._drivers):
            connection = self._connections.get(driver)
            if connection is None:
                driver.abort()
            else:
                connection.finish(1001)
        try:
            await _settled([*self._tasks, *self._gone()], self._limits.close_timeout)
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            for driver in tuple(self._drivers):
                driver.abort()
        await _settled([*self._tasks, *self._gone()], None)
        if self._listener is not None:
            await self._listener.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _gone(self) -> list[asyncio.Future[None]]:
        return [driver.gone for driver in self._drivers]

    def _driver(self) -> Driver:
        """The protocol of one more connection."""
        core = Connection.server(
            limits=self._limits, policy=self._policy, compression=self._compression
        )
        return Driver(core, self._limits, on_made=self._made, on_request=self._requested)

    def _made(self, driver: Driver) -> None:
        if self._closing:
            driver.abort()
        self._drivers.add(driver)
        driver.gone.add_done_callback(lambda _: self._forget(driver))

    def _forget(self, driver: Driver) -> None:
        self._drivers.discard(driver)
        self._connections.pop(driver, None)

    def _requested(self, driver: Driver, request: Request) -> None:
        connection = ServerConnection(driver, request)
        if len(self._connections) == self._max_connections:
            connection.finish(1001)
            return
        self._connections[driver] = connection
        task = asyncio.ensure_future(self._run(connection))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, connection))

    async def _run(self, connection: ServerConnection) -> None:
        await self._handle(connection)

    def _finished(self, task: asyncio.Task[None], connection: ServerConnection) -> None:
        """A handler has ended: so does its connection, and nobody misses why."""
        self._tasks.discard(task)
        if task.cancelled():
            connection.finish(1001)
            return
        error = task.exception()
        if error is not None and not _is_excused(error, connection):
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"the handler of {connection!r} failed", "exception": error}
            )
        connection.finish(1000 if error is None else 1011)


def _is_excused(error: BaseException, connection: ServerConnection) -> bool:
    """Whether a handler failed because its client hung up or misbehaved."""
    over = connection.closed is not None or connection.state is Phase.FAILED
    return over and isinstance(error, (ConnectionClosed, RemoteProtocolError))


async def _settled(waited: Iterable[asyncio.Future[None]], timeout: float | None) -> None:
    """Wait until all are done, whatever came of them, or until ``timeout`` seconds have passed."""
    futures = tuple(waited)
    if futures:
        await asyncio.wait(futures, timeout=timeout)
