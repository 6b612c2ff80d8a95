"""A client and a server in memory, on a clock that the test turns."""

from __future__ import annotations

from msgspec import UNSET

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.events import Event, Message, Request
from schematic_engine.limits import Limits
from support.lifecycles import bound

__all__ = ["UNPINGED", "ClockedPair"]

UNPINGED = Limits(ping_interval=None, ping_timeout=None)
"""Without pings of their own two peers that say nothing have nothing to do, for ever."""


class ClockedPair:
    """Two connections, joined without delay, on one clock that starts at 1000 s.

    Args:
        lifecycle: what they speak.
        params: the connection's parameters.
        limits: the times of both.

    Attributes:
        now: the time.
        client: the client's end.
        server: the server's end.
        events: what each has reported.
        deaf: whether nothing arrives on either side any more.
    """

    def __init__(
        self,
        lifecycle: ConnectionLifecycle,
        params: dict[str, object] | None = None,
        limits: Limits = UNPINGED,
    ) -> None:
        endpoint = compile_endpoint(bound(lifecycle))
        self.now = 1000.0
        self.deaf = False
        self.client = Connection.client(endpoint, limits=limits)
        self.server = Connection.server(limits=limits)
        self.events: dict[Side, list[Event]] = {side: [] for side in Side}
        self._tick()
        self._pump()
        assert isinstance(self.events[Side.SERVER][0], Request)
        self.server.accept(endpoint, params=params)
        self._pump()

    def wait(self, seconds: float) -> None:
        """Let the time pass, waking each connection when it asked for it."""
        end = self.now + seconds
        while True:
            deadlines = [c.next_deadline() for c in (self.client, self.server)]
            soonest = min((d for d in deadlines if d is not None), default=end)
            self.now = min(max(soonest, self.now), end)
            self._tick()
            self._pump()
            if self.now >= end:
                return

    def say(self, name: str, body: object = UNSET, *, side: Side = Side.CLIENT) -> None:
        """``side`` says it, and the other hears it."""
        (self.client if side is Side.CLIENT else self.server).send(name, body)
        self._pump()

    def heard(self, side: Side = Side.SERVER) -> list[str]:
        """The ids of the messages that ``side`` has heard."""
        return [event.id for event in self.events[side] if isinstance(event, Message)]

    def _tick(self) -> None:
        self.events[Side.CLIENT] += self.client.handle_timeout(self.now)
        self.events[Side.SERVER] += self.server.handle_timeout(self.now)

    def _pump(self) -> None:
        ends = {Side.CLIENT: self.client, Side.SERVER: self.server}
        moved = True
        while moved:
            moved = False
            for side, end in ends.items():
                if data := end.data_to_send():
                    moved = not self.deaf
                    if moved:
                        self.events[side.other] += ends[side.other].receive_data(data)
