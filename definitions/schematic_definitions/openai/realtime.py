"""OpenAI ``/v1/realtime``: a conversation with a model that hears and speaks, or a transcription.

The server greets with ``session.created``; the greeting holds nobody back. Then the client fills
the conversation with items and the buffer with audio, and asks for responses.

A response is a channel. The client opens it with ``response.create``, which has no id;
``response.created`` brings one, and ``response.done`` ends it, whatever happened in between. Those
of the conversation come one at a time. Beside the one that runs, any number may run aside, which
the conversation does not remember: ``AsideCreate`` and ``AsideCreated`` here, the same messages
with ``"conversation": "none"`` and a ``conversation_id`` of null. Where that is left out, the
moment tells: while a response of the conversation runs, one aside is meant
(``UnmarkedAsideCreated``). An ``error`` may refuse a response; it names the message it is about if
that has an ``event_id``.

The server begins responses by itself, too, at the end of the user's turn. So both sides may begin
one at once. A client does not ask while it knows of one that runs; if it did not know yet, it has
done nothing wrong, and an ``error`` tells it. Responses aside may be any number, and so may the
items of a response.

An item of a response is a channel within it, from ``response.output_item.added`` to
``response.output_item.done``. Its parts are announced before their content. The same item is told
of once more, as a part of the conversation, by ``conversation.item.added`` and ``.done``. What the
user said is written down meanwhile, at any time.

What is unknown, malformed or out of turn is answered by an ``error``, and the session goes on.

There is no last message: the client closes with 1000. A session ends after an hour, with an
``error`` (``session_expired``) and a close; with which code is not documented.

Not covered:

* that the parts of an item are done before the item is, each once, and the items of a response
  before the response is;
* a response aside that begins without a ``conversation_id`` while none of the conversation runs:
  it is taken for one of the conversation;
* which item answers a ``conversation.item.create``;
* that a transcription session has no responses.
"""

from __future__ import annotations

from schematic import (
    Breach,
    Channel,
    ChannelKey,
    CloseCode,
    Closing,
    ConnectionLifecycle,
    Constraint,
    OnBreach,
    OpeningStep,
    ParamLocation,
    ParamType,
    Refusal,
    Side,
    WebSocketEndpoint,
)
from schematic_definitions.openai.client_messages import (
    AsideCreate,
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
    AsideCreated,
    ConversationCreated,
    ConversationItemAdded,
    ConversationItemCreated,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    Error,
    ErrorDetails,
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
    UnmarkedAsideCreated,
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

_CONTENT = (
    (ResponseOutputTextDelta, "The next piece of text."),
    (ResponseOutputTextDone, "All of the text."),
    (ResponseOutputAudioTranscriptDelta, "The next piece of what the audio says."),
    (ResponseOutputAudioTranscriptDone, "All that the audio says."),
    (ResponseOutputAudioDelta, "The next piece of audio."),
    (ResponseOutputAudioDone, "All audio has been sent."),
    (ResponseContentPartDone, "A part is complete."),
)

_OUTPUT_ITEM = Channel(
    id="OutputItem",
    description="A part of a response: something said or something called.",
    key=ChannelKey(server="item_id"),
    lifecycle=ConnectionLifecycle(
        initialize=server_says(ResponseOutputItemAdded, "A new item.", key="item.id"),
        server_messages=[
            server_says(ResponseContentPartAdded, "A new part."),
            *(
                server_says(body, about, after="ResponseContentPartAdded")
                for body, about in _CONTENT
            ),
            server_says(ResponseFunctionCallArgumentsDelta, "The next piece of a call."),
            server_says(ResponseFunctionCallArgumentsDone, "All of a call."),
            server_says(ResponseMcpCallArgumentsDelta, "The next piece of a call to a server."),
            server_says(ResponseMcpCallArgumentsDone, "All of a call to a server."),
            server_says(ResponseOutputItemDone, "An item is complete.", key="item.id", final=True),
        ],
    ),
)

_RESPONSE = Channel(
    id="Response",
    description="What the model says at one time.",
    key=ChannelKey(server="response_id"),
    lifecycle=ConnectionLifecycle(
        initialize=[
            OpeningStep(
                client_says(ResponseCreate, "Asks for a response."),
                client_says(AsideCreate, "Asks for a response aside."),
            ),
            OpeningStep(
                server_says(
                    ResponseCreated,
                    "A response begins.",
                    key="response.id",
                    answers="ResponseCreate",
                ),
                server_says(
                    AsideCreated,
                    "A response aside begins.",
                    key="response.id",
                    answers="AsideCreate",
                ),
                server_says(
                    UnmarkedAsideCreated,
                    "A response aside begins, and does not say that it is one.",
                    key="response.id",
                    answers="AsideCreate",
                ),
            ),
        ],
        server_messages=[
            server_says(ResponseDone, "A response is over.", key="response.id", final=True)
        ],
        channels=[_OUTPUT_ITEM],
    ),
    max_open=1,
    uncounted=("AsideCreate", "AsideCreated", "UnmarkedAsideCreated"),
    unasked="ResponseCreated",
    refused_by=Refusal(message="Error", names="error.event_id", ticket="event_id"),
)


def _error(message: str) -> Error:
    """The ``error`` about a message of the client that is not done."""
    return Error(
        event_id="event_error", error=ErrorDetails(type="invalid_request_error", message=message)
    )


_ON_BREACH = (
    OnBreach.say("Error", Breach.UNKNOWN, body=_error("There is no such event.")),
    OnBreach.say("Error", Breach.INVALID, body=_error("The event is malformed.")),
    OnBreach.say("Error", Breach.ILLEGAL, body=_error("The event is not possible now.")),
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
            channels=[_RESPONSE],
            on_breach=_ON_BREACH,
            closing=Closing(
                by=Side.CLIENT,
                codes=[CloseCode(code=1000, meaning="enough has been said", normal=True)],
            ),
        ),
    )
