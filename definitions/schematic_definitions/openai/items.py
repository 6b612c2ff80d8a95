"""Items: what a conversation consists of, from either side.

An item is told by its ``type``; a message is told once more, by its ``role``, which says what its
parts may be.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from schematic_definitions.shorthand import Maybe

__all__ = [
    "FunctionCall",
    "FunctionCallOutput",
    "InputAudio",
    "InputImage",
    "InputText",
    "Item",
    "ItemReference",
    "McpApprovalRequest",
    "McpApprovalResponse",
    "McpCall",
    "McpHttpError",
    "McpListTools",
    "McpProtocolError",
    "McpToolDescription",
    "McpToolExecutionError",
    "Message",
    "OutputAudio",
    "OutputText",
    "Part",
]


class InputText(Struct, frozen=True, tag_field="type", tag="input_text"):
    """Text to the model."""

    text: Maybe[str] = UNSET


class InputAudio(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_audio"):
    """Audio to the model, in base64, and what was heard in it."""

    audio: Maybe[str] = UNSET
    transcript: Maybe[str] = UNSET


class InputImage(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_image"):
    """An image to the model.

    Attributes:
        image_url: the image, as a ``data:`` URL.
        detail: how closely to look: ``low``, ``high`` or ``auto``.
    """

    image_url: Maybe[str] = UNSET
    detail: Maybe[str] = UNSET


class OutputText(Struct, frozen=True, tag_field="type", tag="output_text"):
    """Text from the model."""

    text: Maybe[str] = UNSET


class OutputAudio(Struct, frozen=True, kw_only=True, tag_field="type", tag="output_audio"):
    """Audio from the model, in base64, and what it says."""

    audio: Maybe[str] = UNSET
    transcript: Maybe[str] = UNSET


Part: TypeAlias = InputText | InputAudio | InputImage | OutputText | OutputAudio
"""A part of a message."""

_PARTS: dict[str, tuple[type[Part], ...]] = {
    "system": (InputText,),
    "user": (InputText, InputAudio, InputImage),
    "assistant": (OutputText, OutputAudio),
}


class Message(Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """Something that was said.

    Attributes:
        role: by whom: ``system`` says `InputText`, ``user`` any input, ``assistant`` any output.
        content: its parts.
        id: its id, made by the server if the client makes none.
        object: ``realtime.item``.
        status: ``completed``, ``incomplete`` or ``in_progress``.

    Raises:
        ValueError: a part is not of the role.
    """

    role: Literal["system", "user", "assistant"]
    content: tuple[Part, ...]
    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET
    status: Maybe[str] = UNSET

    def __post_init__(self) -> None:
        allowed = _PARTS.get(self.role, ())
        for part in self.content:
            if not isinstance(part, allowed):
                raise ValueError(f"a {self.role} message has no {type(part).__name__} part")


class FunctionCall(Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """The model calls a function.

    Attributes:
        name: which.
        arguments: as JSON text.
        call_id: the id that the output has to name.
        id: the item's id.
        object: ``realtime.item``.
        status: ``completed``, ``incomplete`` or ``in_progress``.
    """

    name: str
    arguments: str
    call_id: Maybe[str] = UNSET
    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET
    status: Maybe[str] = UNSET


class FunctionCallOutput(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"
):
    """What a function returned.

    Attributes:
        call_id: of the call.
        output: any text.
        id: the item's id.
        object: ``realtime.item``.
        status: ``completed``, ``incomplete`` or ``in_progress``.
    """

    call_id: str
    output: str
    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET
    status: Maybe[str] = UNSET


class McpToolDescription(Struct, frozen=True, kw_only=True):
    """A tool of an MCP server; ``input_schema`` is a JSON Schema."""

    name: str
    input_schema: Any
    description: Maybe[str] = UNSET
    annotations: Any = UNSET


class McpListTools(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_list_tools"):
    """The tools that an MCP server has."""

    server_label: str
    tools: tuple[McpToolDescription, ...]
    id: Maybe[str] = UNSET


class McpProtocolError(Struct, frozen=True, tag_field="type", tag="protocol_error"):
    """The MCP server broke its protocol, or said that we did."""

    code: int
    message: str


class McpToolExecutionError(Struct, frozen=True, tag_field="type", tag="tool_execution_error"):
    """The tool failed."""

    message: str


class McpHttpError(Struct, frozen=True, tag_field="type", tag="http_error"):
    """The MCP server answered with an HTTP status that says so."""

    code: int
    message: str


class McpCall(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_call"):
    """A tool of an MCP server was called.

    Attributes:
        id: the item's id.
        server_label: which server.
        name: which tool.
        arguments: as JSON text.
        approval_request_id: the request that was approved before it.
        output: what the tool returned.
        error: why it did not.
    """

    id: str
    server_label: str
    name: str
    arguments: str
    approval_request_id: Maybe[str] = UNSET
    output: Maybe[str] = UNSET
    error: Maybe[McpProtocolError | McpToolExecutionError | McpHttpError] = UNSET


class McpApprovalRequest(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_approval_request"
):
    """The model wants to call a tool that the client has to approve; ``arguments`` is JSON text."""

    id: str
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_approval_response"
):
    """The client approves a call, or does not, and why."""

    id: str
    approval_request_id: str
    approve: bool
    reason: Maybe[str] = UNSET


Item: TypeAlias = (
    Message
    | FunctionCall
    | FunctionCallOutput
    | McpListTools
    | McpCall
    | McpApprovalRequest
    | McpApprovalResponse
)
"""A part of a conversation."""


class ItemReference(Struct, frozen=True, tag_field="type", tag="item_reference"):
    """An item that the conversation has already, as input to a response."""

    id: str
