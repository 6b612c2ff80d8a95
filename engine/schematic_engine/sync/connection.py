"""`connect` and `ClientConnection`: be the client of a described endpoint, with blocking calls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from os import PathLike
from ssl import SSLContext
from time import monotonic
from types import TracebackType
from typing import Literal, Self, overload
from weakref import finalize

from msgspec import UNSET

from schematic.compile import Phase
from schematic_engine.compression import Compression
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials, find_credentials
from schematic_engine.delivery import Delivery
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    LocalProtocolError,
)
from schematic_engine.events import Accepted, Closed, Delivered, Headers, Violation
from schematic_engine.greeting import Greeting
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.policy import Policy
from schematic_engine.redirects import Redirects
from schematic_engine.retry import Again, Reconnect
from schematic_engine.route import Route, choose_route, meant_for_one
from schematic_engine.session import Session
from schematic_engine.sync.link import Link
from schematic_engine.sync.reach import open_transport
from schematic_engine.sync.reconnecting import Reconnecting, Resume
from schematic_engine.sync.transport import Transport

__all__ = ["ClientConnection", "connect"]


class ClientConnection:
    """The client's end of an open connection; `connect` makes it.

    Calls do the work. While there are none, a thread of the connection's own takes messages in,
    answers pings and keeps the connection alive, unless it was opened with ``background=False``;
    what it finds wrong is told by the next call. Any number of threads may send and receive at the
    same time, and any of them may close; each message goes to one receiver.

    Leaving the ``with`` block closes with code 1000, or with 1011 if an exception passes.

    Attributes:
        subprotocol: the one that the server chose, or None.
        response_headers: the header lines of the server's answer.
    """

    def __init__(self, link: Link, accepted: Accepted, *, in_a_loop: bool = False) -> None:
        self._link = link
        self._in_a_loop = in_a_loop
        self.subprotocol = accepted.subprotocol
        self.response_headers: Headers = accepted.headers

    @property
    def state(self) -> Phase:
        """Where the conversation stands."""
        return self._link.phase

    @property
    def closed(self) -> Closed | None:
        """How the connection ended; None while it has not, as far as was read."""
        return self._link.closed

    @property
    def session(self) -> Session:
        """The conversation, to look at: where it stands (`Session.machine`) and its codecs.

        Raises:
            LocalProtocolError: the connection has not been accepted yet.
        """
        session = self._link.session
        if session is None:
            raise LocalProtocolError("the connection has not been opened yet")
        return session

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong; None before there was one."""
        return self._link.latency

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that this side may send now."""
        return self._link.allowed()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the server may send now."""
        return self._link.expected()

    def delivery(self) -> Delivery:
        """What became of the messages that were sent, as far as this side knows; at any time.

        It is `ConnectionClosed.delivery`, too.
        """
        return self._link.delivery()

    @overload
    def send(self, message: object) -> None: ...

    @overload
    def send(self, message: str, body: object) -> None: ...

    def send(self, message: object, body: object = UNSET) -> None:
        """Send one message: a typed body, or an id and a body.

        Waits until the operating system has taken all of it. While it waits it takes in what the
        server sends, for `receive` to return later, so that a script may send everything first
        and read afterwards.

        Args:
            message: an instance of a message's body type, or the id of a message.
            body: the body of the message named by id: an instance, or a mapping that is converted
                to the type. May be left out where every field has a default.

        Raises:
            LocalIllegalMessage: it is not this side's turn to say that. Nothing was written.
            LocalInvalidMessage: the body does not fit. Nothing was written.
            ReceiveLimitExceeded: the server reads nothing before some of its own messages are
                read, of which ``Limits.max_queue`` wait, and no other thread receives. The
                message counts as sent, do not send it again: what is left of it goes out during
                the next calls.
            ConnectionClosed: the connection is over. While this side is closing, the call first
                waits for the end, so that the error can say how it ended.
        """
        self._link.send(message, body)

    def receive(self, timeout: float | None = None) -> Delivered:
        """The next event, in the order of arrival.

        A call that times out loses nothing: the next call returns what it would have.

        Args:
            timeout: seconds to wait; None waits until something comes, 0 only looks.

        Raises:
            RemoteProtocolError: the server broke a rule, all earlier messages have been delivered,
                and the connection is closing. A breach that does not close it, as the policy
                or the description may say, is returned as a `Violation`.
            ConnectionClosed: everything has been delivered and the connection is over.
            DeadlineExceeded: nothing came within ``timeout``. It is a `TimeoutError`.
        """
        event = self._link.receive(timeout)
        if isinstance(event, Violation) and event.closing:
            raise event.error
        return event

    def __iter__(self) -> Iterator[Delivered]:
        """The events until the connection is closed in good order.

        Raises:
            ConnectionClosed: it was lost, or did not end normally, see `Closed.normal`.
            RemoteProtocolError: as in `receive`.
        """
        while True:
            try:
                event = self.receive()
            except ConnectionClosed as error:
                if error.normal:
                    return
                raise
            yield event

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait until it is closed; does nothing if it is.

        Messages that came before stay readable. Those that come while the server has not answered
        the close do so too, until ``Limits.max_queue`` of them wait.

        Args:
            code: 1000 to 1014 without the reserved ones, or 3000 to 4999.
            reason: at most 123 bytes in UTF-8.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        self._link.close(code, reason)

    def ping(self, payload: bytes | None = None) -> None:
        """Send a ping; the server's pong is not waited for.

        Pings that keep the connection alive go out by themselves, see ``Limits.ping_interval``.

        Args:
            payload: at most 125 bytes; None takes some that no other ping of this connection has.

        Raises:
            LocalProtocolError: the payload is too long.
            ReceiveLimitExceeded: as in `send`.
            ConnectionClosed: the connection is over.
        """
        self._link.ping(payload)

    def ping_and_wait(self, timeout: float | None = None) -> float:
        """Send a ping and wait for its pong; the messages that come before it can be received.

        Args:
            timeout: seconds to wait; None waits as long as ``Limits.ping_timeout`` lets it.

        Returns:
            Seconds from the ping to the pong.

        Raises:
            DeadlineExceeded: no pong came within ``timeout``, and the connection goes on.
            ReceiveLimitExceeded: as in `send`.
            ConnectionClosed: the connection is over.
        """
        return self._link.wait_for_pong(self._link.ping(None), timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        was_closed = self.closed is not None
        self.close(1000 if error is None else 1011)
        # The loop judges what happened to its connection: see `Reconnecting`.
        return self._in_a_loop and was_closed and isinstance(error, ConnectionClosed)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state.value}>"


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
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: None = None,
    background: bool = True,
) -> ClientConnection: ...


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
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: Reconnect,
    resume: Resume | None = None,
    background: bool = True,
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
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Iterable[str] = (),
    compression: bool | Compression = True,
    limits: Limits = DEFAULT_LIMITS,
    policy: Policy = Policy(),  # noqa: B008  # frozen
    opening: Greeting | None = None,
    reconnect: Reconnect | None = None,
    resume: Resume | None = None,
    background: bool = True,
) -> ClientConnection | Reconnecting:
    """Connect to an endpoint; use the result with ``with``, or close it yourself.

    With ``reconnect`` it is a loop of connections for ``for``, see `Reconnecting`.

    ::

        with connect(api.endpoint("StreamTextToSpeech"), params={...}) as connection:
            connection.send(Hello())
            for event in connection:
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
        headers: further header lines of the request.
        subprotocols: offered to the server, most wanted first.
        compression: whether, or with which options, to offer permessage-deflate (RFC 7692).
        limits: bounds on sizes, queues and times.
        policy: what to do about a peer that breaks the rules.
        opening: makes what is said first on each connection, before it is handed out: bodies, or
            pairs of an id and a body. What the server has to say in between, or afterwards before
            anything else may be said, is waited for, up to ``limits.open_timeout`` again.
        reconnect: when to connect again, and how long to wait before it.
        resume: told, before each attempt but the first, how the one before or its connection
            ended; may return what is different about the next attempt. An `OSError` or a
            `SchematicError` that it raises counts as a failed attempt.
        background: whether a thread takes messages in, as far as the limits allow, answers pings
            and keeps the connection alive while no call does. Without it the server may give up a
            script that computes for a while.

    Raises:
        HandshakeRejected: the server answered with an HTTP status.
        DeadlineExceeded: the connection was not open within ``limits.open_timeout``. Looking up
            the host's name is the one step that it cannot cut short.
        RemoteProtocolError: the answer is not one to a WebSocket handshake.
        ConnectionClosed: the server hung up during the handshake.
        LocalProtocolError: a parameter, header or credential is missing or cannot be sent.
        ProxyError: the proxy cannot be reached, or did not connect us to the server.
        OSError: the server cannot be reached, or its certificate is not to be trusted, or it does
            not trust ours.
    """
    given = Again(params=params, auth=auth, url=url, opening=opening)
    headers, subprotocols = tuple(headers), tuple(subprotocols)

    def dial(again: Again) -> tuple[ClientConnection, Link]:
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
            has_context=ssl is not None,
            environ=os.environ,
        )
        bound_by = meant_for_one(ssl=ssl, server_hostname=server_hostname, unix=unix)
        hops = Redirects(
            redirects, secret=credentials.secret if credentials else None, bound_by=bound_by
        )
        start = monotonic()  # of the time allowed, which covers proxy, TCP, TLS and all hops
        core = ask()
        while True:
            core.handle_timeout(start)
            route = way(core.address)
            try:
                link, accepted = _open(core, route, ssl, limits, what.opening)
            except HandshakeRejected as rejected:
                core = ask(redirect=hops.follow(rejected, route.address))
            else:
                connection = ClientConnection(link, accepted, in_a_loop=reconnect is not None)
                if background:
                    link.start()
                    finalize(connection, link.forget).atexit = False
                return connection, link

    if reconnect is not None:
        return Reconnecting(dial, reconnect, resume)
    if resume is not None:
        raise LocalProtocolError("resume is about connecting again: pass reconnect, too")
    connection, _ = dial(Again())
    return connection


def _open(
    core: Connection,
    route: Route,
    ssl: SSLContext | None,
    limits: Limits,
    greeting: Greeting | None,
) -> tuple[Link, Accepted]:
    """Connects, shakes hands and greets; whatever is raised, nothing is left open."""
    transport = _reach(route, ssl, core.next_deadline(), limits)
    try:
        link = Link(core, transport, limits)
        return link, link.open(greeting)
    except BaseException:
        transport.close()
        raise


def _reach(
    route: Route, ssl: SSLContext | None, deadline: float | None, limits: Limits
) -> Transport:
    try:
        return open_transport(route, ssl, deadline=deadline, limits=limits)
    except TimeoutError as error:
        if limits.open_timeout is None or error.errno is not None:
            raise  # the operating system's own
        raise DeadlineExceeded(deadline="open_timeout", seconds=limits.open_timeout) from None
