"""Where a connection may be: a set of states, since an observer does not always know which one.

A recording that has the whole connection leaves one state. One that begins in the middle leaves
every state that a correct conversation can be in, a payload that looks like two messages leaves
the states that both lead to, and each message that passes narrows the set again. A message is
illegal only if no state of the set allows it.

Channels are followed beside that, one state for each key. Where an observer cannot know what a
channel has come to, it is forgotten, and from then on an unknown key proves nothing (see
`schematic_engine.keyed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from schematic.compile.paths import explore
from schematic.compile.table import Move, Phase, RowKind, State, Table
from schematic.define import Breach, Side
from schematic_engine.breaches import breach_of
from schematic_engine.codec import KindCodec
from schematic_engine.keyed import Key, KeyedStates, Stay
from schematic_engine.machine import ChannelStep, Machine

__all__ = ["Bears", "Keyed", "Possible", "Reading", "Readings"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What follows if a payload is of one kind.

    Attributes:
        states: the connection's states afterwards.
        step: what it does on a channel, if it belongs to one.
    """

    states: frozenset[State]
    step: ChannelStep | None = None


Readings: TypeAlias = dict[KindCodec, Reading]
"""What a payload may be."""

Bears: TypeAlias = Callable[[Side, Breach, str], bool]
"""Whether a breach, committed by a side with a message, is ignored."""

Keyed: TypeAlias = tuple[KindCodec, "Key | None"]
"""A kind that a payload looks like, and the key in it if that kind belongs to a channel."""


