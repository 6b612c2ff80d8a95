"""`connect`: be the client of a described endpoint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from functools import partial
from os import PathLike
from ssl import SSLContext, SSLError
from typing import Literal, overload

from schematic_engine.arguments import HeaderLines, header_lines, subprotocol_names
from schematic_engine.asyncio.client_connection import ClientConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.asyncio.greeting import greet
from schematic_engine.asyncio.opening import Opening
from schematic_engine.asyncio.reach import reach
from schematic_engine.asyncio.reconnecting import Reconnecting, Resume
from schematic_engine.compression import Compression
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials, find_credentials
from schematic_engine.endings import accepted
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import (
    DeadlineExceeded,
    HandshakeRejected,
    LocalProtocolError,
)
from schematic_engine.events import Accepted, Closed
from schematic_engine.greeting import Greeting
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.policy import Policy
from schematic_engine.redirects import Redirects
from schematic_engine.retry import Again, Reconnect
from schematic_engine.route import Route, choose_route, meant_for_one

__all__ = ["connect"]


@overload
def connect(
    endpoint: AnyEndpoint,
    *,
    params: Mapping[str, object] | None = None,
    auth: str | Credentials | None = None,
    url: str | None = None,
    ssl: SSLContext | None = None,
    server_hostname: str | None = None,
    proxy: str | Literal[True] | None = True,
    unix: str | PathLike[str] | None = None,
    redirects: int = 0,
    headers: HeaderLines = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: None = None,
) -> Opening[ClientConnection]: ...


@overload
def connect(
    endpoint: AnyEndpoint,
    *,
    params: Mapping[str, object] | None = None,
    auth: str | Credentials | None = None,
    url: str | None = None,
    ssl: SSLContext | None = None,
    server_hostname: str | None = None,
    proxy: str | Literal[True] | None = True,
    unix: str | PathLike[str] | None = None,
    redirects: int = 0,
    headers: HeaderLines = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: Reconnect,
    resume: Resume | None = None,
) -> Reconnecting: ...


def connect(
    endpoint: AnyEndpoint,
    *,
    params: Mapping[str, object] | None = None,
    auth: str | Credentials | None = None,
    url: str | None = None,
    ssl: SSLContext | None = None,
    server_hostname: str | None = None,
    proxy: str | Literal[True] | None = True,
    unix: str | PathLike[str] | None = None,
    redirects: int = 0,
    headers: HeaderLines = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: Reconnect | None = None,
    resume: Resume | None = None,
) -> Opening[ClientConnection] | Reconnecting:
    """Connect to an endpoint; use it with ``async with``, or ``await`` it and close it yourself.

    With ``reconnect`` it is a loop of connections for ``async for``, see `Reconnecting`.

    ::

        async with connect(api.endpoint("StreamTextToSpeech"), params={...}) as connection:
            await connection.send(Hello())
            async for event in connection:
                ...

    Args:
        endpoint: what to connect to, or an API that has exactly one endpoint.
        params: values of the connection parameters, by name.
        auth: the secret, or `Credentials`; None looks in the environment variables that the API
            names.
        url: used instead of the API's base URL: scheme, host, port and path prefix.
        ssl: for ``wss``; None verifies the server against the system's certificates.
        server_hostname: the name that the server's certificate has to hold, where it is not the
            host of the URL.
        proxy: the URL of a proxy, such as ``http://user:password@host:port`` or
            ``socks5h://host``; True takes what environment variables such as ``HTTPS_PROXY`` and
            ``NO_PROXY`` say; None uses none.
        unix: the path of a Unix socket to connect to in place of the URL's host and port.
        redirects: how many redirects of the server are followed. To another origin go neither
            credentials nor ``headers`` and ``subprotocols``; never from ``wss`` to ``ws``.
        headers: further header lines of the request: pairs, or a mapping.
        subprotocols: offered to the server, most wanted first.
        compression: whether, or with which options, to offer permessage-deflate (RFC 7692).
        limits: bounds on sizes, queues and times.
        policy: what to do about a peer that breaks the rules.
        opening: makes what is said first on each connection, before it is handed out: bodies, or
            pairs of an id and a body. What the server has to say in between, or afterwards before
            anything else may be said, is waited for, up to ``limits.open_timeout`` again.
        reconnect: when to connect again, and how long to wait before it.
        resume: told, before each attempt but the first, how the one before or its connection
            ended; may return, or be awaited for, what is different about the next attempt. An
            `OSError` or a `SchematicError` that it raises counts as a failed attempt.

    Raises:
        HandshakeRejected: the server answered with an HTTP status.
        DeadlineExceeded: the connection was not open within ``limits.open_timeout``.
        RemoteProtocolError: the answer is not one to a WebSocket handshake.
        ConnectionClosed: the server hung up during the handshake.
        LocalProtocolError: a parameter, header or credential is missing or cannot be sent.
        TypeError: an argument is none of what it can be.
        ProxyError: the proxy cannot be reached, or did not connect us to the server.
        OSError: the server cannot be reached, or its certificate is not to be trusted, or it does
            not trust ours.
    """
    given = Again(params=params, auth=auth, url=url, opening=opening)
    headers, subprotocols = header_lines(headers), subprotocol_names(subprotocols)

    async def dial(again: Again) -> tuple[ClientConnection, Driver]:
        what = again.over(given)
        compiled = resolve(endpoint)
        credentials = what.auth
        if not isinstance(credentials, Credentials):
            credentials = find_credentials(compiled.api, credentials, environ=os.environ)
        ask = partial(
            Connection.client,
            compiled,
            params=what.params or {},
            credentials=credentials,
            url=what.url,
            headers=headers,
            subprotocols=subprotocols,
            compression=compression,
            limits=limits,
            policy=policy,
        )
        way = partial(
            choose_route,
            proxy=proxy,
            unix=unix,
            server_hostname=server_hostname,
            ssl=ssl,
            environ=os.environ,
        )
        bound_by = meant_for_one(ssl=ssl, server_hostname=server_hostname, unix=unix)
        start = asyncio.get_running_loop().time()  # of the time allowed, which covers all hops
        core = ask()
        hops = Redirects(redirects, secrets=core.secrets, bound_by=bound_by)
        while True:
            core.handle_timeout(start)
            route = way(core.address)
            try:
                driver, accepted = await _open(core, route, ssl, limits, what.opening)
            except HandshakeRejected as rejected:
                core = ask(redirect=hops.follow(rejected, route.address, core.locations))
            else:
                return ClientConnection(driver, accepted, in_a_loop=reconnect is not None), driver

    if reconnect is not None:
        return Reconnecting(dial, reconnect, resume)
    if resume is not None:
        raise LocalProtocolError("resume is about connecting again: pass reconnect, too")

    async def once() -> ClientConnection:
        connection, _ = await dial(Again())
        return connection

    return Opening(once)


async def _open(
    core: Connection,
    route: Route,
    ssl: SSLContext | None,
    limits: Limits,
    greeting: Greeting | None,
) -> tuple[Driver, Accepted]:
    """Connect, shake hands and greet; whatever is raised, nothing is left open."""
    driver = Driver(core, limits)
    try:
        accepted = await _opened(driver, route, ssl, limits)
        if greeting is not None:
            await greet(driver, greeting, limits.open_timeout)
    except BaseException:
        await driver.drop()
        raise
    return driver, accepted


async def _opened(driver: Driver, route: Route, ssl: SSLContext | None, limits: Limits) -> Accepted:
    """Connect, shake hands, and raise unless the server accepts."""
    # The core's clock runs already: its first deadline bounds name look-up, proxy, TCP and TLS too.
    bound = asyncio.timeout_at(driver.core.next_deadline())
    try:
        async with bound:
            await reach(driver, route, ssl, limits)
    except TimeoutError:
        if limits.open_timeout is None or not bound.expired():
            raise  # the operating system's own
        raise DeadlineExceeded(deadline="open_timeout", seconds=limits.open_timeout) from None
    opened = await asyncio.shield(driver.opened)
    if isinstance(opened, Closed) and isinstance(driver.lost, SSLError):
        raise driver.lost  # the server does not trust this client, say
    return accepted(opened, driver.lost, secure=route.address.secure)
