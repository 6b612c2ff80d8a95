"""The API as a whole: where it is, how to authenticate, and its endpoints."""

from __future__ import annotations

from schematic import AuthStrategy, WebSocketApi
from schematic_definitions.elevenlabs.stream_multi_context import stream_multi_context
from schematic_definitions.elevenlabs.stream_text_to_speech import stream_text_to_speech

__all__ = ["elevenlabs"]


def elevenlabs() -> WebSocketApi:
    """The description of ElevenLabs' WebSocket API."""
    return WebSocketApi(
        name="ElevenLabs",
        description="Speech from text, as a stream.",
        base_url="wss://api.elevenlabs.io",
        docs_url="https://elevenlabs.io/docs/api-reference",
        auth=AuthStrategy.api_key(header="xi-api-key"),
        env_auth=["ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"],
        endpoints=[stream_text_to_speech(), stream_multi_context()],
    )
