"""One conversation of a prober, from its plan to what came of it: no I/O, no clock."""

from __future__ import annotations

__all__: list[str] = []
