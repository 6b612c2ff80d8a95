"""`Schedule`: the timers of a description, on a clock that others read.

A timer binds its owner only, so a schedule runs those of its own side. It says what is due, and
does nothing itself: `schematic_engine.connection` says the keep-alive or closes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from schematic.compile import Phase
from schematic.define import ConnectionLifecycle, Side, Timer, TimerKind
from schematic_engine.channel_timers import ChannelTimers, Due
from schematic_engine.keyed import ChannelStep
from schematic_engine.machine import Machine

__all__ = ["Schedule"]

_CLIENT = Side.CLIENT  # looking up a member of an Enum costs more than all that is done with it

_SILENCES = (TimerKind.IDLE, TimerKind.KEEPALIVE)
"""The kinds that start again when somebody says something."""

_RUN_HERE = (TimerKind.INITIALIZE, TimerKind.PONG, *_SILENCES)
"""The kinds that run while the connection is open; the others are limits, see `timer`."""


class Schedule:
    """Runs one side's timers for one open connection.

    Args:
        lifecycle: has the timers, and those of the channels.
        role: whose timers to run.
        machine: where the conversation stands; never moved, and watched if there are timers of
            channels.
        params: the connection's parameters, of which some override a timer's seconds.
        now: the time as last told; what starts before any was told runs from the first time on.
    """

    def __init__(
        self,
        lifecycle: ConnectionLifecycle,
        role: Side,
        machine: Machine,
        params: Mapping[str, object],
        now: float,
    ) -> None:
        self._role = role
        self._machine = machine
        self._now = now
        self._seconds = {
            timer: _seconds(timer, params)
            for timer in lifecycle.timers
            if timer.owner is role and timer.kind in _RUN_HERE
        }
        self._channels = ChannelTimers(
            (
                (number, timer)
                for number, channel in enumerate(lifecycle.channels)
                for timer in channel.lifecycle.timers
                if timer.owner is role
            ),
            machine.channels,
            lambda timer: _seconds(timer, params),
            machine.ended,
        )
        if self._channels:
            machine.watch = self._note
        self._since = dict.fromkeys(self._seconds, now)
        self._client_said = self._server_said = now  # when each side last said something
        self._pinged = False  # and no pong has come yet

    def said(self, side: Side) -> None:
        """``side`` has said something just now."""
        if side is _CLIENT:
            self._client_said = self._now
        else:
            self._server_said = self._now

    def pinged(self) -> None:
        """This side has sent a WebSocket ping just now."""
        if not self._pinged:
            self._pinged = True
            for timer in self._seconds:
                if timer.kind is TimerKind.PONG:
                    self._since[timer] = self._now

    def ponged(self) -> None:
        """A pong has come."""
        self._pinged = False

    def tick(self, now: float) -> tuple[Due, ...]:
        """Tells the time; returns what has run out.

        Each starts again, save those that wait for a first word.
        """
        if self._now == -math.inf:
            self._since = dict.fromkeys(self._since, now)
        self._now = now
        due = [timer for timer in self._running() if now >= self._deadline(timer)]
        for timer in due:
            self._since[timer] = now
        mine = (Due(timer, self._seconds[timer]) for timer in due)
        return (*mine, *self._channels.due(now))

    def deadline(self) -> float | None:
        """When the next timer runs out; None if none runs."""
        own = min(map(self._deadline, self._running()), default=None)
        soonest = self._channels.deadline()
        if own is None or soonest is None:
            return soonest if own is None else own
        return min(own, soonest)

    def _note(self, side: Side, step: ChannelStep) -> None:
        self._channels.note(side, step, self._now)

    def _deadline(self, timer: Timer) -> float:
        since = self._since[timer]
        if timer.kind in _SILENCES:
            measured = _measured(timer)
            since = max(since, self._client_said if measured is _CLIENT else self._server_said)
        return since + self._seconds[timer]

    def _running(self) -> list[Timer]:
        return [timer for timer in self._seconds if self._runs(timer)]

    def _runs(self, timer: Timer) -> bool:
        if timer.kind is TimerKind.INITIALIZE:
            waits = self._machine.phase is Phase.INITIALIZING
            return waits and self._machine.opening(timer.owner.other)
        if timer.kind is TimerKind.PONG:
            return self._pinged
        return not self._machine.ended(_measured(timer))


def _measured(timer: Timer) -> Side:
    """The side whose silence counts."""
    return timer.owner if timer.kind is TimerKind.KEEPALIVE else timer.of


def _seconds(timer: Timer, params: Mapping[str, object]) -> float:
    given = params.get(timer.param) if timer.param is not None else None
    return float(given) if isinstance(given, int | float) and given > 0 else timer.seconds
