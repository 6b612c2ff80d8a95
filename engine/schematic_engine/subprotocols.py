"""Which subprotocol a server speaks, of those that a client offers (RFC 6455, section 1.9).

A name that is not in the description may be a secret (see `AuthStrategy.subprotocol`), so a server
chooses among those that are, and never repeats another.
"""

from __future__ import annotations

from collections.abc import Sequence

from schematic.compile import CompiledEndpoint

__all__ = ["agree", "choosable", "is_agreed"]


def choosable(endpoint: CompiledEndpoint) -> tuple[str, ...]:
    """What a server of ``endpoint`` may choose: what is needed, or goes along with a secret."""
    beside = (name for way in endpoint.api.auth.ways for name in way.subprotocols)
    return tuple(dict.fromkeys((*endpoint.endpoint.subprotocols, *beside)))


def agree(endpoint: CompiledEndpoint, offered: Sequence[str]) -> str | None:
    """The first of ``offered`` that the endpoint knows, those that it needs before others."""
    for known in (endpoint.endpoint.subprotocols, choosable(endpoint)):
        for name in offered:
            if name in known:
                return name
    return None


def is_agreed(endpoint: CompiledEndpoint, chosen: str | None) -> bool:
    """Whether a connection with ``chosen`` can speak ``endpoint``."""
    needed = endpoint.endpoint.subprotocols
    return not needed or chosen in needed
