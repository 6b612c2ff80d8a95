"""Replacing methods of one object, which stays what it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Final

from schematic_engine.monitor.errors import NotWatchable

__all__ = ["claim", "replace"]

_MARK: Final = "_schematic_watched"


def claim(owner: object) -> None:
    """Mark ``owner`` as watched.

    Raises:
        NotWatchable: it is already, or it takes no attributes.
    """
    name = type(owner).__name__
    if getattr(owner, _MARK, False):
        raise NotWatchable(f"this {name} is watched already")
    try:
        setattr(owner, _MARK, True)
    except AttributeError as error:
        raise NotWatchable(f"{name} cannot be watched: its methods cannot be replaced") from error


def replace(owner: object, name: str, function: Callable[..., Any]) -> None:
    """Put ``function`` in the place of a method of ``owner`` alone, and make it look like it."""
    setattr(owner, name, update_wrapper(function, getattr(owner, name)))
