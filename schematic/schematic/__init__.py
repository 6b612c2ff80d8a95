"""Describe a WebSocket API once, as data.

Every definition type can be imported from here; `schematic.define` is where they live.
"""

from schematic.define import (
    AuthKind,
    AuthStrategy,
    BodyKind,
    BoundEndpoint,
    ConnectionLifecycle,
    ConnectionParam,
    DefinitionError,
    MessageDirection,
    MessageSchema,
    OpeningStep,
    ParamLocation,
    ParamType,
    ParamValue,
    Schema,
    SchematicError,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = [
    "AuthKind",
    "AuthStrategy",
    "BodyKind",
    "BoundEndpoint",
    "ConnectionLifecycle",
    "ConnectionParam",
    "DefinitionError",
    "MessageDirection",
    "MessageSchema",
    "OpeningStep",
    "ParamLocation",
    "ParamType",
    "ParamValue",
    "Schema",
    "SchematicError",
    "Side",
    "WebSocketApi",
    "WebSocketEndpoint",
]
