"""OpenAI ``/v1/realtime``: a conversation with a model that hears and speaks, or a transcription.

The server greets with ``session.created``; the greeting holds nobody back. Then the client fills
the conversation with items and the buffer with audio, and asks for responses.

Not covered: that an answer to ``conversation.item.create`` is an item of the same id; that a
session lasts an hour.
"""

from __future__ import annotations

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    Constraint,
    OpeningStep,
    ParamLocation,
    ParamType,
    WebSocketEndpoint,
)
from schematic_definitions.openai.client_messages import (
    ConversationItemCreate,
    ConversationItemDelete,
    ConversationItemRetrieve,
    ConversationItemTruncate,
    InputAudioBufferAppend,
    InputAudioBufferClear,
    InputAudioBufferCommit,
    OutputAudioBufferClear,
    ResponseCancel,
    ResponseCreate,
    SessionUpdate,
)
from schematic_definitions.openai.server_messages import (
    ConversationCreated,
    ConversationItemAdded,
    ConversationItemCreated,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    Error,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferDtmfEventReceived,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioBufferTimeoutTriggered,
    McpListToolsCompleted,
    McpListToolsFailed,
    McpListToolsInProgress,
    OutputAudioBufferCleared,
    OutputAudioBufferStarted,
    OutputAudioBufferStopped,
    RateLimitsUpdated,
    ResponseContentPartAdded,
    ResponseContentPartDone,
    ResponseCreated,
    ResponseDone,
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    ResponseMcpCallArgumentsDelta,
    ResponseMcpCallArgumentsDone,
    ResponseMcpCallCompleted,
    ResponseMcpCallFailed,
    ResponseMcpCallInProgress,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
    SessionCreated,
    SessionUpdated,
    TranscriptionCompleted,
    TranscriptionDelta,
    TranscriptionFailed,
    TranscriptionSegment,
)
from schematic_definitions.shorthand import client_says, optional, server_says

__all__ = ["realtime"]

_GREETING = OpeningStep(
    server_says(SessionCreated, "The greeting.", repeatable=False), gating=False
)

_CLIENT = (
    client_says(SessionUpdate, "Changes the session."),
    client_says(InputAudioBufferAppend, "Audio of the user's; never answered."),
    client_says(InputAudioBufferCommit, "The audio is an item now."),
    client_says(InputAudioBufferClear, "The audio is forgotten."),
    client_says(ConversationItemCreate, "A new item."),
    client_says(ConversationItemRetrieve, "Asks for an item."),
    client_says(ConversationItemTruncate, "Only a part of an item was heard."),
    client_says(ConversationItemDelete, "An item is to be forgotten."),
    client_says(ResponseCreate, "Asks for a response."),
    client_says(ResponseCancel, "The model is to stop."),
    client_says(OutputAudioBufferClear, "The server is to stop playing."),
)

_SERVER = (
    server_says(SessionUpdated, "The session as it is now.", after="SessionUpdate"),
    server_says(ConversationCreated, "The conversation has begun."),
    server_says(ConversationItemAdded, "A new item."),
    server_says(ConversationItemDone, "An item is complete."),
    server_says(ConversationItemCreated, "A new item, by its older name."),
    server_says(
        ConversationItemRetrieved, "The item that was asked for.", after="ConversationItemRetrieve"
    ),
    server_says(ConversationItemDeleted, "An item is forgotten.", after="ConversationItemDelete"),
    server_says(ConversationItemTruncated, "An item is truncated."),
    server_says(TranscriptionDelta, "The next piece of what the user said."),
    server_says(TranscriptionCompleted, "What the user said."),
    server_says(TranscriptionSegment, "Who said what."),
    server_says(TranscriptionFailed, "There is no transcript."),
    server_says(InputAudioBufferCommitted, "The audio will be an item."),
    server_says(InputAudioBufferCleared, "The audio is forgotten.", after="InputAudioBufferClear"),
    server_says(InputAudioBufferSpeechStarted, "The user speaks."),
    server_says(InputAudioBufferSpeechStopped, "The user has spoken."),
    server_says(InputAudioBufferTimeoutTriggered, "The user is silent, so the model speaks."),
    server_says(InputAudioBufferDtmfEventReceived, "A key of the user's telephone."),
    server_says(OutputAudioBufferStarted, "The server plays a response."),
    server_says(OutputAudioBufferStopped, "The server has played a response."),
    server_says(OutputAudioBufferCleared, "The server has stopped playing a response."),
    server_says(ResponseMcpCallInProgress, "A tool is running."),
    server_says(ResponseMcpCallCompleted, "A tool has returned something."),
    server_says(ResponseMcpCallFailed, "A tool has failed."),
    server_says(McpListToolsInProgress, "An MCP server is asked for its tools."),
    server_says(McpListToolsCompleted, "An MCP server has listed its tools."),
    server_says(McpListToolsFailed, "An MCP server has not listed its tools."),
    server_says(RateLimitsUpdated, "What is left of the limits.", ambient=True),
    server_says(Error, "Something was wrong.", ambient=True),
)

_ITEM = (
    server_says(ResponseOutputItemAdded, "A new item."),
    server_says(ResponseContentPartAdded, "A new part."),
    server_says(ResponseOutputTextDelta, "The next piece of text."),
    server_says(ResponseOutputTextDone, "All of the text."),
    server_says(ResponseOutputAudioTranscriptDelta, "The next piece of what the audio says."),
    server_says(ResponseOutputAudioTranscriptDone, "All that the audio says."),
    server_says(ResponseOutputAudioDelta, "The next piece of audio."),
    server_says(ResponseOutputAudioDone, "All audio has been sent."),
    server_says(ResponseFunctionCallArgumentsDelta, "The next piece of arguments."),
    server_says(ResponseFunctionCallArgumentsDone, "All of a call."),
    server_says(ResponseMcpCallArgumentsDelta, "The next piece of arguments, to an MCP server."),
    server_says(ResponseMcpCallArgumentsDone, "All of a call to an MCP server."),
    server_says(ResponseContentPartDone, "A part is complete."),
    server_says(ResponseOutputItemDone, "An item is complete."),
)


def _response() -> Channel:
    return Channel(
        id="Response",
        description="What the model says at one time, by the id that the server gives it.",
        key=ChannelKey(client="response_id", server="response_id"),
        lifecycle=ConnectionLifecycle(
            initialize=server_says(ResponseCreated, "A response begins.", key="response.id"),
            server_messages=[
                *_ITEM,
                server_says(ResponseDone, "A response is over.", key="response.id", ends_both=True),
            ],
        ),
    )


def realtime() -> WebSocketEndpoint:
    """The endpoint ``Realtime``."""
    header = ParamLocation.HEADER
    return WebSocketEndpoint(
        id="Realtime",
        path="/v1/realtime",
        description="Talk with a model, or have speech written down.",
        connection_params=[
            optional("model", ParamType.STRING, description="For a conversation of one's own."),
            optional("call_id", ParamType.STRING, description="To join a call instead."),
            optional("intent", ParamType.STRING, choices=("transcription",)),
            optional("OpenAI-Organization", ParamType.STRING, location=header),
            optional("OpenAI-Project", ParamType.STRING, location=header),
            optional(
                "OpenAI-Safety-Identifier",
                ParamType.STRING,
                location=header,
                description="Stands for the user, without saying who that is.",
            ),
        ],
        constraints=[
            Constraint.at_least_one("model", "call_id", "intent"),
            Constraint.at_most_one("model", "call_id"),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=_GREETING,
            streaming_messages=_CLIENT,
            server_messages=_SERVER,
            channels=[_response()],
        ),
    )
