"""Where things go: items on levels, from top to bottom, joined by right-angled links.

This is the layered method of drawing graphs (Sugiyama, Tagawa and Toda, 1981) on whole numbers, so
that one layout serves pixels and terminal cells. Every link joins neighbouring levels; whoever
has an arrow over several levels, or one with a label, makes items for what lies in between. Items
never overlap, and in the gaps between levels no two links share a horizontal stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from schematic.compile.diagram.order import order_levels

__all__ = ["Box", "Item", "Layout", "Link", "Metrics", "Route", "arrange"]

_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Item:
    """Something to place.

    Attributes:
        level: the level it belongs to, 0 being the uppermost.
        half: half its width.
        height: its height.
        reach: how far from its middle links may dock.
    """

    level: int
    half: int
    height: int
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Joins an item to one of the next level, by their numbers."""

    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Distances: between items, between docked links, around a gap's tracks, between its tracks."""

    item_gap: int
    port: int
    lead: int
    track: int
    tail: int


@dataclass(frozen=True, slots=True)
class Box:
    """A placed item: its middle, its top, half its width, its height."""

    x: int
    top: int
    half: int
    height: int


@dataclass(frozen=True, slots=True)
class Route:
    """A placed link: down from its start to ``turn``, across, and down to its end."""

    x0: int
    y0: int
    turn: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of all items and the routes of all links, in the order in which they were given."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: int
    height: int


def arrange(items: Sequence[Item], links: Sequence[Link], metrics: Metrics) -> Layout:
    """Place ``items`` and route ``links``; everything lies within ``(0, 0, width, height)``."""
    order = order_levels([item.level for item in items], [(k.upper, k.lower) for k in links])
    xs = _columns(items, links, order, metrics)
    ports = _ports(items, links, xs, metrics)
    tops, turns, height = _rows(items, links, order, ports, metrics)
    boxes = tuple(
        Box(x, tops[item.level], item.half, item.height) for x, item in zip(xs, items, strict=True)
    )
    routes = tuple(
        Route(x0, boxes[k.upper].top + boxes[k.upper].height, turn, x1, boxes[k.lower].top)
        for k, (x0, x1), turn in zip(links, ports, turns, strict=True)
    )
    return Layout(boxes, routes, max(box.x + box.half for box in boxes), height)


# ------------------------------------------------------------------------------------- columns


def _columns(
    items: Sequence[Item], links: Sequence[Link], order: list[list[int]], metrics: Metrics
) -> list[int]:
    """The middle of every item: near what it is linked with, clear of what stands beside it."""
    above: list[list[int]] = [[] for _ in items]
    below: list[list[int]] = [[] for _ in items]
    for link in links:
        above[link.lower].append(link.upper)
        below[link.upper].append(link.lower)
    xs = [0] * len(items)

    def settle(level: list[int], wish: Callable[[int], int]) -> None:
        distances = [
            items[one].half + items[other].half + metrics.item_gap for one, other in pairwise(level)
        ]
        for item, x in zip(level, _spread([wish(i) for i in level], distances), strict=True):
            xs[item] = x

    def near(*sides: list[list[int]]) -> Callable[[int], int]:
        def wish(item: int) -> int:
            found = [xs[other] for side in sides for other in side[item]]
            return round(sum(found) / len(found)) if found else xs[item]

        return wish

    for level in order:
        settle(level, lambda item: xs[item])
    for sweep in range(_SWEEPS):
        for level in order if sweep % 2 else reversed(order):
            settle(level, near(above) if sweep % 2 else near(below))
    for level in order:
        settle(level, near(above, below))
    left = min(x - item.half for x, item in zip(xs, items, strict=True))
    return [x - left for x in xs]


