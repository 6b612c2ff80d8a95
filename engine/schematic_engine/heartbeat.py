"""`Heartbeat`: pings, the pongs that answer them, and how long a peer may be silent.

It says when to ping and when the peer counts as lost, and does nothing itself:
`schematic_engine.connection` pings and closes. Whoever drives a connection may be late, because a
script computes or an event loop is blocked, or may have stopped reading, because nobody takes what
came. Neither is the peer's fault: then a wait that is over starts again instead.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

from schematic_engine.errors import DeadlineExceeded
from schematic_engine.limits import Limits

__all__ = ["Beat", "Heartbeat"]

Beat: TypeAlias = bytes | DeadlineExceeded | None
"""What is due: a ping with this payload, the end of the connection, or nothing."""

_AWAY: Final = 1.0
"""Seconds after a deadline from which its driver was away, and has not looked in time."""

_MOST: Final = 64
"""How many unanswered pings are remembered; a peer that answers none cannot make it more."""


class Heartbeat:
    """Watches over the peer of one open connection, on a clock that others read.

    A pong answers the ping of the same payload and all before it, since a peer may answer only the
    last of several; one that answers none counts for nothing (RFC 6455, section 5.5.3).

    Args:
        limits: `ping_interval`, `ping_timeout` and `idle_timeout` are used here.
        now: the time as last told; minus infinity before any was, and then all starts when it is.

    Attributes:
        latency: seconds from the last answered ping to its pong; None before there was one.
    """

    __slots__ = (
        "_asked",
        "_count",
        "_heard",
        "_limits",
        "_next",
        "_now",
        "_pinged",
        "_sent",
        "latency",
    )

    def __init__(self, limits: Limits, now: float) -> None:
        self.latency: float | None = None
        self._limits = limits
        self._now = now
        self._pinged = now  # when it last said that a ping is due
        self._asked = now  # since when a pong is waited for, if one is
        self._heard = now  # when something of a message came last
        self._sent: dict[bytes, float] = {}  # unanswered pings, the oldest first
        self._count = 0
        self._next = -math.inf  # nothing is due before, and perhaps not then

    @property
    def waiting(self) -> bool:
        """Whether a ping has not been answered."""
        return bool(self._sent)

    def awaits(self, payload: bytes) -> bool:
        """Whether the ping with this payload has not been answered."""
        return payload in self._sent

    def payload(self) -> bytes:
        """What the next ping can say so that its pong is told from others."""
        self._count = (self._count + 1) % 2**32
        return self._count.to_bytes(4, "big")

    def pinged(self, payload: bytes) -> None:
        """A ping is sent just now."""
        self._next = -math.inf
        if not self._sent:
            self._asked = self._now
        self._sent.pop(payload, None)
        self._sent[payload] = self._now
        if len(self._sent) > _MOST:
            del self._sent[next(iter(self._sent))]

    def ponged(self, payload: bytes) -> bool:
        """A pong has come just now; whether it answers a ping."""
        sent = self._sent.get(payload)
        if sent is None:
            return False
        if sent > -math.inf:
            self.latency = self._now - sent
        answered = list(self._sent).index(payload) + 1
        self._sent = dict(list(self._sent.items())[answered:])
        self._asked = self._now
        return True

    def heard(self) -> None:
        """A message, or a part of one, has come just now."""
        self._heard = self._asked = self._now

    def tick(self, now: float, *, reading: bool = True) -> Beat:
        """Tells the time; returns what is due.

        Args:
            now: the time in seconds.
            reading: whether what arrives is being read.
        """
        if now < self._next:
            self._now = now
            return None
        if self._now == -math.inf:
            self._pinged = self._asked = self._heard = now
            self._sent = dict.fromkeys(self._sent, now)
        self._now = now
        late = self._late(reading=reading)
        if late is not None:
            return late
        ping = self._next_ping()
        is_due = ping is not None and now >= ping
        if is_due:
            self._pinged = now
        due = self.deadline()
        self._next = math.inf if due is None else due
        return self.payload() if is_due else None

    def deadline(self) -> float | None:
        """When to `tick` at the latest; None if nothing runs."""
        ends = (self._next_ping(), self._answer_due(), self._message_due())
        return min((end for end in ends if end is not None), default=None)

    def _late(self, *, reading: bool) -> DeadlineExceeded | None:
        """What the peer has not done in time; the wait starts again if nobody looked for it."""
        limits = self._limits
        for name, end in (
            ("ping_timeout", self._answer_due()),
            ("idle_timeout", self._message_due()),
        ):
            if end is None or self._now < end:
                continue
            if reading and self._now <= end + _AWAY:
                return DeadlineExceeded(deadline=name, seconds=getattr(limits, name))
            self._asked = self._heard = self._now
        return None

    def _next_ping(self) -> float | None:
        interval = self._limits.ping_interval
        return None if interval is None else self._pinged + interval

    def _answer_due(self) -> float | None:
        timeout = self._limits.ping_timeout
        return None if timeout is None or not self._sent else self._asked + timeout

    def _message_due(self) -> float | None:
        timeout = self._limits.idle_timeout
        return None if timeout is None else self._heard + timeout
