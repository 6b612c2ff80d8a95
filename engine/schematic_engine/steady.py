"""What can be said again without being judged again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from schematic.compile.table import State
from schematic_engine.keyed import Keys

__all__ = ["Encode", "Steady"]

Encode: TypeAlias = Callable[[Any], bytes | None]
"""Encodes a body; returns None for one that has to be judged."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A kind of message that changes nothing where the conversation stands.

    Attributes:
        state: where that is; it has to be the same object.
        said: see `Session.said`.
        payload: what encodes a body.
        is_text: whether it is sent in text frames.
    """

    state: State
    said: tuple[str, Keys | None]
    payload: Encode
    is_text: bool
