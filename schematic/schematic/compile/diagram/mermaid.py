"""A table as a Mermaid state diagram."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from schematic.compile.diagram.picture import Picture, channel_picture, picture_of
from schematic.compile.diagram.wording import channel_facts, spoken
from schematic.compile.table import State, Table

__all__ = ["to_mermaid"]

_WIDTH = 60
_UNSAFE = re.compile(r"[^\w ,.()'-]")


def to_mermaid(table: Table, *, title: str = "", current: State | None = None) -> str:
    """Draw ``table`` as a Mermaid ``stateDiagram-v2``, ready for a fenced block of Markdown.

    A channel is a composite state of its own.

    Args:
        table: what to draw.
        title: a heading; any text.
        current: the state in which a conversation stands, to be emphasised.

    Returns:
        The source of the diagram, ending with a newline.
    """
    picture = picture_of(table, current)
    lines = ["stateDiagram-v2", *(f"    {line}" for line in _body(picture, "s"))]
    lines.append(f"    note right of s0: {'<br>'.join(map(_safe, picture.foot))}")
    if picture.current is not None:
        lines.append("    classDef current stroke-width:3px")
        lines.append(f"    class s{picture.current} current")
    for number, (name, spec) in enumerate(table.every_channel()):
        lines.append(f'    state "Channel {_safe(name)}" as c{number} {{')
        lines += [f"        {line}" for line in _body(channel_picture(spec), f"c{number}s")]
        lines += [f"        c{number}s0: {_safe(fact)}" for fact in channel_facts(spec)]
        lines.append("    }")
    if title:
        # YAML reads every JSON string; a line separator inside would end the line for Mermaid.
        quoted = json.dumps(" ".join(title.split()), ensure_ascii=False)
        lines = ["---", f"title: {quoted}", "---", *lines]
    return "\n".join(lines) + "\n"


def _body(picture: Picture, name: str) -> Iterator[str]:
    yield f"[*] --> {name}0: {picture.entry}"
    for number, node in enumerate(picture.nodes):
        yield f"{name}{number}: {node.title}"
        for note in node.notes:
            yield f"{name}{number}: {_safe(note)}"
        for line in spoken(node.stays, width=_WIDTH, counted=True):
            yield f"{name}{number}: {_safe(line.text.strip())}"
        for carried in node.carries:
            yield f"{name}{number}: {_safe(f'{carried.chip} {carried.speakers}')}"
    for arrow in picture.arrows:
        label = "<br>".join(_safe(line.text.strip()) for line in spoken(arrow.says, width=_WIDTH))
        yield f"{name}{arrow.source} --> {name}{arrow.target}: {label}"
    for number, node in enumerate(picture.nodes):
        if node.ended:
            yield f"{name}{number} --> [*]: {picture.exit}"


def _safe(text: str) -> str:
    """Write what Mermaid would read as syntax as numbered entities, a colon as ``#58;``."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", text)
