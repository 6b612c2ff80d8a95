"""Nothing that a server repeats of the secrets that it was given reaches a user, or a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from schematic_engine.events import Accepted, Closed, Event, Rejected
from schematic_engine.hiding import HIDDEN, held_by, without, without_bytes

__all__ = ["told_without"]

T = TypeVar("T", bound=Event)


def told_without(told: T, secrets: Sequence[str]) -> T:
    """An event without what the server repeats of ``secrets``."""
    if isinstance(told, Closed):
        return replace(told, reason=without(told.reason, secrets))
    if isinstance(told, Accepted | Rejected):
        lines = tuple((name, _value_without(name, value, secrets)) for name, value in told.headers)
        told = replace(told, headers=lines)
    if isinstance(told, Rejected):
        return replace(told, body=without_bytes(told.body, secrets))
    return told


def _value_without(name: str, value: str, secrets: Sequence[str]) -> str:
    hidden = without(value, secrets)
    return HIDDEN if name == "location" and held_by(hidden, secrets) else hidden
