"""What a body has to be, checked by hand: these programs know nothing of the descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

__all__ = [
    "BINARY",
    "Field",
    "Fields",
    "between",
    "fits",
    "maybe",
    "nullable",
    "one_of",
    "read",
    "some_text",
    "text",
    "texts",
    "whole",
]

Check: TypeAlias = Callable[[object], bool]
Read: TypeAlias = tuple[str, dict[str, Any]]
"""The kind of a message, and its fields."""

BINARY = "binary"
"""What `read` calls a binary frame; the bytes are its field ``data``."""


@dataclass(frozen=True)
class Field:
    """What a field has to be, and whether it has to be there."""

    check: Check
    required: bool = True


Fields: TypeAlias = Mapping[str, Field]


def text(value: object) -> bool:
    return isinstance(value, str)


def some_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def nullable(check: Check) -> Check:
    return lambda value: value is None or check(value)


def number(value: object) -> bool:
    """A number, which for Python a truth value is, too."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def between(least: float, most: float) -> Check:
    return lambda value: number(value) and least <= value <= most  # type: ignore[operator]


def one_of(*words: str) -> Check:
    return lambda value: value in words


def texts(value: object) -> bool:
    return isinstance(value, list) and all(map(text, value))


def maybe(check: Check) -> Field:
    """A field that may be missing."""
    return Field(check, required=False)


def fits(fields: Fields, body: Mapping[str, object]) -> bool:
    """Whether all that has to be there is, and all that is there is right."""
    return all(
        field.check(body[name]) if name in body else not field.required
        for name, field in fields.items()
    )


def read(payload: str | bytes) -> Read | None:
    """What a frame holds; None if that is no JSON object with a type."""
    if isinstance(payload, bytes):
        return BINARY, {"data": payload}
    try:
        body = json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        return None
    return body["type"], body


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
