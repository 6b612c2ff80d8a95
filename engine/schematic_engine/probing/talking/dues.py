"""What a side owes the other where a conversation stands: `dues`.

Most of what a side may say it need not say. Due is what the other has to wait for: a step of the
opening without which nothing goes on, the answer on a channel, and the last message of a half
whose other half has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schematic.compile.table import Phase, RowKind, State, Table
from schematic.define import Side
from schematic_engine.conformance.rules import Rule
from schematic_engine.keyed import KeyedStates
from schematic_engine.machine import Machine
from schematic_engine.probing.rules import NO_LAST_MESSAGE, NO_REPLY

__all__ = ["Due", "dues"]


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has to come.

    Attributes:
        rule: what is broken if it does not.
        messages: the ids of messages, any of which will do.
        where: the channel, or empty for the connection.
    """

    rule: Rule
    messages: tuple[str, ...]
    where: str = ""

    def __str__(self) -> str:
        """In words: ``Ack``, or ``Next or Complete on Operation 'a'``."""
        return " or ".join(self.messages) + (f" on {self.where}" if self.where else "")


def dues(machine: Machine, debtor: Side) -> list[Due]:
    """What ``debtor`` owes where ``machine`` stands."""
    found = list(_of(machine.table, machine.state, debtor, ""))
    if not machine.ended(debtor):
        for states in machine.channels:
            found += _on(states, debtor)
    return found


def _on(states: KeyedStates, debtor: Side) -> Iterator[Due]:
    """The same on the channels of one kind, and on those within them."""
    for name in states.open_keys():
        state = states.state(name)
        if state is None or states.refused(name):
            continue
        where = f"{states.spec.id} {name!r}"
        yield from _of(states.spec.table, state, debtor, where)
        for inner in states.inner(name):
            yield from _on(inner, debtor)


def _of(table: Table, state: State, debtor: Side, where: str) -> Iterator[Due]:
    row = table.row(state, debtor)
    moves = {name: move for name, move in row.moves.items() if move.legal(state[2])}
    named = {name: move for name, move in moves.items() if name not in table.ambient}
    rows = table.rows(debtor)
    last = [name for name, move in named.items() if rows[move.target].kind is RowKind.DONE]
    if row.kind is RowKind.OPENING:
        waited = table.phase(state) is Phase.INITIALIZING
        if waited and len(last) < len(named) and not _may_speak(table, state, debtor.other):
            yield Due(NO_REPLY, tuple(named), where)
        return
    if not table.ended(state, debtor.other) or table.ended(state, debtor) or table.over(state):
        return
    if last:
        yield Due(NO_LAST_MESSAGE, tuple(last), where)


def _may_speak(table: Table, state: State, side: Side) -> bool:
    """Whether ``side`` may say anything but what may be said at any moment."""
    if table.ended(state, side):
        return False
    row = table.row(state, side)
    return any(
        move.legal(state[2]) and name not in table.ambient for name, move in row.moves.items()
    )