class Possible:
    """A never empty set of states of one table, and what is known of its channels."""

    __slots__ = ("_table", "channels", "states")

    def __init__(self, table: Table, states: Iterable[State] = ()) -> None:
        """Begin in ``states``, or where a connection starts."""
        self._table = table
        self.states = frozenset(states) or frozenset({table.start})
        self.channels = tuple(KeyedStates(spec) for spec in table.channels)

    @classmethod
    def anywhere(cls, table: Table) -> Possible:
        """Every state that a correct conversation can be in.

        Messages that may be sent once count as not sent yet, which allows the most.
        """
        found = cls(table, (s for s, _ in explore(table, table.start, marks=table.coupling())))
        found.lose_channels()
        return found

    def covers(self, others: Iterable[State]) -> bool:
        """Whether whatever is legal from ``others`` on is legal from some state here too."""
        return all(
            any(_covers(self._table, mine, other) for mine in self.states) for other in others
        )

    @property
    def phase(self) -> str:
        """The phases of all states, such as ``STREAMING`` or ``STREAMING or CLOSING``."""
        phases = {self._table.phase(state) for state in self.states}
        return " or ".join(phase.value for phase in Phase if phase in phases)

    def read(self, side: Side, kinds: Sequence[Keyed], bears: Bears | None = None) -> Readings:
        """What a payload from ``side`` is meant to be, given the ``kinds`` that it looks like.

        In each state that is, as for any receiver, the most specific of those that are legal
        there, or several that are equally so. Empty if none is legal in any state.

        Args:
            side: who sent it.
            kinds: what it looks like, most specific first.
            bears: tells which breaches the description says are ignored; None for none. A state in
                which the payload would be ignored stays possible, if it is legal in another.
        """
        readings: Readings = {}
        borne: list[tuple[KindCodec, State]] = []
        for state in self.states:
            machine = Machine(self._table, state, self.channels)
            best: tuple[int, int] | None = None
            for kind, key in kinds:
                if best is not None and kind.specificity < best:
                    break
                step = machine.move(side, kind.id, key)
                if step is None:
                    continue
                best = kind.specificity
                on_channel = step if isinstance(step, ChannelStep) else None
                after = state if isinstance(step, ChannelStep) else self._after(state, side, step)
                before = readings[kind].states if kind in readings else frozenset[State]()
                readings[kind] = Reading(before | {after}, on_channel)
            if best is None and bears is not None:
                borne += [
                    (kind, state)
                    for kind, key in kinds
                    if bears(side, breach_of(machine, side, kind.id, key), kind.id)
                ]
        for kind, state in borne:
            if kind in readings:
                readings[kind] = replace(readings[kind], states=readings[kind].states | {state})
        return readings

    def take(
        self, readings: Iterable[Reading], *, surely: bool = True
    ) -> tuple[KeyedStates, Key] | None:
        """One of ``readings`` is what happened; or perhaps nothing did, if not ``surely``.

        Returns:
            The channel that it opened again too early, if it did, see `KeyedStates.put`.
        """
        readings = tuple(readings)
        after = frozenset[State]().union(*(reading.states for reading in readings))
        self.states = after if surely else self.states | after
        steps = [reading.step for reading in readings if reading.step is not None]
        sure = surely and len(steps) == len(readings) and all(s == steps[0] for s in steps)
        for step in steps[:1] if sure else steps:
            if not sure:
                self.channels[step.channel].lose(step.key)
            elif not isinstance(step.outcome, Stay):
                states = self.channels[step.channel]
                if states.put(step.key, step.outcome):
                    return states, step.key
        return None

    def lose_channels(self) -> None:
        """What any channel has come to is not known any more."""
        for states in self.channels:
            states.lose_all()

    def _after(self, state: State, side: Side, move: Move) -> State:
        return self._table.after(state, side, move)

    def ended(self, side: Side) -> bool:
        """Whether ``side`` may have said its last message."""
        return any(self._table.row(s, side).kind is RowKind.DONE for s in self.states)

    def allowed(self, side: Side) -> tuple[str, ...]:
        """The ids that ``side`` may say in some state."""
        return tuple(dict.fromkeys(name for m in self._machines() for name in m.allowed(side)))

    def widen(self) -> None:
        """Something was missed: every state that can be reached from here is possible."""
        self.lose_channels()
        marks = self._table.coupling()
        self.states = frozenset(
            # What was sent once stays sent.
            (client, server, seen | (state[2] & ~marks))
            for state in self.states
            for (client, server, seen), _ in explore(self._table, state, marks=marks)
        )

    def explain(self, side: Side, message: str, key: Key | None = None) -> dict[str, Any]:
        """Why ``message`` is illegal in all states: the facts of an `IllegalMessage`.

        What is legal is what some state allows, and the path is the shortest from any of them.
        """
        facts = [machine.explain(side, message, key) for machine in self._machines()]
        paths = [fact["path"] for fact in facts if fact["path"] is not None]
        return {
            "side": side,
            "message": message,
            "state": " or ".join(dict.fromkeys(fact["state"] for fact in facts)),
            "why": ", or ".join(dict.fromkeys(fact["why"] for fact in facts)),
            "allowed": tuple(dict.fromkeys(name for fact in facts for name in fact["allowed"])),
            "path": min(paths, key=len, default=None),
        }

    def breaches(self, side: Side, message: str, key: Key | None = None) -> frozenset[Breach]:
        """What sort of breach ``message``, which no state allows, may be."""
        return frozenset(breach_of(machine, side, message, key) for machine in self._machines())

    def _machines(self) -> list[Machine]:
        """A machine for each state; they share what is known of channels."""
        return [Machine(self._table, state, self.channels) for state in sorted(self.states)]


def _covers(table: Table, mine: State, other: State) -> bool:
    """Whether every conversation that is legal from ``other`` on is legal from ``mine`` on."""
    marks = table.coupling()

    def pair(one: State, two: State) -> tuple[State, State]:
        return (one[0], one[1], one[2] & marks), (two[0], two[1], two[2] & marks)

    seen = {pair(mine, other)}
    queue = list(seen)
    while queue:
        mine, other = queue.pop()
        for side, message, after in table.steps(other):
            move = table.legal(mine, side, message)
            if move is None:
                return False
            following = pair(table.after(mine, side, move), after)
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return True
