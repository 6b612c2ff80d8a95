"""Connecting the sync client to a server of `support.threaded_server`."""

from __future__ import annotations

from typing import Any

from schematic_engine.sync import ClientConnection, connect
from support.echo import TALK
from support.threaded_server import ThreadedServer

__all__ = ["dial"]


def dial(server: ThreadedServer, **options: Any) -> ClientConnection:
    """A connection to ``server``; ``options`` as for `connect`."""
    given: dict[str, Any] = {"url": server.url, "auth": "open sesame"}
    connection: ClientConnection = connect(TALK, **(given | options))
    return connection
