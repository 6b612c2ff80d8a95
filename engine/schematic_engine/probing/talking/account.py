"""`Account`: what the probed side owes in one conversation, and whether it may leave."""

from __future__ import annotations

from schematic.compile import CompiledEndpoint
from schematic.compile.table import RowKind
from schematic.define import Side
from schematic_engine.machine import Machine
from schematic_engine.probing.rules import NO_LAST_MESSAGE
from schematic_engine.probing.talking import charges
from schematic_engine.probing.talking.dues import Due, dues
from schematic_engine.probing.talking.outcome import Fault
from schematic_engine.reflexes import reflexes_of

__all__ = ["Account"]


class Account:
    """Follows one conversation.

    Args:
        endpoint: what is spoken.
        machine: where the conversation stands; read, never moved.
        peer: the probed side.
    """

    def __init__(self, endpoint: CompiledEndpoint, machine: Machine, peer: Side) -> None:
        self._machine, self._peer = machine, peer
        self._closing = endpoint.endpoint.lifecycle.closing
        self._ambient = endpoint.table.ambient
        self._reflexes = reflexes_of(endpoint, peer)
        self._replies: list[str] = []  # that are said by themselves
        self._gave_up = False  # it ended with what may be said at any moment, such as an error
        self._broke_off = False  # the prober ended in another way than by saying goodbye
        self._goodbyes = {
            name
            for row in endpoint.table.rows(peer.other)
            if row.kind is RowKind.STREAMING
            for name in row.moves
            if name not in self._ambient
        }

    def asked(self, message: str, payload: bytes) -> None:
        """The prober has said ``message``, which may ask for a reply."""
        own = self._peer.other
        self._broke_off |= self._machine.ended(own) and message not in self._goodbyes
        reply = self._reflexes.reply(message, payload)
        if reply is not None and self._machine.move(self._peer, reply[0]) is not None:
            self._replies.append(reply[0])

    def heard(self, message: str) -> None:
        """The probed side has said ``message``."""
        if message in self._replies:
            self._replies.remove(message)
        self._gave_up |= message in self._ambient and self._machine.ended(self._peer)

    @property
    def is_open(self) -> bool:
        """Whether something is owed."""
        return bool(self._debts() or self._replies or self._should_close())

    def overdue(self, patience: float) -> Fault | None:
        """The charge that what is owed has not come within ``patience`` seconds."""
        debts = self._debts()
        if debts:
            return charges.never_said(self._peer, debts[0], patience)
        if self._replies:
            return charges.never_replied(self._peer, self._replies[0], patience)
        return charges.never_closed(self._peer, patience) if self._should_close() else None

    def left(self, code: int, reason: str) -> Fault | None:
        """The charge that it may not end a legal conversation in this way; None if it may."""
        if self._gave_up:
            return None
        if not self._closing.is_normal(code):
            return charges.ended_badly(self._peer, code, reason)
        debts = [one for one in self._debts() if one.rule is NO_LAST_MESSAGE]
        if debts:
            return charges.closed_without(self._peer, debts[0], code, reason)
        return charges.closed_early(self._peer, code, reason) if self._leaves_early() else None

    def _debts(self) -> list[Due]:
        """The messages that are due.

        A client may leave, whatever it has begun; and who breaks off is owed no last word.
        """
        debts = dues(self._machine, self._peer)
        if self._peer is Side.CLIENT or self._broke_off:
            debts = [one for one in debts if one.rule is not NO_LAST_MESSAGE]
        return debts

    def _should_close(self) -> bool:
        """Whether everything was said, and it is the one that closes."""
        return self._closing.by is self._peer and all(map(self._machine.ended, Side))

    def _leaves_early(self) -> bool:
        """Whether it closes after its own half, before the side that closes has ended its own."""
        other = self._peer.other
        ended = self._machine.ended(self._peer) and not self._machine.ended(other)
        return ended and self._closing.by is other
