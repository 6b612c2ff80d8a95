"""The vocabulary in which an API is described."""

from typing import TYPE_CHECKING

from schematic.lazy import lazily

if TYPE_CHECKING:
    from schematic.define.auth import AuthKind, AuthStrategy
    from schematic.define.autoreply import AutoReply
    from schematic.define.bodies import (
        ApiRequest,
        ApiResponse,
        FormField,
        RequestKind,
        ResponseKind,
    )
    from schematic.define.breaches import Breach, OnBreach
    from schematic.define.channels import ChannelKey, KeyReuse, Refusal
    from schematic.define.closing import CloseCode, Closing
    from schematic.define.conditions import Condition, ConditionLike, Constraint, ConstraintKind
    from schematic.define.errors import DefinitionError, SchematicError
    from schematic.define.lifecycle import Channel, ConnectionLifecycle
    from schematic.define.messages import MessageSchema
    from schematic.define.notice import CloseNotice
    from schematic.define.opening import OpeningStep
    from schematic.define.params import ConnectionParam, ParamLocation
    from schematic.define.rest import Endpoint, RestApi, RestMethod
    from schematic.define.schema import BodyKind, JsonFrame, Schema
    from schematic.define.sides import MessageDirection, Side
    from schematic.define.timers import Timer, TimerKind
    from schematic.define.values import ListStyle, ParamType, ParamValue, SingleValue
    from schematic.define.websocket import BoundEndpoint, WebSocketApi, WebSocketEndpoint
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "schematic.define.auth": ["AuthKind", "AuthStrategy"],
            "schematic.define.autoreply": ["AutoReply"],
            "schematic.define.bodies": [
                "ApiRequest",
                "ApiResponse",
                "FormField",
                "RequestKind",
                "ResponseKind",
            ],
            "schematic.define.breaches": ["Breach", "OnBreach"],
            "schematic.define.channels": ["ChannelKey", "KeyReuse", "Refusal"],
            "schematic.define.closing": ["CloseCode", "Closing"],
            "schematic.define.conditions": [
                "Condition",
                "ConditionLike",
                "Constraint",
                "ConstraintKind",
            ],
            "schematic.define.errors": ["DefinitionError", "SchematicError"],
            "schematic.define.lifecycle": ["Channel", "ConnectionLifecycle"],
            "schematic.define.messages": ["MessageSchema"],
            "schematic.define.sides": ["MessageDirection", "Side"],
            "schematic.define.notice": ["CloseNotice"],
            "schematic.define.opening": ["OpeningStep"],
            "schematic.define.params": ["ConnectionParam", "ParamLocation"],
            "schematic.define.rest": ["Endpoint", "RestApi", "RestMethod"],
            "schematic.define.schema": ["BodyKind", "JsonFrame", "Schema"],
            "schematic.define.timers": ["Timer", "TimerKind"],
            "schematic.define.values": ["ListStyle", "ParamType", "ParamValue", "SingleValue"],
            "schematic.define.websocket": ["BoundEndpoint", "WebSocketApi", "WebSocketEndpoint"],
        },
    )

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
