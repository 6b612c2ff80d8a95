"""Single fields of JSON payloads, for messages that are too rare to be worth a decoder."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import UNSET

__all__ = ["field_at"]


def field_at(path: str, payload: str | bytes) -> Any:
    """The value at ``path``, such as ``error.code``, in a JSON object.

    Returns:
        The value as plain JSON values, null as None; UNSET where there is none, or no JSON.
    """
    try:
        found: Any = msgspec.json.decode(payload)
    except (ValueError, RecursionError):
        return UNSET
    for name in path.split("."):
        if not isinstance(found, dict):
            return UNSET
        found = cast("dict[str, Any]", found).get(name, UNSET)
    return found
