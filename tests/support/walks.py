"""What a correct peer may say next, channels included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from schematic import Side
from schematic.compile import Table
from schematic.compile.table import ChannelTable
from schematic_engine.keyed import Keys
from schematic_engine.machine import Machine

__all__ = ["KEYS", "Said", "body", "keys_of", "sayable"]

Said: TypeAlias = tuple[str, Keys | None]
"""A message's id, and the key of its channel if it carries one."""

KEYS = ("a", "b", "c")


def keys_of(
    table: Table, side: Side, name: str, keys: tuple[str, ...] = KEYS
) -> tuple[Keys | None, ...]:
    """The keys that ``name`` from ``side`` may carry; None for a message without."""
    spec = _channel(table, side, name)
    if spec is None:
        return (None,)
    if name in spec.keyless | spec.to_all:
        return (None,)
    inner = _channel(spec.table, side, name)
    if inner is None:
        return keys
    if name in inner.to_all:
        return tuple((outer, None) for outer in keys)
    return tuple((outer, own) for outer in keys for own in keys)


def _channel(table: Table, side: Side, name: str) -> ChannelTable | None:
    """The channel to which ``name`` belongs in ``table``."""
    numbers = (row.moves[name].channel for row in table.rows(side) if name in row.moves)
    number = next(numbers, -1)
    return None if number < 0 else table.channels[number]


def sayable(machine: Machine, side: Side) -> list[Said]:
    """Everything that a correct ``side`` may say, on the connection and on channels."""
    return list(_sayable(machine, side))


def _sayable(machine: Machine, side: Side) -> Iterator[Said]:
    for name in machine.candidates(side):
        for key in keys_of(machine.table, side, name):
            legal = machine.move(side, name, key) is not None
            if legal and not machine.stopped(side, name, key):
                yield name, key


def body(key: Keys | None) -> dict[str, object]:
    """What a message with ``key`` says of it."""
    if key is None:
        return {}
    if isinstance(key, tuple):
        outer, own = key
        return {"key": outer} if own is None else {"key": outer, "inner": own}
    return {"key": key}
