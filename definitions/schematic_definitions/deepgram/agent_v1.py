"""Deepgram ``/v1/agent/converse``: a conversation with a voice agent.

The opening has three steps, and each holds everybody back: the server's ``Welcome``, the client's
``Settings``, the server's ``SettingsApplied``. Then both talk. There is no last message: the client
closes the WebSocket.

``FunctionCallResponse`` goes in both directions, from whoever ran the function: the client's comes
after a request, the server's (``ServerFunctionResult``) reports what was run elsewhere. Two tags
have two shapes, told apart by their fields: ``InjectAgentMessage`` brings words or asks the agent
for some, and ``History`` holds something said or functions called.

Not covered: which call of a request a response answers, since one request holds a list of calls,
and a call that was cancelled needs no answer; that an error *usually* ends the conversation; that
audio belongs to the agent's current utterance, which ends with ``AgentAudioDone``; the session's
limit of two hours; how long the server bears silence.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    CloseCode,
    Closing,
    ConnectionLifecycle,
    OpeningStep,
    Schema,
    Side,
    Timer,
    WebSocketEndpoint,
)
from schematic_definitions.deepgram.agent_settings import (
    Agent,
    Audio,
    Flags,
    HistoryCalls,
    HistoryText,
    Listen,
    Speak,
    Think,
    ThinkLive,
)
from schematic_definitions.shorthand import Maybe, Tagged, client_says, server_says

__all__ = [
    "AgentAudioDone",
    "AgentStartedSpeaking",
    "AgentThinking",
    "CancelledCall",
    "ConversationText",
    "CustomFromThinkProvider",
    "CustomToThinkProvider",
    "Error",
    "ForceEndTurn",
    "FrustrationDetected",
    "FunctionCall",
    "FunctionCallCancelled",
    "FunctionCallRequest",
    "FunctionCallResponse",
    "InjectAgentMessage",
    "InjectDynamicAgentMessage",
    "InjectUserMessage",
    "InjectionRefused",
    "KeepAlive",
    "LatencyReport",
    "ListenUpdated",
    "PromptUpdated",
    "Settings",
    "SettingsApplied",
    "SpeakUpdated",
    "ThinkLiveUpdated",
    "ThinkUpdated",
    "UpdateListen",
    "UpdatePrompt",
    "UpdateSpeak",
    "UpdateThink",
    "UpdateThinkLive",
    "UserStartedSpeaking",
    "Warning",
    "Welcome",
    "agent_v1",
]


class Welcome(Tagged, frozen=True):
    """The greeting; nothing is said before it."""

    request_id: str


class Settings(Tagged, frozen=True, kw_only=True):
    """Who the agent is, once.

    Attributes:
        audio: the encodings of both directions.
        agent: the agent, or the id of one that is kept by Deepgram.
        tags: labels for reports of use.
        experimental: allow what is not settled yet.
        flags: switches.
        mip_opt_out: do not use the conversation to improve models.
    """

    audio: Audio
    agent: Agent | str
    tags: tuple[str, ...] | UnsetType = UNSET
    experimental: bool | UnsetType = UNSET
    flags: Flags | UnsetType = UNSET
    mip_opt_out: bool | UnsetType = UNSET


class SettingsApplied(Tagged, frozen=True):
    """The agent is ready."""


class UpdateListen(Tagged, frozen=True):
    """Hear in another way."""

    listen: Listen


class UpdateThink(Tagged, frozen=True):
    """Think in another way."""

    think: Think | tuple[Think, ...]


class UpdateThinkLive(Tagged, frozen=True, tag="UpdateThink_Live"):
    """Keep the conversation alive in another way."""

    think_live: ThinkLive


class UpdateSpeak(Tagged, frozen=True):
    """Speak in another way."""

    speak: Speak | tuple[Speak, ...]


class UpdatePrompt(Tagged, frozen=True):
    """More instructions."""

    prompt: str


class InjectUserMessage(Tagged, frozen=True):
    """Something that the user says in writing."""

    content: str


class InjectAgentMessage(Tagged, frozen=True, kw_only=True):
    """Something that the agent is to say.

    Attributes:
        message: the words.
        behavior: what to do if somebody is speaking: ``default`` refuses, ``queue`` waits,
            ``interrupt`` does not.
    """

    message: str
    behavior: Maybe[str] = UNSET


class InjectDynamicAgentMessage(Tagged, frozen=True, kw_only=True, tag="InjectAgentMessage"):
    """The agent is to say something, in its own words; ``behavior`` as with others' words."""

    is_dynamic: Literal[True] = True
    behavior: Maybe[str] = UNSET


