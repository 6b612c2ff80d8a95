"""The fields of messages that hold the secret, in which plans hold what stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from schematic_engine.hiding import HIDDEN

__all__ = ["filled", "with_text"]


def with_text(content: bytes, path: Sequence[str], text: str) -> bytes:
    """The JSON object ``content`` with ``text`` at ``path``, whatever is there.

    What is no object, or has something else than an object on the way, is left alone.
    """
    found = _decoded(content)
    place = _around(found, path, make=True)
    if place is None:
        return content
    place[path[-1]] = text
    return msgspec.json.encode(found)


def filled(content: bytes, path: Sequence[str], secret: str) -> bytes:
    """``content`` with ``secret`` at ``path``, if what stands for one is there."""
    place = _around(_decoded(content), path)
    return with_text(content, path, secret) if place and place.get(path[-1]) == HIDDEN else content


def _decoded(content: bytes) -> object:
    try:
        return msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return None


def _around(found: object, path: Sequence[str], *, make: bool = False) -> dict[str, Any] | None:
    """The object that has the last field of ``path``; None if there is none."""
    for name in path[:-1]:
        if not isinstance(found, dict):
            return None
        fields = cast("dict[str, Any]", found)
        if make and fields.get(name) is None:
            fields[name] = {}
        found = fields.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
