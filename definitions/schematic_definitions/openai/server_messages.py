"""What the server says, in 46 kinds, one of which has two forms."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import UNSET, Struct

from schematic_definitions.openai.items import Item
from schematic_definitions.openai.responses import (
    AsideResponse,
    ConversationResponse,
    Response,
    UnmarkedAsideResponse,
)
from schematic_definitions.openai.session import Session
from schematic_definitions.shorthand import Maybe

__all__ = [
    "AsideCreated",
    "AudioPart",
    "BilledDuration",
    "BilledInputTokens",
    "BilledTokens",
    "ContentPart",
    "Conversation",
    "ConversationCreated",
    "ConversationItemAdded",
    "ConversationItemCreated",
    "ConversationItemDeleted",
    "ConversationItemDone",
    "ConversationItemRetrieved",
    "ConversationItemTruncated",
    "Error",
    "ErrorDetails",
    "InputAudioBufferCleared",
    "InputAudioBufferCommitted",
    "InputAudioBufferDtmfEventReceived",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "InputAudioBufferTimeoutTriggered",
    "Language",
    "LogProb",
    "McpListToolsCompleted",
    "McpListToolsFailed",
    "McpListToolsInProgress",
    "OutputAudioBufferCleared",
    "OutputAudioBufferStarted",
    "OutputAudioBufferStopped",
    "RateLimit",
    "RateLimitsUpdated",
    "ResponseContentPartAdded",
    "ResponseContentPartDone",
    "ResponseCreated",
    "ResponseDone",
    "ResponseFunctionCallArgumentsDelta",
    "ResponseFunctionCallArgumentsDone",
    "ResponseMcpCallArgumentsDelta",
    "ResponseMcpCallArgumentsDone",
    "ResponseMcpCallCompleted",
    "ResponseMcpCallFailed",
    "ResponseMcpCallInProgress",
    "ResponseOutputAudioDelta",
    "ResponseOutputAudioDone",
    "ResponseOutputAudioTranscriptDelta",
    "ResponseOutputAudioTranscriptDone",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
    "ResponseOutputTextDelta",
    "ResponseOutputTextDone",
    "SessionCreated",
    "SessionUpdated",
    "TextPart",
    "TranscriptionCompleted",
    "TranscriptionDelta",
    "TranscriptionError",
    "TranscriptionFailed",
    "TranscriptionSegment",
    "UnmarkedAsideCreated",
]


class _Said(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What all messages but one have: an id."""

    event_id: str


# ----------------------------------------------------------------------------------------- session


class SessionCreated(_Said, frozen=True, kw_only=True, tag="session.created"):
    """The greeting: the session as it begins."""

    session: Session


class SessionUpdated(_Said, frozen=True, kw_only=True, tag="session.updated"):
    """The session as it is now."""

    session: Session


class RateLimit(Struct, frozen=True, kw_only=True):
    """What is left of a limit.

    Attributes:
        name: ``requests`` or ``tokens``.
        limit: how many there may be.
        remaining: how many of them are left.
        reset_seconds: when there will be all of them again.
    """

    name: Maybe[str] = UNSET
    limit: Maybe[int] = UNSET
    remaining: Maybe[int] = UNSET
    reset_seconds: Maybe[float] = UNSET


class RateLimitsUpdated(_Said, frozen=True, kw_only=True, tag="rate_limits.updated"):
    """What is left of the limits, at a response's beginning or after its end."""

    rate_limits: tuple[RateLimit, ...]


class ErrorDetails(Struct, frozen=True, kw_only=True):
    """What was wrong.

    Attributes:
        type: such as ``invalid_request_error`` or ``server_error``.
        message: for people.
        code: such as ``session_expired``.
        param: the field that was wrong.
        event_id: the client's id of the message that was wrong.
    """

    type: str
    message: str
    code: Maybe[str] = UNSET
    param: Maybe[str] = UNSET
    event_id: Maybe[str] = UNSET


class Error(_Said, frozen=True, kw_only=True, tag="error"):
    """Something was wrong; the session usually goes on."""

    error: ErrorDetails


# ------------------------------------------------------------------------------------ conversation


