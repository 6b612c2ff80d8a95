"""`serve`: be the server of described endpoints, or decide about each request yourself."""

from __future__ import annotations

from os import PathLike, fspath
from ssl import SSLContext
from typing import overload

from schematic_engine.asyncio.opening import Opening
from schematic_engine.asyncio.routing import pipeline
from schematic_engine.asyncio.server import Server
from schematic_engine.asyncio.server_connection import Handler
from schematic_engine.compression import Compression
from schematic_engine.endpoints import AnyEndpoint
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.policy import Policy

__all__ = ["serve"]


@overload
def serve(
    handler: Handler,
    /,
    *,
    host: str = ...,
    port: int = ...,
    unix: str | PathLike[str] | None = ...,
    ssl: SSLContext | None = ...,
    process_request: Handler | None = ...,
    compression: bool | Compression = ...,
    max_connections: int | None = ...,
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
    unix: str | PathLike[str] | None = ...,
    ssl: SSLContext | None = ...,
    process_request: Handler | None = ...,
    compression: bool | Compression = ...,
    max_connections: int | None = ...,
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
    unix: str | PathLike[str] | None = None,
    ssl: SSLContext | None = None,
    process_request: Handler | None = None,
    compression: bool | Compression = True,
    max_connections: int | None = None,
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
        unix: the path of a Unix socket to listen on in place of host and port. What a server that
            is gone has left there is replaced, and the file is removed at the end. Who may connect
            is for the permissions of its folder to say.
        ssl: a server's context, for ``wss``. Its ``verify_mode`` may be ``CERT_REQUIRED``, so that
            only clients come in whose certificates it trusts: see
            `ServerConnection.peer_certificate`.
        process_request: an ``async`` function that sees each connection first and may accept or
            reject it, to authenticate clients or choose a subprotocol. If it does neither, things
            go on as without it.
        compression: whether, or with which options, to agree to permessage-deflate (RFC 7692).
        max_connections: how many may be open at a time; further requests are answered with 503.
            None sets no bound, as in uvicorn: how much one connection costs is the handler's
            affair. Where file descriptors run out, clients wait until some are free again.
        limits: bounds on sizes, queues and times.
        policy: what to do about a client that breaks the rules.

    Raises:
        ValueError: ``max_connections`` is less than one.
        OSError: it cannot listen there.
        LocalProtocolError: this system has no Unix sockets.
        DefinitionError: an endpoint contradicts itself.
    """

    async def opening() -> Server:
        if max_connections is not None and max_connections < 1:
            raise ValueError(f"max_connections = {max_connections}: a server needs at least 1")
        handle = pipeline(endpoints, handler, process_request)
        server = Server(
            handle,
            limits=limits,
            policy=policy,
            compression=compression,
            max_connections=max_connections,
        )
        await server.listen(host, port, None if unix is None else fspath(unix), ssl)
        return server

    return Opening(opening)
