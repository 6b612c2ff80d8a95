"""Which item stands left of which: few crossings, by barycentres and neighbourly exchanges."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["crossings", "order_levels"]

_SWEEPS = 8


def order_levels(levels: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Order the items of every level.

    Args:
        levels: the level of each item; every level up to the highest has one.
        links: pairs of items, the upper one first, on neighbouring levels.

    Returns:
        For each level its items from left to right. The same input gives the same order.
    """
    order: list[list[int]] = [[] for _ in range(max(levels) + 1)]
    for item, level in enumerate(levels):
        order[level].append(item)
    best, fewest = [list(level) for level in order], crossings(order, links)
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for items in order if down else reversed(order):
            _sort(items, above if down else below, _places(order))
        if (count := crossings(order, links)) < fewest:
            best, fewest = [list(level) for level in order], count
    return best


def _places(order: Sequence[Sequence[int]]) -> dict[int, int]:
    return {item: place for level in order for place, item in enumerate(level)}


def _sort(level: list[int], neighbours: dict[int, list[int]], places: dict[int, int]) -> None:
    """Sort ``level`` by where its neighbours are on average; without any, an item stays."""

    def barycentre(item: int) -> float:
        found = [places[other] for other in neighbours.get(item, ())]
        return sum(found) / len(found) if found else places[item]

    level.sort(key=barycentre)


def crossings(order: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> int:
    """How many pairs of links cross when the levels are ordered like this."""
    places = _places(order)
    level_of = {item: number for number, level in enumerate(order) for item in level}
    by_level: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in links:
        by_level.setdefault(level_of[upper], []).append((places[upper], places[lower]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0
        for pairs in by_level.values()
        for number, a in enumerate(pairs)
        for b in pairs[:number]
    )
