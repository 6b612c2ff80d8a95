"""Clients and servers for asyncio.

``connect`` and ``serve`` join the sans-IO `schematic_engine.connection.Connection` to sockets, TLS
and the loop's clock, and let neither peer fill the other's memory.
"""

from __future__ import annotations

from schematic_engine.asyncio.client import connect
from schematic_engine.asyncio.client_connection import ClientConnection
from schematic_engine.asyncio.connection import BaseConnection
from schematic_engine.asyncio.opening import Opening
from schematic_engine.asyncio.reconnecting import Reconnecting
from schematic_engine.asyncio.server import Server
from schematic_engine.asyncio.server_connection import Handler, ServerConnection
from schematic_engine.asyncio.serving import serve

__all__ = [
    "BaseConnection",
    "ClientConnection",
    "Handler",
    "Opening",
    "Reconnecting",
    "Server",
    "ServerConnection",
    "connect",
    "serve",
]
