"""A table as a picture made of characters, for terminals and logs."""

from __future__ import annotations

from dataclasses import dataclass

from schematic.compile.diagram.canvas import (
    ASCII_LINES,
    EAST,
    LINES,
    NORTH,
    SOUTH,
    WEST,
    Canvas,
)
from schematic.compile.diagram.layout import Box, Metrics, Route
from schematic.compile.diagram.picture import (
    Arrow,
    Node,
    Picture,
    channel_picture,
    picture_of,
)
from schematic.compile.diagram.plan import Label, Measures, Plan, plan
from schematic.compile.diagram.wording import cells, channel_facts, spoken
from schematic.compile.table import State, Table

__all__ = ["to_text"]

_WIDTH = 34
_METRICS = Metrics(item_gap=3, port=2, lead=0, track=1, tail=1)


@dataclass(frozen=True, slots=True)
class _Pen:
    """The characters to draw with.

    Attributes:
        lines: a character for each set of directions in which a line goes on.
        arrow: the head of an arrow, down.
        start: where a conversation starts.
        end: where it ends.
        box: corners from the top left clockwise, horizontal, vertical, and where an arrow leaves.
        current: the same for the node in which a conversation stands.
    """

    lines: str
    arrow: str
    start: str
    end: str
    box: str
    current: str


_UNICODE = _Pen(LINES, "▼", "●", "◉", "╭╮╯╰─│┬", "╔╗╝╚═║╤")
_ASCII = _Pen(ASCII_LINES, "v", "o", "@", "++++-|+", "####=#+")


def to_text(table: Table, *, current: State | None = None, ascii_only: bool = False) -> str:
    """Draw ``table`` with characters of one width, and each of its channels below.

    Args:
        table: what to draw.
        current: the state in which a conversation stands, to be emphasised.
        ascii_only: draw lines with ``+-|`` rather than box-drawing characters.

    Returns:
        Lines without trailing blanks, the last one ending with a newline.
    """
    pen = _ASCII if ascii_only else _UNICODE
    picture = picture_of(table, current)
    drawings = ["\n".join((_drawing(picture, pen), "", *picture.foot)) + "\n"]
    for name, spec in table.every_channel():
        facts = "".join(f"  {fact}\n" for fact in channel_facts(spec))
        drawings.append(f"Channel [{name}]\n{facts}\n{_drawing(channel_picture(spec), pen)}\n")
    return "\n".join(drawings)


def _drawing(picture: Picture, pen: _Pen) -> str:
    drawn = plan(picture, Measures(_node_size, _label_size, (0, 1), 2, 1, _METRICS))
    canvas = Canvas(pen.lines)
    for route in drawn.layout.routes:
        _route(canvas, route)
    _labels(canvas, drawn)
    for number, node in enumerate(picture.nodes):
        place = drawn.layout.boxes[number]
        _node(canvas, pen, place, node, current=number == picture.current)
    _marks(canvas, pen, drawn)
    for arrow, way in zip(picture.arrows, drawn.ways[1:], strict=False):
        first = drawn.layout.routes[way.links[0]]
        box = pen.current if arrow.source == picture.current else pen.box
        canvas.write(first.x0, first.y0 - 1, box[-1])
    return canvas.render()


def _lines(says: Label) -> list[str]:
    if isinstance(says, Arrow):
        return [line.text for line in spoken(says.says, width=_WIDTH)]
    return [says]


def _content(node: Node) -> list[str]:
    return [
        node.title,
        *node.notes,
        *(line.text for line in spoken(node.stays, width=_WIDTH, counted=True)),
        *(f"{carried.chip} {carried.speakers}" for carried in node.carries),
    ]


def _node_size(node: Node) -> tuple[int, int]:
    content = _content(node)
    # Room for the borders and a blank at either side, in a width that has a middle.
    return (max(map(cells, content)) + 4) // 2, len(content) + 2


def _label_size(says: Label) -> tuple[int, int]:
    lines = _lines(says)
    return max(map(cells, lines)) // 2, len(lines)


def _route(canvas: Canvas, route: Route) -> None:
    """Draw a link: down, across, down."""
    if route.x0 == route.x1:
        canvas.down(route.x0, route.y0, route.y1)
        return
    canvas.down(route.x0, route.y0, route.turn)
    canvas.down(route.x1, route.turn + 1, route.y1)
    left, right = sorted((route.x0, route.x1))
    canvas.across(left + 1, right, route.turn)
    canvas.add(route.x0, route.turn, NORTH | (EAST if route.x1 > route.x0 else WEST))
    canvas.add(route.x1, route.turn, SOUTH | (WEST if route.x1 > route.x0 else EAST))


def _labels(canvas: Canvas, drawn: Plan) -> None:
    for number, says in drawn.labels:
        box = drawn.layout.boxes[number]
        for row, line in enumerate(_lines(says)):
            canvas.write(box.x - box.half, box.top + row, line)


def _node(canvas: Canvas, pen: _Pen, box: Box, node: Node, *, current: bool) -> None:
    top_left, top_right, bottom_right, bottom_left, across, down, _ = tuple(
        pen.current if current else pen.box
    )
    left, right, inner = box.x - box.half, box.x + box.half, 2 * box.half - 1
    content = _content(node)
    if current:
        content[0] += " " * (inner - 2 - cells(content[0]) - 3) + "now"
    canvas.write(left, box.top, top_left + across * inner + top_right)
    for row, line in enumerate(content, start=1):
        canvas.write(left, box.top + row, f"{down} {line}")
        canvas.write(right, box.top + row, down)
        for x in range(left + 2 + cells(line), right):
            canvas.write(x, box.top + row, " ")
    canvas.write(left, box.top + box.height - 1, bottom_left + across * inner + bottom_right)


def _marks(canvas: Canvas, pen: _Pen, drawn: Plan) -> None:
    """Arrow heads above nodes, and the marks of start and end."""
    for way in drawn.ways:
        last = drawn.layout.routes[way.links[-1]]
        canvas.write(last.x1, last.y1 - 1, pen.arrow)
    start = drawn.layout.boxes[drawn.start]
    canvas.write(start.x, start.top, pen.start)
    for number in drawn.ends:
        end = drawn.layout.boxes[number]
        canvas.write(end.x, end.top, pen.end)
