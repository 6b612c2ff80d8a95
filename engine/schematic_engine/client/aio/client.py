"""What generated clients for asyncio stand on."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    overload,
)

from schematic_engine.client.bodies import WebSocketClose
from schematic_engine.client.ending import has_ended, may_close
from schematic_engine.client.options import divided
from schematic_engine.client.sending import Sends, made
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded
from schematic_engine.events import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping
    from types import TracebackType

    from schematic.compile import Phase
    from schematic_engine.asyncio import ClientConnection
    from schematic_engine.client.embedded import Embedded
    from schematic_engine.events import Closed
    from schematic_engine.retry import Again

__all__ = ["BoundClose", "Client", "Close", "Connecting", "Sending", "Stream"]

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")
S_co = TypeVar("S_co", covariant=True)

Sending: TypeAlias = Coroutine[Any, Any, None]
"""What saying something returns on asyncio: await it."""


class Connecting(Generic[T]):
    """What `connect` returns: nothing has happened yet.

    ``await`` connects and leaves closing to the caller; ``async with`` connects, and closes at the
    end of the block; ``async for``, if ``reconnect`` was given, makes one connection after another.
    """

    def __init__(
        self, endpoint: Embedded, given: Mapping[str, Any], client: Callable[[Any], T]
    ) -> None:
        self._endpoint = endpoint
        self._given = given
        self._client = client
        self._started: Any = None

    def __await__(self) -> Generator[Any, Any, T]:
        return self._open().__await__()

    async def _open(self) -> T:
        return self._client(await self._start("await"))

    async def __aenter__(self) -> T:
        return self._client(await self._start("async with").__aenter__())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._start("async with").__aexit__(kind, error, trace)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """The next connection, see `schematic_engine.asyncio.Reconnecting`."""
        return self._client(await self._start("async for").__anext__())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the loop of connections, see `schematic_engine.asyncio.Reconnecting.close`."""
        await self._start("async for").close(code, reason)

    def _start(self, how: str) -> Any:
        """What the engine's `connect` returns; it is called once."""
        if (self._given.get("reconnect") is None) is (how == "async for"):
            raise TypeError(
                "this opens once: await it or write `async with`; connections one after another "
                "come from connect(..., reconnect=Reconnect())"
                if how == "async for"
                else "with reconnect= there are many connections: write `async for`"
            )
        if self._started is None:
            self._started = self._dial()
        return self._started

    def _dial(self) -> Any:
        from schematic_engine.asyncio import connect  # noqa: PLC0415  # see `Embedded`

        options, params = divided(self._given)
        options.pop("background", None)  # says something about threads, of which there are none
        if options.get("opening") is not None:
            options["opening"] = self._endpoint.greeting(options["opening"])
        if options.get("resume") is not None:
            options["resume"] = self._resuming(options["resume"])
        dial: Any = connect
        return dial(self._endpoint.compiled, params=self._endpoint.params(params), **options)

    def _resuming(self, resume: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
        async def resumed(error: Exception) -> Again | None:
            again: Any = resume(error)
            if isinstance(again, Awaitable):
                again = cast("Any", await again)
            return self._endpoint.resumed(again)

        return resumed


class Client(Sends[Sending], Generic[S_co]):
    """The client's end of an open connection. One task may receive; any number may send.

    Leaving its ``async with`` block closes with code 1000, or with 1011 if an exception passes.

    Attributes:
        endpoint: what the connection speaks.
        connection: the engine's connection, for what is not typed: pings, the report of delivery,
            events with their payloads.
        left_with: the code with which this side closed the WebSocket, if it did so with `close`.
    """

    __keeps__ = True
    endpoint: ClassVar[Embedded]

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._early: deque[S_co] = deque()
        self._wrappers = self.endpoint.wrappers
        self.left_with: int | None = None

    @classmethod
    def _connect(cls, given: Mapping[str, Any]) -> Connecting[Self]:
        return Connecting(cls.endpoint, given, cls)

    @property
    def state(self) -> Phase:
        """Where the conversation stands."""
        return self.connection.state

    @property
    def closed(self) -> Closed | None:
        """How the connection ended; None while it has not."""
        return self.connection.closed

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that may be sent now."""
        return self.connection.allowed()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the server may send now."""
        return self.connection.expected()

    def __say__(self, message: object) -> Sending:
        if type(message) is WebSocketClose:
            self.left_with = message.code
            return self.connection.close(message.code, message.reason)
        return self.connection.send(*self.endpoint.said(message))

    def __saying__(self, body: object) -> Callable[[Any], Sending]:
        return self.endpoint.saying(body, self.connection.send)

    async def receive(self, timeout: float | None = None) -> S_co:
        """The next message, in the order of arrival.

        A cancelled or timed out call loses nothing: the next call returns what it would have.

        Args:
            timeout: seconds to wait; None waits until something comes.

        Raises:
            RemoteProtocolError: a message of the server breaks the description.
            ConnectionClosed: everything has been delivered and the connection is over.
            DeadlineExceeded: nothing came within ``timeout``.
        """
        if self._early:
            return self._early.popleft()
        event = await self.connection.receive(timeout)
        body: S_co
        if type(event) is Message and event.id not in self._wrappers:
            body = event.body  # as `delivered` has it
        else:
            body = self.endpoint.delivered(event)
        return body

    def __aiter__(self) -> AsyncIterator[S_co]:
        """The messages until the connection is closed in good order."""
        return self

    async def __anext__(self) -> S_co:
        if self._early:
            return self._early.popleft()
        return cast("S_co", self.endpoint.delivered(await self.connection.__anext__()))

    @property
    def __unread__(self) -> int:
        """How many messages have come and were not yet received; not meant for callers."""
        return len(self._early) + self.connection.unread

    def keep(self, message: Any) -> None:
        """Have ``message``, which was received, received once more, after others kept so."""
        self._early.append(message)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self.connection.__aexit__(kind, error, trace)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state.value}>"


