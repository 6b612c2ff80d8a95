"""Watching a program's own WebSockets: who breaks the order of messages, where, and why.

Make a `Monitor` and tell it of a connection: ``monitor.watch(ws)``, with ``websockets`` (asyncio or
threads), aiohttp, Starlette or FastAPI; or put `MonitorMiddleware` around an ASGI application. The
connection is used as before, and no message is changed, delayed or lost.
"""

from __future__ import annotations

from schematic_engine.monitor.conversation import Opening
from schematic_engine.monitor.errors import NotConforming, NotWatchable
from schematic_engine.monitor.monitor import LOGGER, Monitor, Watched
from schematic_engine.monitor.on_asgi import MonitorMiddleware
from schematic_engine.monitor.watch import Watch

__all__ = [
    "LOGGER",
    "Monitor",
    "MonitorMiddleware",
    "NotConforming",
    "NotWatchable",
    "Opening",
    "Watch",
    "Watched",
]
