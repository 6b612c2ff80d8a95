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
from schematic.compile.table import Phase, RowKind, State, Table
from schematic.define import Breach, Side
from schematic_engine.breaches import breach_of
from schematic_engine.codec import KindCodec
from schematic_engine.keyed import STAY, ChannelStep, Key, KeyedStates, Keys
from schematic_engine.machine import Machine, Step
from schematic_engine.unkeyed import Name

__all__ = ["Bears", "Keyed", "Possible", "Reading", "Readings"]

_CLIENT = Side.CLIENT  # looking up a member of an Enum costs more than judging a message


@dataclass(frozen=True, slots=True)
class Reading:
    """What follows if a payload is of one kind.

    Attributes:
        side: who said it.
        states: the connection's states afterwards.
        step: what it does on a channel, if it belongs to one.
        refuses: the channels of which it may refuse an opening.
        ticket: what relates a refusal to an opening, in either of them.
    """

    side: Side
    states: frozenset[State]
    step: ChannelStep | None = None
    refuses: tuple[int, ...] = ()
    ticket: Key | None = None


Readings: TypeAlias = dict[KindCodec, Reading]
"""What a payload may be."""

Bears: TypeAlias = Callable[[Side, Breach, str], bool]
"""Whether a breach, committed by a side with a message, is ignored."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A kind that a payload looks like, and what tells the channel that is meant.

    Attributes:
        kind: the kind.
        key: the key in the payload, if that kind belongs to a channel.
        ticket: what relates a refusal to an opening, in either of them.
    """

    kind: KindCodec
    key: Keys | None = None
    ticket: Key | None = None


