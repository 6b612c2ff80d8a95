"""Requests and answers of the opening handshake written by hand, right or wrong."""

from __future__ import annotations

import base64

__all__ = ["KEY", "request", "switching"]

KEY = base64.b64encode(b"0123456789abcdef").decode()
_LINES = (
    "Host: example.org",
    "Connection: Upgrade",
    "Upgrade: websocket",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
)


def request(
    *lines: str, without: str = "", first: str = "GET /v1/stream HTTP/1.1", end: str = "\r\n"
) -> bytes:
    """A good request, with further lines and without the one that begins so."""
    return _block(first, _LINES, lines, without, end)


def switching(
    token: str, *lines: str, without: str = "", first: str = "HTTP/1.1 101 Switching Protocols"
) -> bytes:
    """A good answer, with further lines and without the one that begins so."""
    usual = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {token}")
    return _block(first, usual, lines, without, "\r\n")


def _block(
    first: str, usual: tuple[str, ...], lines: tuple[str, ...], without: str, end: str
) -> bytes:
    kept = [line for line in usual if not (without and line.startswith(without))]
    return (end.join([first, *kept, *lines]) + end + end).encode("latin-1")
