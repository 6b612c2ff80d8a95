"""`Inbox`: what was received and not yet read, and when it is too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from schematic_engine.events import Delivered, Message, Overdue
from schematic_engine.limits import Limits

__all__ = ["Inbox"]


class Inbox:
    """Events in the order of arrival, counted and weighed.

    Whoever fills it stops reading from the network while it is `full`, and starts again when it
    is `low`, so it holds what one read brought beyond the bound at the most.

    Args:
        limits: ``max_queue`` and ``max_queue_bytes``.

    Attributes:
        events: what waits, oldest first; to look at, and to take from the left where `take` costs
            too much.
        ending: whether the connection is ending, and nobody may read any more. Then reading goes
            on to the peer's close frame, and from the first event that finds no room all are
            dropped.
    """

    __slots__ = ("_bound", "_dropping", "_limits", "ending", "events")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.events: deque[Delivered] = deque()
        self.ending = False
        self._dropping = False
        self._bound = 0  # bytes; no less than there are, and weighed again before it matters

    def __len__(self) -> int:
        return len(self.events)

    @property
    def full(self) -> bool:
        """Whether no more should be read."""
        limits = self._limits
        if len(self.events) >= limits.max_queue:
            return True
        most = limits.max_queue_bytes
        return self._bound >= most and self._heavier(most - 1)

    @property
    def low(self) -> bool:
        """Whether there is room again."""
        limits = self._limits
        return len(self.events) <= limits.low_queue and not self._heavier(limits.low_queue_bytes)

    @property
    def reached(self) -> tuple[str, int]:
        """Which limit makes it `full`, by name, and its value."""
        limits = self._limits
        if len(self.events) >= limits.max_queue:
            return "max_queue", limits.max_queue
        return "max_queue_bytes", limits.max_queue_bytes

    def put(self, event: Delivered) -> None:
        """Takes what has arrived."""
        if self.ending and (self._dropping or self.full):
            self._dropping = True
            return
        self.events.append(event)
        self._bound += _weight(event)

    def extend(self, messages: Sequence[Message]) -> None:
        """Takes all that has arrived, which is messages alone."""
        if self.ending:
            for message in messages:
                self.put(message)
        else:
            self.events.extend(messages)
            self._bound += sum([len(message.payload) for message in messages])

    def take(self) -> Delivered:
        """Hands over the oldest.

        Raises:
            IndexError: there is nothing.
        """
        return self.events.popleft()

    def _heavier(self, size: int) -> bool:
        """Whether more than ``size`` bytes wait. Weighs only when it may be so."""
        if self._bound > size:
            self._bound = sum(map(_weight, self.events))
        return self._bound > size


def _weight(event: Delivered) -> int:
    """Bytes of its payload; characters of a text, which are no more."""
    return 0 if isinstance(event, Overdue) else len(event.payload)
