"""The faults of a `Plan`, done to bytes: no sockets, and no clock but the one that it is told.

A `Stream` is one direction: somebody writes, somebody reads, as on a socket that never waits. A
`Line` is both, and knows which faults of one direction end the other, too.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import cycle

from schematic.define import Side
from schematic_engine.testing.faults import (
    Chop,
    Cut,
    Delay,
    Fault,
    Garbage,
    HalfClose,
    HalfOpen,
    Plan,
    Reset,
    Stall,
    Strike,
)

__all__ = ["Line", "Stream"]

_END = b""


class Stream:
    """One direction of a connection.

    Args:
        faults: what happens to it.
        now: the time at which it begins, in seconds; every other time is on the same clock.

    Attributes:
        written: how many bytes the sender has written.
        waiting: how many bytes are under way.
        struck: the fault that has ended the whole connection, if one has.
    """

    def __init__(self, faults: Iterable[Fault] = (), now: float = 0.0) -> None:
        self.written = 0
        self.waiting = 0
        self.struck: Cut | Reset | HalfOpen | None = None
        self._under_way: deque[tuple[float, memoryview]] = deque()  # when it comes, and what
        self._delay = 0.0
        self._free_at = -math.inf  # what is written now does not arrive earlier
        self._sizes: cycle[int | None] = cycle((None,))
        self._mask = 0
        self._deaf = False  # what is written is lost
        self._silent = False  # and so is that nothing more will come
        self._reset = False
        strikes: list[Strike] = []
        for fault in faults:
            if isinstance(fault, Delay):
                self._delay = fault.seconds
            elif isinstance(fault, Chop):
                self._sizes = cycle(fault.sizes)
            else:
                strikes.append(fault)
        self._ahead = deque(sorted(strikes, key=lambda strike: strike.at))
        self._size = next(self._sizes)
        self._strike_here(now)

    # ------------------------------------------------------------------------- the sender's end

    def write(self, data: bytes, now: float) -> None:
        """The sender writes ``data``."""
        while data:
            place = self._ahead[0].at - self.written if self._ahead else len(data)
            piece, data = data[:place], data[place:]
            self.written += len(piece)
            self._put(piece, now)
            self._strike_here(now)

    def finish(self, now: float) -> None:
        """The sender writes no more, which the reader learns behind everything written."""
        if not self._deaf:
            self._queue(_END, now)
            self._deaf = True

    def reset(self) -> None:
        """The sender is gone with an error: what is under way is lost, and the reader gets it."""
        if self._silent:
            return
        self._under_way.clear()
        self.waiting = 0
        self._deaf = self._reset = True

    def silence(self) -> None:
        """Nothing written from now on arrives, and the reader is not told."""
        self._deaf = self._silent = True

    def strike(self, fault: Strike, now: float) -> None:
        """``fault`` happens here and now, wherever it says that it happens."""
        if self._deaf and not isinstance(fault, Reset):
            return
        match fault:
            case Cut() | HalfClose():
                self.finish(now)
            case Reset():
                self.reset()
            case HalfOpen():
                self.silence()
            case Stall():
                self._free_at = max(self._free_at, now + fault.seconds)
            case Garbage():
                self._queue(fault.data, now)
            case _:
                self._mask = fault.mask
        if isinstance(fault, Cut | Reset | HalfOpen):
            self.struck = fault

    # ------------------------------------------------------------------------- the reader's end

    def read(self, now: float, size: int | None = None) -> bytes | None:
        """What has arrived, at most ``size`` bytes of it.

        Returns:
            The bytes; ``b""`` at the end of the stream, again and again; None when there is
            nothing to read yet.

        Raises:
            ConnectionResetError: the connection was reset.
        """
        if self._reset:
            raise ConnectionResetError("reset by the plan")
        most = min((limit for limit in (size, self._size) if limit is not None), default=None)
        read = bytearray()
        while self._under_way and (most is None or len(read) < most):
            due, data = self._under_way[0]
            if due > now or (not data and read):
                break
            if not data:
                return _END
            self._under_way.popleft()
            taken = data if most is None else data[: most - len(read)]
            if len(taken) < len(data):
                self._under_way.appendleft((due, data[len(taken) :]))
            read += taken
        if not read:
            return None
        self._size = next(self._sizes)
        self.waiting -= len(read)
        return bytes(read)

    def next_arrival(self) -> float | None:
        """When there will be something to read; None while that is not known, or never."""
        if not self._under_way or self._under_way[0][0] == math.inf:
            return None
        return self._under_way[0][0]

    # ---------------------------------------------------------------------------- for this class

    def _put(self, data: bytes, now: float) -> None:
        if data and not self._deaf:
            if self._mask:
                data, self._mask = bytes([data[0] ^ self._mask]) + data[1:], 0
            self._queue(data, now)

    def _queue(self, data: bytes, now: float) -> None:
        self._free_at = max(self._free_at, now + self._delay)
        self._under_way.append((self._free_at, memoryview(data)))
        self.waiting += len(data)

    def _strike_here(self, now: float) -> None:
        while self._ahead and self._ahead[0].at <= self.written:
            self.strike(self._ahead.popleft(), now)


class Line:
    """Both directions of a connection.

    Args:
        plan: what happens to it.
        now: the time at which it begins.

    Attributes:
        toward: for either side, the stream that arrives there.
    """

    def __init__(self, plan: Plan, now: float = 0.0) -> None:
        self.toward = {side: Stream(plan.toward(side), now) for side in Side}
        for side in Side:
            self._spread(side, now)

    def write(self, sender: Side, data: bytes, now: float) -> None:
        """``sender`` writes ``data``."""
        self.toward[sender.other].write(data, now)
        self._spread(sender.other, now)

    def strike(self, fault: Strike, toward: Side, now: float) -> None:
        """``fault`` happens here and now to what arrives at ``toward``."""
        self.toward[toward].strike(fault, now)
        self._spread(toward, now)

    def _spread(self, struck: Side, now: float) -> None:
        """A fault that ends one direction and concerns the connection ends the other."""
        fault, other = self.toward[struck].struck, self.toward[struck.other]
        if isinstance(fault, Cut):
            other.finish(now)
        elif isinstance(fault, Reset):
            other.reset()
        elif fault is not None:
            other.silence()
