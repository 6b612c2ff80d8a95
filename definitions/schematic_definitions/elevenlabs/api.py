"""The APIs as wholes: where they are, how to authenticate, and their endpoints."""

from __future__ import annotations

from schematic import AuthStrategy, WebSocketApi
from schematic_definitions.common.elevenlabs import API_KEY, DOCS_URL, ENV_AUTH
from schematic_definitions.elevenlabs.conversation import conversation, conversation_on_premises
from schematic_definitions.elevenlabs.speech_to_text import speech_to_text
from schematic_definitions.elevenlabs.stream_multi_context import stream_multi_context
from schematic_definitions.elevenlabs.stream_text_to_speech import stream_text_to_speech

__all__ = ["elevenlabs", "elevenlabs_agents", "elevenlabs_on_premises"]

_BASE_URL = "wss://api.elevenlabs.io"


def elevenlabs() -> WebSocketApi:
    """The description of ElevenLabs' WebSocket API for speech."""
    return WebSocketApi(
        name="ElevenLabs",
        description="Speech from text and text from speech, as streams.",
        base_url=_BASE_URL,
        docs_url=DOCS_URL,
        auth=AuthStrategy.any_of(
            API_KEY,
            AuthStrategy.api_key_query(name="authorization"),
            AuthStrategy.api_key_query(name="token"),
            AuthStrategy.in_message("InitializeConnection", field="xi-api-key"),
            AuthStrategy.in_message("InitializeContext", field="xi_api_key"),
        ),
        env_auth=ENV_AUTH,
        endpoints=[stream_text_to_speech(), stream_multi_context(), speech_to_text()],
    )


def elevenlabs_agents() -> WebSocketApi:
    """The description of ElevenLabs' agents, who want no key."""
    return WebSocketApi(
        name="ElevenLabsAgents",
        description="Conversations with agents.",
        base_url=_BASE_URL,
        docs_url=DOCS_URL,
        auth=AuthStrategy.any_of(
            AuthStrategy.api_key_query(name="conversation_signature"), AuthStrategy.none()
        ),
        endpoints=[conversation()],
    )


def elevenlabs_on_premises() -> WebSocketApi:
    """The description of an agent on its customer's own machines; connect with their ``url``."""
    return WebSocketApi(
        name="ElevenLabsOnPremises",
        description="Conversations with an agent on one's own machines.",
        base_url="ws://127.0.0.1:8080",
        docs_url=DOCS_URL,
        endpoints=[conversation_on_premises()],
    )
