"""What a correct peer may say next, channels included."""

from __future__ import annotations

from typing import TypeAlias

from schematic import Side
from schematic_engine.machine import Machine

__all__ = ["KEYS", "Said", "sayable"]

Said: TypeAlias = tuple[str, str | None]
"""A message's id, and the key of its channel if it has one."""

KEYS = ("a", "b", "c")


def sayable(machine: Machine, side: Side) -> list[Said]:
    """Everything that a correct ``side`` may say, on the connection and on channels."""
    said: list[Said] = []
    for name, move in machine.candidates(side).items():
        for key in KEYS if move.channel >= 0 else (None,):
            legal = machine.move(side, name, key) is not None
            if legal and not machine.stopped(side, name, key):
                said.append((name, key))
    return said
