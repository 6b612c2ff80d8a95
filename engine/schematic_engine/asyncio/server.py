"""`serve`: be the server of described endpoints, or decide about each request yourself.

A connection begins with its `Request`. Somebody decides: the router, which knows the endpoints'
paths, or the handler, or ``process_request`` before either. From then on the handler's end is the
connection's end: 1000 when it returns, 1011 when it raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from socket import socket
from ssl import SSLContext
from types import TracebackType
from typing import Self, TypeAlias, overload

from schematic.compile import CompiledEndpoint, Phase
from schematic.define import ParamValue, WebSocketApi
from schematic_engine.address import Address, match_request
from schematic_engine.asyncio.connection import BaseConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.asyncio.opening import Opening
from schematic_engine.connection import Connection
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import (
    ConnectionClosed,
    InvalidParameter,
    LocalProtocolError,
    RemoteProtocolError,
)
from schematic_engine.events import Request
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.policy import Policy

__all__ = ["Handler", "Server", "ServerConnection", "serve"]

_NO_ROUTES: tuple[CompiledEndpoint, ...] = ()
_TEXT = (("content-type", "text/plain; charset=utf-8"),)


class ServerConnection(BaseConnection):
    """The server's end of a connection.

    It has not been accepted when ``process_request`` sees it, and, when `serve` was given a
    handler alone, when the handler does.

    Attributes:
        request: what the client asked for.
        endpoint: the endpoint that it was accepted for, as it is with `params`; None before, and
            where it was accepted only to be closed, since no subprotocol was agreed.
        params: the values of the endpoint's connection parameters, by name.
        subprotocol: the one that was chosen, or None.
    """

    def __init__(self, driver: Driver, request: Request) -> None:
        super().__init__(driver)
        self.request = request
        self.endpoint: CompiledEndpoint | None = None
        self.params: Mapping[str, ParamValue] = {}
        self.subprotocol: str | None = None
        self._decided = False

    @property
    def decided(self) -> bool:
        """Whether the request was accepted or rejected."""
        return self._decided

    async def accept(
        self,
        endpoint: AnyEndpoint,
        *,
        params: Mapping[str, ParamValue] | None = None,
        subprotocol: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Open the WebSocket and speak ``endpoint`` on it.

        Args:
            endpoint: whose messages and order to follow.
            params: what `params` becomes; None reads them from the request.
            subprotocol: one of those that the client offers; None takes the first of them that the
                description knows, if there is one.
            headers: further header lines of the answer.

        Raises:
            InvalidParameter: the request's parameters do not fit the endpoint, or it offers none
                of the subprotocols that the endpoint needs.
            LocalProtocolError: the request is decided, or the answer cannot be sent.
            ConnectionClosed: the client has gone.
        """
        self._check_undecided()
        compiled = resolve(endpoint)
        if params is None:
            params = match_request(compiled, self.request.target, self.request.headers) or {}
        agreed = self._core.accept(
            compiled, subprotocol=subprotocol, headers=tuple(headers), params=params
        )
        self._decided = True
        self.params, self.subprotocol = params, self._core.subprotocol
        self.endpoint = self.session.endpoint if agreed else None
        self._driver.settle()

    async def reject(
        self, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> None:
        """Answer with an HTTP response instead and hang up (RFC 6455, section 4.2.2).

        Args:
            status: the HTTP status code, for example 401.
            headers: its header lines.
            body: its body.

        Raises:
            LocalProtocolError: the request is decided, or the answer cannot be sent.
            ConnectionClosed: the client has gone.
        """
        self._check_undecided()
        self._reject(status, headers, body)

    def finish(self, code: int) -> None:
        """Begin to end the connection, however far it has come; does not wait.

        The server calls this when the handler has ended. A request that is not decided is
        answered with 503 if ``code`` is 1001, going away, and with 500 otherwise.
        """
        if self.closed is not None or self._core.close_expected():
            return
        if self._decided:
            self._driver.close(code, "")
        else:
            self._reject(503 if code == 1001 else 500)

    def _reject(
        self, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> None:
        self._core.reject(status, headers=tuple(headers), body=body)
        self._decided = True
        self._driver.settle()

    def _check_undecided(self) -> None:
        if self.closed is not None:
            raise self._driver.farewell()
        if self._decided:
            raise LocalProtocolError("the request has been accepted or rejected already")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.path} {self.state.value}>"


Handler: TypeAlias = Callable[[ServerConnection], Awaitable[None]]
"""``async def handler(connection)``: what the server does with one connection."""


class Server:
    """A listening server; `serve` makes it.

    Attributes:
        sockets: what it listens on.
        port: the port that it listens on; the first socket's when there are several.
    """

    def __init__(
        self, handle: Handler, *, limits: Limits, policy: Policy, compression: bool
    ) -> None:
        self._handle = handle
        self._limits = limits
        self._policy = policy
        self._compression = compression
        self._drivers: dict[Driver, ServerConnection | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._listener: asyncio.Server | None = None
        self._scheme = "ws"
        self._host = ""
        self.sockets: tuple[socket, ...] = ()
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL for clients: ``ws://127.0.0.1:port``."""
        return f"{self._scheme}://{Address(self._scheme, self._host, self.port).authority}"

    @property
    def connections(self) -> tuple[ServerConnection, ...]:
        """The connections whose requests have arrived and which have not ended."""
        return tuple(connection for connection in self._drivers.values() if connection is not None)

    async def listen(self, host: str, port: int, ssl: SSLContext | None) -> None:
        """Start to listen; `serve` has called this.

        Raises:
            OSError: it cannot listen there.
        """
        loop = asyncio.get_running_loop()
        self._host = host
        self._scheme = "ws" if ssl is None else "wss"
        self._listener = await loop.create_server(
            self._driver,
            host,
            port,
            ssl=ssl,
            ssl_handshake_timeout=None if ssl is None else self._limits.open_timeout,
        )
        self.sockets = tuple(self._listener.sockets)
        self.port = self.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, close all connections with 1001, and wait for their handlers.

        Handlers see their connections close. Whoever has not ended after ``limits.close_timeout``
        is cancelled or dropped. Requests that are not decided are answered with 503.
        """
        self._closing = True
        if self._listener is not None:
            self._listener.close()
        for driver, connection in tuple(self._drivers.items()):
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
        self._drivers[driver] = None
        driver.gone.add_done_callback(lambda _: self._drivers.pop(driver))

    def _requested(self, driver: Driver, request: Request) -> None:
        connection = ServerConnection(driver, request)
        self._drivers[driver] = connection
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


@overload
def serve(
    handler: Handler,
    /,
    *,
    host: str = ...,
    port: int = ...,
    ssl: SSLContext | None = ...,
    process_request: Handler | None = ...,
    compression: bool = ...,
    limits: Limits = ...,
    policy: Policy = ...,
) -> Opening[Server]: ...


@overload
def serve(
    endpoints: AnyEndpoint,
    handler: Handler,
    /,
    *,
    host: str = ...,
    port: int = ...,
    ssl: SSLContext | None = ...,
    process_request: Handler | None = ...,
    compression: bool = ...,
    limits: Limits = ...,
    policy: Policy = ...,
) -> Opening[Server]: ...


def serve(
    endpoints: AnyEndpoint | Handler,
    handler: Handler | None = None,
    /,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ssl: SSLContext | None = None,
    process_request: Handler | None = None,
    compression: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(unknown="error"),  # noqa: B008  # frozen
) -> Opening[Server]:
    """Listen, and run a handler for each connection.

    Use it with ``async with``, or ``await`` it and close it yourself. Two forms::

        serve(api, handler)     # requests are routed by path and parameters to the API's endpoints
        serve(handler)          # the handler itself calls `accept` or `reject`

    The router answers 404 where no endpoint has the path, and 400 with the reason where a
    parameter is wrong. It refuses requests without a subprotocol that the endpoint needs, in the
    way that the description says. It checks nothing else: who may come in is for
    ``process_request`` to say.

    Args:
        endpoints: an API with all its endpoints, or one endpoint.
        handler: ``async def handler(connection)``. The connection closes with 1000 when it
            returns and with 1011 when it raises; the error goes to the loop's exception handler.
        host: the interface to listen on; only this machine can reach the default.
        port: 0 takes a free one.
        ssl: a server's context, for ``wss``.
        process_request: an ``async`` function that sees each connection first and may accept or
            reject it, to authenticate clients or choose a subprotocol. If it does neither, things
            go on as without it.
        compression: whether to agree to permessage-deflate (RFC 7692).
        limits: bounds on sizes, queues and times.
        policy: what to do about a client that breaks the rules.

    Raises:
        OSError: it cannot listen there.
        DefinitionError: an endpoint contradicts itself.
    """

    async def opening() -> Server:
        handle = _pipeline(endpoints, handler, process_request)
        server = Server(handle, limits=limits, policy=policy, compression=compression)
        await server.listen(host, port, ssl)
        return server

    return Opening(opening)


def _pipeline(
    endpoints: AnyEndpoint | Handler, handler: Handler | None, process_request: Handler | None
) -> Handler:
    """What happens to a connection, from its request to its end."""
    if handler is None:
        if not callable(endpoints):
            raise TypeError("serve() needs a handler: serve(api, handler) or serve(handler)")
        routed, last = _NO_ROUTES, endpoints
    else:
        assert not callable(endpoints)
        routed, last = _compiled(endpoints), handler

    async def handle(connection: ServerConnection) -> None:
        if process_request is not None:
            await process_request(connection)
        if routed and not connection.decided:
            await _route(routed, connection)
        if connection.endpoint is not None or not connection.decided:
            await last(connection)

    return handle


def _compiled(endpoints: AnyEndpoint) -> tuple[CompiledEndpoint, ...]:
    if isinstance(endpoints, WebSocketApi):
        return tuple(resolve(endpoints.endpoint(one.id)) for one in endpoints.endpoints)
    return (resolve(endpoints),)


async def _route(routed: tuple[CompiledEndpoint, ...], connection: ServerConnection) -> None:
    """Accept the connection for the endpoint whose path it names, or reject it."""
    request = connection.request
    for endpoint in routed:
        try:
            params = match_request(endpoint, request.target, request.headers)
        except InvalidParameter as error:
            return await connection.reject(400, _TEXT, str(error).encode())
        if params is not None:
            return await _welcome(endpoint, params, connection)
    return await connection.reject(404, _TEXT, b"no endpoint has this path")


async def _welcome(
    endpoint: CompiledEndpoint, params: Mapping[str, ParamValue], connection: ServerConnection
) -> None:
    """Accept the connection, unless it offers no subprotocol that the endpoint needs."""
    try:
        await connection.accept(endpoint, params=params)
    except InvalidParameter as error:
        await connection.reject(endpoint.endpoint.unagreed, _TEXT, str(error).encode())