class Conversation(Struct, frozen=True, kw_only=True):
    """The conversation's id; ``object`` is ``realtime.conversation``."""

    id: Maybe[str] = UNSET
    object: Maybe[str] = UNSET


class ConversationCreated(_Said, frozen=True, kw_only=True, tag="conversation.created"):
    """The conversation has begun."""

    conversation: Conversation


class _Item(_Said, frozen=True, kw_only=True):
    """An item, and which one is before it, null for none."""

    item: Item
    previous_item_id: Maybe[str] = UNSET


class ConversationItemAdded(_Item, frozen=True, kw_only=True, tag="conversation.item.added"):
    """The conversation has a new item, perhaps without its content yet."""


class ConversationItemDone(_Item, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item of the conversation is complete."""


class ConversationItemCreated(_Item, frozen=True, kw_only=True, tag="conversation.item.created"):
    """The conversation has a new item; the older name of `ConversationItemAdded`."""


class ConversationItemRetrieved(
    _Said, frozen=True, kw_only=True, tag="conversation.item.retrieved"
):
    """An item that was asked for."""

    item: Item


class ConversationItemDeleted(_Said, frozen=True, kw_only=True, tag="conversation.item.deleted"):
    """An item is forgotten."""

    item_id: str


class ConversationItemTruncated(
    _Said, frozen=True, kw_only=True, tag="conversation.item.truncated"
):
    """What the model said ends here, as far as the conversation knows.

    Attributes:
        item_id: the assistant's message.
        content_index: its part.
        audio_end_ms: how much was heard.
    """

    item_id: str
    content_index: int
    audio_end_ms: int


# ----------------------------------------------------------------------------------- transcription


class LogProb(Struct, frozen=True):
    """A token of a transcript, its bytes in UTF-8, and how likely it was."""

    token: str
    bytes: tuple[int, ...]
    logprob: float


class BilledInputTokens(Struct, frozen=True, kw_only=True):
    """What a transcription read."""

    text_tokens: Maybe[int] = UNSET
    audio_tokens: Maybe[int] = UNSET


class BilledTokens(Struct, frozen=True, kw_only=True, tag_field="type", tag="tokens"):
    """What a transcription is billed for, in tokens."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: Maybe[BilledInputTokens] = UNSET


class BilledDuration(Struct, frozen=True, tag_field="type", tag="duration"):
    """What a transcription is billed for, in seconds of audio."""

    seconds: float


class Language(Struct, frozen=True):
    """A language that was heard, in ISO 639-1."""

    code: str


class TranscriptionError(Struct, frozen=True, kw_only=True):
    """Why there is no transcript."""

    type: Maybe[str] = UNSET
    code: Maybe[str] = UNSET
    message: Maybe[str] = UNSET
    param: Maybe[str] = UNSET


class TranscriptionDelta(
    _Said, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.delta"
):
    """The next piece of what the user said.

    Attributes:
        item_id: the user's message.
        content_index: its part.
        delta: the text.
        logprobs: how likely it was, if the session includes that.
    """

    item_id: str
    content_index: Maybe[int] = UNSET
    delta: Maybe[str] = UNSET
    logprobs: Maybe[tuple[LogProb, ...]] = UNSET


class TranscriptionCompleted(
    _Said, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.completed"
):
    """What the user said.

    Attributes:
        item_id: the user's message.
        content_index: its part.
        transcript: the text.
        usage: what it is billed for.
        languages: what was heard; empty if it could not be told.
        logprobs: how likely it was, if the session includes that.
    """

    item_id: str
    content_index: int
    transcript: str
    usage: BilledTokens | BilledDuration
    languages: Maybe[tuple[Language, ...]] = UNSET
    logprobs: Maybe[tuple[LogProb, ...]] = UNSET


class TranscriptionSegment(
    _Said, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.segment"
):
    """Who said something, what, and when.

    Attributes:
        item_id: the user's message.
        content_index: its part.
        id: of this segment.
        text: what.
        speaker: who.
        start: when it begins, in seconds.
        end: when it ends, in seconds.
    """

    item_id: str
    content_index: int
    id: str
    text: str
    speaker: str
    start: float
    end: float


class TranscriptionFailed(
    _Said, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.failed"
):
    """There is no transcript of this part, and why."""

    item_id: str
    content_index: int
    error: TranscriptionError


# ----------------------------------------------------------------------------------- audio buffers


class InputAudioBufferCommitted(
    _Said, frozen=True, kw_only=True, tag="input_audio_buffer.committed"
):
    """The user's audio will be the item ``item_id``, after ``previous_item_id``."""

    item_id: str
    previous_item_id: Maybe[str] = UNSET


class InputAudioBufferCleared(_Said, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """The user's audio is forgotten."""


class InputAudioBufferSpeechStarted(
    _Said, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"
):
    """The user speaks, since ``audio_start_ms``; it will be the item ``item_id``."""

    item_id: str
    audio_start_ms: int


class InputAudioBufferSpeechStopped(
    _Said, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"
):
    """The user has spoken, until ``audio_end_ms``; it will be the item ``item_id``."""

    item_id: str
    audio_end_ms: int


class InputAudioBufferTimeoutTriggered(
    _Said, frozen=True, kw_only=True, tag="input_audio_buffer.timeout_triggered"
):
    """The user has been silent for so long that the model speaks.

    Attributes:
        item_id: the item that holds the silence.
        audio_start_ms: where it begins.
        audio_end_ms: where it ends.
    """

    item_id: str
    audio_start_ms: int
    audio_end_ms: int


class InputAudioBufferDtmfEventReceived(
    Struct, frozen=True, tag_field="type", tag="input_audio_buffer.dtmf_event_received"
):
    """A key of the user's telephone; the only message without an id. Only in calls over SIP.

    Attributes:
        event: the key: a digit, ``*``, ``#``, or ``A`` to ``D``.
        received_at: when, in seconds since 1970.
    """

    event: str
    received_at: int


class OutputAudioBufferStarted(_Said, frozen=True, kw_only=True, tag="output_audio_buffer.started"):
    """The server plays a response; only in calls over WebRTC or SIP."""

    response_id: str


class OutputAudioBufferStopped(_Said, frozen=True, kw_only=True, tag="output_audio_buffer.stopped"):
    """The server has played all of a response; only in calls over WebRTC or SIP."""

    response_id: str


class OutputAudioBufferCleared(_Said, frozen=True, kw_only=True, tag="output_audio_buffer.cleared"):
    """The server stopped playing a response; only in calls over WebRTC or SIP."""

    response_id: str


# ---------------------------------------------------------------------------------------- response


class ResponseCreated(_Said, frozen=True, kw_only=True, tag="response.created"):
    """The model goes on with the conversation."""

    response: ConversationResponse


class AsideCreated(_Said, frozen=True, kw_only=True, tag="response.created"):
    """The model says something that the conversation does not remember.

    The same message as `ResponseCreated`, with a ``conversation_id`` of null in ``response``.
    """

    response: AsideResponse


class UnmarkedAsideCreated(_Said, frozen=True, kw_only=True, tag="response.created"):
    """The same, where ``conversation_id`` is left out, as every field of a response may be.

    It is taken for a `ResponseCreated` unless a response of the conversation runs already.
    """

    response: UnmarkedAsideResponse


class ResponseDone(_Said, frozen=True, kw_only=True, tag="response.done"):
    """A response is over, however it ended; without its audio."""

    response: Response


class _OfResponse(_Said, frozen=True, kw_only=True):
    """A message about a response, and the number of its item, from 0."""

    response_id: str
    output_index: int


class ResponseOutputItemAdded(
    _OfResponse, frozen=True, kw_only=True, tag="response.output_item.added"
):
    """A response has a new item, without its content yet."""

    item: Item


class ResponseOutputItemDone(
    _OfResponse, frozen=True, kw_only=True, tag="response.output_item.done"
):
    """An item of a response is complete, or will not be."""

    item: Item


class _OfItem(_OfResponse, frozen=True, kw_only=True):
    """A message about an item of a response."""

    item_id: str


class _OfPart(_OfItem, frozen=True, kw_only=True):
    """A message about a part of an item, and the number of that part, from 0."""

    content_index: int


class TextPart(Struct, frozen=True, tag_field="type", tag="text"):
    """Text; the same is called ``output_text`` in an item."""

    text: Maybe[str] = UNSET


class AudioPart(Struct, frozen=True, kw_only=True, tag_field="type", tag="audio"):
    """Audio in base64, and what it says; the same is called ``output_audio`` in an item."""

    audio: Maybe[str] = UNSET
    transcript: Maybe[str] = UNSET


ContentPart: TypeAlias = TextPart | AudioPart
"""A part of an item, as it is announced and as it came out."""


class ResponseContentPartAdded(
    _OfPart, frozen=True, kw_only=True, tag="response.content_part.added"
):
    """An item has a new part, without its content yet."""

    part: ContentPart


class ResponseContentPartDone(_OfPart, frozen=True, kw_only=True, tag="response.content_part.done"):
    """A part of an item is complete, or will not be."""

    part: ContentPart


class ResponseOutputTextDelta(_OfPart, frozen=True, kw_only=True, tag="response.output_text.delta"):
    """The next piece of text."""

    delta: str


class ResponseOutputTextDone(_OfPart, frozen=True, kw_only=True, tag="response.output_text.done"):
    """All of the text."""

    text: str


class ResponseOutputAudioTranscriptDelta(
    _OfPart, frozen=True, kw_only=True, tag="response.output_audio_transcript.delta"
):
    """The next piece of what the audio says."""

    delta: str


class ResponseOutputAudioTranscriptDone(
    _OfPart, frozen=True, kw_only=True, tag="response.output_audio_transcript.done"
):
    """All that the audio says."""

    transcript: str


class ResponseOutputAudioDelta(
    _OfPart, frozen=True, kw_only=True, tag="response.output_audio.delta"
):
    """The next piece of audio, in base64."""

    delta: str


class ResponseOutputAudioDone(_OfPart, frozen=True, kw_only=True, tag="response.output_audio.done"):
    """All audio of a part has been sent."""


class ResponseFunctionCallArgumentsDelta(
    _OfItem, frozen=True, kw_only=True, tag="response.function_call_arguments.delta"
):
    """The next piece of a call's arguments, which together are JSON text."""

    call_id: str
    delta: str


class ResponseFunctionCallArgumentsDone(
    _OfItem, frozen=True, kw_only=True, tag="response.function_call_arguments.done"
):
    """All of a call: of which function, and its arguments as JSON text."""

    call_id: str
    name: str
    arguments: str


class ResponseMcpCallArgumentsDelta(
    _OfItem, frozen=True, kw_only=True, tag="response.mcp_call_arguments.delta"
):
    """The next piece of an MCP call's arguments.

    Attributes:
        delta: a piece of JSON text.
        obfuscation: padding that hides the piece's length.
    """

    delta: str
    obfuscation: Maybe[str] = UNSET


class ResponseMcpCallArgumentsDone(
    _OfItem, frozen=True, kw_only=True, tag="response.mcp_call_arguments.done"
):
    """All of an MCP call's arguments, as JSON text."""

    arguments: str


# --------------------------------------------------------------------------------------------- MCP


class _McpCall(_Said, frozen=True, kw_only=True):
    """What becomes of an MCP call; which response it is of is not said."""

    item_id: str
    output_index: int


class ResponseMcpCallInProgress(
    _McpCall, frozen=True, kw_only=True, tag="response.mcp_call.in_progress"
):
    """The tool is running."""


class ResponseMcpCallCompleted(
    _McpCall, frozen=True, kw_only=True, tag="response.mcp_call.completed"
):
    """The tool has returned something."""


class ResponseMcpCallFailed(_McpCall, frozen=True, kw_only=True, tag="response.mcp_call.failed"):
    """The tool has failed."""


class _McpListTools(_Said, frozen=True, kw_only=True):
    """What becomes of the question which tools an MCP server has."""

    item_id: str


class McpListToolsInProgress(
    _McpListTools, frozen=True, kw_only=True, tag="mcp_list_tools.in_progress"
):
    """The server is being asked."""


class McpListToolsCompleted(
    _McpListTools, frozen=True, kw_only=True, tag="mcp_list_tools.completed"
):
    """The server has answered; the item holds its tools."""


class McpListToolsFailed(_McpListTools, frozen=True, kw_only=True, tag="mcp_list_tools.failed"):
    """The server has not answered."""
