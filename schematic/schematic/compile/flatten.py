"""Chart to table: reading the transitions of the chart, never firing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from schematic.compile.table import Move, Row, RowKind, Table
from schematic.define import ConnectionLifecycle, Side

if TYPE_CHECKING:
    from schematic.compile.chart import Chart

__all__ = ["flatten"]

_IN = re.compile(r"In\('(\w+)'\)")


def flatten(chart: Chart, lifecycle: ConnectionLifecycle) -> Table:
    """The table of ``chart``; ``lifecycle`` adds what is no structure: the once-only marks."""
    reader = _Reader(chart, lifecycle)
    client, server = (tuple(reader.rows(side)) for side in Side)
    opening = (1 << chart.gating) - 1
    ambient = frozenset(message.id for message in lifecycle.messages if message.ambient)
    return Table(client, server, tuple(reader.marks), opening, reader.releases, ambient=ambient)


class _Reader:
    """Reads the rows of one chart, numbering marks as it meets them."""

    def __init__(self, chart: Chart, lifecycle: ConnectionLifecycle) -> None:
        from schematic.compile.chart import OPEN, REGIONS  # noqa: PLC0415  # loads the library

        self._lifecycle = lifecycle
        self._messages = {message.id: message for message in lifecycle.messages}
        self._channels = {
            message.id: number
            for number, channel in enumerate(lifecycle.channels)
            for message in channel.messages
        }
        self._refusals = [
            channel.refused_by and channel.refused_by.message for channel in lifecycle.channels
        ]
        self._latch_regions = [self._states(chart, f"{latch}_latch") for latch in chart.latches]
        self._halves = {side: self._states(chart, REGIONS[side]) for side in Side}
        self.marks = [self._meaning(latch) for latch in chart.latches]
        self._bits = {latch + OPEN: 1 << bit for bit, latch in enumerate(chart.latches)}
        self._stoppers = dict.fromkeys(n for message in lifecycle.messages for n in message.until)
        self.releases = 0
        for message in lifecycle.messages:
            if message.ends_both:
                self._stoppers[message.id] = None
                for side in message.direction.senders:
                    self.releases |= self._passed_mark(side, message.id)

    def rows(self, side: Side) -> Iterator[Row]:
        """The rows of one half, in the order of its states."""
        states = self._halves[side]
        numbers = {state.id: number for number, state in enumerate(states)}
        for state in states:
            moves: dict[str, Move] = {}
            for transition in state.transitions:
                name = _event(transition)
                message = name.partition(".")[2]
                target = transition.target
                once = self._once_mark(side, message)
                moves[message] = Move(
                    target=numbers[state.id if target is None else target.id],
                    needs=self._needs(transition),
                    once=once,
                    sets=self._sets(name, state.id) | once | self._tells(side, message),
                    stops=self._stops(side, message),
                    channel=self._channels.get(message, -1),
                    refuses=self._refuses(side, message),
                )
            yield Row(state.id, _kind(state.id), moves)

    def _refuses(self, side: Side, name: str) -> tuple[int, ...]:
        """The channels of which ``name`` from ``side`` may refuse one."""
        return tuple(
            number
            for number, channel in enumerate(self._lifecycle.channels)
            if self._refusals[number] == name and channel.opener is side.other
        )

    def _needs(self, transition: Any) -> int:
        mask = 0
        for name in _guards(transition):
            mask |= self._bits[name]
        return mask

    def _sets(self, event: str, state: str) -> int:
        """The latches that open when ``event`` is taken in ``state``."""
        mask = 0
        for states in self._latch_regions:
            for latch_state in states:
                for transition in latch_state.transitions:
                    if _event(transition) == event and state in _guards(transition):
                        mask |= self._bits[transition.target.id]
        return mask

    def _once_mark(self, side: Side, name: str) -> int:
        message = self._messages.get(name)
        return 0 if message is None or message.repeatable else self._passed_mark(side, name)

    def _tells(self, side: Side, name: str) -> int:
        """The mark that ``name`` has passed, if that stops anybody."""
        return self._passed_mark(side, name) if name in self._stoppers else 0

    def _stops(self, side: Side, name: str) -> int:
        """The marks after which ``side`` does not say ``name`` any more."""
        message = self._messages.get(name)
        if message is None:
            return 0
        mask = 0
        for stopper in map(self._messages.__getitem__, self._stoppers):
            stops = stopper.ends_both or stopper.id in message.until
            if stops and side.other in stopper.direction.senders:
                mask |= self._passed_mark(side.other, stopper.id)
        return mask

    def _passed_mark(self, side: Side, message: str) -> int:
        """The mark that ``message`` has passed: a latch where there is one, else one more bit."""
        passed = _passed(side.value, message)
        if passed not in self.marks:
            self.marks.append(passed)
        return 1 << self.marks.index(passed)

    def _meaning(self, latch: str) -> str:
        kind, _, rest = latch.partition("_")
        if kind == "step":
            names = " or ".join(m.id for m in self._lifecycle.opening[int(rest) - 1].messages)
            return f"opening step {rest} ({names}) is finished"
        side, _, message = rest.partition("_")
        return _passed(side, message)

    @staticmethod
    def _states(chart: Chart, region: str) -> list[Any]:
        return list(chart.machine.states_map[region].states)


def _passed(side: str, message: str) -> str:
    return f"{message} from the {side} has passed"


def _event(transition: Any) -> str:
    """The event of a transition; empty for the entry into a region."""
    return str(transition.event or "")


def _guards(transition: Any) -> list[str]:
    """The states that a transition requires to be active."""
    return [name for guard in transition.cond for name in _IN.findall(str(guard))]


def _kind(state: str) -> RowKind:
    """Which kind of row a state of a half is, by its name."""
    if state.endswith("_done"):
        return RowKind.DONE
    return RowKind.STREAMING if state.endswith("_streaming") else RowKind.OPENING
