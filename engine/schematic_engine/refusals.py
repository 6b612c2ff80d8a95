"""Why a message is illegal, and what has to happen first: the words and the ways of errors."""

from __future__ import annotations

from collections.abc import Callable

from schematic.compile.paths import Path, shortest_path, way_to
from schematic.compile.table import Move, RowKind, State, Table
from schematic.define import KeyReuse, Side
from schematic_engine.keyed import KeyedStates
from schematic_engine.unkeyed import Name, Unnamed

__all__ = ["called", "way_on", "why_not", "why_not_on"]


def called(channel: str, name: Name | None) -> str:
    """A channel in words: ``Context 'a'``, or ``Turn`` where it has no key."""
    return channel if name is None or isinstance(name, Unnamed) else f"{channel} {name!r}"


def why_not(table: Table, state: State, side: Side, message: str) -> str:
    """Why ``side`` may not say ``message`` in ``state``."""
    row = table.row(state, side)
    move = row.moves.get(message)
    if move is not None:
        return _why_not_yet(table, state, move)
    if message not in table.vocabulary(side):
        return f"only the {side.other.value} may send it"
    if row.kind is RowKind.DONE:
        return f"the {side.value} has ended its half of the conversation"
    if row.kind is RowKind.OPENING:
        return f"the {side.value} is still opening the conversation"
    return "it belongs to the opening, which is over"


def why_not_on(states: KeyedStates, side: Side, message: str, name: Name | None) -> str:
    """Why ``side`` may not say ``message`` on the channel of ``name``; None for none."""
    spec = states.spec
    state = None if name is None else states.state(name)
    if _is_in_use(states, side, message, state):
        return f"{called(spec.id, name)} {_use(states, state)}"
    if full := _why_full(states, side, message, state):
        return full
    if state is None:
        return _why_none(states, side, message, name)
    if name is not None and states.refused(name):
        return f"the {side.other.value} has refused it"
    return why_not(spec.table, state, side, message)


def _why_full(states: KeyedStates, side: Side, message: str, state: State | None) -> str:
    """Which limit is reached; empty if none is in the way."""
    spec = states.spec
    if states.too_many(side, message):
        return f"{states.open} of at most {spec.max_open} {spec.id} channels are open already"
    if message in spec.answers and state is None and states.answers_enough(message):
        most = spec.max_answered
        return f"{most} of at most {most} {spec.id} channels are being answered already"
    return ""


def _why_none(states: KeyedStates, side: Side, message: str, name: Name | None) -> str:
    """Why there is no channel on which ``message`` could be said."""
    spec = states.spec
    if message in spec.answers:
        return f"no {' or '.join(sorted(spec.answers[message]))} waits for an answer"
    if name is None:
        return f"the {side.value} is in no {spec.id} to which it could belong"
    return f"no {called(spec.id, name)} is open"


def way_on(states: KeyedStates, side: Side, message: str, name: Name | None) -> Path | None:
    """The shortest conversation after which ``side`` may say ``message``, or None."""
    spec, table = states.spec, states.spec.table
    state = None if name is None else states.state(name)
    if _is_in_use(states, side, message, state):
        assert state is not None
        return _until(table, state, spec.reusable)
    if states.too_many(side, message):
        return _until_one(states, states.open_keys(), table.over)
    if message in spec.answers and state is None:
        if states.answers_enough(message):
            other = spec.opener.other
            return _until_one(states, states.answered(), lambda one: table.ended(one, other))
        return ((spec.opener, min(spec.answers[message])),)
    if state is not None and table.legal(state, side, message) is not None:
        return None  # it is known to be over for whoever would say it
    return way_to(table, table.start if state is None else state, side, message)


def _is_in_use(states: KeyedStates, side: Side, message: str, state: State | None) -> bool:
    """Whether ``message`` opens channels, and its key belongs to one that is not to be reused."""
    if state is None or states.spec.reusable(state):
        return False
    return states.opens(side, message) and states.spec.table.legal(state, side, message) is None


def _use(states: KeyedStates, state: State | None) -> str:
    spec = states.spec
    if state is not None and spec.table.over(state):
        return "has been used, and a key is never used again"
    if state is not None and spec.table.ended(state, spec.opener):
        again = "by both sides" if spec.reuse is not KeyReuse.NEVER else "yet"
        return f"has not been ended {again}"
    return "is open already"


def _until(table: Table, state: State, goal: Callable[[State], bool]) -> Path | None:
    return shortest_path(table, state, goal, marks=table.coupling() | table.releases)


def _until_one(
    states: KeyedStates, names: tuple[Name, ...], goal: Callable[[State], bool]
) -> Path | None:
    """The shortest way for one of the channels of ``names`` to come to ``goal``."""
    found = [states.state(name) for name in names[:_MOST_LOOKED_AT]]
    ways = [_until(states.spec.table, state, goal) for state in found if state is not None]
    return min((way for way in ways if way is not None), key=len, default=None)


_MOST_LOOKED_AT = 16
"""How many open channels are looked at for the way to the end of one."""


def _why_not_yet(table: Table, state: State, move: Move) -> str:
    """Why a move of the row in which its side stands cannot be made."""
    marks = state[2]
    if marks & move.once:
        return "it may be sent once, and it has been"
    if move.needs & ~marks:
        return "it has to wait until " + " and ".join(table.names(move.needs & ~marks))
    return "it is not to be sent any more, now that " + " and ".join(
        table.names(move.stops & marks)
    )
