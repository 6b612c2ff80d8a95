"""The table that runs and the chart that is drawn must never disagree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_lifecycle
from schematic.compile.chart import OPEN, REGIONS, Chart, build_chart, event
from schematic_engine.machine import Machine
from support.lifecycles import lifecycles


class Oracle:
    """The chart, run by the statechart library, with once-only messages counted beside it."""

    def __init__(self, chart: Chart, lifecycle: ConnectionLifecycle) -> None:
        self.running = chart.machine()
        self.latches = chart.latches
        self.once = {m.id for m in lifecycle.messages if not m.repeatable}
        self.said: set[tuple[Side, str]] = set()

    def take(self, side: Side, name: str) -> bool:
        if name in self.once and (side, name) in self.said:
            return False
        try:
            self.running.send(event(side, name))
        except TransitionNotAllowed:
            return False
        self.said.add((side, name))
        return True

    def where(self) -> tuple[str, str, tuple[bool, ...]]:
        active = set(self.running.configuration_values)
        states = self.running.states_map
        client, server = (
            next(s.id for s in states[REGIONS[side]].states if s.id in active) for side in Side
        )
        return client, server, tuple(latch + OPEN in active for latch in self.latches)


def where(machine: Machine, latches: int) -> tuple[str, str, tuple[bool, ...]]:
    client, server, marks = machine.state
    table = machine.table
    bits = tuple(bool(marks >> bit & 1) for bit in range(latches))
    return table.client[client].name, table.server[server].name, bits


@given(lifecycles(), st.data())
def test_table_and_chart_take_and_refuse_the_same_events(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    names = [(side, m.id) for m in lifecycle.messages for side in Side]
    if not names:
        return
    chart = build_chart(lifecycle)
    oracle = Oracle(chart, lifecycle)
    machine = Machine(compile_lifecycle(lifecycle))
    known = {event(side, n) for side in Side for n in machine.table.vocabulary(side)}
    for side, name in data.draw(st.lists(st.sampled_from(names), max_size=25)):
        move = machine.move(side, name)
        if event(side, name) in known:
            assert oracle.take(side, name) == (move is not None), (side, name)
        else:
            assert move is None
        if move is not None:
            machine.apply(side, move)
        assert where(machine, len(chart.latches)) == oracle.where()
