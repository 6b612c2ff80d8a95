"""The vocabulary in which an API is described."""

from schematic.define.auth import AuthKind, AuthStrategy
from schematic.define.bodies import ApiRequest, ApiResponse, FormField, RequestKind, ResponseKind
from schematic.define.channels import ChannelKey, KeyReuse
from schematic.define.errors import DefinitionError, SchematicError
from schematic.define.lifecycle import Channel, ConnectionLifecycle
from schematic.define.messages import MessageDirection, MessageSchema, Side
from schematic.define.opening import OpeningStep
from schematic.define.params import ConnectionParam, ParamLocation, ParamType, ParamValue
from schematic.define.rest import Endpoint, RestApi, RestMethod
from schematic.define.schema import BodyKind, Schema
from schematic.define.timers import Timer, TimerKind
from schematic.define.websocket import BoundEndpoint, WebSocketApi, WebSocketEndpoint

__all__ = [
    "ApiRequest",
    "ApiResponse",
    "AuthKind",
    "AuthStrategy",
    "BodyKind",
    "BoundEndpoint",
    "Channel",
    "ChannelKey",
    "ConnectionLifecycle",
    "ConnectionParam",
    "DefinitionError",
    "Endpoint",
    "FormField",
    "KeyReuse",
    "MessageDirection",
    "MessageSchema",
    "OpeningStep",
    "ParamLocation",
    "ParamType",
    "ParamValue",
    "RequestKind",
    "ResponseKind",
    "RestApi",
    "RestMethod",
    "Schema",
    "SchematicError",
    "Side",
    "Timer",
    "TimerKind",
    "WebSocketApi",
    "WebSocketEndpoint",
]
