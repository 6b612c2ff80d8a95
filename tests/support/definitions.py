"""Small definitions whose lifecycle does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schematic import (
    BoundEndpoint,
    ConnectionLifecycle,
    ConnectionParam,
    Constraint,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)

LIFECYCLE = ConnectionLifecycle(
    streaming_messages=(
        MessageSchema(id="Say", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema("Say")),
    )
)


def param(name: str, param_type: ParamType = ParamType.STRING, **fields: Any) -> ConnectionParam:
    """A parameter, a string unless told otherwise."""
    return ConnectionParam(name=name, param_type=param_type, **fields)


def an_endpoint(*params: ConnectionParam, **fields: Any) -> WebSocketEndpoint:
    """An endpoint with these parameters at ``/talk``, unless told otherwise."""
    given: dict[str, Any] = {
        "id": "Talk",
        "path": "/talk",
        "connection_params": params,
        "lifecycle": LIFECYCLE,
    }
    return WebSocketEndpoint(**(given | fields))


def an_api(*endpoints: WebSocketEndpoint, **fields: Any) -> WebSocketApi:
    """An API with these endpoints."""
    given: dict[str, Any] = {
        "name": "Example",
        "base_url": "wss://example.com",
        "endpoints": endpoints,
    }
    return WebSocketApi(**(given | fields))


def a_bound(
    *params: ConnectionParam,
    path: str = "/talk",
    constraints: Sequence[Constraint] = (),
    **fields: Any,
) -> BoundEndpoint:
    """An endpoint with these parameters, bound to an API with these fields."""
    return an_api(an_endpoint(*params, path=path, constraints=constraints), **fields).endpoint()
