"""Where a connection may be: a set of states, since an observer does not always know which one.

A recording that has the whole connection leaves one state. One that begins in the middle leaves
every state that a correct conversation can be in, a payload that looks like two messages leaves
the states that both lead to, and each message that passes narrows the set again. A message is
illegal only if no state of the set allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from schematic.compile.paths import explore
from schematic.compile.table import Phase, RowKind, State, Table
from schematic.define import Side
from schematic_engine.codec import KindCodec
from schematic_engine.machine import Machine

__all__ = ["Possible", "Readings"]

Readings = dict[KindCodec, frozenset[State]]
"""What a payload may be, and the states that each reading leads to."""


class Possible:
    """A never empty set of states of one table."""

    __slots__ = ("_table", "states")

    def __init__(self, table: Table, states: Iterable[State] = ()) -> None:
        """Begin in ``states``, or where a connection starts."""
        self._table = table
        self.states = frozenset(states) or frozenset({table.start})

    @classmethod
    def anywhere(cls, table: Table) -> Possible:
        """Every state that a correct conversation can be in.

        Messages that may be sent once count as not sent yet, which allows the most.
        """
        return cls(table, (s for s, _ in explore(table, table.start, marks=table.coupling())))

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

    def read(self, side: Side, kinds: Sequence[KindCodec]) -> Readings:
        """What a payload from ``side`` is meant to be, given the ``kinds`` that it looks like.

        In each state that is, as for any receiver, the most specific of those that are legal
        there, or several that are equally so. Empty if none is legal in any state.

        Args:
            side: who sent it.
            kinds: what it looks like, most specific first.
        """
        readings: Readings = {}
        for state in self.states:
            best: tuple[int, int] | None = None
            for kind in kinds:
                if best is not None and kind.specificity < best:
                    break
                move = self._table.legal(state, side, kind.id)
                if move is not None:
                    best = kind.specificity
                    after = self._table.after(state, side, move)
                    readings[kind] = readings.get(kind, frozenset()) | {after}
        return readings

    def ended(self, side: Side) -> bool:
        """Whether ``side`` may have said its last message."""
        return any(self._table.row(s, side).kind is RowKind.DONE for s in self.states)

    def allowed(self, side: Side) -> tuple[str, ...]:
        """The ids that ``side`` may say in some state."""
        machines = [Machine(self._table, state) for state in sorted(self.states)]
        return tuple(dict.fromkeys(name for m in machines for name in m.allowed(side)))

    def widen(self) -> None:
        """Something was missed: every state that can be reached from here is possible."""
        marks = self._table.coupling()
        self.states = frozenset(
            # What was sent once stays sent.
            (client, server, seen | (state[2] & ~marks))
            for state in self.states
            for (client, server, seen), _ in explore(self._table, state, marks=marks)
        )

    def explain(self, side: Side, message: str) -> dict[str, Any]:
        """Why ``message`` is illegal in all states: the facts of an `IllegalMessage`.

        What is legal is what some state allows, and the path is the shortest from any of them.
        """
        facts = [Machine(self._table, s).explain(side, message) for s in sorted(self.states)]
        paths = [fact["path"] for fact in facts if fact["path"] is not None]
        return {
            "side": side,
            "message": message,
            "state": self.phase,
            "why": ", or ".join(dict.fromkeys(fact["why"] for fact in facts)),
            "allowed": self.allowed(side),
            "path": min(paths, key=len, default=None),
        }


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
