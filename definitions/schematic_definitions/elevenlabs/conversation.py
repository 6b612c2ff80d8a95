"""A conversation with an agent: ``/v1/convai/conversation``.

The client speaks first, and tells of itself in ``conversation_initiation_client_data``. It need not
wait: the server's first word is ``conversation_initiation_metadata``, said once, but the client may
send audio before it has read that. From then on both are free.

What the server says has its name in ``type``, and its content in a field of another name. What the
client says has its name in ``type``, but for audio, which is told by its field.

The server's ``ping`` wants a ``pong`` with the same ``event_id``. A ``client_tool_call`` wants a
``client_tool_result`` with the same ``tool_call_id``, unless the tool is set up to expect none; so
``schematic verify`` is right that any number of calls may be open.
After an ``interruption``, audio with an ``event_id`` up to its own is not to be played.

There is no last message. The client closes with 1000 when the user has had enough, the server
closes with 1000 and a reason when the agent has; any other code is a failure.

Anybody may talk with a public agent. To a private one a signed URL lets in, which the vendor hands
out over HTTP for a key: its ``conversation_signature`` is what `connect` takes as ``auth``.

An agent that runs on its customer's own machines is told first what it is, in
``enclave_setup_config``. That is the endpoint of `elevenlabs_on_premises`, which else is the same.

Not covered: the content of messages that public documents only name; a conversation in which the
client does not tell of itself, which may be possible; when the server gives up waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    AutoReply,
    Channel,
    ChannelKey,
    CloseCode,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    OpeningStep,
    ParamType,
    WebSocketEndpoint,
)
from schematic_definitions.elevenlabs.conversation_settings import (
    Overrides,
    SourceInfo,
    Webhook,
)
from schematic_definitions.shorthand import (
    Maybe,
    client_says,
    optional,
    required,
    server_says,
    snake_case,
)

__all__ = [
    "AgentChatResponsePart",
    "AgentResponse",
    "AgentResponseComplete",
    "AgentResponseCorrection",
    "AgentResponseCorrectionEvent",
    "AgentResponseEvent",
    "AgentResponseMetadata",
    "AgentToolRequest",
    "AgentToolResponse",
    "AgentToolResponseFullPayload",
    "AsrInitiationMetadata",
    "Audio",
    "AudioAlignment",
    "AudioEvent",
    "ClientError",
    "ClientToolCall",
    "ClientToolResult",
    "ContextUsage",
    "ContextualUpdate",
    "ConversationInitiationClientData",
    "ConversationInitiationMetadata",
    "ConversationInitiationMetadataEvent",
    "DtmfRequest",
    "EnclaveSetupConfig",
    "Feedback",
    "FileInput",
    "GuardrailTriggered",
    "InternalTentativeAgentResponse",
    "InternalTurnProbability",
    "Interruption",
    "InterruptionEvent",
    "McpConnectionStatus",
    "McpToolCall",
    "MultimodalMessage",
    "Ping",
    "PingEvent",
    "Pong",
    "TentativeAgentResponse",
    "TentativeUserTranscript",
    "TextResponsePart",
    "ToolCall",
    "UserActivity",
    "UserAudioChunk",
    "UserMessage",
    "UserTranscript",
    "UserTranscriptionEvent",
    "VadScore",
    "VadScoreEvent",
    "conversation",
    "conversation_on_premises",
]


class _Said(Struct, frozen=True, kw_only=True, tag_field="type", tag=snake_case):
    """All messages but the client's audio carry their name in ``type``."""


# -------------------------------------------------------------------------------------- the client


class EnclaveSetupConfig(_Said, frozen=True, kw_only=True):
    """What an agent on its customer's own machines is; the vendor's servers want none.

    Attributes:
        agent_config_dict: the agent's settings.
        override_agent_config_list: those of other agents that it may hand over to.
        tools_config_list: what it may call.
        prompt_knowledge_base: what it knows.
        bedrock_inference_profile: where Amazon runs its model, such as ``global``.
        post_call_transcription_webhook: where the transcript goes afterwards.
        post_call_audio_webhook: where the audio goes afterwards.
        post_call_transcription_webhook_url: the same, by address alone.
        post_call_audio_webhook_url: the same, by address alone.
    """

    agent_config_dict: Maybe[dict[str, Any]] = UNSET
    override_agent_config_list: Maybe[tuple[dict[str, Any], ...]] = UNSET
    tools_config_list: Maybe[tuple[dict[str, Any], ...]] = UNSET
    prompt_knowledge_base: Maybe[tuple[str, ...]] = UNSET
    bedrock_inference_profile: Maybe[str] = UNSET
    post_call_transcription_webhook: Maybe[Webhook] = UNSET
    post_call_audio_webhook: Maybe[Webhook] = UNSET
    post_call_transcription_webhook_url: Maybe[str] = UNSET
    post_call_audio_webhook_url: Maybe[str] = UNSET

    def __repr__(self) -> str:
        """Without the settings, which may hold keys to other services."""
        return "EnclaveSetupConfig(...)"


