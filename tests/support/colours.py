"""One test for both colours: what is awaited on asyncio is there at once with blocking calls."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from schematic_engine.client import aio

__all__ = ["each", "opened", "settled"]


async def settled(result: Any) -> Any:
    """What a call gives; on asyncio it is awaited."""
    return await result if inspect.isawaitable(result) else result


@asynccontextmanager
async def opened(connecting: Any) -> AsyncIterator[Any]:
    """A connection for the length of a block."""
    if isinstance(connecting, aio.Connecting):
        async with connecting as client:
            yield client
    else:
        with connecting as client:
            yield client


async def each(source: Any) -> AsyncIterator[Any]:
    """What an iteration of either colour gives."""
    if hasattr(source, "__aiter__"):
        async for item in source:
            yield item
    else:
        for item in source:
            yield item
