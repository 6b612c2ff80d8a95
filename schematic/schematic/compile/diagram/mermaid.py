"""A table as a Mermaid state diagram."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from schematic.compile.diagram.picture import ANY_STATE, ENTRY, EXIT, Picture, picture_of
from schematic.compile.diagram.wording import spoken
from schematic.compile.table import State, Table

__all__ = ["to_mermaid"]

_WIDTH = 60
_UNSAFE = re.compile(r"[^\w ,.()'-]")


def to_mermaid(table: Table, *, title: str = "", current: State | None = None) -> str:
    """Draw ``table`` as a Mermaid ``stateDiagram-v2``, ready for a fenced block of Markdown.

    Args:
        table: what to draw.
        title: a heading; any text.
        current: the state in which a conversation stands, to be emphasised.

    Returns:
        The source of the diagram, ending with a newline.
    """
    picture = picture_of(table, current)
    lines = ["stateDiagram-v2", *(f"    {line}" for line in _body(picture))]
    if title:
        # YAML reads every JSON string; a line separator inside would end the line for Mermaid.
        quoted = json.dumps(" ".join(title.split()), ensure_ascii=False)
        lines = ["---", f"title: {quoted}", "---", *lines]
    return "\n".join(lines) + "\n"


def _body(picture: Picture) -> Iterator[str]:
    yield f"[*] --> s0: {ENTRY}"
    for number, node in enumerate(picture.nodes):
        yield f"s{number}: {node.title}"
        for note in node.notes:
            yield f"s{number}: {_safe(note)}"
        for line in spoken(node.stays, width=_WIDTH, counted=True):
            yield f"s{number}: {_safe(line.text.strip())}"
    for arrow in picture.arrows:
        label = "<br>".join(_safe(line.text.strip()) for line in spoken(arrow.says, width=_WIDTH))
        yield f"s{arrow.source} --> s{arrow.target}: {label}"
    for number, node in enumerate(picture.nodes):
        if node.ended:
            yield f"s{number} --> [*]: {EXIT}"
    yield f"note right of s0: {ANY_STATE}"
    if picture.current is not None:
        yield "classDef current stroke-width:3px"
        yield f"class s{picture.current} current"


def _safe(text: str) -> str:
    """Write what Mermaid would read as syntax as numbered entities, a colon as ``#58;``."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", text)