class ConversationInitiationClientData(_Said, frozen=True, kw_only=True):
    """Who the client is, and what differs for this conversation.

    Attributes:
        conversation_config_override: what differs from the agent's settings.
        custom_llm_extra_body: more for a language model of the customer's own.
        dynamic_variables: what to put in the gaps of the agent's texts.
        source_info: which program the client is.
        user_id: who the user is, to the customer.
        branch_id: which version of the agent.
        environment: which of the customer's environments.
        starting_workflow_node_id: where in the agent's workflow to begin.
        procedure_ids: procedures that the agent may follow.
        start_procedure_ids: procedures that it follows from the beginning.
    """

    conversation_config_override: Maybe[Overrides] = UNSET
    custom_llm_extra_body: Maybe[dict[str, Any]] = UNSET
    dynamic_variables: Maybe[dict[str, Any]] = UNSET
    source_info: Maybe[SourceInfo] = UNSET
    user_id: Maybe[str] = UNSET
    branch_id: Maybe[str] = UNSET
    environment: Maybe[str] = UNSET
    starting_workflow_node_id: Maybe[str] = UNSET
    procedure_ids: Maybe[tuple[str, ...]] = UNSET
    start_procedure_ids: Maybe[tuple[str, ...]] = UNSET


class UserAudioChunk(Struct, frozen=True):
    """Audio of the user's, in base64; the one message without ``type``."""

    user_audio_chunk: str


class Pong(_Said, frozen=True):
    """Answers a `Ping` of the same id."""

    event_id: int


class ClientToolResult(_Said, frozen=True, kw_only=True):
    """What a tool returned.

    Attributes:
        tool_call_id: the id of the call.
        result: anything; text, if it failed.
        is_error: whether it failed.
    """

    tool_call_id: str
    result: Any
    is_error: bool | UnsetType = UNSET


class ContextualUpdate(_Said, frozen=True):
    """Something that the agent is to know; it does not answer that."""

    text: str


class UserMessage(_Said, frozen=True):
    """Something that the user writes."""

    text: Maybe[str] = UNSET


class UserActivity(_Said, frozen=True):
    """The user is busy, so the agent should not speak yet."""


class FileInput(Struct, frozen=True, tag_field="type", tag="file_input"):
    """A file that was uploaded before."""

    file_id: str


class MultimodalMessage(_Said, frozen=True, kw_only=True):
    """Something that the user writes, with files.

    Attributes:
        text: the text, as a whole message of its own.
        file: the first file.
        files: all files.
    """

    text: Maybe[UserMessage] = UNSET
    file: Maybe[FileInput] = UNSET
    files: Maybe[tuple[FileInput, ...]] = UNSET


class Feedback(_Said, frozen=True):
    """What the user thinks of the conversation; public documents only name it."""


# -------------------------------------------------------------------------------------- the server


class ConversationInitiationMetadataEvent(Struct, frozen=True, kw_only=True):
    """The conversation's id, and how audio is written, such as ``pcm_16000``."""

    conversation_id: str
    agent_output_audio_format: Maybe[str] = UNSET
    user_input_audio_format: Maybe[str] = UNSET


class ConversationInitiationMetadata(_Said, frozen=True):
    """The conversation has begun; said once."""

    conversation_initiation_metadata_event: ConversationInitiationMetadataEvent


class PingEvent(Struct, frozen=True, kw_only=True):
    """Which ping this is, and how long the last one took, in milliseconds."""

    event_id: int
    ping_ms: Maybe[int] = UNSET


class Ping(_Said, frozen=True):
    """Wants a `Pong` of the same id."""

    ping_event: PingEvent