def _spread(wishes: Sequence[int], distances: Sequence[int]) -> list[int]:
    """The places nearest to ``wishes`` (least squares) that keep their order and ``distances``.

    Less the distances, the places must only not decrease: neighbours that would are pooled.
    """
    offsets = list(accumulate(distances, initial=0))[: len(wishes)]
    pools: list[tuple[int, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    places = [round(total / count) for total, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]


def _ports(
    items: Sequence[Item], links: Sequence[Link], xs: list[int], metrics: Metrics
) -> list[tuple[int, int]]:
    """Where each link leaves and where it arrives: straight above each other if possible.

    Items with much room choose first, the others follow them as far as they can.
    """
    uppers, lowers = [link.upper for link in links], [link.lower for link in links]
    ports: dict[tuple[int, int], int] = {}
    for item in sorted(range(len(items)), key=lambda i: -items[i].reach):
        for side, here, there in ((0, uppers, lowers), (1, lowers, uppers)):
            wishes = sorted(
                (ports.get((number, 1 - side), xs[there[number]]), number)
                for number, owner in enumerate(here)
                if owner == item
            )
            last = len(wishes) - 1
            places = _spread([wish for wish, _ in wishes], [metrics.port] * last)
            for rank, (place, (_, number)) in enumerate(zip(places, wishes, strict=True)):
                low = xs[item] - items[item].reach + rank * metrics.port
                high = xs[item] + items[item].reach - (last - rank) * metrics.port
                port = min(max(place, low), high)
                # What cannot be straight looks best from the middle.
                ports[number, side] = port if last or port == place else xs[item]
    return [(ports[number, 0], ports[number, 1]) for number in range(len(links))]


# ---------------------------------------------------------------------------------------- rows


def _rows(
    items: Sequence[Item],
    links: Sequence[Link],
    order: list[list[int]],
    ports: list[tuple[int, int]],
    metrics: Metrics,
) -> tuple[list[int], list[int], int]:
    """The top of every level, the turn of every link, and the height of it all."""
    tops: list[int] = []
    turns = [0] * len(links)
    y = 0
    for number, level in enumerate(order):
        tops.append(y)
        y += max(items[item].height for item in level)
        gap = [n for n, link in enumerate(links) if items[link.upper].level == number]
        tracks = _tracks({n: ports[n] for n in gap}, metrics.port)
        for link, track in tracks.items():
            turns[link] = y + metrics.lead + track * metrics.track
        if number + 1 < len(order):
            y += metrics.lead + metrics.tail + (1 + max(tracks.values())) * metrics.track
    return tops, turns, y


def _tracks(ends: dict[int, tuple[int, int]], clearance: int) -> dict[int, int]:
    """The track of each link's horizontal stretch, 0 being the uppermost; straight links: -1.

    A link that comes down where another one leaves must turn above it, or both would lie on each
    other; otherwise outer links turn first, which saves crossings.
    """
    tracks = {link: -1 for link, (x0, x1) in ends.items() if x0 == x1}
    waiting = sorted(
        (link for link in ends if link not in tracks),
        key=lambda link: (ends[link][0] if ends[link][1] < ends[link][0] else -ends[link][0], link),
    )
    while waiting:
        link = next(
            (one for one in waiting if not _blocked(one, waiting, ends, clearance)), waiting[0]
        )
        waiting.remove(link)
        low, high = sorted(ends[link])
        taken = [
            track
            for other, track in tracks.items()
            if track >= 0
            and (
                _meet(ends[other], (low, high), clearance)
                or abs(ends[other][0] - ends[link][1]) < clearance
            )
        ]
        tracks[link] = 1 + max(taken, default=-1)
    return tracks


def _blocked(
    link: int, waiting: Iterable[int], ends: dict[int, tuple[int, int]], clearance: int
) -> bool:
    """Whether another link has to turn first, because ``link`` ends where that one starts."""
    return any(
        other != link and abs(ends[link][0] - ends[other][1]) < clearance for other in waiting
    )


def _meet(one: tuple[int, int], other: tuple[int, int], clearance: int) -> bool:
    """Whether two horizontal stretches would touch on one track."""
    return max(min(one), min(other)) - min(max(one), max(other)) < clearance
