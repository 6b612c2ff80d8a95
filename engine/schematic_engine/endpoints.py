"""Whatever names an endpoint, compiled.

`connect`, `Connection` and `Session` take an endpoint in any of three forms; this is where the
three become one.
"""

from __future__ import annotations

from typing import TypeAlias

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.define import BoundEndpoint, WebSocketApi

__all__ = ["AnyEndpoint", "resolve"]

AnyEndpoint: TypeAlias = BoundEndpoint | CompiledEndpoint | WebSocketApi
"""``api.endpoint("Id")``, the same compiled, or an API that has exactly one endpoint."""


def resolve(endpoint: AnyEndpoint) -> CompiledEndpoint:
    """The compiled form of ``endpoint``; compiling the same one again costs nothing.

    Raises:
        DefinitionError: an API without exactly one endpoint, or a lifecycle that contradicts
            itself.
        TypeError: none of the three forms.
    """
    return _compiled(endpoint)


def _compiled(given: object) -> CompiledEndpoint:
    if isinstance(given, CompiledEndpoint):
        return given
    if isinstance(given, WebSocketApi):
        given = given.endpoint()
    if isinstance(given, BoundEndpoint):
        return compile_endpoint(given)
    raise TypeError(f"{type(given).__name__} is not an endpoint: pass api.endpoint('Id')")
