"""The API as a whole: where it is, how to authenticate, and its endpoint."""

from __future__ import annotations

from schematic import AuthStrategy, WebSocketApi
from schematic_definitions.common.openai import API_KEY, ENV_AUTH
from schematic_definitions.openai.realtime import realtime

__all__ = ["openai"]


def openai() -> WebSocketApi:
    """The description of OpenAI's realtime API."""
    return WebSocketApi(
        name="OpenAI",
        description="Conversations with a model, in speech and text.",
        base_url="wss://api.openai.com",
        docs_url="https://platform.openai.com/docs/api-reference/realtime",
        auth=AuthStrategy.any_of(
            API_KEY,
            AuthStrategy.subprotocol("realtime", prefix="openai-insecure-api-key."),
        ),
        env_auth=ENV_AUTH,
        endpoints=[realtime()],
    )
