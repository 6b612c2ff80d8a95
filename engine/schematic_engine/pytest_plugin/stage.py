"""`Stage`: our side of one connection: a core connection, and whoever speaks through it. Pure.

An adapter moves bytes and tells the time, as with a `Connection`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import Channel, ConnectionLifecycle
from schematic_engine.events import Accepted, Event, Request
from schematic_engine.pytest_plugin.actors import Actor
from schematic_engine.pytest_plugin.overheard import Overheard

__all__ = ["Casting", "Stage", "without_timers"]

Casting: TypeAlias = Callable[[Overheard, Request | None], "Actor | None"]
"""Who speaks on a connection that was asked for; None where it was refused.

A server's has to accept or refuse the request; a client's is asked before there is any.
"""


class Stage:
    """One connection.

    Args:
        core: the connection, which keeps a log.
        cast: says who speaks.

    Attributes:
        core: the connection.
        actor: who speaks, once that is known.
    """

    def __init__(self, core: Overheard, cast: Casting) -> None:
        self.core = core
        self.actor: Actor | None = None
        self._cast = cast

    def receive(self, data: bytes, now: float) -> None:
        """Take what arrived; ``b""`` says that nothing more will come."""
        events = self.core.handle_timeout(now)
        events += self.core.receive_data(data)
        self._go_on(events, now)

    def tick(self, now: float) -> None:
        """Tell the time."""
        self._go_on(self.core.handle_timeout(now), now)
        if self.actor is not None:
            self.actor.tick(now)

    def next_deadline(self) -> float | None:
        """When `tick` has to be called at the latest."""
        actor = None if self.actor is None else self.actor.next_deadline()
        times = [time for time in (self.core.next_deadline(), actor) if time is not None]
        return min(times, default=None)

    @property
    def is_over(self) -> bool:
        """Whether the socket is to be closed, once everything is written."""
        return self.core.close_expected() or (self.actor is not None and self.actor.hangs_up)

    def is_waiting(self) -> bool:
        """Whether something is still to come."""
        return not self.core.log.is_over and (self.actor is None or self.actor.is_waiting())

    def _go_on(self, events: Sequence[Event], now: float) -> None:
        for event in events:
            if isinstance(event, Request):
                self.actor = self._cast(self.core, event)
                self._begin(now)
            elif isinstance(event, Accepted):
                self.actor = self._cast(self.core, None)
                self._begin(now)
        if self.actor is not None and events:
            self.actor.react(events, now)

    def _begin(self, now: float) -> None:
        if self.actor is not None:
            self.actor.begin(now)


def without_timers(endpoint: CompiledEndpoint) -> CompiledEndpoint:
    """``endpoint`` without times: nothing is said by itself, and nothing ends for silence."""
    bare = replace(endpoint.endpoint, lifecycle=_bare(endpoint.endpoint.lifecycle))
    return replace(endpoint, endpoint=bare)


def _bare(lifecycle: ConnectionLifecycle) -> ConnectionLifecycle:
    channels: tuple[Channel, ...] = tuple(
        replace(channel, lifecycle=_bare(channel.lifecycle)) for channel in lifecycle.channels
    )
    return replace(lifecycle, timers=(), channels=channels)
