"""Why a message was illegal where it came, and the least that would make it legal.

Both are worked out from the table and from what has passed, so they are facts about the described
order and not guesses about the program. Three repairs are looked at: to say before it what is
missing, to move it before the message that made it illegal, and to leave it out. The cheapest is
named; each message that is added costs one, moving costs one, and leaving out costs two, since
what was to be said is lost.
"""

from __future__ import annotations

from schematic.compile.paths import Path
from schematic.compile.table import State, Table
from schematic.define import Side
from schematic_engine.conformance.findings import Because, Repair
from schematic_engine.conformance.history import History, Passed, Place
from schematic_engine.conformance.possible import Keyed, Possible
from schematic_engine.conformance.redact import redact_text
from schematic_engine.conformance.repairs import LEAVE_IT_OUT, insert, move_before
from schematic_engine.keyed import KeyedStates
from schematic_engine.refusals import called
from schematic_engine.unkeyed import Name, Unnamed

__all__ = ["because_of", "why_illegal", "why_stopped"]

_COST_OF_LEAVING_OUT = 2


def because_of(passed: Passed | None) -> Because | None:
    """What has passed, as the reason of a finding."""
    return None if passed is None else Because(passed.line, passed.side, passed.message)


def why_illegal(
    history: History, possible: Possible, side: Side, keyed: Keyed, path: Path | None
) -> tuple[Because | None, Repair]:
    """What made a message illegal that no possible state allows, and the shortest repair.

    Args:
        history: what has passed.
        possible: where the conversation may stand.
        side: who said it.
        keyed: what was said, and on which channel.
        path: the shortest legal way to it; None if there is none any more.
    """
    message = keyed.kind.id
    found, where = possible.decider(side, message, keyed.key), ""
    if found is None:
        table = possible.table
        passed = history.forbade(None, table, side, message)
        if not _is_legal_on_its_channel(possible, side, keyed):
            passed = path = None  # the connection alone is not what is in its way
        movable = passed is not None and _movable(table, passed, side, message)
    else:
        states, name = found
        where = redact_text(called(states.spec.id, name))
        table, place = states.spec.table, _place_of(possible, states, name, keyed)
        passed = history.forbade(place, table, side, message)
        if isinstance(name, Unnamed):
            passed = None  # which of them is meant by what has no key changes as they end
        if not _is_legal_within(states, name, side, keyed):
            passed = path = None  # what is in its way is on a channel within this one
        movable = (
            passed is not None and not passed.opened and _movable(table, passed, side, message)
        )
        if passed is None and states.too_many(side, message):
            passed = history.last_opening(states.spec.id)
        if path is not None and not _may_be_said(possible, path):
            path = None  # the channel alone is not what is in its way
    return because_of(passed), _repair(side, passed if movable else None, path, where)


def why_stopped(
    history: History, possible: Possible, side: Side, keyed: Keyed
) -> tuple[Because | None, Repair]:
    """What had told the sender not to say it, and the shortest repair."""
    found, message = possible.decider(side, keyed.kind.id, keyed.key), keyed.kind.id
    if found is None:
        passed = history.stopped(None, possible.table, side, message)
    else:
        states, name = found
        place = _place_of(possible, states, name, keyed)
        passed = history.stopped(place, states.spec.table, side, message)
        if passed is None and states.too_many(side, message):
            passed = history.last_opening(states.spec.id)
    return because_of(passed), LEAVE_IT_OUT


def _place_of(possible: Possible, states: KeyedStates, name: Name | None, keyed: Keyed) -> Place:
    """What the history calls a channel."""
    is_inner = all(states.spec is not one.spec for one in possible.channels)
    outer = keyed.key[0] if is_inner and isinstance(keyed.key, tuple) else None
    return (states.spec.id, name, outer)


def _is_legal_within(states: KeyedStates, name: Name | None, side: Side, keyed: Keyed) -> bool:
    """Whether ``keyed`` is in order on a channel within that of ``name``, if it belongs to one."""
    message, within = keyed.kind.id, keyed.key[1] if isinstance(keyed.key, tuple) else None
    rows = states.spec.table.rows(side)
    numbers = {row.moves[message].channel for row in rows if message in row.moves}
    return name is None or any(
        number < 0 or states.inner(name)[number].judge(side, message, within) is not None
        for number in numbers or {-1}
    )


def _may_be_said(possible: Possible, path: Path) -> bool:
    """Whether the connection lets all that be said on a channel."""
    return any(
        all(possible.table.legal(state, side, message) is not None for side, message in path)
        for state in possible.states
    )


def _is_legal_on_its_channel(possible: Possible, side: Side, keyed: Keyed) -> bool:
    """Whether ``keyed`` is in order on its channel, if it belongs to one at all."""
    rows = possible.table.rows(side)
    moves = [row.moves[keyed.kind.id] for row in rows if keyed.kind.id in row.moves]
    return not moves or any(
        move.channel < 0
        or possible.channels[move.channel].judge(side, keyed.kind.id, keyed.key) is not None
        for move in moves
    )


def _movable(table: Table, passed: Passed, side: Side, message: str) -> bool:
    """Whether ``message`` could have come right before ``passed``, and all else stayed legal.

    It could if it takes nobody from where they stood: then all it does is to set marks, which
    forbid nothing but that it is said twice.
    """
    return len(passed.before) == 1 and all(
        _stays(table, state, side, message, passed) for state in passed.before
    )


def _stays(table: Table, state: State, side: Side, message: str, passed: Passed) -> bool:
    move = table.legal(state, side, message)
    if move is None or move.channel >= 0 or move.refuses:
        return False
    after = table.after(state, side, move)
    return after[:2] == state[:2] and table.legal(after, passed.side, passed.message) is not None


def _repair(side: Side, before: Passed | None, path: Path | None, where: str) -> Repair:
    costs = {"insert": len(path) if path else 99, "move": 1 if before is not None else 99}
    costs["leave-out"] = _COST_OF_LEAVING_OUT
    cheapest = min(costs, key=lambda action: costs[action])
    if cheapest == "insert" and path:
        return insert(side, path, where)
    if cheapest == "move" and before is not None:
        return move_before(before.line, before.message)
    return LEAVE_IT_OUT
