"""Cancel a coroutine where it waits for the n-th time, for every n that there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Cancelled", "every_wait"]

T = TypeVar("T")
_MOST_WAITS = 1000


class Cancelled(Generic[T]):
    """Awaits ``work``, and is cancelled where that waits for the ``nth`` time.

    Attributes:
        waits: how often it has waited.
    """

    def __init__(self, work: Coroutine[Any, Any, T], nth: int) -> None:
        self._work = work
        self._nth = nth
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        try:
            waited_for = next(steps)
            while True:
                self.waits += 1
                if self.waits == self._nth:
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                try:
                    value = yield waited_for
                except BaseException as error:  # noqa: BLE001  # handed on
                    waited_for = steps.throw(error)
                else:
                    waited_for = steps.send(value)
        except StopIteration as stop:
            result: T = stop.value
            return result


async def every_wait(
    work: Callable[[], Coroutine[Any, Any, T]], after: Callable[[T | None], Awaitable[None]]
) -> int:
    """Cancel ``work()`` at its first wait, another one at its second, until one ends by itself.

    Args:
        work: what is cancelled; made anew each time.
        after: called each time with its result, None if it was cancelled.

    Returns:
        How many places there were.
    """
    for nth in range(1, _MOST_WAITS):
        cancelled = Cancelled(work(), nth)

        async def run(cancelled: Cancelled[T] = cancelled) -> T:
            return await cancelled

        task = asyncio.ensure_future(run())
        await asyncio.wait([task])
        await after(None if task.cancelled() else task.result())
        if not task.cancelled() and cancelled.waits < nth:
            return nth - 1
    raise AssertionError("it waits for ever")
