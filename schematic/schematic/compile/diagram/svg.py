"""A table as an SVG picture that needs nothing else: no font, no script, no other program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from schematic.compile.diagram.layout import Box, Metrics, Route
from schematic.compile.diagram.picture import (
    Arrow,
    Carried,
    Node,
    Picture,
    channel_picture,
    picture_of,
)
from schematic.compile.diagram.plan import Label, Measures, Plan, plan
from schematic.compile.diagram.shelves import shelve
from schematic.compile.diagram.style import style_sheet
from schematic.compile.diagram.wording import Line, cells, channel_facts, spoken
from schematic.compile.table import State, Table

__all__ = ["MEASURES", "to_svg"]

_WIDTH = 36
_METRICS = Metrics(item_gap=36, port=22, lead=14, track=12, tail=14)
_MARGIN = 28
_HEADING = 40
_FOOTER = 44
_SHEET = 1000
_GAP = 32
_CHIP = 21
_CHIP_LINE = 26

# Letters are of one width, so that text can be measured here: at most 0.603 em in any common font.
_BODY = 8  # 13 px, in nodes
_SMALL = 7.3  # 12 px, on arrows
_LINE = 19
_LABEL_LINE = 17
_INDENT = 23
_PAD = 20
_CURRENT_ROOM = 6 * _BODY

# Not allowed in XML 1.0 (section 2.2), not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(table: Table, *, title: str = "", current: State | None = None) -> str:
    """Draw ``table`` as an SVG document that follows the reader's light or dark colour scheme.

    Each channel has a panel of its own, beside the picture of the connection or below it.

    Args:
        table: what to draw.
        title: a heading, also what screen readers call the picture; any text.
        current: the state in which a conversation stands, to be emphasised.

    Returns:
        The document, ending with a newline.
    """
    panels = [
        _Panel("", (), picture_of(table, current)),
        *(
            _Panel(name, channel_facts(spec), channel_picture(spec))
            for name, spec in table.every_channel()
        ),
    ]
    sheet = shelve([panel.size for panel in panels], limit=_SHEET, gap=_GAP)
    foot = panels[0].picture.foot
    wanted = max(sheet.width, round(cells(title) * 9.3), *(cells(one) * _BODY for one in foot))
    width = wanted + 2 * _MARGIN
    top = _MARGIN + (_HEADING if title else 0)
    height = top + sheet.height + _FOOTER + _LABEL_LINE * (len(foot) - 1)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="schematic" role="img" {size}>',
        f"<title>{_safe(title or 'Order of messages')}</title>",
        f"<desc>{_safe('. '.join([*map(_description, panels), ' '.join(foot)]))}</desc>",
        f"<style>{style_sheet()}</style>",
        f'<rect class="paper" width="{width}" height="{height}" rx="12"/>',
    ]
    if title:
        parts.append(_text(width / 2, _MARGIN + 14, "heading", _safe(title)))
    shift = (width - sheet.width) // 2
    for panel, (x, y) in zip(panels, sheet.places, strict=True):
        parts.append(f'<g transform="translate({shift + x} {top + y})">')
        parts += _framed(panel) if panel.channel else _drawing(panel.picture, panel.drawn)
        parts.append("</g>")
    for number, sentence in enumerate(reversed(foot)):
        y = height - 18 - _LABEL_LINE * number
        parts.append(_text(width / 2, y, "foot", _safe(sentence)))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Panel:
    """The picture of the connection, or of a channel with what there is to know about it."""

    channel: str
    facts: tuple[str, ...]
    picture: Picture

    @property
    def drawn(self) -> Plan:
        return plan(self.picture, MEASURES)

    @property
    def head(self) -> int:
        """How much room there is above the picture."""
        return 2 * _PAD + _CHIP + _LABEL_LINE * len(self.facts)

    @property
    def size(self) -> tuple[int, int]:
        layout = self.drawn.layout
        if not self.channel:
            return layout.width, layout.height
        words = max([cells(self.channel) * _BODY + _PAD, *(cells(f) * _SMALL for f in self.facts)])
        return max(layout.width, round(words)) + 2 * _PAD, self.head + layout.height + _PAD


def _framed(panel: _Panel) -> Iterator[str]:
    width, height = panel.size
    yield f'<rect class="panel" width="{width}" height="{height}" rx="12"/>'
    yield from _chip(_PAD, _PAD, panel.channel)
    y = _PAD + _CHIP + 3
    for fact in panel.facts:
        y += _LABEL_LINE
        yield _text(_PAD, y, "fact", _safe(fact))
    drawn = panel.drawn
    yield f'<g transform="translate({(width - drawn.layout.width) // 2} {panel.head})">'
    yield from _drawing(panel.picture, drawn)
    yield "</g>"


def _drawing(picture: Picture, drawn: Plan) -> Iterator[str]:
    boxes = drawn.layout.boxes
    says = [label for _, label in drawn.labels]
    for way, label in zip(drawn.ways, says, strict=True):
        for number in way.links:
            yield f'<path class="line {_side(label)}" d="{_path(drawn.layout.routes[number])}"/>'
        last = drawn.layout.routes[way.links[-1]]
        yield f'<path class="head {_side(label)}" d="M{last.x1} {last.y1}l-5 -9h10z"/>'
    for number, label in drawn.labels:
        yield from _label(boxes[number], label)
    for number, node in enumerate(picture.nodes):
        yield from _node(boxes[number], node, current=number == picture.current)
    start = boxes[drawn.start]
    yield f'<circle class="dot" cx="{start.x}" cy="{start.top + 9}" r="7"/>'
    for end in (boxes[number] for number in drawn.ends):
        yield f'<circle class="ring" cx="{end.x}" cy="{end.top + 9}" r="8"/>'
        yield f'<circle class="dot" cx="{end.x}" cy="{end.top + 9}" r="4.5"/>'


# --------------------------------------------------------------------------------------- sizes


def _node_size(node: Node) -> tuple[int, int]:
    lines = spoken(node.stays, width=_WIDTH, counted=True)
    widest = max(cells(text) for text in (*node.notes, *(line.text for line in lines), ""))
    chips = [_chip_width(one.channel) + 10 + cells(one.speakers) * _BODY for one in node.carries]
    body = max(widest * _BODY, cells(node.title) * _BODY + _CURRENT_ROOM, *chips)
    gap = (8 if lines or chips else 0) + (4 if chips else 0)
    rows = _LINE * (1 + len(node.notes) + len(lines)) + _CHIP_LINE * len(chips)
    return body // 2 + _PAD, rows + gap + 20


def _label_size(says: Label) -> tuple[int, int]:
    texts = [line.text for line in _label_lines(says)] if isinstance(says, Arrow) else [says]
    return round(max(map(cells, texts)) * _SMALL / 2) + 4, _LABEL_LINE * len(texts) + 6


def _label_lines(says: Arrow) -> tuple[Line, ...]:
    return spoken(says.says, width=_WIDTH)


MEASURES = Measures(
    node=_node_size, label=_label_size, dot=(9, 18), inset=16, slack=9, metrics=_METRICS
)
"""How large things are in SVG pictures, in pixels."""


# -------------------------------------------------------------------------------------- pieces


def _node(box: Box, node: Node, *, current: bool) -> Iterator[str]:
    left, width = box.x - box.half, 2 * box.half
    phase = "ended" if node.ended else node.phase.value.lower()
    yield f'<g class="node {phase}{" now" if current else ""}">'
    yield (
        f'<rect class="card" x="{left}" y="{box.top}" width="{width}" height="{box.height}" '
        'rx="9"/>'
    )
    yield f'<rect class="stripe" x="{left + 11}" y="{box.top + 14}" width="4" height="13" rx="2"/>'
    y = box.top + 25
    yield _text(left + _INDENT, y, "phase", _safe(node.title))
    if current:
        right = box.x + box.half
        yield f'<rect class="badge" x="{right - 46}" y="{y - 13}" width="36" height="18" rx="9"/>'
        yield _text(right - 28, y, "badge-text", "now")
    for note in node.notes:
        y += _LINE
        yield _text(left + _INDENT, y, "note", _safe(note))
    y += 8
    for line in spoken(node.stays, width=_WIDTH, counted=True):
        y += _LINE
        yield _text(left + _INDENT, y, "say", _spoken(line))
    for carried in node.carries:
        y += _CHIP_LINE
        yield from _carried(left + _INDENT, y, carried)
    yield "</g>"


def _carried(x: int, y: int, carried: Carried) -> Iterator[str]:
    """A channel in a node of the connection: its name as a chip, and who may speak."""
    yield from _chip(x, y - 15, carried.channel)
    speakers = ", ".join(f'<tspan class="{s.value}">{s.value}</tspan>' for s in carried.sides)
    yield _text(x + _chip_width(carried.channel) + 10, y, "say", speakers)


def _chip(x: int, y: int, channel: str) -> Iterator[str]:
    width = _chip_width(channel)
    yield f'<rect class="chip" x="{x}" y="{y}" width="{width}" height="{_CHIP}" rx="6"/>'
    yield _text(x + width / 2, y + 15, "chip-text", _safe(channel))


def _chip_width(channel: str) -> int:
    return cells(channel) * _BODY + 16


def _label(box: Box, says: Label) -> Iterator[str]:
    y = box.top + 15
    if isinstance(says, str):
        yield _text(box.x, y, "aside", _safe(says))
        return
    left = box.x - box.half + 4
    lines = _label_lines(says)
    for line in lines:
        if len(lines) == 1:
            yield _text(box.x, y, "label", _spoken(line))
        else:
            yield _text(left, y, "label wide", _spoken(line))
        y += _LABEL_LINE


def _spoken(line: Line) -> str:
    """A line with the side's name set off in its colour."""
    side = f'<tspan class="{line.side.value}">{_safe(line.head)}</tspan>'
    return side + _safe(line.names)


