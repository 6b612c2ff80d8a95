"""Blocking clients on plain sockets; see `connect`."""

from __future__ import annotations

from schematic_engine.sync.connection import ClientConnection, connect

__all__ = ["ClientConnection", "connect"]
