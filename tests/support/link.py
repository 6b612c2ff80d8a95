"""Two connections, a link between them that can be cut, and a clock that nobody waits for.

The link does what an adapter does, by the rules of `Connection`: it tells the time before it feeds
data, writes what is to be written, ends its direction when the connection wants it closed, and
calls when a deadline comes. Nothing here sleeps: when nothing can move, the clock does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from schematic import Side
from schematic_engine.connection import Connection
from schematic_engine.events import Event

__all__ = ["End", "Link"]

_MOST_STEPS = 100_000


@dataclass
class End:
    """One end of the link.

    Attributes:
        core: the connection.
        events: everything that it has reported.
        inbound: bytes under way to it.
        sent: how many bytes it has written.
        limit: after how many bytes from it the link breaks; None for never.
        closed: it has closed its socket: nothing more is read or written.
        ended: it was told that nothing more will come.
    """

    core: Connection
    events: list[Event] = field(default_factory=list[Event])
    inbound: bytearray = field(default_factory=bytearray)
    sent: int = 0
    limit: int | None = None
    closed: bool = False
    ended: bool = False


class Link:
    """A client and a server that are connected.

    Args:
        client: the client's connection.
        server: the server's connection.
        react: called with the side and each event as it is reported, to answer it.

    Attributes:
        ends: both ends.
        now: the time, in seconds.
        broken: the link has been cut, in both directions. What was under way still arrives.
        silent: whether nobody hears of a cut, so that only clocks can tell; otherwise both ends
            see it as the end of the data.
    """

    def __init__(
        self,
        client: Connection,
        server: Connection,
        react: Callable[[Side, Event], None] = lambda side, event: None,
    ) -> None:
        self.ends = {Side.CLIENT: End(client), Side.SERVER: End(server)}
        self.now = 0.0
        self.broken = False
        self.silent = False
        self._react = react
        for side in Side:
            self.tell_time(side)

    def tell_time(self, side: Side) -> None:
        """What an adapter does first, whenever it wakes."""
        self._report(side, self.ends[side].core.handle_timeout(self.now))

    def flush(self, side: Side) -> None:
        """Write what ``side`` wants written, as far as the link carries it."""
        end, other = self.ends[side], self.ends[side.other]
        data = end.core.data_to_send()
        if end.closed or self.broken or not data:
            return
        if end.limit is not None and end.sent + len(data) > end.limit:
            data, self.broken = data[: max(0, end.limit - end.sent)], True
        end.sent += len(data)
        if not other.closed:
            other.inbound += data

    def deliver(self, side: Side, size: int | None = None) -> bool:
        """Let up to ``size`` bytes arrive at ``side``; whether anything did."""
        end = self.ends[side]
        if end.closed or not end.inbound:
            return False
        data = bytes(end.inbound[:size])
        del end.inbound[: len(data)]
        self.tell_time(side)
        self._report(side, end.core.receive_data(data))
        return True

    def settle(self, side: Side) -> bool:
        """Write, hang up, and notice that the other end is gone; whether anything happened."""
        end, other = self.ends[side], self.ends[side.other]
        before = (end.sent, end.closed, end.ended)
        self.flush(side)
        if end.core.close_expected() and not end.closed:
            end.closed = True
            end.inbound.clear()
        gone = not self.silent if self.broken else other.closed
        if gone and not (end.inbound or end.closed or end.ended):
            end.ended = True
            self._report(side, end.core.receive_data(b""))
        return (end.sent, end.closed, end.ended) != before

    def run(self, size: int | None = None) -> None:
        """Let everything that can happen happen, at the present time."""
        for _ in range(_MOST_STEPS):
            moved = [self.settle(side) or self.deliver(side, size) for side in Side]
            if not any(moved):
                return
        raise AssertionError("the two ends talk for ever")

    def run_out(self, size: int | None = None) -> None:
        """Let everything happen, going from deadline to deadline until there is none."""
        for _ in range(_MOST_STEPS):
            self.run(size)
            due = {
                side: deadline
                for side, end in self.ends.items()
                if (deadline := end.core.next_deadline()) is not None
            }
            if not due:
                return
            side, deadline = min(due.items(), key=lambda one: one[1])
            self.now = max(self.now, deadline)
            self.tell_time(side)
        raise AssertionError("there is always another deadline")

    def _report(self, side: Side, events: list[Event]) -> None:
        self.ends[side].events += events
        for event in events:
            self._react(side, event)