class FunctionCallResponse(Tagged, frozen=True, kw_only=True):
    """What a function returned, from the side that ran it.

    Attributes:
        name: the function.
        content: what it returned.
        id: the id of the call.
    """

    name: str
    content: str
    id: Maybe[str] = UNSET


class KeepAlive(Tagged, frozen=True):
    """There is no audio now, but the conversation is still wanted; never answered."""


class ForceEndTurn(Tagged, frozen=True):
    """The user's turn is over, whatever the model thinks."""


class CustomToThinkProvider(Tagged, frozen=True, tag="__customToThinkProvider"):
    """Anything, for a language model of the client's own."""

    content: Any


class ConversationText(Tagged, frozen=True, kw_only=True):
    """Something was said.

    Attributes:
        role: by the ``user`` or the ``assistant``.
        content: what.
        conversational_behavior: ``default``, ``backchannel``, ``presence_check`` or ``filler``.
        languages: the languages that were heard.
        languages_hinted: those of them that were hinted at.
    """

    role: str
    content: str
    conversational_behavior: Maybe[str] = UNSET
    languages: Maybe[tuple[str, ...]] = UNSET
    languages_hinted: Maybe[tuple[str, ...]] = UNSET


class UserStartedSpeaking(Tagged, frozen=True):
    """The user speaks: stop playing the agent's audio."""


class AgentThinking(Tagged, frozen=True):
    """The agent thinks, and what."""

    content: str


class AgentStartedSpeaking(Tagged, frozen=True):
    """The agent speaks; the times that this took, in seconds.

    Attributes:
        total_latency: all of it.
        tts_latency: to make speech.
        ttt_latency: to think.
    """

    total_latency: float
    tts_latency: float
    ttt_latency: float


class AgentAudioDone(Tagged, frozen=True):
    """All audio of the agent's utterance has been sent."""


class FunctionCall(Struct, frozen=True, kw_only=True):
    """A call of a function.

    Attributes:
        id: the id of the call.
        name: the function.
        arguments: as JSON text.
        client_side: whether the client is to run it.
        thought_signature: what some models need to go on from there.
    """

    id: str
    name: str
    arguments: str
    client_side: bool
    thought_signature: Maybe[str] = UNSET


class FunctionCallRequest(Tagged, frozen=True):
    """Functions are called."""

    functions: tuple[FunctionCall, ...]


class CancelledCall(Struct, frozen=True):
    """A call that was given up, and of which function."""

    id: str
    name: str


class FunctionCallCancelled(Tagged, frozen=True):
    """What these functions return is not wanted any more."""

    functions: tuple[CancelledCall, ...]


class PromptUpdated(Tagged, frozen=True):
    """The instructions are in force."""


class SpeakUpdated(Tagged, frozen=True):
    """The other way to speak is in force."""


class ListenUpdated(Tagged, frozen=True):
    """The other way to hear is in force."""


class ThinkUpdated(Tagged, frozen=True):
    """The other way to think is in force."""


class ThinkLiveUpdated(Tagged, frozen=True):
    """The other way to keep the conversation alive is in force."""


class InjectionRefused(Tagged, frozen=True):
    """The words were not taken, and why: somebody was speaking."""

    message: str


class LatencyReport(Tagged, frozen=True, kw_only=True):
    """How long each part of an answer took, in seconds.

    Attributes:
        stt_latency: from audio to transcript.
        ttt_token_latency: to the model's first token of any kind.
        ttt_text_latency: to its first token of text.
        ttt_tool_latency: to its first token of a call.
        ttt_thinking_latency: to its first token of thought.
        tts_latency: from the first token of text to audio.
        total_latency: from the end of the user's words to audio.
    """

    stt_latency: Maybe[float] = UNSET
    ttt_token_latency: Maybe[float] = UNSET
    ttt_text_latency: Maybe[float] = UNSET
    ttt_tool_latency: Maybe[float] = UNSET
    ttt_thinking_latency: Maybe[float] = UNSET
    tts_latency: Maybe[float] = UNSET
    total_latency: Maybe[float] = UNSET


