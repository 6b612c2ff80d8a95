"""`Link`: a client and a server in memory, on a line with faults and a clock that nobody waits for.

The link does what an adapter does, by the rules of `Connection`: it tells the time before it feeds
data, writes what is to be written, hangs up when the connection wants it, and calls when a deadline
comes. Nothing here sleeps: when nothing can move, the clock does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from schematic.define import Side
from schematic_engine.connection import Connection
from schematic_engine.events import Closed, Event, Message
from schematic_engine.testing.faults import Plan, Strike
from schematic_engine.testing.line import Line, Stream

__all__ = ["End", "Link"]

_MOST_STEPS = 100_000


@dataclass(slots=True)
class End:
    """One end of a link.

    Attributes:
        connection: the connection.
        inbound: what is under way to it.
        events: everything that it has reported, oldest first.
        sent: how many bytes it has written.
        told: it has learnt that nothing more will come.
        hung_up: it has closed its socket: nothing more is read or written.
    """

    connection: Connection
    inbound: Stream
    events: list[Event] = field(default_factory=list[Event])
    sent: int = 0
    told: bool = False
    hung_up: bool = False

    @property
    def messages(self) -> list[Message]:
        """The messages that it has heard."""
        return [event for event in self.events if isinstance(event, Message)]

    @property
    def closed(self) -> Closed | None:
        """How the connection ended here; None while it has not, and after a rejection."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Closed) else None


class Link:
    """A client and a server that are connected; nothing moves but in the calls below.

    ::

        link = Link(client, server, Plan(to_client=(Cut(at=500),)), react=react)
        link.run_out()
        assert link.client.closed.code == 1006

    Args:
        client: the client's connection.
        server: the server's connection.
        plan: what the network does to them.
        react: called with the side and each event as it is reported, to answer it.
        now: the time at which it begins, in seconds.

    Attributes:
        ends: both ends, by side.
        now: the time.
    """

    def __init__(
        self,
        client: Connection,
        server: Connection,
        plan: Plan = Plan(),  # noqa: B008  # frozen
        *,
        react: Callable[[Side, Event], object] | None = None,
        now: float = 0.0,
    ) -> None:
        self.now = now
        self._line = Line(plan, now)
        self._react = react
        self.ends = {
            Side.CLIENT: End(client, self._line.toward[Side.CLIENT]),
            Side.SERVER: End(server, self._line.toward[Side.SERVER]),
        }
        for side in Side:
            self._tell_time(side)

    @property
    def client(self) -> End:
        """The client's end."""
        return self.ends[Side.CLIENT]

    @property
    def server(self) -> End:
        """The server's end."""
        return self.ends[Side.SERVER]

    # ------------------------------------------------------------------------------- all at once

    def run(self) -> None:
        """Let everything happen that can happen at the present time."""
        for _ in range(_MOST_STEPS):
            moved = [self.settle(side) or self.deliver(side) for side in Side]
            if not any(moved):
                return
        raise RuntimeError("the two ends talk for ever")

    def run_out(self) -> None:
        """Let everything happen that will, going from one moment to the next until none is left.

        Raises:
            RuntimeError: it has no end, as with pings that keep a connection alive; see `wait`.
        """
        for _ in range(_MOST_STEPS):
            self.run()
            moment = min(self._moments(), default=None)
            if moment is None:
                return
            self._turn(moment)
        raise RuntimeError("there is always another deadline")

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass, and everything happen at its time."""
        end = self.now + seconds
        for _ in range(_MOST_STEPS):
            self.run()
            self._turn(min((*self._moments(), end)))
            if self.now >= end:
                self.run()
                return
        raise RuntimeError(f"there is always another deadline before {end}")

    def strike(self, fault: Strike, toward: Side) -> None:
        """``fault`` happens here and now to what arrives at ``toward``; its place is ignored."""
        self._line.strike(fault, toward, self.now)

    # ------------------------------------------------------------------------------ step by step

    def flush(self, side: Side) -> None:
        """Write what ``side`` wants written."""
        end = self.ends[side]
        data = end.connection.data_to_send()
        if data and not end.hung_up:
            end.sent += len(data)
            self._line.write(side, data, self.now)

    def settle(self, side: Side) -> bool:
        """Write, and hang up when that is wanted; whether anything happened."""
        end = self.ends[side]
        before = (end.sent, end.hung_up)
        self.flush(side)
        if end.connection.close_expected() and not end.hung_up:
            end.hung_up = True
            self.ends[side.other].inbound.finish(self.now)
        return (end.sent, end.hung_up) != before

    def deliver(self, side: Side, size: int | None = None) -> bool:
        """Let up to ``size`` bytes arrive at ``side``, or the end; whether anything did."""
        end = self.ends[side]
        if end.hung_up or end.told:
            return False
        try:
            data = end.inbound.read(self.now, size)
        except ConnectionResetError:
            data = b""  # a connection is told no more than that
        if data is None:
            return False
        end.told = not data
        self._tell_time(side)
        self._report(side, end.connection.receive_data(data))
        return True

    # ---------------------------------------------------------------------------- for this class

    def _moments(self) -> Iterable[float]:
        """The times at which something will happen."""
        for end in self.ends.values():
            if (deadline := end.connection.next_deadline()) is not None:
                yield deadline
            arrival = None if end.hung_up or end.told else end.inbound.next_arrival()
            if arrival is not None:
                yield arrival

    def _turn(self, moment: float) -> None:
        self.now = max(self.now, moment)
        for side in Side:
            self._tell_time(side)

    def _tell_time(self, side: Side) -> None:
        self._report(side, self.ends[side].connection.handle_timeout(self.now))

    def _report(self, side: Side, events: list[Event]) -> None:
        self.ends[side].events += events
        if self._react is not None:
            for event in events:
                self._react(side, event)
