"""Which kind of breach a message is that the machine does not allow."""

from __future__ import annotations

import math

from schematic.compile.paths import Path
from schematic.compile.table import Move, RowKind
from schematic.define import Breach, Side
from schematic_engine.keyed import KeyedStates, Keys
from schematic_engine.machine import Machine

__all__ = ["breach_of", "distance"]


def breach_of(machine: Machine, side: Side, message: str, key: Keys | None = None) -> Breach:
    """Why ``message`` from ``side``, which is illegal where ``machine`` stands, is a breach.

    Args:
        machine: where the conversation stands.
        side: who said it.
        message: its id.
        key: for a message of a channel, which one.
    """
    table = machine.table
    row = table.row(machine.state, side)
    move = row.moves.get(message)
    if move is not None:
        return _in_its_row(machine, side, message, move, key)
    if message not in table.vocabulary(side):
        return Breach.FOREIGN
    if row.kind is RowKind.DONE:
        return Breach.LATE
    if row.kind is RowKind.STREAMING:
        return Breach.REPEATED  # it belongs to the opening, which is over
    rows = table.rows(side)
    passed = rows[: rows.index(row)]
    return Breach.REPEATED if any(message in one.moves for one in passed) else Breach.EARLY


def distance(path: Path | None, *, astray: bool) -> tuple[bool, float]:
    """How far an illegal message is away from being legal: of several, the nearest is meant.

    Args:
        path: what has to be said before it; None where it cannot become legal any more.
        astray: whether it belongs to a channel that is not open, which is further away than what
            would open it.
    """
    return astray, math.inf if path is None else len(path)


def _in_its_row(machine: Machine, side: Side, message: str, move: Move, key: Keys | None) -> Breach:
    """The breach of a message that may be said in this row, but not now."""
    marks = machine.state[2]
    if marks & move.once:
        return Breach.REPEATED
    if move.needs & ~marks or move.channel < 0:
        return Breach.EARLY
    return _on_channel(machine.channels[move.channel], side, message, key)


def _on_channel(states: KeyedStates, side: Side, message: str, key: Keys | None) -> Breach:
    states, name = states.refuser(side, message, key)
    spec = states.spec
    state = None if name is None else states.state(name)
    opens = states.opens(side, message)
    if opens and (state is None or spec.reusable(state)):
        return Breach.TOO_MANY
    if opens:
        return Breach.KEY_IN_USE
    if state is None:
        return Breach.NOT_OPEN
    return breach_of(Machine(spec.table, state), side, message)
