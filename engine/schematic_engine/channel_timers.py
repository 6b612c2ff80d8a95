"""`ChannelTimers`: the timers of channels, for each key by itself.

The channels of one kind that a timer watches stand in a queue, the one that has waited longest
first, so the next deadline costs nothing however many are open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from schematic.compile.table import State
from schematic.define import Side, Timer, TimerKind
from schematic_engine.keyed import TO_ALL, ChannelStep, KeyedStates, Stay
from schematic_engine.unkeyed import Name

__all__ = ["ChannelTimers", "Due"]


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that has run out.

    Attributes:
        timer: which one.
        seconds: how long it ran.
        channel: for a timer of a channel, the number of its kind; -1 for the connection's.
        name: which channel of that kind.
    """

    timer: Timer
    seconds: float
    channel: int = -1
    name: Name | None = None


@dataclass(slots=True)
class _Watch:
    """One timer of one kind of channel, and since when it runs for which of them."""

    timer: Timer
    seconds: float
    channel: int
    states: KeyedStates
    since: OrderedDict[Name, float] = field(default_factory=OrderedDict[Name, float])

    @property
    def measured(self) -> Side:
        """The side that is waited for, or whose silence counts."""
        timer = self.timer
        return timer.owner if timer.kind is TimerKind.KEEPALIVE else timer.of

    @property
    def speakers(self) -> tuple[Side, ...]:
        """The sides without which there is nothing to wait for, or nothing to be said then."""
        return (self.measured, self.measured if self.timer.message is None else self.timer.owner)

    def note_all(self, side: Side, step: ChannelStep, now: float) -> None:
        """``side`` says the message of ``step`` to all channels of this kind."""
        for name, outcome in self.states.addressed(side, step.message):
            self.note(side, ChannelStep(self.channel, step.message, name, outcome), now)

    def note(self, side: Side, step: ChannelStep, now: float) -> None:
        """``side`` makes ``step`` on a channel of this kind, which has not moved yet."""
        name = step.name
        was = name if step.was is None else step.was
        before = None if was is None else self.states.state(was)
        after = before if isinstance(step.outcome, Stay) else step.outcome
        if name is None or after is None:
            return  # on none that is open
        opens = before is None or self.states.spec.table.over(before)
        if step.was is not None and step.was in self.since:
            self.since[name] = self.since.pop(step.was)
            self.since = OrderedDict(sorted(self.since.items(), key=lambda item: item[1]))
        answered = side is self.measured and self.timer.kind is TimerKind.REPLY
        if answered or not self._waits(after):
            self.since.pop(name, None)
        elif opens or (side is self.measured and name in self.since):
            self.since[name] = now
            self.since.move_to_end(name)

    def due(self, now: float) -> list[Due]:
        """Those that have waited too long; each starts again, or is waited for no more."""
        found: list[Due] = []
        while (first := self._first()) is not None and now >= first[1] + self.seconds:
            name, _ = first
            del self.since[name]
            if self.timer.kind is not TimerKind.REPLY:
                self.since[name] = now
            found.append(Due(self.timer, self.seconds, self.channel, name))
        return found

    def deadline(self) -> float | None:
        """When the next of them has waited too long."""
        first = self._first()
        return None if first is None else first[1] + self.seconds

    def _first(self) -> tuple[Name, float] | None:
        """The channel that has waited longest, those that are over by now left out."""
        while self.since:
            name, since = next(iter(self.since.items()))
            state = self.states.state(name)
            if state is not None and self._waits(state):
                return name, since
            del self.since[name]
        return None

    def _waits(self, state: State) -> bool:
        """Whether the timer runs for a channel that stands at ``state``."""
        table = self.states.spec.table
        return not (table.over(state) or any(table.ended(state, side) for side in self.speakers))


class ChannelTimers:
    """Runs one side's timers of channels on one open connection.

    Args:
        timers: them, each with the number of the channel to which it belongs.
        channels: where the channels stand; read, never moved.
        seconds: tells how long a timer runs on this connection.
        ended: tells whether a side has said its last message on the connection.
    """

    def __init__(
        self,
        timers: Iterable[tuple[int, Timer]],
        channels: tuple[KeyedStates, ...],
        seconds: Callable[[Timer], float],
        ended: Callable[[Side], bool],
    ) -> None:
        self._ended = ended
        self._watches = [
            _Watch(timer, seconds(timer), number, channels[number]) for number, timer in timers
        ]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._watches)

    def note(self, side: Side, step: ChannelStep, now: float) -> None:
        """``side`` makes ``step`` now."""
        for watch in self._watches:
            if watch.channel == step.channel:
                note = watch.note_all if step.outcome is TO_ALL else watch.note
                note(side, step, now)

    def due(self, now: float) -> list[Due]:
        """Those that have run out."""
        return [due for watch in self._running() for due in watch.due(now)]

    def deadline(self) -> float | None:
        """When the next one runs out; None if none runs."""
        deadlines = (watch.deadline() for watch in self._running())
        return min((one for one in deadlines if one is not None), default=None)

    def _running(self) -> list[_Watch]:
        """Without those for which a side has ended its half of every channel."""
        return [one for one in self._watches if not any(map(self._ended, one.speakers))]
