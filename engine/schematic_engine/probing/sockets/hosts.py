"""Which hosts may be probed without being asked for: those of this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["has_port_0", "is_loopback", "is_websocket"]


def is_loopback(url: str) -> bool:
    """Whether ``url`` leads to this machine: ``localhost``, or a loopback address."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_websocket(url: str) -> bool:
    """Whether ``url`` is one of a WebSocket, with a host: ``ws://...`` or ``wss://...``."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname)
    except ValueError:
        return False


def has_port_0(url: str) -> bool:
    """Whether ``url`` names the port 0, which stands for any that is free."""
    try:
        return urlsplit(url).port == 0
    except ValueError:
        return False
