"""Blocking clients on plain sockets; see `connect`."""

from __future__ import annotations

from schematic_engine.sync.client import connect
from schematic_engine.sync.connection import ClientConnection
from schematic_engine.sync.reconnecting import Reconnecting

__all__ = ["ClientConnection", "Reconnecting", "connect"]
