"""`Reconnecting`: one connection after another, for as long as that is worth it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import random
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from schematic.define import SchematicError
from schematic_engine.asyncio.client_connection import ClientConnection
from schematic_engine.asyncio.driver import Driver
from schematic_engine.retry import Again, Attempts, Reconnect
from schematic_engine.wire import check_close

__all__ = ["Dial", "Reconnecting", "Resume"]

Dial: TypeAlias = Callable[[Again], Awaitable[tuple[ClientConnection, Driver]]]
"""Makes one attempt."""

Resume: TypeAlias = Callable[[Exception], Again | Awaitable[Again | None] | None]
"""Told how the last attempt or connection ended; says what is different about the next."""


class Reconnecting:
    """Connections to one endpoint, each made when the one before is over.

    ::

        async for connection in connect(endpoint, reconnect=Reconnect(), opening=hello):
            async with connection:
                async for event in connection:
                    ...

    A round of the loop has one connection. What ends the round ends the connection, too: at the
    end of the body, and at a ``break`` or an exception out of it. Then either

    * the connection was lost, or closed for a reason that may be over soon (`Reconnect`): the loop
      waits, and goes on with a new one;
    * it was lost for a reason that will stay, or there were too many retries: the last error is
      raised;
    * it ended normally, or this side ended it: the loop ends.

    Within the loop, ``async with connection`` passes a `ConnectionClosed` that the body raises on
    to the loop, which decides; without it the exception leaves the loop as any other does, unless
    the body catches it. It also closes the connection at once where the body is left. Without it
    a connection that is left behind is closed with 1001 when the loop's iterator is forgotten.

    Nothing but the opening is said again: a new connection is a new conversation. `Attempts`
    decides; this class waits and dials.
    """

    def __init__(self, dial: Dial, policy: Reconnect, resume: Resume | None) -> None:
        self._dial = dial
        self._resume = resume
        self._error: Exception | None = None  # how the last attempt or connection ended
        self._connection: ClientConnection | None = None
        self._driver: Driver | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[ClientConnection | None] | None = None
        self._over = asyncio.Event()
        self._attempts = Attempts(policy)

    def __aiter__(self) -> Self:
        return self

    if not TYPE_CHECKING:  # type checkers refuse it by themselves

        def __await__(self) -> None:
            raise TypeError(
                "with reconnect= there are many connections: write `async for connection in "
                "connect(...)`, or leave reconnect out and await one"
            )

    async def __anext__(self) -> ClientConnection:
        """The next connection, once there is one.

        Raises:
            ConnectionClosed: the last one is over for a reason that will stay.
            HandshakeRejected: the server refuses, for a reason that will stay.
            OSError: the server cannot be reached, for a reason that will stay.
            SchematicError: whatever else `connect` raises. Each of these also where it may pass,
                after too many retries.
        """
        if self._over.is_set():
            raise StopAsyncIteration
        task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._work = self._loop.create_task(self._next())
        try:
            connection = await self._work
        except asyncio.CancelledError:
            if not self._over.is_set() or (task is not None and task.cancelling()):
                self._over.set()
                raise
            connection = None  # by close()
        except BaseException:
            self._over.set()
            raise
        finally:
            self._work = None
        if self._over.is_set() or connection is None:
            self._over.set()
            raise StopAsyncIteration
        return connection

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the loop: close its connection, or stop waiting or connecting, at once.

        The loop ends as if it had come to its end; a task that waits for the next connection
        leaves it. If this call is cancelled, the loop has ended and its connection is dropped.

        Args:
            code: see `ClientConnection.close`.
            reason: at most 123 bytes in UTF-8.

        Raises:
            LocalProtocolError: ``code`` or ``reason`` cannot be sent.
        """
        check_close(code, reason)
        self._over.set()
        try:
            if self._connection is not None:
                await self._connection.close(code, reason)
        finally:
            work = self._work
            if work is not None:
                work.cancel()
        if work is not None:
            await asyncio.wait([work])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close(1000 if error is None else 1011)

    def __del__(self) -> None:
        driver, loop = self._driver, self._loop
        if driver is None or loop is None or driver.closed is not None or loop.is_closed():
            return
        loop.call_soon_threadsafe(driver.close, 1001, "")

    async def _next(self) -> ClientConnection | None:
        """The next connection; None after a normal end."""
        delay = await self._leave()
        while delay is not None and not self._over.is_set():
            await asyncio.sleep(delay)
            try:
                connection, driver = await self._dial(await self._changes())
            except (SchematicError, OSError) as error:
                delay = self._judge(error, asyncio.get_running_loop().time())
                continue
            self._connection, self._driver = connection, driver
            self._attempts.opened(asyncio.get_running_loop().time())
            return connection
        return None

    async def _leave(self) -> float | None:
        """Close the connection of the last round; how long to wait then, None for no more."""
        connection, driver = self._connection, self._driver
        if connection is None or driver is None:
            return 0.0
        now = asyncio.get_running_loop().time()
        await connection.close()
        self._connection = self._driver = None
        return self._judge(driver.farewell(), now, driver.left)

    def _judge(self, error: Exception, now: float, left: int | None = None) -> float | None:
        self._error = error
        return self._attempts.ended(error, now=now, wall=time(), random=random(), left=left)

    async def _changes(self) -> Again:
        """What the user wants to be different, from the second attempt on."""
        if self._resume is None or self._error is None:
            return Again()
        changes = self._resume(self._error)
        return (await changes if isinstance(changes, Awaitable) else changes) or Again()
