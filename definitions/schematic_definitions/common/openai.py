"""What OpenAI's REST and WebSocket APIs share: the key."""

from __future__ import annotations

from typing import Final

from schematic import AuthStrategy

__all__ = ["API_KEY", "ENV_AUTH"]

API_KEY: Final = AuthStrategy.bearer_token()
"""How the key is carried."""

ENV_AUTH: Final = ("OPENAI_API_KEY",)
"""The environment variable that may hold the key."""
