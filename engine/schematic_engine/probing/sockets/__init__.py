"""Holding conversations over sockets, with servers and with clients."""

from __future__ import annotations

__all__: list[str] = []
