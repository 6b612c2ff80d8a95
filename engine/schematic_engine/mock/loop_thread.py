"""`LoopThread`: an event loop in a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

__all__ = ["LoopThread"]


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
