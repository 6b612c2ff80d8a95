"""A whole conversation with handlers, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schematic_engine.client.aio.client import Connecting
from schematic_engine.client.ending import may_close
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

    def __init__(self) -> None:
        super().__init__()
        self._heard = 0

    async def _run(
        self,
        client_class: type[Client[Any]],
        given: Mapping[str, Any],
        source: Source[Any],
    ) -> None:
        import asyncio  # noqa: PLC0415  # costs more than a client's import may

        options, goodbye = self.conversation(given)
        async with Connecting(client_class.endpoint, options, client_class) as client:
            talk = asyncio.ensure_future(self._talk(client, source, goodbye))
            hear = asyncio.ensure_future(self._hear(client))
            try:
                await asyncio.wait([talk, hear], return_when=asyncio.FIRST_COMPLETED)
                if not hear.done():
                    await talk  # raises what the source or a send did
                    await self._end(client, hear)
                await hear
            finally:
                for task in (talk, hear):
                    task.cancel()
                await asyncio.wait([talk, hear])

    async def _talk(self, client: Client[Any], source: Source[Any], goodbye: object) -> None:
        """Says what comes from the source, and then goodbye, unless the server ends it first."""
        try:
            async for item in _each(source):
                await client.__say__(self.message(item))
            await client.__say__(goodbye)
        except ConnectionClosed:
            pass  # the one who hears tells how it ended

    async def _hear(self, client: Client[Any]) -> None:
        async for message in client:
            self._heard += 1
            for handler in self.handlers(message):
                result = handler(message)
                if isinstance(result, Awaitable):
                    await result
            if may_close(client.connection.session):
                await client.connection.close()

    async def _end(self, client: Client[Any], hear: asyncio.Future[None]) -> None:
        """Waits for the end while the server says something, see `Close`."""
        import asyncio  # noqa: PLC0415  # costs more than a client's import may

        heard = -1
        while not hear.done() and heard != self._heard:
            heard = self._heard
            await asyncio.wait([hear], timeout=client.connection.limits.close_timeout)
        await client.connection.close()


async def _each(source: Source[Any]) -> AsyncIterator[object]:
    if isinstance(source, Iterable):
        for item in source:
            yield item
    else:
        async for item in source:
            yield item
