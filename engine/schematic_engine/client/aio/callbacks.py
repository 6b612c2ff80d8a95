"""A whole conversation with handlers, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.aio.client import Connecting
from schematic_engine.client.ending import Progress, is_cut_short, is_refused, may_close
from schematic_engine.client.handlers import Handlers
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, LocalIllegalMessage

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from schematic_engine.client.aio.client import Client
    from schematic_engine.greeting import Greeting

__all__ = ["Callbacks", "Source"]

T = TypeVar("T")

Source: TypeAlias = AsyncIterable[T] | Iterable[T]
"""What gives the messages to say."""


class Callbacks(Handlers):
    """Handlers for the messages of the server, and a way to run a conversation with them."""

    async def _run(
        self,
        client_class: type[Client[Any]],
        given: Mapping[str, Any],
        source: Source[Any],
    ) -> None:
        import asyncio  # noqa: PLC0415  # costs more than a client's import may

        options, goodbye = self.conversation(given)
        opening, progress, news = options.pop("opening"), Progress(), asyncio.Event()
        async with Connecting(client_class.endpoint, options, client_class) as client:

            async def say() -> None:
                if await _is_greeted(client, opening, news, progress):
                    await self._talk(client, source, goodbye)

            talk = asyncio.ensure_future(say())
            hear = asyncio.ensure_future(self._hear(client, progress, news))
            try:
                await asyncio.wait([talk, hear], return_when=asyncio.FIRST_COMPLETED)
                if not hear.done():
                    await talk  # raises what the source or a send did
                    await _end(client, hear, progress)
            finally:
                for task in (talk, hear):
                    task.cancel()
                failed = await asyncio.gather(hear, talk, return_exceptions=True)
            for error in failed:
                if isinstance(error, Exception):
                    raise error
            if is_cut_short(client.connection.session, progress):
                await client.receive()  # raises how it ended, which no opening does

    async def _talk(self, client: Client[Any], source: Source[Any], goodbye: object) -> None:
        """Says what comes from the source, and then goodbye, unless the server ends it first."""
        async for item in _each(source):
            if not await _is_said(client, self.message(item)):
                return
        await _is_said(client, goodbye)

    async def _hear(self, client: Client[Any], progress: Progress, news: asyncio.Event) -> None:
        async for message in client:
            news.set()
            with progress:
                for handler in self.handlers(message):
                    result = handler(message)
                    if isinstance(result, Awaitable):
                        await result
            if _is_over(client):
                await client.connection.close()


async def _is_greeted(
    client: Client[Any], opening: Greeting, news: asyncio.Event, progress: Progress
) -> bool:
    """Says what is said first, each when it is its turn; False if the conversation is over.

    Raises:
        LocalProtocolError: something of it may not be said.
        DeadlineExceeded: it took longer than ``Limits.open_timeout``.
    """
    import asyncio  # noqa: PLC0415  # costs more than a client's import may

    seconds = client.connection.limits.open_timeout
    bound = asyncio.timeout(seconds)
    try:
        async with bound:
            for message in opening():
                if not await _is_said_in_turn(client, message, news):
                    return False
            await _answered(client, news)
    except TimeoutError:
        if seconds is None or not bound.expired():
            raise  # the opening's own
        raise DeadlineExceeded(deadline="initialize", seconds=seconds) from None
    progress.opened = client.closed is None
    return progress.opened and not is_refused(client.connection.session)


async def _is_said_in_turn(client: Client[Any], message: object, news: asyncio.Event) -> bool:
    """Says a message once the server has said what comes before it; False as in `_is_said`."""
    from schematic_engine.greeting import is_early  # noqa: PLC0415  # see `Embedded`

    while True:
        news.clear()
        try:
            return await _is_said(client, message)
        except LocalIllegalMessage as error:
            if not is_early(error):
                raise
        await news.wait()


async def _answered(client: Client[Any], news: asyncio.Event) -> None:
    """Waits while the opening goes on without anything for this side to say."""
    from schematic.compile import Phase  # noqa: PLC0415  # see `Embedded`
    from schematic_engine.greeting import awaits_peer  # noqa: PLC0415  # see `Embedded`

    while client.state is Phase.INITIALIZING and awaits_peer(
        client.connection.session, client.allowed()
    ):
        news.clear()
        await news.wait()


async def _is_said(client: Client[Any], message: object) -> bool:
    """Says a message; False if the connection is over: the one who hears tells how it ended."""
    try:
        await client.__say__(message)
    except ConnectionClosed:
        return False
    except LocalIllegalMessage:
        if not is_refused(client.connection.session):
            raise
        return False
    return True


async def _end(client: Client[Any], hear: asyncio.Future[None], progress: Progress) -> None:
    """Waits for the end while the server says something, see `Close`."""
    import asyncio  # noqa: PLC0415  # costs more than a client's import may

    connection, steps = client.connection, -1
    while not (hear.done() or progress.rests(steps) or _is_over(client)):
        steps = progress.steps
        await asyncio.wait([hear], timeout=connection.limits.close_timeout)
    await connection.close()
    await asyncio.wait([hear])  # what came before is handled still


def _is_over(client: Client[Any]) -> bool:
    return may_close(client.connection.session, client.__unread__)


def _each(source: Source[Any]) -> AsyncIterable[object]:
    return _in_turns(source) if isinstance(source, Iterable) else source


async def _in_turns(source: Iterable[object]) -> AsyncIterator[object]:
    """What a source gives at once, with a turn for those who hear after each of it."""
    import asyncio  # noqa: PLC0415  # costs more than a client's import may

    for item in source:
        yield item
        await asyncio.sleep(0)