class AudioAlignment(Struct, frozen=True, kw_only=True):
    """When each character is spoken, in milliseconds from the start of this audio."""

    chars: tuple[str, ...]
    char_start_times_ms: tuple[int, ...]
    char_durations_ms: tuple[int, ...]


class AudioEvent(Struct, frozen=True, kw_only=True):
    """Audio of the agent's.

    Attributes:
        audio_base_64: the audio, in base64.
        event_id: grows; an `Interruption` names the last one that is not to be played.
        alignment: when each character is spoken.
    """

    audio_base_64: str
    event_id: int
    alignment: Maybe[AudioAlignment] = UNSET


class Audio(_Said, frozen=True):
    """Audio of the agent's."""

    audio_event: AudioEvent


class UserTranscriptionEvent(Struct, frozen=True):
    """What the user said."""

    user_transcript: str


class UserTranscript(_Said, frozen=True):
    """What the user said."""

    user_transcription_event: UserTranscriptionEvent


class AgentResponseEvent(Struct, frozen=True):
    """What the agent says."""

    agent_response: str


class AgentResponse(_Said, frozen=True):
    """What the agent says, all of it."""

    agent_response_event: AgentResponseEvent


class AgentResponseCorrectionEvent(Struct, frozen=True, kw_only=True):
    """What the agent was to say, and what it had said when it was interrupted."""

    original_agent_response: str
    corrected_agent_response: str


class AgentResponseCorrection(_Said, frozen=True):
    """What the agent had said when it was interrupted."""

    agent_response_correction_event: AgentResponseCorrectionEvent


class TextResponsePart(Struct, frozen=True, kw_only=True):
    """A piece of text; ``type`` is ``start``, ``delta`` or ``stop``."""

    type: str
    text: str


class AgentChatResponsePart(_Said, frozen=True):
    """The next piece of what the agent says, in writing."""

    text_response_part: TextResponsePart


class InterruptionEvent(Struct, frozen=True):
    """Which audio is not to be played: up to this id."""

    event_id: int


class Interruption(_Said, frozen=True):
    """The user interrupted the agent."""

    interruption_event: InterruptionEvent


class ToolCall(Struct, frozen=True, kw_only=True):
    """Which tool the client is to run, with what, and the id that its result has to name."""

    tool_name: str
    tool_call_id: str
    parameters: dict[str, Any] | UnsetType = UNSET


class ClientToolCall(_Said, frozen=True):
    """The client is to run a tool."""

    client_tool_call: ToolCall


class VadScoreEvent(Struct, frozen=True):
    """How likely the user is speaking, 0 to 1."""

    vad_score: float


class VadScore(_Said, frozen=True):
    """How likely the user is speaking."""

    vad_score_event: VadScoreEvent


class TentativeAgentResponse(Struct, frozen=True):
    """What the agent would say now."""

    tentative_agent_response: str


class InternalTentativeAgentResponse(_Said, frozen=True):
    """What the agent would say if the user's turn were over."""

    tentative_agent_response_internal_event: TentativeAgentResponse


class _Named(_Said, frozen=True):
    """A message that public documents only name: any content is good, and kept as it came."""


class AsrInitiationMetadata(_Named, frozen=True):
    """How the agent hears."""


class TentativeUserTranscript(_Named, frozen=True):
    """What the user has said so far."""


class McpToolCall(_Named, frozen=True):
    """The agent calls a tool of an MCP server."""


class McpConnectionStatus(_Named, frozen=True):
    """Which MCP servers the agent has reached."""


class AgentToolRequest(_Named, frozen=True):
    """The agent calls a tool of its own."""


class AgentToolResponse(_Named, frozen=True):
    """A tool of the agent's has returned."""


class AgentToolResponseFullPayload(_Named, frozen=True):
    """What a tool of the agent's has returned."""


class AgentResponseMetadata(_Named, frozen=True):
    """More about what the agent says."""


class AgentResponseComplete(_Named, frozen=True):
    """The agent has said all of it."""


class ClientError(_Named, frozen=True):
    """The client has done something wrong."""


class GuardrailTriggered(_Named, frozen=True):
    """The conversation went where it should not."""


class DtmfRequest(_Named, frozen=True):
    """The agent wants keys of a telephone to be pressed."""


class ContextUsage(_Named, frozen=True):
    """How much the agent has to remember by now."""