class Close(Generic[P, M]):
    """Declares the method that says goodbye with the message whose class is ``body``."""

    __slots__ = ("_body",)

    def __init__(self, body: Callable[P, M]) -> None:
        self._body = body

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: Client[S_co], owner: type) -> BoundClose[P, M, S_co]: ...
    def __get__(self, on: Client[S_co] | None, owner: type) -> Self | BoundClose[P, M, S_co]:
        return self if on is None else BoundClose(self._body, on)


class BoundClose(Generic[P, M, S_co]):
    """A method that says goodbye."""

    __slots__ = ("_body", "_on")

    def __init__(self, body: Callable[P, M], on: Client[S_co]) -> None:
        self._body = body
        self._on = on

    @overload
    async def __call__(self, message: M, /) -> list[S_co]: ...
    @overload
    async def __call__(self, *args: P.args, **fields: P.kwargs) -> list[S_co]: ...
    async def __call__(self, *args: Any, **fields: Any) -> list[S_co]:
        """Say goodbye, and wait until the connection is closed.

        The message is not said again where it was said already. What the server says before its
        end is returned. A server that neither says its last message nor closes is waited for while
        it says something, and ``Limits.close_timeout`` after that; then this side closes.

        Returns:
            The messages that came meanwhile.

        Raises:
            LocalProtocolError: the goodbye may not be said now, or another task is receiving.
            ConnectionClosed: the connection was lost, or did not end normally.
            RemoteProtocolError: a message of the server breaks the description.
        """
        client = self._on
        if client.closed is None and not has_ended(client.connection.session):
            await client.__say__(made(self._body, args, fields))
        return await _drained(client)


class Stream(Generic[S_co]):
    """The half of a connection on which messages are received."""

    def __init__(self, client: Client[S_co]) -> None:
        self._client = client

    async def receive(self, timeout: float | None = None) -> S_co:
        """The next message, see `Client.receive`."""
        return await self._client.receive(timeout)

    def __aiter__(self) -> AsyncIterator[S_co]:
        """The messages until the connection is closed in good order."""
        return self._client.__aiter__()


async def _drained(client: Client[S_co]) -> list[S_co]:
    """What the server says until the connection is over, which this closes if nobody else does.

    Where that fails, what has come can be received still.
    """
    rest: list[S_co] = []
    try:
        await _drain(client, rest)
    except BaseException:
        for message in rest:
            client.keep(message)
        raise
    return rest


async def _drain(client: Client[S_co], into: list[S_co]) -> None:
    connection = client.connection
    try:
        while not may_close(connection.session, client.__unread__):
            into.append(await client.receive(connection.limits.close_timeout))
    except DeadlineExceeded:
        pass  # the server has said all that it wants to say
    except ConnectionClosed as error:
        if not error.normal and error.code != client.left_with:
            raise
    await connection.close()
    while client.__unread__:  # what came while it was closed
        into.append(await client.receive())