class FrustrationDetected(Tagged, frozen=True):
    """The user is frustrated, for how many times, and whether that is too often."""

    count: int
    escalated: bool


class CustomFromThinkProvider(Tagged, frozen=True, tag="__customFromThinkProvider"):
    """Anything, from a language model of the client's own."""

    content: Any


class Warning(Tagged, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, and the conversation goes on."""

    description: str
    code: str


class Error(Tagged, frozen=True):
    """Something failed, and the conversation usually cannot go on."""

    description: str
    code: str


_OPENING = (
    OpeningStep(server_says(Welcome, "The greeting.", repeatable=False)),
    OpeningStep(client_says(Settings, "Who the agent is.", repeatable=False)),
    OpeningStep(server_says(SettingsApplied, "The agent is ready.", repeatable=False)),
)

_CLIENT = (
    client_says(Schema.binary(), "Audio of the user's.", id="Media"),
    client_says(UpdateListen, "Hear in another way."),
    client_says(UpdateThink, "Think in another way."),
    client_says(UpdateThinkLive, "Keep the conversation alive in another way."),
    client_says(UpdateSpeak, "Speak in another way."),
    client_says(UpdatePrompt, "More instructions."),
    client_says(InjectUserMessage, "Something that the user says in writing."),
    client_says(
        Schema(InjectAgentMessage | InjectDynamicAgentMessage),
        "Something that the agent is to say, in these words or its own.",
        id="InjectAgentMessage",
    ),
    client_says(FunctionCallResponse, "What a function returned.", after="FunctionCallRequest"),
    client_says(KeepAlive, "Keeps the conversation without audio."),
    client_says(ForceEndTurn, "The user's turn is over."),
    client_says(CustomToThinkProvider, "Anything, for a model of the client's own."),
)

_SERVER = (
    server_says(Schema.binary(), "Audio of the agent's.", id="Audio"),
    server_says(ConversationText, "Something was said."),
    server_says(UserStartedSpeaking, "The user speaks."),
    server_says(AgentThinking, "The agent thinks."),
    server_says(AgentStartedSpeaking, "The agent speaks."),
    server_says(AgentAudioDone, "The agent's audio is complete."),
    server_says(FunctionCallRequest, "Functions are called."),
    server_says(FunctionCallCancelled, "Calls are given up.", after="FunctionCallRequest"),
    server_says(
        FunctionCallResponse, "What a function of the server's returned.", id="ServerFunctionResult"
    ),
    server_says(PromptUpdated, "The instructions are in force.", after="UpdatePrompt"),
    server_says(SpeakUpdated, "The voice is in force.", after="UpdateSpeak"),
    server_says(ListenUpdated, "The way to hear is in force.", after="UpdateListen"),
    server_says(ThinkUpdated, "The way to think is in force.", after="UpdateThink"),
    server_says(ThinkLiveUpdated, "The liveliness is in force.", after="UpdateThinkLive"),
    server_says(InjectionRefused, "The words were not taken."),
    server_says(LatencyReport, "How long an answer took."),
    server_says(FrustrationDetected, "The user is frustrated."),
    server_says(
        Schema(HistoryText | HistoryCalls),
        "Something that was said, or functions that were called.",
        id="History",
    ),
    server_says(CustomFromThinkProvider, "Anything, from a model of the client's own."),
    server_says(Warning, "Something is amiss.", ambient=True),
    server_says(Error, "Something failed.", ambient=True),
)


def agent_v1() -> WebSocketEndpoint:
    """A conversation with a voice agent."""
    return WebSocketEndpoint(
        id="AgentV1",
        path="/v1/agent/converse",
        description="Talk with an agent that hears, thinks and speaks.",
        lifecycle=ConnectionLifecycle(
            initialize=_OPENING,
            streaming_messages=_CLIENT,
            server_messages=_SERVER,
            timers=[Timer.keepalive(8, message="KeepAlive")],
            closing=Closing(
                by=Side.CLIENT,
                codes=[CloseCode(code=1000, meaning="the conversation is over", normal=True)],
            ),
        ),
    )
