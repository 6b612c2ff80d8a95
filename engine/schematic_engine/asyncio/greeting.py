"""Saying what is said first on a connection, before it is handed out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from schematic_engine.asyncio.driver import Driver
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.greeting import Greeting, is_peers_turn, try_to_say

__all__ = ["greet"]


async def greet(driver: Driver, greeting: Greeting, timeout: float | None) -> None:
    """Say all of it, and wait for what the server has to say before this side can go on.

    Raises:
        LocalProtocolError: something of it may not be said.
        DeadlineExceeded: it took longer than ``timeout`` seconds.
        ConnectionClosed: the connection ended meanwhile.
    """
    bound = asyncio.timeout(timeout)
    try:
        async with bound:
            for said in greeting():
                await _until(driver, partial(try_to_say, driver.core, said))
                driver.flush()
            await _until(driver, lambda: not is_peers_turn(driver.core))
    except TimeoutError:
        if timeout is None or not bound.expired():
            raise  # the greeting's own
        raise DeadlineExceeded(deadline="initialize", seconds=timeout) from None


async def _until(driver: Driver, holds: Callable[[], bool]) -> None:
    while True:
        if driver.inbox.ending:
            await asyncio.shield(driver.gone)
        if driver.closed is not None:
            raise driver.farewell()
        if holds():
            return
        await driver.news()
