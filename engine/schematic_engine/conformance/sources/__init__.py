"""Recordings of any kind, read as one stream of records.

Whatever a file is, `read_source` makes of it what the checker is fed with: `Record` values, one
for each thing that passed, and a `BadLine` for each that cannot be read. The kind of file is told
from its content.
"""

from __future__ import annotations

from schematic_engine.conformance.sources.kinds import (
    Format,
    Source,
    UnreadableSourceError,
    format_of,
    read_source,
)

__all__ = ["Format", "Source", "UnreadableSourceError", "format_of", "read_source"]
