"""Messages that a receiver cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, takewhile

from schematic.compile.endpoint import Kind
from schematic.compile.paths import Path
from schematic.compile.scenario import Heard
from schematic.compile.shapes import alike
from schematic.compile.verify.findings import Finding
from schematic.compile.verify.place import Place

__all__ = ["look_alike"]


def look_alike(place: Place) -> Iterator[Finding]:
    """Pairs of messages that look alike and may be said at the same moment."""
    for one, other in _pairs(place):
        if not alike(one.shape, other.shape):
            continue
        path = _both_legal(place, one, other)
        if path is not None:
            either = place.said(one.side, f"{one.id} or {other.id}")
            yield place.finding(
                "decodes-alike",
                f"{one.id} and {other.id} from the {one.side.value} can be said at the same "
                "moment, and nothing tells them apart",
                place.scenario(
                    path,
                    either,
                    Heard(one.side.other),
                    remark="nothing in it says which of the two it is",
                ),
            )


def _pairs(place: Place) -> Iterator[tuple[Kind, Kind]]:
    """The pairs to be told apart here.

    Two are compared at the innermost place that has both, where it is known what its key has come
    to.
    """
    for one, other in combinations(place.endpoint.kinds, 2):
        if one.side is other.side and _common(one.channels, other.channels) == place.numbers:
            yield one, other


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The innermost channel to which both belong."""
    return tuple(
        a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )


def _both_legal(place: Place, one: Kind, other: Kind) -> Path | None:
    """The shortest way to a state in which both messages may be said, if there is one."""
    legal = place.table.legal
    return next(
        (
            path
            for state, path in place.ways.items()
            if legal(state, one.side, one.id) and legal(state, other.side, other.id)
        ),
        None,
    )
