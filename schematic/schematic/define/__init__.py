"""The vocabulary in which an API is described."""

from schematic.define.auth import AuthKind, AuthStrategy
from schematic.define.autoreply import AutoReply
from schematic.define.bodies import ApiRequest, ApiResponse, FormField, RequestKind, ResponseKind
from schematic.define.breaches import Breach, OnBreach
from schematic.define.channels import ChannelKey, KeyReuse, Refusal
from schematic.define.closing import CloseCode, Closing
from schematic.define.conditions import Condition, ConditionLike, Constraint, ConstraintKind
from schematic.define.errors import DefinitionError, SchematicError
from schematic.define.lifecycle import Channel, ConnectionLifecycle
from schematic.define.messages import MessageDirection, MessageSchema, Side
from schematic.define.notice import CloseNotice
from schematic.define.opening import OpeningStep
from schematic.define.params import ConnectionParam, ParamLocation
from schematic.define.rest import Endpoint, RestApi, RestMethod
from schematic.define.schema import BodyKind, JsonFrame, Schema
from schematic.define.timers import Timer, TimerKind
from schematic.define.values import ListStyle, ParamType, ParamValue, SingleValue
from schematic.define.websocket import BoundEndpoint, WebSocketApi, WebSocketEndpoint

__all__ = [
    "ApiRequest",
    "ApiResponse",
    "AuthKind",
    "AuthStrategy",
    "AutoReply",
    "BodyKind",
    "BoundEndpoint",
    "Breach",
    "Channel",
    "ChannelKey",
    "CloseCode",
    "CloseNotice",
    "Closing",
    "Condition",
    "ConditionLike",
    "ConnectionLifecycle",
    "ConnectionParam",
    "Constraint",
    "ConstraintKind",
    "DefinitionError",
    "Endpoint",
    "FormField",
    "JsonFrame",
    "KeyReuse",
    "ListStyle",
    "MessageDirection",
    "MessageSchema",
    "OnBreach",
    "OpeningStep",
    "ParamLocation",
    "ParamType",
    "ParamValue",
    "Refusal",
    "RequestKind",
    "ResponseKind",
    "RestApi",
    "RestMethod",
    "Schema",
    "SchematicError",
    "Side",
    "SingleValue",
    "Timer",
    "TimerKind",
    "WebSocketApi",
    "WebSocketEndpoint",
]
