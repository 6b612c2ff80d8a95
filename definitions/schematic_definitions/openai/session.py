"""A session: how it is asked for, and how it is reported.

Both are one type here: a report has an ``id`` and an end beside what was asked for. In what a
client asks for, absent leaves a setting as it is and null switches it off, so they are kept apart.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct

from schematic_definitions.openai.audio import AudioInput, AudioOutput
from schematic_definitions.openai.tools import Tool, ToolChoice
from schematic_definitions.shorthand import Maybe

__all__ = [
    "Modality",
    "Prompt",
    "PromptFile",
    "PromptImage",
    "PromptText",
    "RealtimeAudio",
    "RealtimeSession",
    "Reasoning",
    "RetentionRatio",
    "Session",
    "TokenLimits",
    "Tracing",
    "TranscriptionAudio",
    "TranscriptionSession",
]

Modality: TypeAlias = Literal["text", "audio"]
"""What a model says: text, or audio with its transcript. One of the two at a time."""


class PromptText(Struct, frozen=True, tag_field="type", tag="input_text"):
    """A text in the place of a prompt's variable."""

    text: str


class PromptImage(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_image"):
    """An image in the place of a prompt's variable: a file or an address."""

    detail: Maybe[str] = UNSET
    file_id: Maybe[str] = UNSET
    image_url: Maybe[str] = UNSET


class PromptFile(Struct, frozen=True, kw_only=True, tag_field="type", tag="input_file"):
    """A file in the place of a prompt's variable, by id, by address, or in base64."""

    detail: Maybe[str] = UNSET
    file_id: Maybe[str] = UNSET
    file_url: Maybe[str] = UNSET
    file_data: Maybe[str] = UNSET
    filename: Maybe[str] = UNSET


class Prompt(Struct, frozen=True, kw_only=True):
    """Instructions that are kept by OpenAI.

    Attributes:
        id: which.
        version: which version of them.
        variables: what to put in their gaps.
    """

    id: str
    version: Maybe[str] = UNSET
    variables: Maybe[dict[str, str | PromptText | PromptImage | PromptFile]] = UNSET


class Reasoning(Struct, frozen=True):
    """How much a model reasons, from ``minimal`` to ``xhigh``, if it does."""

    effort: Maybe[str] = UNSET


class Tracing(Struct, frozen=True, kw_only=True):
    """Under which names the session is traced."""

    workflow_name: Maybe[str] = UNSET
    group_id: Maybe[str] = UNSET
    metadata: Maybe[dict[str, Any]] = UNSET


class TokenLimits(Struct, frozen=True):
    """How many tokens of conversation, after the instructions, are too many."""

    post_instructions: Maybe[int] = UNSET


class RetentionRatio(Struct, frozen=True, kw_only=True, tag_field="type", tag="retention_ratio"):
    """When a conversation is too long, keep this part of it, 0 to 1."""

    retention_ratio: float
    token_limits: Maybe[TokenLimits] = UNSET


class RealtimeAudio(Struct, frozen=True, kw_only=True):
    """How the user is heard, and the model spoken."""

    input: Maybe[AudioInput] = UNSET
    output: Maybe[AudioOutput] = UNSET


class RealtimeSession(Struct, frozen=True, kw_only=True, tag_field="type", tag="realtime"):
    """A session with a model that answers.

    Attributes:
        id: from the server only: the session's id.
        object: from the server only: ``realtime.session``.
        expires_at: from the server only: when it ends, in seconds since 1970.
        model: which.
        instructions: what it is told before the conversation.
        output_modalities: what it says.
        audio: how it hears and speaks.
        max_output_tokens: how long a response may be; ``inf`` for as long as the model can.
        tools: what it may call.
        tool_choice: whether and what it calls.
        parallel_tool_calls: whether it may call several tools at once.
        reasoning: how much it reasons.
        prompt: instructions that are kept by OpenAI.
        include: what to add to messages: ``item.input_audio_transcription.logprobs``.
        tracing: whether the session is traced, null for not at all.
        truncation: what happens when the conversation is too long for the model.
    """

    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET
    expires_at: Maybe[int] = UNSET
    model: Maybe[str] = UNSET
    instructions: Maybe[str] = UNSET
    output_modalities: Maybe[tuple[Modality, ...]] = UNSET
    audio: Maybe[RealtimeAudio] = UNSET
    max_output_tokens: Maybe[int | Literal["inf"]] = UNSET
    tools: Maybe[tuple[Tool, ...]] = UNSET
    tool_choice: Maybe[ToolChoice] = UNSET
    parallel_tool_calls: Maybe[bool] = UNSET
    reasoning: Maybe[Reasoning] = UNSET
    prompt: Maybe[Prompt] = UNSET
    include: Maybe[tuple[str, ...]] = UNSET
    tracing: Maybe[Literal["auto"] | Tracing] = UNSET
    truncation: Maybe[Literal["auto", "disabled"] | RetentionRatio] = UNSET


class TranscriptionAudio(Struct, frozen=True):
    """How the user is heard."""

    input: Maybe[AudioInput] = UNSET


class TranscriptionSession(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="transcription"
):
    """A session that writes down what is said, and answers nothing.

    Attributes:
        id: from the server only: the session's id.
        object: from the server only: ``realtime.transcription_session``.
        expires_at: from the server only: when it ends, in seconds since 1970.
        audio: how the user is heard.
        include: what to add to messages: ``item.input_audio_transcription.logprobs``.
    """

    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET
    expires_at: Maybe[int] = UNSET
    audio: Maybe[TranscriptionAudio] = UNSET
    include: Maybe[tuple[str, ...]] = UNSET


Session: TypeAlias = RealtimeSession | TranscriptionSession
"""What a connection is for."""
