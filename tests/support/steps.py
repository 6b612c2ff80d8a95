"""What a payload may be, what is legal, and whether an explanation is true: judged by hand.

These are slow and obvious on purpose. They use the table and the shapes, and nothing of the
engine's recognition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from schematic import Side
from schematic.compile import CompiledEndpoint, Kind, State, Table
from schematic.define import BodyKind
from schematic_engine.codec import codecs_of
from schematic_engine.errors import IllegalMessage
from schematic_engine.mock import sample

__all__ = ["body_of_kind", "check_explanation", "legal_names", "looks_like", "payload_of", "walk"]


def body_of_kind(endpoint: CompiledEndpoint, name: str) -> object:
    """A valid body of the message called ``name``."""
    return sample(next(k.message.schema for k in endpoint.kinds if k.id == name))


def payload_of(endpoint: CompiledEndpoint, name: str) -> str | bytes:
    """That body as it travels, whoever sends it and whenever."""
    kind = next(kind for kind in endpoint.kinds if kind.id == name)
    codec = codecs_of(endpoint)[kind.side].kinds[name]
    payload = codec.encode(body_of_kind(endpoint, name))
    return payload.decode() if codec.is_text else payload


def looks_like(endpoint: CompiledEndpoint, side: Side, payload: str | bytes) -> list[Kind]:
    """The kinds of ``side`` that ``payload`` may be, most specific first."""
    found = [k for k in endpoint.kinds if k.side is side and _matches(k, payload)]
    return sorted(found, key=lambda kind: kind.shape.specificity, reverse=True)


def _matches(kind: Kind, payload: str | bytes) -> bool:
    if kind.shape.kind is not BodyKind.JSON or isinstance(payload, bytes):
        return kind.shape.matches(payload)
    try:
        return kind.shape.matches(json.loads(payload))
    except ValueError:
        return False


def legal_names(table: Table, state: State, side: Side) -> set[str]:
    """What ``side`` may say in ``state``."""
    return {name for who, name, _ in table.steps(state) if who is side}


def walk(table: Table, state: State, path: Sequence[tuple[Side, str]]) -> State:
    """Where ``path`` leads, each of its steps being legal."""
    for side, name in path:
        move = table.legal(state, side, name)
        assert move is not None, (state, side, name)
        state = table.after(state, side, move)
    return state


def check_explanation(table: Table, state: State, error: IllegalMessage) -> None:
    """What an error says is true: where it was, what was legal, and the way there is."""
    side, name = error.side, error.message
    assert table.legal(state, side, name) is None
    assert error.state == table.phase(state).value
    assert set(error.allowed) == legal_names(table, state, side)
    assert len(set(error.allowed)) == len(error.allowed)
    assert error.why
    assert error.why in str(error)
    assert len(error.close_reason.encode()) > 0
    distance = _distance(table, state, side, name)
    if error.path is None:
        assert distance is None
    else:
        there = walk(table, state, error.path)
        assert table.legal(there, side, name) is not None
        assert len(error.path) == distance


def _distance(table: Table, state: State, side: Side, name: str) -> int | None:
    """How many messages have to pass before ``name`` becomes legal, found by going everywhere."""
    seen, rim, steps = {state}, {state}, 0
    while rim:
        if any(table.legal(one, side, name) is not None for one in rim):
            return steps
        rim = {after for one in rim for _, _, after in table.steps(one)} - seen
        seen |= rim
        steps += 1
    return None
