"""What has moved a connection so far, and which message made a later one illegal: `History`.

Most messages change nothing: the thousandth text leaves the conversation where the first did. Only
those are remembered that did change something, each with what was possible before it. So the
message that made another one illegal is found by going back to the last one before which that
would have been legal. What is remembered is bounded; what was forgotten explains nothing any more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from schematic.compile.table import State, Table
from schematic.define import Side
from schematic_engine.keyed import ChannelStep, KeyedStates, Stay
from schematic_engine.unkeyed import Name

__all__ = ["History", "Passed", "Place", "steps_on"]

_MOST_STEPS = 64
"""Steps of a connection, or of a channel, that are remembered."""

_MOST_CHANNELS = 1024

Place: TypeAlias = tuple[str, "Name | None", "Name | None"]
"""A channel: the id of its kind, what it is called, and what the channel around it is called."""


class Passed(msgspec.Struct, frozen=True):
    """A message that changed where the conversation stood.

    Attributes:
        line: the line of the recording.
        side: who sent it.
        message: its id.
        before: where the connection, or the channel, may have stood before; a channel that was
            not there stood at the start of its table.
        opened: whether it opened a channel.
    """

    line: int
    side: Side
    message: str
    before: frozenset[State]
    opened: bool = False


class History:
    """The messages that changed something, on the connection and on each channel."""

    def __init__(self) -> None:
        self._steps: deque[Passed] = deque(maxlen=_MOST_STEPS)
        self._channels: OrderedDict[Place, deque[Passed]] = OrderedDict()
        self._openings: dict[str, Passed] = {}

    def note(self, passed: Passed) -> None:
        """``passed`` changed where the connection stands."""
        self._steps.append(passed)

    def note_on(self, place: Place, passed: Passed) -> None:
        """``passed`` changed where a channel stands."""
        steps = self._channels.setdefault(place, deque(maxlen=_MOST_STEPS))
        self._channels.move_to_end(place)
        steps.append(passed)
        if passed.opened:
            self._openings[place[0]] = passed
        if len(self._channels) > _MOST_CHANNELS:
            self._channels.popitem(last=False)

    def forbade(self, place: Place | None, table: Table, side: Side, message: str) -> Passed | None:
        """What made ``message`` illegal: right before it, it would have been legal.

        Args:
            place: the channel on which that was; None for the connection.
            table: the order of messages there.
            side: who said it.
            message: its id.
        """
        for passed in reversed(self._steps_at(place)):
            if any(table.legal(state, side, message) is not None for state in passed.before):
                return passed
        return None

    def stopped(self, place: Place | None, table: Table, side: Side, message: str) -> Passed | None:
        """What told ``side`` not to send ``message`` any more, on the connection or a channel."""
        for passed in reversed(self._steps_at(place)):
            moves = [table.legal(state, side, message) for state in passed.before]
            if any(
                move is not None and not move.stops & state[2]
                for move, state in zip(moves, passed.before, strict=True)
            ):
                return passed
        return None

    def last_opening(self, channel: str) -> Passed | None:
        """What opened the youngest channel of a kind."""
        return self._openings.get(channel)

    def _steps_at(self, place: Place | None) -> tuple[Passed, ...]:
        return tuple(self._steps if place is None else self._channels.get(place, ()))


def steps_on(
    channels: tuple[KeyedStates, ...], step: ChannelStep
) -> Iterator[tuple[Place, frozenset[State], bool]]:
    """What ``step`` is about to change: the channel, where it may stand, whether it is opened."""
    states, outer, inner = channels[step.channel], None, step
    while inner.inner is not None and inner.name is not None:
        outer = inner.name
        states, inner = states.inner(outer)[inner.inner.channel], inner.inner
    if inner.name is None or isinstance(inner.outcome, Stay):
        return
    known = states.state(inner.was if inner.was is not None else inner.name)
    table = states.spec.table
    opened = known is None or (table.over(known) and not table.over(inner.outcome))
    before = frozenset({table.start if opened or known is None else known})
    yield (states.spec.id, inner.name, outer), before, opened
