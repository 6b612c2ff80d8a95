"""An event loop in a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

__all__ = ["EitherWay", "LoopThread"]


class LoopThread:
    """Runs from when it is made until `close`.

    Args:
        name: the thread's.
    """

    def __init__(self, name: str) -> None:
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=_main, args=(started,), name=name, daemon=True)
        self._thread.start()
        self._loop = started.result()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the loop and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Cancel what still runs and end the thread."""
        self._loop.call_soon_threadsafe(_cancel_all)
        self._thread.join()


class EitherWay(ABC):
    """Something that runs in an event loop: the caller's own, or one in a thread.

    ``async with`` runs it in the caller's loop, ``with`` in a thread's.

    Args:
        name: the thread's.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: LoopThread | None = None

    @abstractmethod
    async def start(self) -> None:
        """Begin."""

    @abstractmethod
    async def stop(self) -> None:
        """End, and leave nothing behind."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        self._thread = LoopThread(self._name)
        try:
            self._thread.run(self.start())
        except BaseException:
            self._thread.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            try:
                thread.run(self.stop())
            finally:
                thread.close()


def _main(started: Future[asyncio.AbstractEventLoop]) -> None:
    async def live() -> None:
        loop = asyncio.get_running_loop()
        started.set_result(loop)
        await loop.create_future()

    with suppress(asyncio.CancelledError):  # which is how `close` ends it
        asyncio.run(live())


def _cancel_all() -> None:
    for task in asyncio.all_tasks():
        task.cancel()
