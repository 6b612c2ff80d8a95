"""The machine: where one conversation stands, and what may be said next.

The whole state of a connection is three numbers, which only this module assigns: the row of the
client's half, the row of the server's half, and the marks (see `schematic.compile.table`).
Channels add a state of the same kind for each key (see `schematic_engine.keyed`). The machine does
not know which side it works for; a client, a server and a tap between them run the same code on
what passed at their place. Judging changes nothing, applying a judged step cannot fail, and so a
refused message leaves no trace.

    INITIALIZING ──▶ STREAMING ──▶ CLOSING

is read off the numbers: a gating step of the opening is unfinished; it is done; one side has
ended its half. The phases before and after, ``CONNECTING``, ``CLOSED`` and ``FAILED``, belong to
the socket, and `schematic_engine.connection` knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from schematic.compile.paths import way_to
from schematic.compile.table import Move, Phase, Row, RowKind, State, Table
from schematic.define import Side
from schematic_engine.keyed import ChannelStep, Key, KeyedStates, Keys
from schematic_engine.refusals import called, way_on, why_not, why_not_on
from schematic_engine.unkeyed import Name

__all__ = ["ChannelStep", "Machine", "Step"]

_CLIENT = Side.CLIENT  # looking up a member of an Enum costs more than the rest of a step


Step: TypeAlias = Move | ChannelStep
"""What a legal message does."""


class Machine:
    """Follows one conversation through a table.

    Attributes:
        table: the order of messages.
        state: client row, server row and marks of the connection; the same object until one of
            them changes.
        watch: told of each step on a channel before it is taken; None for nobody.
    """

    __slots__ = ("_channels", "_client", "_marks", "_server", "state", "table", "watch")

    def __init__(
        self,
        table: Table,
        state: State | None = None,
        channels: tuple[KeyedStates, ...] | None = None,
    ) -> None:
        """Start where ``table`` starts, or at ``state`` and with these ``channels``."""
        self.table = table
        self.watch: Callable[[Side, ChannelStep], None] | None = None
        self.state: State = table.start if state is None else state
        self._client, self._server, self._marks = self.state
        if channels is None:
            channels = tuple(KeyedStates(spec, n) for n, spec in enumerate(table.channels))
        self._channels = channels

    def copy(self) -> Machine:
        """A machine that stands where this one does."""
        channels = tuple(states.copy() for states in self._channels)
        return Machine(self.table, self.state, channels)

    @property
    def phase(self) -> Phase:
        """INITIALIZING, STREAMING or CLOSING."""
        return self.table.phase(self.state)

    @property
    def channels(self) -> tuple[KeyedStates, ...]:
        """The channels, by kind; to look at."""
        return self._channels

    def candidates(self, side: Side) -> Mapping[str, Move]:
        """What ``side`` may say in its row, some of it only once marks or a channel allow."""
        return self._row(side).moves

    def move(self, side: Side, message: str, key: Keys | None = None) -> Step | None:
        """What ``message`` from ``side`` would do, or None if it is illegal now.

        Args:
            side: who says it.
            message: its id.
            key: for a message of a channel, which one; None if it has no key.
        """
        table = self.table
        row = table.client[self._client] if side is _CLIENT else table.server[self._server]
        move = row.moves.get(message)
        if move is None or self._marks & move.once or move.needs & ~self._marks:
            return None
        if move.channel < 0:
            return move
        return self._channels[move.channel].judge(side, message, key)

    def stopped(self, side: Side, message: str, key: Keys | None = None) -> bool:
        """Whether ``side``, from what it has seen, knows that it should not say ``message`` now.

        That is a rule for who sends. A receiver does not ask: the sender may not have known.
        """
        move = self._row(side).moves[message]
        if move.channel < 0:
            return bool(move.stops & self._marks)
        return self._channels[move.channel].stopped(side, message, key)

    def apply(self, side: Side, step: Step, ticket: Key | None = None) -> None:
        """Take a step that `move` returned.

        Args:
            side: who made it.
            step: the step.
            ticket: what relates a refusal to the opening that it refuses, in either of them.
        """
        if isinstance(step, ChannelStep):
            if self.watch is not None:
                self.watch(side, step)
            self._channels[step.channel].apply(side, step, ticket)
            return
        if side is _CLIENT:
            self._client = step.target
        else:
            self._server = step.target
        self._marks |= step.sets
        state = (self._client, self._server, self._marks)
        if state != self.state:
            self.state = state
        for number in step.refuses:
            self._channels[number].refuse(ticket)

    def allowed(self, side: Side, key: Keys | None = None) -> tuple[str, ...]:
        """The ids of the messages that ``side`` may say now.

        Args:
            side: who would say it.
            key: with a key, what may be said on the channels of this key; without one, everything
                that may be said on the connection, on a new channel, or on any open one.
        """
        return tuple(
            name
            for name, move in self._row(side).moves.items()
            if move.legal(self._marks) and self._sayable(side, name, move, key)
        )

    def opening(self, side: Side) -> bool:
        """Whether ``side`` has steps of its own left in the opening."""
        return self._row(side).kind is RowKind.OPENING

    def ended(self, side: Side) -> bool:
        """Whether ``side`` has said its last message on the connection."""
        return self._row(side).kind is RowKind.DONE

    def explain(
        self, side: Side, message: str, key: Keys | None = None, *, sending: bool = False
    ) -> dict[str, Any]:
        """Why ``message`` from ``side`` is illegal now: the facts of an `IllegalMessage`.

        Args:
            side: who says it.
            message: its id.
            key: for a message of a channel, which one; None if it has no key.
            sending: whether ``side`` asks before it sends, so that it knows what it should not say.
        """
        states = self._channel_of(side, message)
        allowed = self.allowed(side, None if states is None else key)
        if sending:
            where = None if states is None else key
            allowed = tuple(name for name in allowed if not self.stopped(side, name, where))
        if states is None:
            stopped = sending and self.move(side, message) is not None
            return {
                "side": side,
                "message": message,
                "state": self.phase.value,
                "why": why_not(self.table, self.state, side, message),
                "allowed": allowed,
                "path": None if stopped else way_to(self.table, self.state, side, message),
            }
        states, name = states.refuser(side, message, key)
        return {
            "side": side,
            "message": message,
            "state": self._place(states, name),
            "why": why_not_on(states, side, message, name),
            "allowed": allowed,
            "path": way_on(states, side, message, name),
        }

    # ----------------------------------------------------------------------- only for this class

    def _row(self, side: Side) -> Row:
        if side is _CLIENT:
            return self.table.client[self._client]
        return self.table.server[self._server]

    def _sayable(self, side: Side, name: str, move: Move, key: Keys | None) -> bool:
        if move.channel < 0:
            return key is None
        states = self._channels[move.channel]
        if key is not None:
            return states.judge(side, name, key) is not None
        return states.sayable(side, name)

    def _channel_of(self, side: Side, message: str) -> KeyedStates | None:
        """The channels to which ``message`` belongs, if the connection lets it be said."""
        move = self._row(side).moves.get(message)
        if move is None or move.channel < 0 or not move.legal(self._marks):
            return None
        return self._channels[move.channel]

    def _place(self, states: KeyedStates, name: Name | None) -> str:
        """The phase of the connection, and that of the channel."""
        phase, channel = self.phase.value, states.spec.id
        state = None if name is None else states.state(name)
        if state is None:
            return f"{phase}, {called(channel, name)} not open"
        return f"{phase}, {called(channel, name)} {states.spec.table.phase(state).value}"
