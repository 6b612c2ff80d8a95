"""The APIs as wholes: where they are, how to authenticate, and their endpoints."""

from __future__ import annotations

from schematic import AuthStrategy, WebSocketApi
from schematic_definitions.deepgram.agent_v1 import agent_v1
from schematic_definitions.deepgram.listen_v1 import listen_v1
from schematic_definitions.deepgram.listen_v2 import listen_v2
from schematic_definitions.deepgram.speak_v1 import speak_v1
from schematic_definitions.deepgram.speak_v2 import speak_v2

__all__ = ["deepgram", "deepgram_agent"]

_AUTH = AuthStrategy.any_of(
    AuthStrategy.api_key(header="Authorization", prefix="Token"),
    AuthStrategy.bearer_token(),  # a temporary one
    AuthStrategy.subprotocol("token"),  # for browsers, which can set no header
)


def deepgram() -> WebSocketApi:
    """The description of Deepgram's WebSocket API for speech."""
    return WebSocketApi(
        name="Deepgram",
        description="Text from speech and speech from text, as streams.",
        base_url="wss://api.deepgram.com",
        docs_url="https://developers.deepgram.com/reference",
        auth=_AUTH,
        env_auth="DEEPGRAM_API_KEY",
        endpoints=[listen_v1(), listen_v2(), speak_v1(), speak_v2()],
    )


def deepgram_agent() -> WebSocketApi:
    """The description of Deepgram's voice agent, which lives at an address of its own."""
    return WebSocketApi(
        name="DeepgramAgent",
        description="Conversations with a voice agent.",
        base_url="wss://agent.deepgram.com",
        docs_url="https://developers.deepgram.com/reference/voice-agent/voice-agent",
        auth=_AUTH,
        env_auth="DEEPGRAM_API_KEY",
        endpoints=[agent_v1()],
    )
