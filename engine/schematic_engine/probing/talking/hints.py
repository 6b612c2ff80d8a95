"""`Hints`: what the other side has certainly received, and so knows that it should not say.

Some messages forbid others to whoever has received them. What crossed them is no breach, so it has
to be proved that they were received before. There are two proofs: the other side has said what it
could not have said without a later message of ours; or it has answered a ping that was sent behind
them, and some time has passed in which its program could have read them.
"""

from __future__ import annotations

from schematic.compile.table import State
from schematic.define import Side
from schematic_engine.machine import Machine

__all__ = ["Hints"]


class Hints:
    """Follows what the prober has said on the connection; channels are left alone.

    Args:
        machine: where the conversation stands; read, never moved.
        own: the side that the prober speaks for.
    """

    def __init__(self, machine: Machine, own: Side) -> None:
        self._machine, self._peer = machine, own.other
        self._known = 0  # marks that the other side knows of
        self._said: list[tuple[int, int]] = []  # marks before a message, and those that it set
        self._ponged: tuple[float, int] | None = None  # when, and the marks at that time

    def said(self, before: State) -> None:
        """The prober has said something, where the conversation stood at ``before``."""
        marks = self._machine.state[2]
        self._said.append((before[2], marks & ~before[2]))
        self._ponged = None

    def heard(self, now: float) -> None:
        """A pong says that all of it has arrived."""
        self._ponged = (now, self._machine.state[2])

    def wait(self, long_ago: float) -> None:
        """What had arrived ``long_ago`` has been read by now."""
        if self._ponged is not None and self._ponged[0] <= long_ago:
            self._known |= self._ponged[1]

    def forbid(self, before: State, message: str) -> bool:
        """Whether ``message`` of the other side, said at ``before``, was forbidden to it."""
        move = self._machine.table.row(before, self._peer).moves.get(message)
        if move is None or move.channel >= 0:
            return False
        for earlier, made in self._said:
            if made & move.needs:
                self._known |= earlier
        return bool(move.stops & self._known)
