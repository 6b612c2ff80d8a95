"""What a model may call, as a session or a response is told: functions, and servers that have some.

The servers are those of the Model Context Protocol (MCP).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from schematic_definitions.shorthand import Maybe

__all__ = [
    "ApprovalFilter",
    "FunctionTool",
    "McpTool",
    "Tool",
    "ToolChoice",
    "ToolChoiceFunction",
    "ToolChoiceMcp",
    "ToolFilter",
]


class FunctionTool(Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """A function that the client runs.

    Attributes:
        name: its name.
        description: what it does and when to call it, for the model.
        parameters: their JSON Schema.
    """

    name: Maybe[str] = UNSET
    description: Maybe[str] = UNSET
    parameters: Maybe[dict[str, Any]] = UNSET


class ToolFilter(Struct, frozen=True, kw_only=True):
    """Some of a server's tools.

    Attributes:
        tool_names: these.
        read_only: those that change nothing, or those that do.
    """

    tool_names: Maybe[tuple[str, ...]] = UNSET
    read_only: Maybe[bool] = UNSET


class ApprovalFilter(Struct, frozen=True, kw_only=True):
    """Which tools are called only after the client has approved, and which always are."""

    always: Maybe[ToolFilter] = UNSET
    never: Maybe[ToolFilter] = UNSET


class McpTool(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """An MCP server, whose tools OpenAI calls; it is at one of three places.

    Attributes:
        server_label: what calls of its tools name it.
        server_url: the place: its address.
        connector_id: the place: a service that OpenAI connects to, ``connector_gmail``.
        tunnel_id: the place: a tunnel to a server that is not on the internet.
        server_description: what it is for, for the model.
        authorization: an OAuth access token for it.
        headers: header lines for it.
        allowed_tools: those of its tools that may be called.
        allowed_callers: who may call them: ``direct``, ``programmatic``.
        require_approval: which of them the client has to approve each time.
        defer_loading: tell the model of its tools only when they are searched for.
    """

    server_label: str
    server_url: Maybe[str] = UNSET
    connector_id: Maybe[str] = UNSET
    tunnel_id: Maybe[str] = UNSET
    server_description: Maybe[str] = UNSET
    authorization: Maybe[str] = UNSET
    headers: Maybe[dict[str, str]] = UNSET
    allowed_tools: Maybe[tuple[str, ...] | ToolFilter] = UNSET
    allowed_callers: Maybe[tuple[str, ...]] = UNSET
    require_approval: Maybe[Literal["always", "never"] | ApprovalFilter] = UNSET
    defer_loading: Maybe[bool] = UNSET

    def __repr__(self) -> str:
        """Without the token and the headers, and without the address, which may hold a key."""
        return f"McpTool(server_label={self.server_label!r}, ...)"


Tool: TypeAlias = FunctionTool | McpTool
"""Something that the model may call."""


class ToolChoiceFunction(Struct, frozen=True, tag_field="type", tag="function"):
    """The model has to call this function."""

    name: str


class ToolChoiceMcp(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """The model has to call a tool of this server, or just this one."""

    server_label: str
    name: Maybe[str] = UNSET


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | ToolChoiceFunction | ToolChoiceMcp
"""Whether and what the model calls."""