def _text(x: float, y: float, kind: str, content: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" xml:space="preserve">{content}</text>'


def _path(route: Route) -> str:
    """The way of a link, its corners rounded."""
    x0, x1, turn = route.x0, route.x1, route.turn
    if x0 == x1:
        return f"M{x0} {route.y0}V{route.y1}"
    step = 1 if x1 > x0 else -1
    radius = min(8, abs(x1 - x0) // 2, turn - route.y0, route.y1 - turn)
    return (
        f"M{x0} {route.y0}V{turn - radius}Q{x0} {turn} {x0 + step * radius} {turn}"
        f"H{x1 - step * radius}Q{x1} {turn} {x1} {turn + radius}V{route.y1}"
    )


def _side(says: Label) -> str:
    """The class of an arrow: the side that says its messages, if it is one side."""
    if isinstance(says, str):
        return "either"
    sides = {saying.side for saying in says.says}
    return sides.pop().value if len(sides) == 1 else "either"


def _description(panel: _Panel) -> str:
    """The arrows as sentences, for those who do not see them."""
    picture = panel.picture
    carried = dict.fromkeys(one.channel for node in picture.nodes for one in node.carries)
    for_reading = [
        *([f"Channel {panel.channel}", *panel.facts] if panel.channel else []),
        *(f"The connection carries {channel} channels" for channel in carried),
    ]
    for_reading += [
        f"{picture.nodes[arrow.source].title} to {picture.nodes[arrow.target].title}: "
        + ", ".join(f"{saying.message} from the {saying.side.value}" for saying in arrow.says)
        for arrow in picture.arrows
    ]
    return ". ".join(for_reading)


def _safe(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", text), {'"': "&quot;"})
