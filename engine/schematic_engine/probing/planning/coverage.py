"""Which transitions of the table were seen: `Coverage`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.compile.table import Table
from schematic.define import Side
from schematic_engine.keyed import ChannelStep, KeyedStates
from schematic_engine.machine import Machine
from schematic_engine.probing.planning.sayable import Said
from schematic_engine.unkeyed import Name

__all__ = ["Coverage", "Transition"]


class Transition(msgspec.Struct, frozen=True, order=True):
    """A message in a state of its sender's half.

    Attributes:
        place: ``connection``, the id of a channel, or ``Item in Response``.
        side: ``client`` or ``server``.
        row: the state of the half before it.
        message: the id of the message.
    """

    place: str
    side: str
    row: str
    message: str


class Coverage:
    """Counts what was seen of the transitions of an endpoint.

    Args:
        endpoint: the endpoint.

    Attributes:
        endpoint: the endpoint.
        every: all of them.
        counts: how often each transition was seen.
    """

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self.endpoint = endpoint
        self._table = endpoint.table
        self.every = tuple(_transitions("connection", endpoint.table))
        self.counts: Counter[Transition] = Counter()

    @property
    def reached(self) -> tuple[Transition, ...]:
        """The transitions that were seen."""
        return tuple(one for one in self.every if self.counts[one])

    @property
    def missed(self) -> tuple[Transition, ...]:
        """Those that never were."""
        return tuple(one for one in self.every if not self.counts[one])

    def of(self, side: Side) -> tuple[int, int]:
        """How many transitions of ``side`` were seen, and how many there are."""
        own = [one for one in self.every if one.side == side.value]
        return sum(bool(self.counts[one]) for one in own), len(own)

    def add(self, conversation: Iterable[Said]) -> None:
        """Count the transitions of a conversation, all of whose messages were legal."""
        machine = Machine(self._table)
        for said in conversation:
            self.counts.update(self.walk(machine, said))

    @staticmethod
    def walk(machine: Machine, said: Said) -> list[Transition]:
        """Let ``machine`` go on by what was said; the transitions that it makes."""
        step = machine.move(said.side, said.message, said.keys)
        if step is None:
            return []
        made = list(_made(machine, said, step)) if isinstance(step, ChannelStep) else []
        if not made:
            row = machine.table.row(machine.state, said.side)
            made = [Transition("connection", said.side.value, row.name, said.message)]
        machine.apply(said.side, step)
        return made


def _transitions(place: str, table: Table) -> Iterator[Transition]:
    for side in Side:
        for row in table.rows(side):
            for name, move in row.moves.items():
                if move.channel < 0:
                    yield Transition(place, side.value, row.name, name)
    for spec in table.channels:
        inner = spec.id if place == "connection" else f"{spec.id} in {place}"
        yield from _transitions(inner, spec.table)


def _made(machine: Machine, said: Said, step: ChannelStep) -> Iterator[Transition]:
    """What ``said`` does on the channels of ``machine``."""
    states = machine.channels[step.channel]
    place = states.spec.id
    if step.inner is not None and step.name is not None:
        states, outer = states.inner(step.name)[step.inner.channel], place
        place, step = f"{states.spec.id} in {outer}", step.inner
    if step.name is None:
        names = [name for name, _ in states.addressed(said.side, said.message)]
    else:
        names = [step.was or step.name]
    for name in names:
        yield Transition(place, said.side.value, _row(states, name, said), said.message)


def _row(states: KeyedStates, name: Name, said: Said) -> str:
    """The state in which the sender's half of the channel of ``name`` is."""
    table = states.spec.table
    state = states.state(name)
    if state is None or said.message not in table.row(state, said.side).moves:
        state = states.spec.asked.get(said.message, table.start)
    return table.row(state, said.side).name
