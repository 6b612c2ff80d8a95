"""`MockServer`: an API's server side from its definition alone.

::

    server = MockServer(api)

    @server.on("SendText")
    def speak(call, message):
        yield "AudioOutput", {"audio": "..."}

    with server:                                    # or: async with server
        connection = connect(api.endpoint(), url=server.url)

It opens, answers and ends in legal order with valid messages; handlers add behaviour where it
matters, and a handler that yields a `Close` ends the connection. It serves any number of clients at
once, listens on the loopback interface unless told otherwise, and is strict: a breach is answered
as the description says, and where it says nothing, the client is told what was expected and closed
with 1007 or 1008 (RFC 6455, section 7.4.1). ``strict=False`` records breaches and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ssl import SSLContext
from typing import Literal

from schematic.define import DefinitionError, Side, WebSocketApi
from schematic_engine.asyncio import Server, ServerConnection, serve
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, RemoteProtocolError
from schematic_engine.events import Violation
from schematic_engine.limits import Limits
from schematic_engine.mock.loop_thread import EitherWay
from schematic_engine.mock.peer import Call, Handler, MockPeer, Reply
from schematic_engine.policy import Policy

__all__ = ["MockServer"]


class MockServer(EitherWay):
    """A server made from a definition; a context manager, with ``with`` or ``async with``.

    Args:
        endpoints: an API with all its endpoints, or one endpoint.
        host: the interface to listen on; only this machine can reach the default.
        port: 0 takes a free one.
        ssl: a server's context, for ``wss``.
        limits: bounds on sizes, queues and times.
        strict: whether a breach is answered as described, which mostly ends the connection; if not,
            the message counts as not said, and the conversation goes on.
        fields: what a field is that the message's type does not know: nothing (``pass``), or a
            breach (``error``). See `Policy`.
        on_violation: called with each breach, in the server's thread.

    Attributes:
        violations: what clients did wrong, oldest first, at most ``max_violations``; in every mode.
    """

    max_violations = 1000

    def __init__(
        self,
        endpoints: AnyEndpoint,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: SSLContext | None = None,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        strict: bool = True,
        fields: Literal["pass", "error"] = "pass",
        on_violation: Callable[[RemoteProtocolError], None] | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._host, self._port, self._ssl, self._limits = host, port, ssl, limits
        self._policy = Policy(
            unknown="error",
            fields=fields,
            violation="fail" if strict else "report",
            replies=False,  # the peer does that, since handlers may want to
        )
        self._on_violation = on_violation
        self._handlers: dict[str, Handler] = {}
        self._server: Server | None = None
        super().__init__("schematic-mock")
        self._client_messages = _client_messages(endpoints)
        self.violations: list[RemoteProtocolError] = []

    def on(self, message: str) -> Callable[[Handler], Handler]:
        """Register what to do about the client's ``message``, in place of sample replies.

        Raises:
            DefinitionError: the client has no such message.
        """
        if message not in self._client_messages:
            known = ", ".join(sorted(self._client_messages))
            raise DefinitionError(f"the client has no message {message!r}; it has {known}")

        def register(handler: Handler) -> Handler:
            self._handlers[message] = handler
            return handler

        return register

    @property
    def url(self) -> str:
        """The base URL for clients: ``ws://127.0.0.1:port``.

        Raises:
            RuntimeError: the server is not running.
        """
        return self._running().url

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._running().port

    async def start(self) -> None:
        """Listen, in the running loop. Raises OSError if it cannot."""
        self._server = await serve(
            self._endpoints,
            self._talk,
            host=self._host,
            port=self._port,
            ssl=self._ssl,
            limits=self._limits,
            policy=self._policy,
        )

    async def stop(self) -> None:
        """Close all connections with 1001 and stop listening."""
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the mock server is not running: use it in a with statement")
        return self._server

    async def _talk(self, connection: ServerConnection) -> None:
        """One client's conversation, and what the client did wrong in it."""
        try:
            await self._converse(connection)
        except RemoteProtocolError as error:
            self._note(error)
            return
        except ConnectionClosed:  # while it was spoken to, or abnormally
            pass
        closed = connection.closed
        if closed is not None and isinstance(closed.error, RemoteProtocolError):
            self._note(closed.error)

    async def _converse(self, connection: ServerConnection) -> None:
        assert connection.endpoint is not None  # the router has accepted it
        peer = MockPeer(Call(connection.endpoint, connection.params), self._handlers)
        await self._say(connection, peer.opening())
        async for event in connection:
            if isinstance(event, Violation):
                self._note(event.error)
            await self._say(connection, peer.answer(event))
            if peer.finished():
                await connection.close(peer.close.code, peer.close.reason)
                return

    async def _say(self, connection: ServerConnection, replies: Iterable[Reply]) -> None:
        for reply in replies:
            await connection.send(*reply)

    def _note(self, error: RemoteProtocolError) -> None:
        if isinstance(error, DeadlineExceeded):
            return  # slow is not wrong
        if len(self.violations) < self.max_violations:
            self.violations.append(error)
        if self._on_violation is not None:
            self._on_violation(error)


def _client_messages(endpoints: AnyEndpoint) -> set[str]:
    if isinstance(endpoints, WebSocketApi):
        compiled = [resolve(endpoints.endpoint(one.id)) for one in endpoints.endpoints]
    else:
        compiled = [resolve(endpoints)]
    return {kind.id for one in compiled for kind in one.kinds if kind.side is Side.CLIENT}
