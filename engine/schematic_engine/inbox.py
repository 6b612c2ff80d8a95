"""`Inbox`: what was received and not yet read, and when it is too much."""

from __future__ import annotations

from collections import deque

from schematic_engine.events import Delivered, Overdue
from schematic_engine.limits import Limits

__all__ = ["Inbox"]


class Inbox:
    """Events in the order of arrival, counted and weighed.

    It refuses nothing: whoever fills it stops reading from the network while it is `full`, and
    starts again when it is `low`, so it holds what one read brought beyond the bound at the most.

    Args:
        limits: ``max_queue`` and ``max_queue_bytes``.
    """

    __slots__ = ("_bytes", "_events", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._events: deque[Delivered] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    @property
    def full(self) -> bool:
        """Whether no more should be read."""
        limits = self._limits
        return len(self._events) >= limits.max_queue or self._bytes >= limits.max_queue_bytes

    @property
    def low(self) -> bool:
        """Whether there is room again."""
        limits = self._limits
        return len(self._events) <= limits.low_queue and self._bytes <= limits.low_queue_bytes

    @property
    def reached(self) -> tuple[str, int]:
        """Which limit makes it `full`, by name, and its value."""
        limits = self._limits
        if len(self._events) >= limits.max_queue:
            return "max_queue", limits.max_queue
        return "max_queue_bytes", limits.max_queue_bytes

    def put(self, event: Delivered) -> None:
        """Takes what has arrived."""
        self._events.append(event)
        self._bytes += _weight(event)

    def take(self) -> Delivered:
        """Hands over the oldest.

        Raises:
            IndexError: there is nothing.
        """
        event = self._events.popleft()
        self._bytes -= _weight(event)
        return event


def _weight(event: Delivered) -> int:
    """Bytes of its payload; characters of a text, which are no more."""
    return 0 if isinstance(event, Overdue) else len(event.payload)