class InternalTurnProbability(_Named, frozen=True):
    """How likely the user's turn is over."""


# --------------------------------------------------------------------------------------- the order

_SETUP = client_says(EnclaveSetupConfig, "What the agent is.", repeatable=False)

_OPENING = (
    OpeningStep(
        client_says(ConversationInitiationClientData, "Who the client is.", repeatable=False)
    ),
    OpeningStep(
        server_says(ConversationInitiationMetadata, "The conversation begins.", repeatable=False),
        gating=False,
    ),
)

_CLIENT = (
    client_says(UserAudioChunk, "Audio of the user's."),
    client_says(
        Pong,
        "Answers a ping.",
        after="Ping",
        replies=AutoReply(to="Ping", copies={"ping_event.event_id": "event_id"}),
    ),
    client_says(ContextualUpdate, "Something to know."),
    client_says(UserMessage, "Something that the user writes."),
    client_says(UserActivity, "The user is busy."),
    client_says(MultimodalMessage, "Something that the user writes, with files."),
    client_says(Feedback, "What the user thinks of it."),
)

_SERVER = (
    server_says(Ping, "Wants a pong.", ambient=True),
    server_says(Audio, "Audio of the agent's."),
    server_says(UserTranscript, "What the user said."),
    server_says(TentativeUserTranscript, "What the user has said so far."),
    server_says(AgentResponse, "What the agent says."),
    server_says(AgentResponseCorrection, "What the agent had said when it was interrupted."),
    server_says(AgentResponseMetadata, "More about what the agent says."),
    server_says(AgentResponseComplete, "The agent has said all of it."),
    server_says(AgentChatResponsePart, "The next piece of what the agent says."),
    server_says(InternalTentativeAgentResponse, "What the agent would say."),
    server_says(Interruption, "The user interrupted the agent."),
    server_says(VadScore, "How likely the user is speaking."),
    server_says(InternalTurnProbability, "How likely the user's turn is over."),
    server_says(AgentToolRequest, "The agent calls a tool of its own."),
    server_says(AgentToolResponse, "A tool of the agent's has returned."),
    server_says(AgentToolResponseFullPayload, "What a tool of the agent's has returned."),
    server_says(McpToolCall, "The agent calls a tool of an MCP server."),
    server_says(McpConnectionStatus, "Which MCP servers the agent has reached."),
    server_says(AsrInitiationMetadata, "How the agent hears."),
    server_says(ContextUsage, "How much the agent has to remember."),
    server_says(DtmfRequest, "Keys of a telephone are to be pressed."),
    server_says(GuardrailTriggered, "The conversation went where it should not."),
    server_says(ClientError, "The client has done something wrong.", ambient=True),
)

_TOOL_CALL = Channel.request(
    id="ToolCall",
    description="A tool that the client is to run, and what it returned.",
    ask=server_says(ClientToolCall, "The client is to run a tool."),
    replies=[client_says(ClientToolResult, "What a tool returned.")],
    key=ChannelKey(server="client_tool_call.tool_call_id", client="tool_call_id"),
)

_PARAMS = (
    required("agent_id", ParamType.STRING),
    optional("environment", ParamType.STRING),
    optional("source", ParamType.STRING, description="Which program the client is."),
    optional("version", ParamType.STRING, description="Which version of it."),
)


def conversation() -> WebSocketEndpoint:
    """The endpoint ``Conversation``."""
    return _endpoint(_OPENING, _PARAMS)


def conversation_on_premises() -> WebSocketEndpoint:
    """The endpoint ``Conversation`` of an agent on its customer's own machines."""
    params = [optional("conversation_id", ParamType.STRING)]
    return _endpoint((OpeningStep(_SETUP), *_OPENING), params)


def _endpoint(
    opening: tuple[OpeningStep, ...], params: Sequence[ConnectionParam]
) -> WebSocketEndpoint:
    return WebSocketEndpoint(
        id="Conversation",
        path="/v1/convai/conversation",
        description="Talk or write with an agent.",
        connection_params=params,
        lifecycle=ConnectionLifecycle(
            initialize=opening,
            streaming_messages=_CLIENT,
            server_messages=_SERVER,
            channels=[_TOOL_CALL],
            closing=Closing(
                codes=[CloseCode(code=1000, meaning="the user or the agent is done", normal=True)]
            ),
        ),
    )
