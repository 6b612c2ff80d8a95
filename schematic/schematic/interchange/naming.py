"""Names for the types of bodies: each type has one, and no two have the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from schematic.define import (
    ConnectionLifecycle,
    RestApi,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = ["Described", "safe_name", "types_of"]

Described = WebSocketApi | RestApi | WebSocketEndpoint | ConnectionLifecycle
"""What has bodies."""


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
    elif isinstance(described, RestApi):
        yield from _rest_bodies(described)
    elif isinstance(described, WebSocketEndpoint):
        for body, base, _ in _bodies(described.lifecycle):
            yield body, base, safe_name(described.id)
    else:
        for message in described.every_message:
            if _is_typed(message.schema):
                yield message.schema.body, _base(message.schema, message.id), "Body"
        for body in _values(described):
            yield type(body), safe_name(type(body).__name__), "Body"


def _rest_bodies(api: RestApi) -> Iterator[tuple[Any, str, str]]:
    for endpoint in api.endpoints:
        for part, body in (("Request", endpoint.request), ("Response", endpoint.response)):
            schema = None if body is None else body.schema
            if schema is not None and _is_typed(schema):
                yield schema.body, _base(schema, endpoint.id + part), safe_name(endpoint.id)


def _is_typed(schema: Schema) -> bool:
    return schema.body is not None and not schema.is_name_only


def _base(schema: Schema, otherwise: str) -> str:
    """What a type is called by itself."""
    own = schema.body.__name__ if isinstance(schema.body, type) else ""
    return safe_name(own if own.isidentifier() else otherwise)


def _values(lifecycle: ConnectionLifecycle) -> Iterator[object]:
    """The values of classes of the user's that stand in the description itself."""
    said = [timer.body for timer in lifecycle.timers]
    said += [rule.body for rule in lifecycle.on_breach]
    yield from (body for body in said if type(body).__module__ != "builtins")
    for channel in lifecycle.channels:
        yield from _values(channel.lifecycle)
