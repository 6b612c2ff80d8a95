"""`Place`: where an order of messages holds, on the connection or on one kind of channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from schematic.compile.endpoint import CompiledEndpoint
from schematic.compile.paths import Path, explore, shortest_path
from schematic.compile.scenario import Heard, Said, Scenario, Step
from schematic.compile.table import ChannelTable, RowKind, State, Table
from schematic.compile.verify.findings import RULES, Finding, Severity
from schematic.define import ConnectionLifecycle, MessageSchema, Side

__all__ = ["KEY", "Place", "listed"]

KEY = "a"
"""The key under which an example speaks on a channel."""

KEYS = (KEY, "1")
"""The same for a channel within a channel."""


@dataclass(frozen=True)
class Place:
    """The connection, or the channels of one kind.

    Attributes:
        endpoint: what is verified.
        table: the order of messages here.
        numbers: the number of the channel, and then that of the one within it; empty for the
            connection.
    """

    endpoint: CompiledEndpoint
    table: Table
    numbers: tuple[int, ...] = ()

    @cached_property
    def spec(self) -> ChannelTable | None:
        """The rules of the channel's keys; None for the connection."""
        return None if self.outer is None else self.outer.table.channels[self.numbers[-1]]

    @cached_property
    def outer(self) -> Place | None:
        """What is around the channel; None for the connection."""
        if not self.numbers:
            return None
        table = self.endpoint.table
        for number in self.numbers[:-1]:
            table = table.channels[number].table
        return Place(self.endpoint, table, self.numbers[:-1])

    @cached_property
    def inner(self) -> tuple[Place, ...]:
        """The channels within."""
        return tuple(
            Place(self.endpoint, spec.table, (*self.numbers, number))
            for number, spec in enumerate(self.table.channels)
        )

    @property
    def lifecycle(self) -> ConnectionLifecycle:
        """What is described here."""
        described = self.endpoint.endpoint.lifecycle
        for number in self.numbers:
            described = described.channels[number].lifecycle
        return described

    @property
    def key(self) -> str | None:
        """The key under which examples speak here; that of an inner channel is a pair."""
        return ", ".join(KEYS[: len(self.numbers)]) or None

    def key_like(self, last: str) -> str:
        """Another key of an example here, of a channel in the same outer one."""
        return ", ".join((*KEYS[: len(self.numbers) - 1], last))

    @cached_property
    def messages(self) -> Mapping[str, MessageSchema]:
        """Every message of the endpoint, by its id."""
        return {kind.id: kind.message for kind in self.endpoint.kinds}

    @cached_property
    def ways(self) -> Mapping[State, Path]:
        """Every state with the shortest way to it, nearest first."""
        return dict(explore(self.table, self.table.start, marks=self.marks))

    @cached_property
    def marks(self) -> int:
        """The marks that decide what can still happen, and whether it is over."""
        return self.table.coupling() | self.table.releases

    @cached_property
    def stands(self) -> Mapping[State, Path]:
        """The same for states in which nothing is on its way and everybody knows of everything.

        Without those to which only an ambient last message leads, such as an error that is fatal:
        it may come at any moment, and nothing is owed after it.
        """

        def steps(state: State) -> Iterator[tuple[Side, str, State]]:
            for side, name, after in self.table.choices(state):
                if not (self.messages[name].ambient and self.table.ended(after, side)):
                    yield side, name, after

        return dict(explore(self.table, self.table.start, marks=self.standing, steps=steps))

    @cached_property
    def standing(self) -> int:
        """The marks that decide what anybody still says."""
        return self.marks | self.table.stopping()

    def is_end(self, state: State) -> bool:
        """Whether nothing is owed: the opening was refused, or is done and who can end has."""
        table = self.table
        if table.over(state):
            return True
        done = {side: table.ended(state, side) for side in Side}
        if table.opening & ~state[2]:
            return any(done.values())
        return all(done[side] or not self._can_end(side) for side in Side)

    def _can_end(self, side: Side) -> bool:
        """Whether ``side`` has a last message, once the opening is over; errors aside."""
        rows = self.table.rows(side)
        return any(
            rows[move.target].kind is RowKind.DONE
            for row in rows
            if row.kind is RowKind.STREAMING
            for name, move in row.moves.items()
            if not self.messages[name].ambient
        )

    def sayable(self, state: State, side: Side) -> tuple[str, ...]:
        """What ``side`` may say of its own accord; ambient messages lead nowhere.

        On a channel that the other side opens it has to wait for that.
        """
        specs, moves = self.table.channels, self.table.row(state, side).moves
        return tuple(
            name
            for who, name, _ in self.table.choices(state)
            if who is side
            and not self.messages[name].ambient
            and (moves[name].channel < 0 or specs[moves[name].channel].opener is side)
        )

    def awaited(self, state: State, side: Side) -> tuple[str, ...]:
        """What ``side`` has to say for the other to go on: a step, its end, what opens a gate."""
        row, marks = self.table.row(state, side), state[2]
        here = self.table.rows(side).index(row)
        gates = 0
        for move in self.table.row(state, side.other).moves.values():
            gates |= move.needs & ~marks
        return tuple(
            name
            for name in self.sayable(state, side)
            if row.moves[name].target != here or row.moves[name].sets & gates
        )

    def scenario(
        self, path: Path, *more: Step, remark: str, fault: bool = True, last: bool = True
    ) -> Scenario:
        """``path`` told here, and ``more``, after the shortest way to where it may be said.

        Without steps where there is no such way: then something of it is an unreachable message.
        """
        spoken = (self.said(side, name) for side, name in path)
        steps = (*(step for said in spoken for step in (said, Heard(said.side.other))), *more)
        outer = self.outer
        if outer is None:
            return Scenario(steps, remark, fault, last)
        sides = {step.side for step in steps if isinstance(step, Said)}

        def carries(state: State) -> bool:
            return all(self._carries(outer.table, state, side) for side in sides)

        table = outer.table
        way = shortest_path(table, table.start, carries, marks=table.coupling())
        return (
            Scenario()
            if way is None
            else outer.scenario(way, *steps, remark=remark, fault=fault, last=last)
        )

    def _carries(self, outer: Table, state: State, side: Side) -> bool:
        """Whether ``side`` may speak on this channel, as far as what is around it goes."""
        moves = outer.row(state, side).moves.values()
        return any(move.channel == self.numbers[-1] and move.legal(state[2]) for move in moves)

    def finding(
        self, rule: str, message: str, example: Scenario, severity: Severity | None = None
    ) -> Finding:
        """A finding here; its sentence names the channel, where it is one."""
        where = "" if self.spec is None else f"channel {self.spec.id}: "
        return Finding(rule, severity or RULES[rule][0], where + message, example)

    def said(self, side: Side, message: str) -> Said:
        """``message`` said here, under the key of the example, if it has one."""
        keyless = self.spec is not None and message in self.spec.keyless
        return Said(side, message, None if keyless else self.key)


def listed(names: list[str], word: str = "or", most: int = 4) -> str:
    """``A, B or C``, and how many more there are beyond ``most``."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} {word} {len(names) - most + 1} more"
    *front, last = names
    return f"{', '.join(front)} {word} {last}" if front else last
