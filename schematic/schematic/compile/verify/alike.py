"""Messages that a receiver cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

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

    Two of one channel are compared there, where it is known what its key has come to.
    """
    own = [kind for kind in place.endpoint.kinds if place.number in (-1, kind.channel)]
    for one, other in combinations(own, 2):
        same = one.channel == other.channel
        if one.side is other.side and (not same or one.channel == place.number):
            yield one, other


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
