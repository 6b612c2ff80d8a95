"""From a picture to what the layout places: nodes, labels, and the ways of long arrows.

Levels alternate: nodes on even ones, labels on odd ones. So a label is an item with room of its
own, and no label ever lies on a node, on an arrow or on another label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TypeAlias

from schematic.compile.diagram.layout import Item, Layout, Link, Metrics, arrange
from schematic.compile.diagram.picture import Arrow, Node, Picture

__all__ = ["Label", "Measures", "Plan", "Way", "plan"]

Label: TypeAlias = Arrow | str
"""What a label says: the messages of an arrow, or words."""

_Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Measures:
    """How large things are: (half the width, height) of each, and the distances between them.

    Attributes:
        node: the size of a node.
        label: the size of a label.
        dot: the size of the marks for start and end.
        inset: how far from a node's corners arrows keep.
        slack: how far from a label's middle an arrow may pass, to be straight.
        metrics: the distances.
    """

    node: Callable[[Node], _Size]
    label: Callable[[Label], _Size]
    dot: _Size
    inset: int
    slack: int
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow as placed: the numbers of its links, from its source to its target."""

    links: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout, and which of its boxes is what.

    Attributes:
        layout: the placed items. The first boxes are the nodes of the picture, in order.
        labels: box numbers of labels, and what they say.
        start: the box of the mark where a conversation starts.
        ends: the boxes of marks where one ends.
        ways: the arrows.
    """

    layout: Layout
    labels: tuple[tuple[int, Label], ...]
    start: int
    ends: tuple[int, ...]
    ways: tuple[Way, ...]


class _Builder:
    """Collects items and links."""

    def __init__(self, picture: Picture, measures: Measures) -> None:
        self.measures = measures
        self.items: list[Item] = []
        self.links: list[Link] = []
        self.labels: list[tuple[int, Label]] = []
        self.ways: list[Way] = []
        degrees = _degrees(picture)
        for node, rank, degree in zip(picture.nodes, _ranks(picture), degrees, strict=True):
            half, height = measures.node(node)
            reach = max(half - measures.inset, (degree * measures.metrics.port + 1) // 2)
            self.add(Item(2 * rank, reach + measures.inset, height, reach))

    def add(self, item: Item) -> int:
        """Add an item; the answer is its number."""
        self.items.append(item)
        return len(self.items) - 1

    def dot(self, level: int) -> int:
        """Add a mark for a start or an end."""
        half, height = self.measures.dot
        return self.add(Item(level, half, height))

    def join(self, source: int, target: int, says: Label) -> None:
        """Lead an arrow from ``source`` to ``target``, its label right below ``source``."""
        half, height = self.measures.label(says)
        first = self.items[source].level + 1
        stops = [self.add(Item(first, half, height, min(half, self.measures.slack)))]
        self.labels.append((stops[0], says))
        stops += [
            self.add(Item(level, 0, 0)) for level in range(first + 1, self.items[target].level)
        ]
        chain = [source, *stops, target]
        before = len(self.links)
        self.links += [Link(one, other) for one, other in pairwise(chain)]
        self.ways.append(Way(tuple(range(before, len(self.links)))))


def plan(picture: Picture, measures: Measures) -> Plan:
    """Lay ``picture`` out for a medium with these measures."""
    builder = _Builder(picture, measures)
    start = builder.dot(0)
    builder.join(start, 0, picture.entry)
    for arrow in picture.arrows:
        builder.join(arrow.source, arrow.target, arrow)
    ends: list[int] = []
    for number, node in enumerate(picture.nodes):
        if node.ended:
            ends.append(builder.dot(builder.items[number].level + 2))
            builder.join(number, ends[-1], picture.exit)
    layout = arrange(builder.items, builder.links, measures.metrics)
    return Plan(layout, tuple(builder.labels), start, tuple(ends), tuple(builder.ways))


def _ranks(picture: Picture) -> list[int]:
    """The longest way to each node, starting at 1: every arrow then leads downwards.

    There are no rings: halves only go on, and marks are never cleared.
    """
    before: list[list[int]] = [[] for _ in picture.nodes]
    for arrow in picture.arrows:
        before[arrow.target].append(arrow.source)

    @cache
    def rank(node: int) -> int:
        return 1 + max(map(rank, before[node]), default=0)

    return [rank(node) for node in range(len(picture.nodes))]


def _degrees(picture: Picture) -> list[int]:
    """The larger of how many arrows come and how many go, for each node; at least one."""
    incoming = [arrow.target for arrow in picture.arrows]
    outgoing = [arrow.source for arrow in picture.arrows]
    return [
        max(1, incoming.count(number), outgoing.count(number))
        for number in range(len(picture.nodes))
    ]
