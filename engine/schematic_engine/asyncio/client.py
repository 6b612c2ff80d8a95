"""`connect`: be the client of a described endpoint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from ssl import SSLContext

from schematic_engine.address import Address, parse_url
from schematic_engine.asyncio.connection import BaseConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.asyncio.opening import Opening
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials, find_credentials
from schematic_engine.endings import accepted
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import DeadlineExceeded, LocalProtocolError
from schematic_engine.events import Accepted, Headers
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.policy import Policy

__all__ = ["ClientConnection", "connect"]


class ClientConnection(BaseConnection):
    """The client's end of an open connection; `connect` makes it.

    Attributes:
        subprotocol: the one that the server chose, or None.
        response_headers: the header lines of the server's answer.
    """

    def __init__(self, driver: Driver, accepted: Accepted) -> None:
        super().__init__(driver)
        self.subprotocol = accepted.subprotocol
        self.response_headers: Headers = accepted.headers


def connect(
    endpoint: AnyEndpoint,
    *,
    params: Mapping[str, object] | None = None,
    auth: str | Credentials | None = None,
    url: str | None = None,
    ssl: SSLContext | None = None,
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Iterable[str] = (),
    compression: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
) -> Opening[ClientConnection]:
    """Connect to an endpoint; use it with ``async with``, or ``await`` it and close it yourself.

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
        headers: further header lines of the request.
        subprotocols: offered to the server, most wanted first.
        compression: whether to offer permessage-deflate (RFC 7692).
        limits: bounds on sizes, queues and times.
        policy: what to do about a peer that breaks the rules.

    Raises:
        HandshakeRejected: the server answered with an HTTP status.
        DeadlineExceeded: the connection was not open within ``limits.open_timeout``.
        RemoteProtocolError: the answer is not one to a WebSocket handshake.
        ConnectionClosed: the server hung up during the handshake.
        LocalProtocolError: a parameter, header or credential is missing or cannot be sent.
        OSError: the server cannot be reached, or its certificate is not to be trusted.
    """

    async def opening() -> ClientConnection:
        compiled = resolve(endpoint)
        address = parse_url(url or compiled.api.base_url)
        if ssl is not None and not address.secure:
            raise LocalProtocolError("ssl is given, but the URL says ws:// and not wss://")
        if not isinstance(auth, Credentials):
            credentials = find_credentials(compiled.api, auth, environ=os.environ)
        else:
            credentials = auth
        core = Connection.client(
            compiled,
            params=params or {},
            credentials=credentials,
            url=url,
            headers=tuple(headers),
            subprotocols=tuple(subprotocols),
            compression=compression,
            limits=limits,
            policy=policy,
        )
        driver = Driver(core, limits)
        try:
            return ClientConnection(driver, await _open(driver, address, ssl, limits))
        except BaseException:
            await driver.drop()
            raise

    return Opening(opening)


async def _open(
    driver: Driver, address: Address, ssl: SSLContext | None, limits: Limits
) -> Accepted:
    """Connect, shake hands, and raise unless the server accepts."""
    loop = asyncio.get_running_loop()
    host, port, tls = address.host, address.port, (ssl or True) if address.secure else None
    # The core's clock runs already: its first deadline bounds name look-up, TCP and TLS too.
    bound = asyncio.timeout_at(driver.core.next_deadline())
    try:
        async with bound:
            await loop.create_connection(lambda: driver, host, port, ssl=tls)
    except TimeoutError:
        if limits.open_timeout is None or not bound.expired():
            raise  # the operating system's own
        raise DeadlineExceeded(deadline="open_timeout", seconds=limits.open_timeout) from None
    return accepted(await asyncio.shield(driver.opened), driver.lost)
