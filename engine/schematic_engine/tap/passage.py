"""One connection through a proxy, with its two sockets: what a `Relay` says, done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final

from schematic.define import Side
from schematic_engine.address import Address
from schematic_engine.asyncio.through import End
from schematic_engine.limits import Limits
from schematic_engine.tap.relay import Relay

__all__ = ["ProxyPassage", "Way"]

_MOST_WAITING: Final = 1 << 16
"""Bytes that wait for a server that is not connected yet before the client is held up."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the server is reached, and how long things may take.

    Attributes:
        upstream: where it is.
        ssl: for ``wss``; None verifies it against the system's certificates.
        limits: ``open_timeout`` and ``close_timeout`` are used.
    """

    upstream: Address
    ssl: SSLContext | None
    limits: Limits


class ProxyPassage:
    """One connection.

    Args:
        relay: decides what goes on.
        way: to the server.
        made: called when the client is connected; what it returns is why the client is not
            served, empty if it is.
        unreached: called with the reason when the server cannot be reached.

    Attributes:
        ends: the proxy's end toward either side.
        gone: done when both sockets are closed.
    """

    def __init__(
        self,
        relay: Relay,
        way: Way,
        made: Callable[[ProxyPassage], str],
        unreached: Callable[[str], object],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._relay, self._way, self._made, self._unreached = relay, way, made, unreached
        self._reaching: asyncio.Task[None] | None = None
        self._opening: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self.ends = {side: End(self, side) for side in Side}
        self.gone: asyncio.Future[None] = self._loop.create_future()

    def made(self, side: Side) -> None:
        """An end is connected; the client's wants the server's."""
        if side is Side.CLIENT:
            refused = self._made(self)
            if refused:
                self._give_up(503, refused)
                return
            seconds = self._way.limits.open_timeout
            if seconds is not None:
                self._opening = self._loop.call_later(seconds, self._late)
            self._reaching = self._loop.create_task(self._reach())
        self.pump()

    def came(self, sender: Side, data: bytes) -> None:
        """``sender`` has written."""
        self._relay.receive(sender, data, self._loop.time())
        self.pump()

    def ended(self, sender: Side) -> None:
        """``sender`` writes no more."""
        self._relay.eof(sender, self._loop.time())
        self.pump()

    def lost(self, side: Side, error: Exception | None) -> None:
        """An end is closed, or was broken off, which the other side is to see in the same way."""
        if not self._relay.closing:
            self._relay.eof(side, self._loop.time())
            if error is not None:
                self.ends[side.other].reset()
        server = self.ends[Side.SERVER]
        if server.transport is None:  # nobody waits for it any more
            self._stop_reaching()
            server.closed = True
        self.pump()
        self._hurry()
        self._look_whether_gone()

    def pump(self) -> None:
        """Write what is to be written, and read as fast as the other side does."""
        relay = self._relay
        if relay.answered and self._opening is not None:
            self._opening.cancel()
        for side, end in self.ends.items():
            if end.transport is not None:
                end.write(relay.data_to(side))
                if side in relay.finished:
                    end.finish()
        if relay.closing:
            self._hurry()
        for side, end in self.ends.items():
            waiting = relay.waiting(side)
            end_takes = not end.full and waiting < _MOST_WAITING
            self.ends[side.other].read(relay.closing or end_takes)

    def stop(self) -> None:
        """Close both ends at once; whatever is missing is missing because of that."""
        self._relay.stop()
        self._abort()

    def _abort(self) -> None:
        self._stop_reaching()
        for end in self.ends.values():
            end.abort()
        self._look_whether_gone()

    async def _reach(self) -> None:
        upstream = self._way.upstream
        tls = (self._way.ssl or True) if upstream.secure else None
        name = upstream.host if upstream.secure else None
        server = self.ends[Side.SERVER]
        try:
            await self._loop.create_connection(
                lambda: server, upstream.host, upstream.port, ssl=tls, server_hostname=name
            )
        except OSError as error:  # SSLError is one
            self._unreached(f"{upstream.authority}: {error}")
            self._give_up(502, f"the proxy cannot reach {upstream.authority}: {error}")

    def _late(self) -> None:
        if self.ends[Side.SERVER].transport is None:
            self._unreached(f"{self._way.upstream.authority}: no connection in time")
        self._stop_reaching()
        self._give_up(504, "the WebSocket was not opened in time")

    def _give_up(self, status: int, why: str) -> None:
        """The client is answered in place of the server."""
        self._relay.give_up(status, why)
        server = self.ends[Side.SERVER]
        if server.transport is None:
            server.closed = True
        self.pump()
        self._look_whether_gone()

    def _stop_reaching(self) -> None:
        if self._reaching is not None:
            self._reaching.cancel()

    def _hurry(self) -> None:
        """What is not closed soon is closed then."""
        seconds = self._way.limits.close_timeout
        if self._closing is None and seconds is not None and not self.gone.done():
            self._closing = self._loop.call_later(seconds, self._abort)

    def _look_whether_gone(self) -> None:
        if all(end.closed for end in self.ends.values()) and not self.gone.done():
            for timer in (self._opening, self._closing):
                if timer is not None:
                    timer.cancel()
            self._relay.end()
            self.gone.set_result(None)
