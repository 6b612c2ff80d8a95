"""A scenario as a little sequence chart made of characters.

A line for each side, time going down, and an arrow for each message. A message that is heard at
once goes straight across; one that is on its way while something else happens waits in a lane
beside its receiver, so messages that cross are drawn crossing::

    client                      server
       │────────── Hello ─────────▶│
       │── Stop ─────────────────╮ │
       │ ╭────────── Data ───────┼─│
       │ │                       ╰▶│
       │◀╯                         │
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from schematic.compile.diagram.canvas import (
    ASCII_LINES,
    EAST,
    LINES,
    NORTH,
    SOUTH,
    WEST,
    Canvas,
)
from schematic.compile.diagram.wording import cells
from schematic.compile.scenario import Heard, Said, Scenario
from schematic.define import Side

__all__ = ["to_sequence"]

_NARROWEST = 24
_REMARK = 60
_LEFT = 3
"""The column of the client's line; its name begins three columns to the left."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """The characters that are no lines."""

    life: str
    heads: dict[Side, str]
    fault: str


_UNICODE = _Signs("│", {Side.SERVER: "▶", Side.CLIENT: "◀"}, "✗")
_ASCII = _Signs("|", {Side.SERVER: ">", Side.CLIENT: "<"}, "x")


@dataclass(frozen=True, slots=True)
class _Arrow:
    """One message as drawn.

    Attributes:
        said: what it is.
        leaves: the row in which it leaves.
        arrives: the row in which it arrives; None if it is still on its way.
        lane: where it waits: 0 is the lane next to the receiver; None for a straight arrow.
    """

    said: Said
    leaves: int
    arrives: int | None
    lane: int | None


def to_sequence(scenario: Scenario, *, ascii_only: bool = False) -> str:
    """Draw ``scenario``; a fault is marked where it shows, and the remark stands below.

    Args:
        scenario: what to draw; it needs not be legal.
        ascii_only: draw with ``+-|`` rather than box-drawing characters.

    Returns:
        Lines without trailing blanks, the last one without a newline.
    """
    signs = _ASCII if ascii_only else _UNICODE
    canvas = Canvas(ASCII_LINES if ascii_only else LINES)
    arrows = list(_arrows(scenario))
    rows = max((max(a.leaves, a.arrives or 0) for a in arrows), default=0)
    lanes = {side: _lanes(arrows, side) for side in Side}
    # An arrow keeps clear of the lanes behind it; a straight one, whose label is in the middle, of
    # the lanes at either end.
    room = max(8 + 2 * sum(lanes.values()), 4 + 4 * max(lanes.values()))
    remark = scenario.remark if not scenario.fault else f"{signs.fault} {scenario.remark}"
    told = wrap(remark, _REMARK, subsequent_indent="  " if scenario.fault else "")
    told = told if scenario.remark else []
    inner = max(
        [
            _NARROWEST,
            *(cells(_label(arrow.said)) + room for arrow in arrows),
            *(cells(line) + 2 for line in told),
        ]
    )
    right = _LEFT + inner + 1
    canvas.write(0, 0, "client")
    canvas.write(right - 2, 0, "server")
    chart = _Chart(canvas, signs, right, rows + 1, lanes)
    for arrow in arrows:
        chart.draw(arrow)
    for row in range(1, rows + len(told) + 1):
        for x in (_LEFT, right):
            canvas.write(x, row, signs.life)
    last = scenario.steps[-1] if scenario.steps else None
    if scenario.fault and scenario.last and isinstance(last, Heard):
        canvas.write(right - 1 if last.side is Side.SERVER else _LEFT + 1, rows, signs.fault)
    for row, line in enumerate(told, start=rows + 1):
        canvas.write(_LEFT + 2, row, line)
    return canvas.render()


def _arrows(scenario: Scenario) -> Iterator[_Arrow]:
    """The messages in order of arrival, then those that never arrive, each with its rows."""
    waiting: dict[Side, deque[tuple[Said, int, int]]] = {side: deque() for side in Side}
    steps = scenario.steps
    row, number = 0, 0
    while number < len(steps):
        step = steps[number]
        row, number = row + 1, number + 1
        if isinstance(step, Heard):
            said, leaves, lane = waiting[step.side].popleft()
            yield _Arrow(said, leaves, row, lane)
            continue
        queue = waiting[step.side.other]
        if not queue and number < len(steps) and steps[number] == Heard(step.side.other):
            number += 1
            yield _Arrow(step, row, row, None)
        else:
            # Never nearer to the receiver than what arrives before it.
            queue.append((step, row, 1 + queue[-1][2] if queue else 0))
    for queue in waiting.values():
        for said, leaves, lane in queue:
            yield _Arrow(said, leaves, None, lane)


def _lanes(arrows: list[_Arrow], side: Side) -> int:
    """How many lanes messages of ``side`` need."""
    return max(
        (a.lane + 1 for a in arrows if a.said.side is side and a.lane is not None), default=0
    )


def _label(said: Said) -> str:
    return said.message if said.key is None else f"{said.message} [{said.key}]"


@dataclass(frozen=True, slots=True)
class _Chart:
    """Where arrows are drawn.

    Attributes:
        canvas: what is drawn on.
        signs: the characters that are no lines.
        right: the column of the server's line.
        bottom: the row below the last arrow.
        lanes: how many lanes messages of each side need.
    """

    canvas: Canvas
    signs: _Signs
    right: int
    bottom: int
    lanes: dict[Side, int]

    def draw(self, arrow: _Arrow) -> None:
        """Draw one message: across, and if it waits, down its lane and on to the receiver."""
        canvas, row, side = self.canvas, arrow.leaves, arrow.said.side
        if arrow.lane is None:
            canvas.across(_LEFT + 1, self.right, row)
            self._label(arrow, _LEFT + 1, self.right)
            self._head(side.other, row)
            return
        to_server = side is Side.CLIENT
        back, on = (WEST, EAST) if to_server else (EAST, WEST)
        head = self._head_column(side.other)
        lane = head - 1 - 2 * arrow.lane if to_server else head + 1 + 2 * arrow.lane
        start, end = (_LEFT + 1, lane) if to_server else (lane + 1, self.right)
        canvas.across(start, end, row)
        canvas.add(lane, row, back | SOUTH)
        # The label keeps clear of the lanes of the other direction, which its arrow may cross.
        clear = 2 * self.lanes[side.other]
        self._label(arrow, start + clear * to_server, end - clear * (not to_server))
        canvas.down(lane, row + 1, self.bottom if arrow.arrives is None else arrow.arrives)
        if arrow.arrives is not None:
            canvas.add(lane, arrow.arrives, NORTH | on)
            canvas.across(min(lane, head) + 1, max(lane, head), arrow.arrives)
            self._head(side.other, arrow.arrives)

    def _head_column(self, receiver: Side) -> int:
        return self.right - 1 if receiver is Side.SERVER else _LEFT + 1

    def _head(self, receiver: Side, row: int) -> None:
        self.canvas.write(self._head_column(receiver), row, self.signs.heads[receiver])

    def _label(self, arrow: _Arrow, left: int, right: int) -> None:
        label = f" {_label(arrow.said)} "
        self.canvas.write(left + (right - left - cells(label)) // 2, arrow.leaves, label)
