"""Pictures of a lifecycle, drawn from the table that the engine runs.

Each function returns text: `to_mermaid` and `to_markdown` for documents, `to_svg` for a picture of
its own that needs no other program, `to_text` for terminals. The same table gives the same text,
byte for byte. `to_sequence` draws not a table but one conversation.
"""

from schematic.compile.diagram.closing import (
    closing_rows,
    closing_sentence,
    closing_to_markdown,
    notice_words,
    rule_words,
)
from schematic.compile.diagram.markdown import to_markdown
from schematic.compile.diagram.mermaid import to_mermaid
from schematic.compile.diagram.sequence import to_sequence
from schematic.compile.diagram.svg import to_svg
from schematic.compile.diagram.text import to_text

__all__ = [
    "closing_rows",
    "closing_sentence",
    "closing_to_markdown",
    "notice_words",
    "rule_words",
    "to_markdown",
    "to_mermaid",
    "to_sequence",
    "to_svg",
    "to_text",
]
