"""`Limits`: until when a probe goes on, unless it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from schematic_engine.probing.settings import ProbeSettings

__all__ = ["Limits"]

_GIVEN = 5.0
"""Seconds that conversations are given that are held when the time is up."""
_SIFTING = (5.0, 30.0)
"""Seconds at least, and at most, in which what failed is repeated and made smaller."""

T = TypeVar("T")


class Limits:
    """The limits of one probe, which begins now.

    Args:
        settings: the time that conversations may be begun in.
        stop: is set to stop at once.
    """

    def __init__(self, settings: ProbeSettings, stop: asyncio.Event | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event() if stop is None else stop
        least, most = _SIFTING
        self.sifting = min(max(settings.time, least), most)
        self.began = self._loop.time()
        self.begin_until = self.began + settings.time
        self.hold_until = self.begin_until + _GIVEN

    @property
    def stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stop.is_set()

    def after(self, seconds: float) -> float:
        """The time in so many seconds."""
        return self._loop.time() + seconds

    def is_late(self, until: float) -> bool:
        """Whether ``until`` is over, or it was stopped."""
        return self.stopped or self._loop.time() > until

    async def within(self, doing: Coroutine[Any, Any, T], until: float) -> T | None:
        """What ``doing`` returns; None if it took longer than ``until``, or it was stopped."""
        task = asyncio.ensure_future(doing)
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait(
                (task, stopped),
                timeout=max(0.0, until - self._loop.time()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            return task.result() if task.done() else None
        finally:
            stopped.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
