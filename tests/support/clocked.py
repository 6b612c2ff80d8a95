"""A client and a server in memory, on a clock that the test turns."""

from __future__ import annotations

from msgspec import UNSET

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.events import Event, Request
from schematic_engine.limits import Limits
from schematic_engine.testing import Link
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
        link: what joins them.
        client: the client's end.
        server: the server's end.
        events: what each has reported.
    """

    def __init__(
        self,
        lifecycle: ConnectionLifecycle,
        params: dict[str, object] | None = None,
        limits: Limits = UNPINGED,
    ) -> None:
        endpoint = compile_endpoint(bound(lifecycle))
        self.client = Connection.client(endpoint, limits=limits)
        self.server = Connection.server(limits=limits)

        def accept(side: Side, event: Event) -> None:
            if isinstance(event, Request):
                self.server.accept(endpoint, params=params)

        self.link = Link(self.client, self.server, react=accept, now=1000.0)
        self.events = {side: self.link.ends[side].events for side in Side}
        self.link.run()

    @property
    def now(self) -> float:
        """The time."""
        return self.link.now

    def wait(self, seconds: float) -> None:
        """Let the time pass, waking each connection when it asked for it."""
        self.link.wait(seconds)

    def say(self, name: str, body: object = UNSET, *, side: Side = Side.CLIENT) -> None:
        """``side`` says it, and the other hears it."""
        self.link.ends[side].connection.send(name, body)
        self.link.run()

    def heard(self, side: Side = Side.SERVER) -> list[str]:
        """The ids of the messages that ``side`` has heard."""
        return [message.id for message in self.link.ends[side].messages]
