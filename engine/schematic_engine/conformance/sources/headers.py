"""Header lines of recorded requests and answers."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["listed"]


def listed(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    """The elements of a header that holds a list (RFC 9110, section 5.6.1).

    Args:
        headers: names, in any case, and values.
        name: which header, in lower case; it may be there several times.
    """
    values = [value for other, value in headers if other.lower() == name]
    return tuple(one.strip() for value in values for one in value.split(",") if one.strip())
