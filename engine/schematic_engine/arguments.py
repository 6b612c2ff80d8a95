"""What callers give, checked before anything is done with it: errors say what to pass instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

__all__ = ["HeaderLines", "expect", "header_lines", "subprotocol_names"]

HeaderLines: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header lines as users give them: pairs of name and value, or a mapping."""


def expect(argument: str, given: object, kind: type, instead: str) -> None:
    """Raises TypeError unless ``given`` is of this kind; the error does not repeat it."""
    if not isinstance(given, kind):
        raise TypeError(f"{argument}: pass {instead}, not {type(given).__name__}")


def header_lines(headers: HeaderLines) -> tuple[tuple[str, str], ...]:
    """Header lines as pairs.

    Raises:
        TypeError: they are not text, or not pairs.
    """
    lines: object = headers
    if isinstance(headers, Mapping):
        lines = cast("Mapping[str, str]", headers).items()
    return tuple(_line(line) for line in _each("headers", lines, "pairs of name and value"))


def _line(line: object) -> tuple[str, str]:
    expect("headers", line, tuple, "pairs of name and value")
    parts = cast("tuple[object, ...]", line)
    if len(parts) != 2:
        raise TypeError(f"headers: pass pairs of name and value, not {len(parts)} things")
    name, value = parts
    expect("headers", name, str, "names as str")
    expect("headers", value, str, f"the value of {name} as str")
    return str(name), str(value)


def subprotocol_names(names: Iterable[str]) -> tuple[str, ...]:
    """The subprotocols to offer.

    Raises:
        TypeError: not several names, or no names.
    """
    several = "a list of names, such as ['graphql-transport-ws']"
    each = _each("subprotocols", names, several)
    for name in each:
        expect("subprotocols", name, str, several)
    return cast("tuple[str, ...]", each)


def _each(argument: str, given: object, instead: str) -> tuple[object, ...]:
    if isinstance(given, str | bytes):
        raise TypeError(f"{argument}: pass {instead}, not one {type(given).__name__}")
    expect(argument, given, Iterable, instead)
    return tuple(cast("Iterable[object]", given))
