"""The field that says of a message what it is, its *tag*, and a second where that is not all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from schematic_engine.conformance.redact import is_secret

__all__ = ["second_tag_of", "tag_of"]

_USUAL = (
    *("type", "message_type", "messageType", "event", "event_type", "eventType", "kind", "op"),
    *("action", "method", "cmd", "command", "msg", "message", "topic", "t"),
)
"""What a tag is usually called."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,63}", re.ASCII)
"""What a tag holds: a word, no sentence, no number."""

_SECOND = ("event", "event_type", "eventType", "kind", "op", "action", "method", "subtype")
"""What tells messages of one tag apart is usually called."""

_MOST_SECOND = 20
_MOSTLY = 0.9
_MOST = 200
"""Tags that one side may have; with more, they are texts."""


def tag_of(objects: Sequence[Mapping[str, Any]]) -> str:
    """The field that tells the messages of a side apart; empty if there is none.

    It holds words, of which there are few, in nearly all objects or under a usual name. A field
    of another name has to tell something: where it differs, so do the other fields.

    Args:
        objects: the JSON objects that one side has said.
    """
    names = Counter(name for one in objects for name in one)
    usual = [name for name in _USUAL if name in names]
    for name in usual:
        if _holds_words(name, objects) and not _is_free(name, objects):
            return name
    most = _MOSTLY * len(objects)
    others = [name for name, count in names.items() if name not in _USUAL and count > most]
    return next((name for name in sorted(others) if _tells(name, objects)), "")


def second_tag_of(objects: Sequence[Mapping[str, Any]], tag: str) -> str:
    """The field that tells apart objects which share a tag; empty if there is none.

    It has a usual name, holds words in all of them, and says some of them again.

    Args:
        objects: the JSON objects of one tag.
        tag: the field that is their tag.
    """
    for name in _SECOND:
        held = [one.get(name) for one in objects]
        words = {one for one in held if isinstance(one, str) and _WORD.fullmatch(one)}
        if name != tag and 1 < len(words) < len(held) and all(one in words for one in held):
            return name if len(words) <= _MOST_SECOND else ""
    return ""


def _holds_words(name: str, objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all values under ``name`` are words."""
    held = [one[name] for one in objects if name in one]
    return all(isinstance(one, str) and _WORD.fullmatch(one) for one in held)


def _is_free(name: str, objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there are too many values for a tag: nearly all differ, or very many do."""
    held = [one[name] for one in objects if name in one]
    values = len(set(held))
    return values > _MOST or (name in ("message", "msg", "topic") and values > len(held) / 2)


def _tells(name: str, objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a field of any name is a tag: few words, and the other fields go by them."""
    if is_secret(name) or not _holds_words(name, objects):
        return False
    fields: dict[str, set[frozenset[str]]] = {}
    for one in objects:
        fields.setdefault(one.get(name, ""), set()).add(frozenset(one))
    if not 1 < len(fields) <= len(objects) / 3:
        return False
    everywhere = {one for some in fields.values() for one in some}
    return len(everywhere) > 1 and all(len(some) < len(everywhere) for some in fields.values())