class Possible:
    """A never empty set of states of one table, and what is known of its channels."""

    __slots__ = ("_table", "channels", "states")

    def __init__(self, table: Table, states: Iterable[State] = ()) -> None:
        """Begin in ``states``, or where a connection starts."""
        self._table = table
        self.states = frozenset(states) or frozenset({table.start})
        self.channels = tuple(KeyedStates(spec, n) for n, spec in enumerate(table.channels))

    @property
    def table(self) -> Table:
        """The order of messages on the connection."""
        return self._table

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

    def carries_alone(self, side: Side) -> bool:
        """Whether ``side`` may get to a message of a channel while the other is silent."""
        marks = self._table.coupling()
        seen, queue = set(self.states), list(self.states)
        while queue:
            state = queue.pop()
            for move in self._table.row(state, side).moves.values():
                if not move.legal(state[2]):
                    continue
                if move.channel >= 0:
                    return True
                client, server, passed = self._table.after(state, side, move)
                after = (client, server, passed & marks)
                if after not in seen:
                    seen.add(after)
                    queue.append(after)
        return False

    @property
    def phase(self) -> str:
        """The phases of all states, such as ``STREAMING`` or ``STREAMING or CLOSING``."""
        phases = {self._table.phase(state) for state in self.states}
        return " or ".join(phase.value for phase in Phase if phase in phases)

    def stays(self, side: Side, kind: KindCodec, payload: str | bytes, *, own: bool) -> bool:
        """Whether the only state allows ``payload``, which is of ``kind``, and it changes nothing.

        It is the shortest way to what `read` and `take` would find out for most messages; False
        says nothing.

        Args:
            side: who sent it.
            kind: the only kind that it looks like.
            payload: what was said.
            own: whether the sender is bound by what it has received, see `stopped`.
        """
        if len(self.states) != 1 or kind.read_ticket is not None:
            return False
        (state,) = self.states
        client, server, marks = state
        number = client if side is _CLIENT else server
        move = (self._table.client if side is _CLIENT else self._table.server)[number].moves.get(
            kind.id
        )
        if move is None or marks & move.once or move.needs & ~marks or move.refuses:
            return False
        if move.channel < 0:
            moved = move.target != number or move.sets & ~marks
            return not (moved or (own and move.stops & marks))
        if own:
            return False
        try:
            step = self.channels[move.channel].judge(side, kind.id, kind.key_in(payload))
        except (ValueError, RecursionError):
            return False
        return step is not None and step.outcome is STAY and step.inner is None

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
            for keyed in kinds:
                kind = keyed.kind
                if best is not None and kind.specificity < best:
                    break
                step = machine.move(side, kind.id, keyed.key)
                if step is None:
                    continue
                best = kind.specificity
                before = readings[kind].states if kind in readings else frozenset[State]()
                readings[kind] = self._reading(side, state, step, before, keyed.ticket)
            if best is None and bears is not None:
                borne += [
                    (keyed.kind, state)
                    for keyed in kinds
                    if bears(
                        side, breach_of(machine, side, keyed.kind.id, keyed.key), keyed.kind.id
                    )
                ]
        for kind, state in borne:
            if kind in readings:
                readings[kind] = replace(readings[kind], states=readings[kind].states | {state})
        return readings

    def take(
        self, readings: Iterable[Reading], *, surely: bool = True
    ) -> tuple[KeyedStates, Keys | None] | None:
        """One of ``readings`` is what happened; or perhaps nothing did, if not ``surely``.

        Returns:
            The channel that it opened again too early, if it did, see `KeyedStates.put`.
        """
        readings = tuple(readings)
        after = frozenset[State]().union(*(reading.states for reading in readings))
        self.states = after if surely else self.states | after
        first = readings[0]
        sure = surely and all(
            (reading.step, reading.refuses) == (first.step, first.refuses) for reading in readings
        )
        if not sure:
            for reading in readings:
                self._lose(reading)
            return None
        for number in first.refuses:
            self.channels[number].refuse(first.ticket)
        if first.step is None:
            return None
        states = self.channels[first.step.channel]
        raced = states.apply(first.side, first.step, first.ticket)
        return (states, first.step.key) if raced else None

    def _lose(self, reading: Reading) -> None:
        """Whether ``reading`` is what happened is not known."""
        for number in reading.refuses:
            self.channels[number].lose_all()
        if reading.step is not None:
            self.channels[reading.step.channel].lose(reading.step.name)

    def lose_channels(self) -> None:
        """What any channel has come to is not known any more."""
        for states in self.channels:
            states.lose_all()

    def _reading(
        self, side: Side, state: State, step: Step, before: frozenset[State], ticket: Key | None
    ) -> Reading:
        """What ``step`` does in ``state``, besides leading to the states ``before`` in others."""
        if isinstance(step, ChannelStep):
            return Reading(side, before | {state}, step, (), ticket)
        after = self._table.after(state, side, step)
        return Reading(side, before | {after}, None, step.refuses, ticket)

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

    def lose(self, side: Side) -> None:
        """``side`` may have said more that nobody has heard: as much as it likes."""
        before = None
        while before != self.states:
            before = self.states
            self.unread(side)

    def unread(self, side: Side) -> None:
        """``side`` said something that nobody can read: each of its legal messages is possible.

        Or it was illegal, and left everything as it was.
        """
        self.lose_channels()
        marks = self._table.coupling()
        self.states |= {
            (client, server, (seen & marks) | (state[2] & ~marks))
            for state in self.states
            for who, _, (client, server, seen) in self._table.steps(state)
            if who is side
        }

    def explain(self, side: Side, message: str, key: Keys | None = None) -> dict[str, Any]:
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

    def stopped(self, side: Side, kinds: Iterable[Keyed]) -> bool:
        """Whether ``side``, if it has seen all that passed here, knew not to say any of ``kinds``.

        They are legal in some state, as nobody but the sender is bound by it.
        """
        return all(
            machine.stopped(side, keyed.kind.id, keyed.key)
            for keyed in kinds
            for machine in self._machines()
            if machine.move(side, keyed.kind.id, keyed.key) is not None
        )

    def decider(
        self, side: Side, message: str, key: Keys | None
    ) -> tuple[KeyedStates, Name | None] | None:
        """The channels, and which of them, that decide about ``message``; None for none."""
        for state in sorted(self.states):
            move = self._table.legal(state, side, message)
            if move is not None and move.channel >= 0:
                return self.channels[move.channel].refuser(side, message, key)
        return None

    def breaches(self, side: Side, message: str, key: Keys | None = None) -> frozenset[Breach]:
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
