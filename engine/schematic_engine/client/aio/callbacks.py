"""A whole conversation with handlers, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.aio.client import Connecting
from schematic_engine.client.ending import Progress, may_close
from schematic_engine.client.handlers import Handlers
from schematic_engine.errors import ConnectionClosed

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from schematic_engine.client.aio.client import Client

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
        progress = Progress()
        async with Connecting(client_class.endpoint, options, client_class) as client:
            talk = asyncio.ensure_future(self._talk(client, source, goodbye))
            hear = asyncio.ensure_future(self._hear(client, progress))
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

    async def _talk(self, client: Client[Any], source: Source[Any], goodbye: object) -> None:
        """Says what comes from the source, and then goodbye, unless the server ends it first."""
        async for item in _each(source):
            if not await _is_said(client, self.message(item)):
                return
        await _is_said(client, goodbye)

    async def _hear(self, client: Client[Any], progress: Progress) -> None:
        async for message in client:
            with progress:
                for handler in self.handlers(message):
                    result = handler(message)
                    if isinstance(result, Awaitable):
                        await result
            if may_close(client.connection.session):
                await client.connection.close()


async def _is_said(client: Client[Any], message: object) -> bool:
    """Says a message; False if the connection is over: the one who hears tells how it ended."""
    try:
        await client.__say__(message)
    except ConnectionClosed:
        return False
    return True


async def _end(client: Client[Any], hear: asyncio.Future[None], progress: Progress) -> None:
    """Waits for the end while the server says something, see `Close`."""
    import asyncio  # noqa: PLC0415  # costs more than a client's import may

    connection, steps = client.connection, -1
    while not (hear.done() or progress.rests(steps) or may_close(connection.session)):
        steps = progress.steps
        await asyncio.wait([hear], timeout=connection.limits.close_timeout)
    await connection.close()
    await asyncio.wait([hear])  # what came before is handled still


def _each(source: Source[Any]) -> AsyncIterable[object]:
    return _in_turns(source) if isinstance(source, Iterable) else source


async def _in_turns(source: Iterable[object]) -> AsyncIterator[object]:
    """What a source gives at once, with a turn for those who hear after each of it."""
    import asyncio  # noqa: PLC0415  # costs more than a client's import may

    for item in source:
        yield item
        await asyncio.sleep(0)
