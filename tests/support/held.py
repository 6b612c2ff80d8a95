"""How much the channels of a connection hold on to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from schematic_engine.keyed import KeyedStates
from schematic_engine.unkeyed import Placing

__all__ = ["held"]

_DESCRIPTIONS = ("spec", "_spec")


def held(value: object) -> int:
    """How many entries there are in ``value``, all the way down; what describes it left out."""
    if isinstance(value, (KeyedStates, Placing)):
        slots = [slot for slot in value.__slots__ if slot not in _DESCRIPTIONS]
        return sum(held(getattr(value, slot)) for slot in slots)
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        return len(entries) + sum(map(held, entries.values()))
    if isinstance(value, Collection) and not isinstance(value, (str, bytes)):
        members = cast("Collection[object]", value)
        return len(members) + sum(map(held, members))
    return 0
