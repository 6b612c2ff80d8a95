"""What a client may say of a conversation before it begins, and what differs from its agent."""

from __future__ import annotations

from msgspec import UNSET, Struct

from schematic_definitions.elevenlabs.speech import PronunciationDictionaryLocator
from schematic_definitions.shorthand import Maybe

__all__ = [
    "AgentOverride",
    "AsrOverride",
    "ConversationOverride",
    "KnowledgeBaseLocator",
    "Overrides",
    "PromptOverride",
    "SoftTimeoutOverride",
    "SourceInfo",
    "SupportedVoice",
    "TtsOverride",
    "TurnOverride",
    "Webhook",
]


class SourceInfo(Struct, frozen=True, kw_only=True):
    """Which program the client is, such as ``python_sdk``, and in which version."""

    source: Maybe[str] = UNSET
    version: Maybe[str] = UNSET


class KnowledgeBaseLocator(Struct, frozen=True, kw_only=True):
    """A document that the agent knows.

    Attributes:
        type: ``file``, ``url``, ``text`` or ``folder``.
        name: its name.
        id: its id.
        usage_mode: ``prompt`` for all of it, ``auto`` for what fits.
    """

    type: str
    name: str
    id: str
    usage_mode: Maybe[str] = UNSET


class PromptOverride(Struct, frozen=True, kw_only=True):
    """How the agent thinks.

    Attributes:
        prompt: its instructions.
        llm: its language model.
        reasoning_effort: how much that reasons.
        tool_ids: what it may call.
        tool_ids_strict: refuse the conversation if one of those does not exist.
        native_mcp_server_ids: whose tools it may call.
        knowledge_base: what it knows.
    """

    prompt: Maybe[str] = UNSET
    llm: Maybe[str] = UNSET
    reasoning_effort: Maybe[str] = UNSET
    tool_ids: Maybe[tuple[str, ...]] = UNSET
    tool_ids_strict: Maybe[bool] = UNSET
    native_mcp_server_ids: Maybe[tuple[str, ...]] = UNSET
    knowledge_base: Maybe[tuple[KnowledgeBaseLocator, ...]] = UNSET


class AgentOverride(Struct, frozen=True, kw_only=True):
    """What the agent says.

    Attributes:
        first_message: first.
        language: in which language.
        max_conversation_duration_message: when time is up.
        prompt: and how it thinks.
    """

    first_message: Maybe[str] = UNSET
    language: Maybe[str] = UNSET
    max_conversation_duration_message: Maybe[str] = UNSET
    prompt: Maybe[PromptOverride] = UNSET


class SupportedVoice(Struct, frozen=True, kw_only=True):
    """One of several voices that the agent may speak with, under a label."""

    label: str
    voice_id: str
    description: Maybe[str] = UNSET
    language: Maybe[str] = UNSET
    model_family: Maybe[str] = UNSET
    optimize_streaming_latency: Maybe[int] = UNSET
    stability: Maybe[float] = UNSET
    speed: Maybe[float] = UNSET
    similarity_boost: Maybe[float] = UNSET
    clone_strength: Maybe[float] = UNSET


class TtsOverride(Struct, frozen=True, kw_only=True):
    """How the agent sounds."""

    model_id: Maybe[str] = UNSET
    voice_id: Maybe[str] = UNSET
    supported_voices: Maybe[tuple[SupportedVoice, ...]] = UNSET
    stability: Maybe[float] = UNSET
    speed: Maybe[float] = UNSET
    similarity_boost: Maybe[float] = UNSET
    clone_strength: Maybe[float] = UNSET
    pronunciation_dictionary_locators: Maybe[tuple[PronunciationDictionaryLocator, ...]] = UNSET


class AsrOverride(Struct, frozen=True):
    """Words that the agent is to expect."""

    keywords: Maybe[tuple[str, ...]] = UNSET


class SoftTimeoutOverride(Struct, frozen=True, kw_only=True):
    """What the agent says while its answer takes long: first, and then."""

    message: Maybe[str] = UNSET
    additional_soft_timeout_messages: Maybe[tuple[str, ...]] = UNSET


class TurnOverride(Struct, frozen=True, kw_only=True):
    """What the agent says while it waits, or in noise."""

    soft_timeout_config: Maybe[SoftTimeoutOverride] = UNSET
    noisy_environment_message: Maybe[str] = UNSET


class ConversationOverride(Struct, frozen=True, kw_only=True):
    """Whether the conversation is in writing only, and how long it may last, in seconds."""

    text_only: Maybe[bool] = UNSET
    max_duration_seconds: Maybe[int] = UNSET


class Overrides(Struct, frozen=True, kw_only=True):
    """What differs from the agent's settings, as far as those allow it.

    Attributes:
        agent: what the agent says.
        tts: how it sounds.
        asr: how it hears.
        turn: how it waits.
        conversation: in writing or not, and for how long.
        text_only: as in ``conversation``; the vendor's Python SDK writes it here.
    """

    agent: Maybe[AgentOverride] = UNSET
    tts: Maybe[TtsOverride] = UNSET
    asr: Maybe[AsrOverride] = UNSET
    turn: Maybe[TurnOverride] = UNSET
    conversation: Maybe[ConversationOverride] = UNSET
    text_only: Maybe[bool] = UNSET


class Webhook(Struct, frozen=True, kw_only=True):
    """Where to send something after the conversation, and what to sign it with."""

    url: str
    hmac_secret: Maybe[str] = UNSET

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Webhook(url={self.url!r}, ...)"
