"""`Clockwork`: all that runs by itself on one connection, on a clock that others read.

At first the wait for the handshake; while the connection is open the heartbeat, the timers of the
description, and the moment at which a breach of the protocol is answered; at last the wait for the
peer's close frame. It says what is due, and `schematic_engine.connection` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from schematic.define import ConnectionLifecycle, Side
from schematic_engine.channel_timers import Due
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.heartbeat import Heartbeat
from schematic_engine.limits import Limits
from schematic_engine.machine import Machine
from schematic_engine.schedule import Schedule
from schematic_engine.timer import Timer, described_limits

__all__ = ["Clockwork", "Occasion"]

Occasion: TypeAlias = DeadlineExceeded | Due | bytes | Literal["break off"]
"""What is due: the end of a wait for the peer, a timer of the description that has run out, a ping
with this payload, or the answer to a breach of the protocol."""

_LAST_ANSWERS: Final = 0.1
"""Seconds in which messages can be answered that came in one read with a breach of the protocol."""


class Clockwork:
    """Runs from the first `tick` on; what starts before starts then.

    Args:
        role: whose timers of a description to run.
        limits: say how long to wait for the handshakes, and when to ping.

    Attributes:
        schedule: the description's timers, while they run and if there are any.
    """

    __slots__ = (
        "_beating",
        "_break_off_at",
        "_heartbeat",
        "_limits",
        "_role",
        "_timer",
        "schedule",
    )

    def __init__(self, role: Side, limits: Limits) -> None:
        self.schedule: Schedule | None = None
        self._role = role
        self._limits = limits
        self._heartbeat: Heartbeat | None = None  # once the connection is open
        self._beating = False  # whether pings go out and their pongs are waited for
        self._break_off_at: float | None = None
        self._timer = Timer(limits)
        self._timer.start("open_timeout")

    @property
    def calm(self) -> bool:
        """Whether messages bring no deadline nearer."""
        return self.schedule is None and self._break_off_at is None

    @property
    def latency(self) -> float | None:
        """Seconds from the last answered ping to its pong; None before there was one."""
        return None if self._heartbeat is None else self._heartbeat.latency

    def awaits_pong(self, payload: bytes) -> bool:
        """Whether the ping with this payload has not been answered."""
        return self._heartbeat is not None and self._heartbeat.awaits(payload)

    # The stages of a connection

    def answered(self) -> None:
        """The opening handshake is over, or waits for our user alone."""
        self._timer.stop()

    def opened(
        self, lifecycle: ConnectionLifecycle, machine: Machine, params: Mapping[str, object]
    ) -> None:
        """The connection is open; see `Schedule` for the arguments."""
        limits = described_limits(self._limits, lifecycle.timers, self._role)
        self._timer.limit(limits)
        now = self._timer.now
        self._heartbeat, self._beating = Heartbeat(limits, now), True
        if any(timer.owner is self._role for timer in lifecycle.every_timer):
            self.schedule = Schedule(lifecycle, self._role, machine, params, now)

    def failing(self) -> None:
        """The peer broke the protocol, and what it said before may be answered yet."""
        if self._break_off_at is None:
            self._break_off_at = self._timer.now + _LAST_ANSWERS

    def closing(self) -> None:
        """Our close frame is out: what is left is to wait for the peer's."""
        self.schedule, self._beating = None, False
        self._timer.start("close_timeout")

    def stop(self) -> None:
        """It is over."""
        self.schedule = self._break_off_at = None
        self._beating = False
        self._timer.stop()

    # What happens on an open one

    def heard(self) -> None:
        """A message, or a part of one, has come just now."""
        assert self._heartbeat is not None
        self._heartbeat.heard()

    def peer_said(self) -> None:
        """The peer has said something just now."""
        assert self._heartbeat is not None
        self._heartbeat.heard()
        if self.schedule is not None:
            self.schedule.said(self._role.other)

    def said(self) -> None:
        """This side has said something just now."""
        if self.schedule is not None:
            self.schedule.said(self._role)

    def ping(self, payload: bytes | None) -> bytes:
        """The payload of a ping that is about to be sent: ``payload``, or one of its own."""
        assert self._heartbeat is not None
        return self._heartbeat.payload() if payload is None else payload

    def pinged(self, payload: bytes) -> None:
        """A ping is sent just now."""
        assert self._heartbeat is not None
        self._heartbeat.pinged(payload)
        if self.schedule is not None:
            self.schedule.pinged()

    def ponged(self, payload: bytes) -> None:
        """A pong has come just now, which may answer a ping."""
        assert self._heartbeat is not None
        if self._heartbeat.ponged(payload) and self.schedule is not None:
            self.schedule.ponged()
            if self._heartbeat.waiting:
                self.schedule.pinged()

    # The time

    def tick(self, now: float, *, reading: bool) -> Iterator[Occasion]:
        """Tells the time; goes through what is due.

        What is done about one may end the connection, and then the others are due no more.

        Args:
            now: the time in seconds.
            reading: whether what arrives is being read.
        """
        late = self._timer.tick(now)
        if late is not None:
            yield late
        if self._break_off_at is not None and now >= self._break_off_at:
            yield "break off"
        if self._beating and self._heartbeat is not None:
            beat = self._heartbeat.tick(now, reading=reading)
            if beat is not None:
                yield beat
        for due in () if self.schedule is None else self.schedule.tick(now):
            if self.schedule is not None:
                yield due

    def deadline(self, *, at_once: bool) -> float | None:
        """When to `tick` at the latest: the time as last told if that is now, None if never."""
        beats = self._heartbeat if self._beating else None
        ends = (
            self._timer.deadline(at_once=at_once),
            None if self.schedule is None else self.schedule.deadline(),
            None if beats is None else beats.deadline(),
            self._break_off_at,
        )
        return min((end for end in ends if end is not None), default=None)
