"""The least that would have kept a rule: the repairs that findings name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schematic.define import Side
from schematic_engine.conformance.findings import Repair

__all__ = ["CORRECT_IT", "LEAVE_IT_OUT", "correct", "insert", "move_before", "say_first"]

LEAVE_IT_OUT = Repair(action="leave-out", text="leave it out")
CORRECT_IT = Repair(action="correct", text="correct what it says; its place is right")


def correct(text: str) -> Repair:
    """Something else instead, at the same place; ``text`` says what."""
    return Repair(action="correct", text=text)


def move_before(line: int, what: str) -> Repair:
    """To be said before what stands on ``line``."""
    return Repair(action="move", line=line, text=f"move it before line {line} ({what})")


def insert(side: Side, steps: Sequence[tuple[Side, str]], where: str = "") -> Repair:
    """``steps`` first, before what ``side`` says; ``where`` names their channel, if any."""
    words = [
        f"send {name}" if who is side else f"wait for {name} from the {who.value}"
        for who, name in steps
    ]
    on = f" on {where}" if where else ""
    text = f"{', then '.join(words)}{on}{',' if len(words) > 1 else ''} before it"
    return Repair(action="insert", steps=tuple(steps), text=text)


def say_first(side: Side, messages: Iterable[str]) -> Repair:
    """One of ``messages`` of ``side``, before the connection is closed."""
    names = tuple(messages)
    steps = ((side, names[0]),) if len(names) == 1 else ()
    text = f"send {' or '.join(names)} from the {side.value} before the connection is closed"
    return Repair(action="insert", steps=steps, text=text)
