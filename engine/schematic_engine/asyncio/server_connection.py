"""`ServerConnection`: one client of a server, from its request on.

A connection begins with its `Request`. Somebody decides: the router, which knows the endpoints'
paths, or the handler, or ``process_request`` before either.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import ParamValue
from schematic_engine.address import match_request
from schematic_engine.asyncio.connection import BaseConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import LocalProtocolError
from schematic_engine.events import Request

__all__ = ["Handler", "ServerConnection"]


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

    @property
    def peer_certificate(self) -> dict[str, Any] | None:
        """The client's certificate, as `ssl.SSLSocket.getpeercert` has it.

        None where it has shown none: a server asks for one if its context's ``verify_mode`` is
        ``CERT_REQUIRED`` or ``CERT_OPTIONAL``.
        """
        return self._driver.peer_certificate

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
