"""Phases as types, for asyncio: each step returns the object on which the next ones are.

A step awaits, and then its object is over: using it again raises `LocalProtocolError`. A step that
fails leaves it as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, cast, overload

from schematic_engine.client.aio.client import Client, Connecting, Sending
from schematic_engine.client.channels import Keyed, with_key
from schematic_engine.client.sending import Sends, made
from schematic_engine.client.walk import Walk, enter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from typing import Concatenate

__all__ = ["BoundStep", "ChannelPhase", "KeyedStep", "Listening", "Phase", "Phases", "Step"]

P = ParamSpec("P")
M = TypeVar("M")
S_co = TypeVar("S_co", covariant=True)
N_co = TypeVar("N_co", bound="Phase", covariant=True)
N = TypeVar("N")


class Phase(Sends[Sending]):
    """A phase of a connection or of a channel; `enter` makes it."""

    def __init__(self, walk: Walk[Sending]) -> None:
        self._walk = walk

    async def __say__(self, message: object) -> None:
        self._walk.check(self)
        await self._walk.on.__say__(message)

    async def __step__(self, message: object, then: type[N]) -> N:
        """Say the message that begins the phase ``then``: what `Step` stands on."""
        await self.__say__(message)
        return enter(then, self._walk)

    async def _proceed(self, then: Mapping[object, Callable[[Walk[Sending]], N]]) -> N:
        """Waits until the server has said what has to be said before the next phase.

        All that it says meanwhile, this included, is received in the next phase.

        Args:
            then: the phases that messages begin, by their classes.

        Raises:
            LocalProtocolError: the phase is over.
            ConnectionClosed: the connection is.
            RemoteProtocolError: a message of the server breaks the description.
        """
        self._walk.check(self)
        client = self._client
        kept: list[object] = []
        try:
            while True:
                kept.append(await client.receive())
                after = then.get(type(kept[-1]))
                if after is not None:
                    return enter(after, self._walk)
        finally:
            for message in kept:
                client.keep(message)

    @property
    def _client(self) -> Client[Any]:
        return cast("Client[Any]", self._walk.on)


class ChannelPhase(Phase, Keyed[Sending]):
    """A phase of one channel of a connection."""

    @property
    def key(self) -> str | int:
        """The key of the channel."""
        return self._walk.channel


class Listening(Phase, Generic[S_co]):
    """A phase of a connection in which its messages are received."""

    async def receive(self, timeout: float | None = None) -> S_co:
        """The next message, see `Client.receive`."""
        self._walk.check(self)
        message: S_co = await self._client.receive(timeout)
        return message

    def __aiter__(self) -> AsyncIterator[S_co]:
        """The messages until the connection is closed in good order."""
        self._walk.check(self)
        return self._client.__aiter__()


class BoundStep(Generic[P, M, N_co]):
    """A method that says one message, which begins the next phase."""

    __slots__ = ("_body", "_on", "_then")

    def __init__(self, body: Callable[P, M], then: type[N_co], on: Phase) -> None:
        self._body = body
        self._then = then
        self._on = on

    @overload
    async def __call__(self, message: M, /) -> N_co: ...
    @overload
    async def __call__(self, *args: P.args, **fields: P.kwargs) -> N_co: ...
    async def __call__(self, *args: Any, **fields: Any) -> N_co:
        """Say the message: it, or its fields.

        Returns:
            The next phase. The object of this one is over.

        Raises:
            LocalProtocolError: this phase is over, or the message may not be said now, or does not
                fit. Nothing was written.
            ConnectionClosed: the connection is over. Nothing was written.
        """
        return await self._on.__step__(made(self._body, args, fields), self._then)


class Step(Generic[P, M, N_co]):
    """Declares a method that says the message whose class is ``body``, and goes on."""

    __slots__ = ("_body", "_then")

    def __init__(self, body: Callable[P, M], then: type[N_co]) -> None:
        self._body = body
        self._then = then

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: Phase, owner: type) -> BoundStep[P, M, N_co]: ...
    def __get__(self, on: Phase | None, owner: type) -> Self | BoundStep[P, M, N_co]:
        return self if on is None else BoundStep(self._body, self._then, on)


class KeyedStep(Generic[P, M, N_co]):
    """The same on a channel: the message's class takes the channel's key first."""

    __slots__ = ("_body", "_then")

    def __init__(self, body: Callable[Concatenate[Any, P], M], then: type[N_co]) -> None:
        self._body = body
        self._then = then

    @overload
    def __get__(self, on: None, owner: type) -> Self: ...
    @overload
    def __get__(self, on: ChannelPhase, owner: type) -> BoundStep[P, M, N_co]: ...
    def __get__(self, on: ChannelPhase | None, owner: type) -> Self | BoundStep[P, M, N_co]:
        if on is None:
            return self
        return BoundStep(with_key(self._body, on.key), self._then, on)


class Phases:
    """Where the way through the phases begins."""

    @classmethod
    def _begin(
        cls,
        client: type[Client[Any]],
        phase: Callable[[Walk[Sending]], N],
        given: Mapping[str, Any],
    ) -> Connecting[N]:
        return Connecting(
            client.endpoint, given, lambda connection: enter(phase, Walk(client(connection)))
        )
