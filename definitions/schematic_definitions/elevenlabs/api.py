"""The APIs as wholes: where they are, how to authenticate, and their endpoints."""

from __future__ import annotations

from schematic import AuthStrategy, WebSocketApi
from schematic_definitions.elevenlabs.conversation import conversation, conversation_on_premises
from schematic_definitions.elevenlabs.speech_to_text import speech_to_text
from schematic_definitions.elevenlabs.stream_multi_context import stream_multi_context
from schematic_definitions.elevenlabs.stream_text_to_speech import stream_text_to_speech

__all__ = ["elevenlabs", "elevenlabs_on_premises"]


def elevenlabs() -> WebSocketApi:
    """The description of ElevenLabs' WebSocket API."""
    return WebSocketApi(
        name="ElevenLabs",
        description="Speech from text, text from speech, and agents, as streams.",
        base_url="wss://api.elevenlabs.io",
        docs_url="https://elevenlabs.io/docs/api-reference",
        auth=AuthStrategy.api_key(header="xi-api-key"),
        env_auth=["ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"],
        endpoints=[
            stream_text_to_speech(),
            stream_multi_context(),
            speech_to_text(),
            conversation(),
        ],
    )


def elevenlabs_on_premises() -> WebSocketApi:
    """The description of an agent on its customer's own machines; connect with their ``url``."""
    return WebSocketApi(
        name="ElevenLabsOnPremises",
        description="Conversations with an agent on one's own machines.",
        base_url="ws://127.0.0.1:8080",
        docs_url="https://elevenlabs.io/docs/api-reference",
        endpoints=[conversation_on_premises()],
    )
