"""What data may be before anything reads it: JSON values, neither too deep nor too many."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from schematic.define.errors import DefinitionError
from schematic.define.values import shown

__all__ = ["MOST_CHARACTERS", "MOST_NESTED", "MOST_VALUES", "check_plain"]

MOST_NESTED = 64
"""How deep lists and objects may stand within each other."""
MOST_VALUES = 200_000
"""How many values, keys included, one description may hold: about thirty times OpenAI's."""
MOST_CHARACTERS = 20_000_000
"""How many characters all its texts may have together."""

_Way: TypeAlias = "tuple[_Way, str] | None"
"""The keys that lead to a value, the last one first."""


def check_plain(data: object) -> None:
    """Raise `DefinitionError` unless ``data`` is made of JSON values and of a bearable size.

    The limits are `MOST_NESTED`, `MOST_VALUES` and `MOST_CHARACTERS`.
    """
    values = characters = 0
    waiting: list[tuple[object, int, _Way]] = [(data, 0, None)]
    while waiting:
        value, depth, way = waiting.pop()
        values += 1
        if depth > MOST_NESTED:
            raise _refusal(f"nested more than {MOST_NESTED} deep", way)
        if isinstance(value, str):
            characters += len(value)
        if problem := _problem(value):
            raise _refusal(problem, way)
        for key, inner in _inner(value):
            if type(key) is not str:
                raise _refusal(f"the key {shown(key)} is not a text", way)
            values, characters = values + 1, characters + len(key)
            if problem := _problem(key):
                raise _refusal(problem, way)
            waiting.append((inner, depth + 1, (way, key)))
        if values + len(waiting) > MOST_VALUES or characters > MOST_CHARACTERS:
            raise DefinitionError(
                f"the description is too large: at most {MOST_VALUES} values and "
                f"{MOST_CHARACTERS} characters"
            )


def _inner(value: object) -> Iterator[tuple[Any, object]]:
    if isinstance(value, dict):
        yield from cast("dict[Any, object]", value).items()
    elif isinstance(value, list):
        items = cast("list[object]", value)
        yield from ((f"[{index}]", item) for index, item in enumerate(items))


def _problem(value: object) -> str | None:
    if isinstance(value, str):
        return None if value.isascii() or _is_text(value) else f"{shown(value)} is not Unicode text"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a number that JSON has"
    if value is None or isinstance(value, bool | int | float | list | dict):
        return None
    return f"{type(value).__name__} is not a JSON value"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(problem: str, way: _Way) -> DefinitionError:
    keys: list[str] = []
    while way is not None:
        way, key = way
        keys.append(key)
    place = ".".join(reversed(keys)).replace(".[", "[")
    return DefinitionError(problem, place=(shown(place)[1:-1],) if place else ())
