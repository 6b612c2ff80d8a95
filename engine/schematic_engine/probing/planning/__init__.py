"""What a prober means to say: conversations from the table, and what is wrong in them. No I/O."""

from __future__ import annotations

__all__: list[str] = []
