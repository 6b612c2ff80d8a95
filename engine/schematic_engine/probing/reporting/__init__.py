"""What a probe found, for people and for programs, and as programs that show it again."""

from __future__ import annotations

__all__: list[str] = []
