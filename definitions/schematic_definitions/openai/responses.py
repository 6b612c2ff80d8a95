"""A response of the model: how it is asked for, and how it is reported."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from schematic_definitions.openai.audio import AudioOutput
from schematic_definitions.openai.items import Item, ItemReference
from schematic_definitions.openai.session import Modality, Prompt, Reasoning
from schematic_definitions.openai.tools import Tool, ToolChoice
from schematic_definitions.shorthand import Maybe

__all__ = [
    "AsideOptions",
    "AsideResponse",
    "CachedTokens",
    "ConversationResponse",
    "InputTokens",
    "OutputTokens",
    "Response",
    "ResponseAudio",
    "ResponseError",
    "ResponseOptions",
    "ResponseStatus",
    "ResponseUsage",
    "UnmarkedAsideResponse",
]


class ResponseAudio(Struct, frozen=True):
    """How this response is spoken."""

    output: Maybe[AudioOutput] = UNSET


class ResponseOptions(Struct, frozen=True, kw_only=True):
    """What is different for this response; what is absent is as the session says.

    Attributes:
        conversation: ``auto``, the default, for the conversation of the session.
        input: what the model is told instead of the conversation.
        instructions: what it is told before that.
        output_modalities: what it says.
        audio: how it speaks.
        max_output_tokens: how long the response may be.
        tools: what it may call.
        tool_choice: whether and what it calls.
        parallel_tool_calls: whether it may call several tools at once.
        reasoning: how much it reasons.
        prompt: instructions that are kept by OpenAI.
        metadata: up to 16 texts by name, which come back with the response.
    """

    conversation: str | UnsetType = UNSET
    input: Maybe[tuple[Item | ItemReference, ...]] = UNSET
    instructions: Maybe[str] = UNSET
    output_modalities: Maybe[tuple[Modality, ...]] = UNSET
    audio: Maybe[ResponseAudio] = UNSET
    max_output_tokens: Maybe[int | Literal["inf"]] = UNSET
    tools: Maybe[tuple[Tool, ...]] = UNSET
    tool_choice: Maybe[ToolChoice] = UNSET
    parallel_tool_calls: Maybe[bool] = UNSET
    reasoning: Maybe[Reasoning] = UNSET
    prompt: Maybe[Prompt] = UNSET
    metadata: Maybe[dict[str, str]] = UNSET


class AsideOptions(ResponseOptions, frozen=True, kw_only=True):
    """The same for a response that no conversation remembers."""

    conversation: Literal["none"] = "none"


class ResponseError(Struct, frozen=True, kw_only=True):
    """Why a response failed."""

    type: Maybe[str] = UNSET
    code: Maybe[str] = UNSET
    message: Maybe[str] = UNSET


class ResponseStatus(Struct, frozen=True, kw_only=True):
    """Why a response ended as it did.

    Attributes:
        type: ``completed``, ``cancelled``, ``incomplete`` or ``failed``.
        reason: ``turn_detected`` or ``client_cancelled`` if it was cancelled,
            ``max_output_tokens`` or ``content_filter`` if it is incomplete.
        error: if it failed.
    """

    type: Maybe[str] = UNSET
    reason: Maybe[str] = UNSET
    error: Maybe[ResponseError] = UNSET


class CachedTokens(Struct, frozen=True, kw_only=True):
    """How many tokens were cached, by what they stand for."""

    text_tokens: Maybe[int] = UNSET
    image_tokens: Maybe[int] = UNSET
    audio_tokens: Maybe[int] = UNSET


class InputTokens(Struct, frozen=True, kw_only=True):
    """How many tokens the model read, by what they stand for, and how many were cached."""

    text_tokens: Maybe[int] = UNSET
    image_tokens: Maybe[int] = UNSET
    audio_tokens: Maybe[int] = UNSET
    cached_tokens: Maybe[int] = UNSET
    cached_tokens_details: Maybe[CachedTokens] = UNSET


class OutputTokens(Struct, frozen=True, kw_only=True):
    """How many tokens the model wrote, by what they stand for."""

    text_tokens: Maybe[int] = UNSET
    audio_tokens: Maybe[int] = UNSET


class ResponseUsage(Struct, frozen=True, kw_only=True):
    """What a response is billed for, in tokens."""

    total_tokens: Maybe[int] = UNSET
    input_tokens: Maybe[int] = UNSET
    output_tokens: Maybe[int] = UNSET
    input_token_details: Maybe[InputTokens] = UNSET
    output_token_details: Maybe[OutputTokens] = UNSET


class _Reported(Struct, frozen=True, kw_only=True):
    """A response, as far as it has come.

    Attributes:
        object: ``realtime.response``.
        status: ``in_progress``, ``completed``, ``cancelled``, ``failed`` or ``incomplete``.
        status_details: why it ended so.
        output: its items.
        output_modalities: what the model says.
        audio: how it speaks.
        max_output_tokens: how long the response may be.
        metadata: what the client said in asking for it.
        usage: what it is billed for, once it is done.
    """

    object: Maybe[str] = UNSET
    status: Maybe[str] = UNSET
    status_details: Maybe[ResponseStatus] = UNSET
    output: Maybe[tuple[Item, ...]] = UNSET
    output_modalities: Maybe[tuple[Modality, ...]] = UNSET
    audio: Maybe[ResponseAudio] = UNSET
    max_output_tokens: Maybe[int | Literal["inf"]] = UNSET
    metadata: Maybe[dict[str, str]] = UNSET
    usage: Maybe[ResponseUsage] = UNSET


class _Named(_Reported, frozen=True, kw_only=True):
    """The same, and the id of the response."""

    id: str


class Response(_Named, frozen=True, kw_only=True):
    """The same, and the conversation that remembers it; null if none does."""

    conversation_id: Maybe[str] = UNSET


class ConversationResponse(_Named, frozen=True, kw_only=True):
    """The same of a response that the conversation remembers."""

    conversation_id: str | UnsetType = UNSET


class AsideResponse(_Named, frozen=True, kw_only=True):
    """The same of a response that no conversation remembers."""

    conversation_id: None


class UnmarkedAsideResponse(_Reported, frozen=True, kw_only=True):
    """The same, where nothing says that no conversation remembers it.

    So it says less than a `ConversationResponse`, for which it is taken wherever that may be meant.
    The id is needed all the same: it is the key of the response.
    """

    id: str | UnsetType = UNSET
    conversation_id: UnsetType | None = UNSET
