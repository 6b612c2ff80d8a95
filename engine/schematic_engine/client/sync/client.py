"""What generated clients with blocking calls stand on."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    overload,
)

from schematic_engine.client.bodies import WebSocketClose
from schematic_engine.client.ending import has_ended, may_close
from schematic_engine.client.options import divided
from schematic_engine.client.sending import Sends, made
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded
from schematic_engine.events import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from schematic.compile import Phase
    from schematic_engine.client.embedded import Embedded
    from schematic_engine.events import Closed
    from schematic_engine.sync import ClientConnection

__all__ = ["BoundClose", "Client", "Close", "Connecting", "Stream"]

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")
S_co = TypeVar("S_co", covariant=True)


class Connecting(Generic[T]):
    """What `connect` returns: nothing has happened yet.

    ``with`` connects, and closes at the end of the block; ``open()`` connects and leaves closing
    to the caller; ``for``, if ``reconnect`` was given, makes one connection after another.
    """

    def __init__(
        self, endpoint: Embedded, given: Mapping[str, Any], client: Callable[[Any], T]
    ) -> None:
        self._endpoint = endpoint
        self._given = given
        self._client = client
        self._started: Any = None

    def open(self) -> T:
        """Connect; each call makes a connection of its own."""
        self._check("with")
        return self._client(self._dial())

    def __enter__(self) -> T:
        return self._client(self._start("with").__enter__())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection, self._started = self._started, None
        connection.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next connection, see `schematic_engine.sync.Reconnecting`."""
        return self._client(next(self._start("for")))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the loop of connections, see `schematic_engine.sync.Reconnecting.close`."""
        self._start("for").close(code, reason)

    def _start(self, how: str) -> Any:
        """What the engine's `connect` returns; it is called once."""
        self._check(how)
        if self._started is None:
            self._started = self._dial()
        return self._started

    def _check(self, how: str) -> None:
        """Raise TypeError if what is opened so is a loop and should not be, or the reverse."""
        if (self._given.get("reconnect") is None) is (how == "for"):
            raise TypeError(
                "this opens once: write `with`; connections one after another come from "
                "connect(..., reconnect=Reconnect())"
                if how == "for"
                else "with reconnect= there are many connections: write `for`"
            )

    def _dial(self) -> Any:
        from schematic_engine.sync import connect  # noqa: PLC0415  # see `Embedded`

        options, params = divided(self._given)
        if options.get("opening") is not None:
            options["opening"] = self._endpoint.greeting(options["opening"])
        if options.get("resume") is not None:
            options["resume"] = self._resuming(options["resume"])
        dial: Any = connect
        return dial(self._endpoint.compiled, params=self._endpoint.params(params), **options)

    def _resuming(self, resume: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
        return lambda error: self._endpoint.resumed(resume(error))


class Client(Sends[None], Generic[S_co]):
    """The client's end of an open connection; any number of threads may send and receive.

    Leaving its ``with`` block closes with code 1000, or with 1011 if an exception passes.

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
        """How the connection ended; None while it has not, as far as was read."""
        return self.connection.closed

    def allowed(self) -> tuple[str, ...]:
        """The ids of the messages that may be sent now."""
        return self.connection.allowed()

    def expected(self) -> tuple[str, ...]:
        """The ids of the messages that the server may send now."""
        return self.connection.expected()

    def __say__(self, message: object) -> None:
        if type(message) is WebSocketClose:
            self.left_with = message.code
            self.connection.close(message.code, message.reason)
        else:
            self.connection.send(*self.endpoint.said(message))

    def __saying__(self, body: object) -> Callable[[Any], None]:
        return self.endpoint.saying(body, self.connection.send)

    def receive(self, timeout: float | None = None) -> S_co:
        """The next message, in the order of arrival.

        A call that times out loses nothing: the next call returns what it would have.

        Args:
            timeout: seconds to wait; None waits until something comes, 0 only looks.

        Raises:
            RemoteProtocolError: a message of the server breaks the description.
            ConnectionClosed: everything has been delivered and the connection is over.
            DeadlineExceeded: nothing came within ``timeout``.
        """
        if self._early:
            return self._early.popleft()
        event = self.connection.receive(timeout)
        body: S_co
        if type(event) is Message and event.id not in self._wrappers:
            body = event.body  # as `delivered` has it
        else:
            body = self.endpoint.delivered(event)
        return body

    def __iter__(self) -> Iterator[S_co]:
        """The messages until the connection is closed in good order."""
        while self._early:
            yield self._early.popleft()
        for event in self.connection:
            yield self.endpoint.delivered(event)

    @property
    def __unread__(self) -> int:
        """How many messages have come and were not yet received; not meant for callers."""
        return len(self._early) + self.connection.unread

    def keep(self, message: Any) -> None:
        """Have ``message``, which was received, received once more, after others kept so."""
        self._early.append(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self.connection.__exit__(kind, error, trace)

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
    def __call__(self, message: M, /) -> list[S_co]: ...
    @overload
    def __call__(self, *args: P.args, **fields: P.kwargs) -> list[S_co]: ...
    def __call__(self, *args: Any, **fields: Any) -> list[S_co]:
        """Say goodbye, and wait until the connection is closed.

        The message is not said again where it was said already. What the server says before its
        end is returned. A server that neither says its last message nor closes is waited for while
        it says something, and ``Limits.close_timeout`` after that; then this side closes.

        Returns:
            The messages that came meanwhile.

        Raises:
            LocalProtocolError: the goodbye may not be said now.
            ConnectionClosed: the connection was lost, or did not end normally.
            RemoteProtocolError: a message of the server breaks the description.
        """
        client = self._on
        if client.closed is None and not has_ended(client.connection.session):
            client.__say__(made(self._body, args, fields))
        return _drained(client)


class Stream(Generic[S_co]):
    """The half of a connection on which messages are received, in a thread of its own."""

    def __init__(self, client: Client[S_co]) -> None:
        self._client = client

    def receive(self, timeout: float | None = None) -> S_co:
        """The next message, see `Client.receive`."""
        return self._client.receive(timeout)

    def __iter__(self) -> Iterator[S_co]:
        """The messages until the connection is closed in good order."""
        return iter(self._client)


def _drained(client: Client[S_co]) -> list[S_co]:
    """What the server says until the connection is over, which this closes if nobody else does.

    Where that fails, what has come can be received still.
    """
    rest: list[S_co] = []
    try:
        _drain(client, rest)
    except BaseException:
        for message in rest:
            client.keep(message)
        raise
    return rest


def _drain(client: Client[S_co], into: list[S_co]) -> None:
    connection = client.connection
    try:
        while not may_close(connection.session, client.__unread__):
            into.append(client.receive(connection.limits.close_timeout))
    except DeadlineExceeded:
        pass  # the server has said all that it wants to say
    except ConnectionClosed as error:
        if not error.normal and error.code != client.left_with:
            raise
    connection.close()
    with suppress(ConnectionClosed):  # another thread was faster
        while client.__unread__:  # what came while it was closed
            into.append(client.receive())
