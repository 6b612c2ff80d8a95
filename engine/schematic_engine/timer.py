"""The one timer that a connection runs at a time, on a clock that others read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias

from schematic.define import Side, TimerKind
from schematic.define import Timer as Described
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.limits import DEFAULT_LIMITS, Limits

__all__ = ["Timer", "TimerName", "described_limits"]

TimerName: TypeAlias = Literal["open_timeout", "close_timeout"]
"""The field of `Limits` that says how many seconds are allowed."""


def described_limits(limits: Limits, timers: Iterable[Described], role: Side) -> Limits:
    """``limits`` with the times that the description gives ``role``.

    They take the place of defaults only: whoever sets a limit has a reason. What a `Schedule` does
    in place of a limit, such as pinging when there is silence, is left to it.
    """
    for timer in timers:
        name = _LIMITS.get(timer.kind)
        if timer.owner is not role or name is None or timer.message is not None:
            continue
        if getattr(limits, name) == getattr(DEFAULT_LIMITS, name):
            seconds: Any = timer.seconds if timer.kind in _HERE else None
            limits = replace(limits, **{name: seconds})
    return limits


_LIMITS: Final = {
    TimerKind.OPEN: "open_timeout",
    TimerKind.CLOSE: "close_timeout",
    TimerKind.KEEPALIVE: "ping_interval",
    TimerKind.PONG: "ping_timeout",
}
"""The limits that described times stand in for."""

_HERE: Final = (TimerKind.OPEN, TimerKind.CLOSE)
"""The kinds that `Timer` runs; a `Schedule` runs the others."""


class Timer:
    """Starts without knowing the time, and runs from when it is told next.

    Args:
        limits: say how long each timer runs.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._now = -math.inf  # the time as last told
        self._name: TimerName | None = None
        self._deadline: float | None = None  # None until the time is told

    def limit(self, limits: Limits) -> None:
        """Other limits hold for what starts from now on."""
        self._limits = limits

    def start(self, name: TimerName) -> None:
        """Runs ``name`` in place of whatever ran; does nothing if it is unlimited."""
        self.stop()
        if getattr(self._limits, name) is not None:
            self._name = name

    def stop(self) -> None:
        """Runs nothing any more."""
        self._name = self._deadline = None

    @property
    def now(self) -> float:
        """The time as last told; minus infinity before."""
        return self._now

    def tick(self, now: float) -> DeadlineExceeded | None:
        """Tells the time; returns what was exceeded, once for each start."""
        self._now = now
        if self._name is None:
            return None
        seconds: float = getattr(self._limits, self._name)
        if self._deadline is None:
            self._deadline = now + seconds
        if now < self._deadline:
            return None
        late = DeadlineExceeded(deadline=self._name, seconds=seconds)
        self.stop()
        return late

    def deadline(self, *, at_once: bool = False) -> float | None:
        """When to `tick` at the latest: the time as last told if that is now, None if never."""
        waits = self._name is not None and self._deadline is None
        return self._now if at_once or waits else self._deadline
