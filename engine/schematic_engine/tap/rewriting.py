"""What a proxy changes of a request, and nothing else does: where it goes to. Pure.

The request that reaches the server has the server's own name in ``Host``, since servers look for
the name that they know; the path prefix of the server's URL before its path; and an ``Origin`` that
was that of the proxy is that of the server, so that what was of the same origin still is. A request
that does not ask for a WebSocket is also told to close the connection, so that the next one comes
with a connection of its own, and is found and rewritten, too. Every other byte stays.
"""

from __future__ import annotations

from schematic_engine.address import Address
from schematic_engine.conformance.trace import host_and_target
from schematic_engine.tap.upgrade import Asked

__all__ = ["rewritten"]


def rewritten(block: bytes, asked: Asked, upstream: Address, *, keep_host: bool = False) -> bytes:
    """The header block of a request as it goes to ``upstream``.

    Args:
        block: the block as it came.
        asked: the same, read.
        upstream: the server, with the prefix of its paths as its target.
        keep_host: whether ``Host`` and ``Origin`` stay.
    """
    first, *lines = block.split(b"\n")
    values: dict[bytes, str] = {}
    if not keep_host:
        values[b"host"] = upstream.authority
        scheme = "https" if upstream.secure else "http"
        own = {f"http://{asked.host}".lower(), f"https://{asked.host}".lower()}
        if any(origin.lower() in own for origin in asked.values("origin")):
            values[b"origin"] = f"{scheme}://{upstream.authority}"
    if not asked.is_for_websocket:
        values[b"connection"] = "close"
        if not asked.values("connection"):
            lines.insert(0, b"Connection: close\r")
    return b"\n".join((_first(first, asked, upstream), *(_line(one, values) for one in lines)))


def _first(line: bytes, asked: Asked, upstream: Address) -> bytes:
    """The request line, with the target as a path."""
    method, _, rest = line.partition(b" ")
    version = rest.rpartition(b" ")[2]
    _, target = host_and_target(asked.target)
    prefix = upstream.target.rstrip("/")
    if not target.startswith("/"):  # as in OPTIONS *, which is about the server as a whole
        return line
    return b" ".join((method, (prefix + target).encode("latin-1"), version))


def _line(line: bytes, values: dict[bytes, str]) -> bytes:
    name, colon, rest = line.partition(b":")
    value = values.get(name.strip().lower())
    if value is None or not colon:
        return line
    return name + b": " + value.encode("latin-1") + (b"\r" if rest.endswith(b"\r") else b"")
