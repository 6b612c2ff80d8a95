"""Names for the types of bodies: each type has one, and no two have the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from schematic.define import ConnectionLifecycle, MessageSchema, WebSocketApi, WebSocketEndpoint

__all__ = ["Described", "safe_name", "types_of"]

Described = WebSocketApi | WebSocketEndpoint | ConnectionLifecycle
"""What has a form in plain data."""


def types_of(described: Described) -> dict[str, object]:
    """The types of all bodies in a description, by the names under which data refers to them.

    A class keeps its own name; another annotation, such as a union, is called like its message.
    Where several types would have one name, each has the id of its endpoint in front, and if that
    is not enough, a number behind: ``ListenV1Configure`` and ``SpeakV2Configure``.

    Returns:
        Each name with its type, in order of appearance; the same at every call.
    """
    bases: dict[object, tuple[str, str]] = {}
    for body, base, prefix in _bodies(described):
        bases.setdefault(body, (base, prefix))
    often = Counter(base for base, _ in bases.values())
    named: dict[str, object] = {}
    for body, (base, prefix) in bases.items():
        wanted = base if often[base] == 1 else prefix + base
        name, number = wanted, 1
        while name in named or (name != base and name in often):
            number += 1
            name = f"{wanted}{number}"
        named[name] = body
    return named


def safe_name(name: str) -> str:
    """``name`` as a key of the components of any document: ASCII letters, digits, underscores."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _bodies(described: Described) -> Iterator[tuple[Any, str, str]]:
    """Each type of a body, what it would be called, and what goes in front if need be."""
    if isinstance(described, WebSocketApi):
        for endpoint in described.endpoints:
            yield from _bodies(endpoint)
    elif isinstance(described, WebSocketEndpoint):
        for body, base, _ in _bodies(described.lifecycle):
            yield body, base, safe_name(described.id)
    else:
        for message in described.every_message:
            if message.schema.body is not None and not message.schema.is_name_only:
                yield message.schema.body, _base(message), "Body"
        for body in _values(described):
            yield type(body), safe_name(type(body).__name__), "Body"


def _base(message: MessageSchema) -> str:
    body = message.schema.body
    own = body.__name__ if isinstance(body, type) else ""
    return safe_name(own if own.isidentifier() else message.id)


def _values(lifecycle: ConnectionLifecycle) -> Iterator[object]:
    """The values of classes of the user's that stand in the description itself."""
    said = [timer.body for timer in lifecycle.timers]
    said += [rule.body for rule in lifecycle.on_breach]
    yield from (body for body in said if type(body).__module__ != "builtins")
    for channel in lifecycle.channels:
        yield from _values(channel.lifecycle)
