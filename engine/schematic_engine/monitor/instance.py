"""Replacing methods of one object, which stays what it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Final

from schematic_engine.monitor.errors import NotWatchable

__all__ = ["Methods", "claim"]

_MARK: Final = "_schematic_watched"
_NOTHING: Final = object()


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


class Methods:
    """Methods of single objects that are replaced, until they are put back."""

    def __init__(self) -> None:
        self._replaced: list[tuple[object, str, object, object]] = []

    def replace(self, owner: object, name: str, function: Callable[..., Any]) -> None:
        """Put ``function`` in the place of a method of ``owner``, and make it look like it."""
        before = vars(owner).get(name, _NOTHING)
        setattr(owner, name, update_wrapper(function, getattr(owner, name)))
        self._replaced.append((owner, name, function, before))

    def put_back(self) -> None:
        """Leave all objects as they were, and free of references to themselves.

        What somebody else has replaced since stays.
        """
        while self._replaced:
            owner, name, function, before = self._replaced.pop()
            if vars(owner).get(name) is not function:
                continue
            if before is _NOTHING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
