"""What ElevenLabs' REST and WebSocket APIs share: the key, and settings of the voice."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, Struct, UnsetType

from schematic import AuthStrategy

__all__ = [
    "API_KEY",
    "DOCS_URL",
    "ENV_AUTH",
    "PronunciationDictionaryLocator",
    "VoiceSettings",
]

API_KEY: Final = AuthStrategy.api_key(header="xi-api-key")
"""How the key is carried."""

ENV_AUTH: Final = ("ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY")
"""The environment variables that may hold the key."""

DOCS_URL: Final = "https://elevenlabs.io/docs/api-reference"
"""The vendor's API reference."""


class VoiceSettings(Struct, frozen=True, kw_only=True):
    """How the voice sounds. What is absent, or null, is as the voice has it.

    Attributes:
        stability: 0 to 1; lower is more varied.
        similarity_boost: 0 to 1; closeness to the original voice.
        style: 0 to 1; exaggeration of the voice's style.
        speed: 1 is the voice's own pace.
        use_speaker_boost: trade latency for closeness to the speaker.
    """

    stability: float | UnsetType | None = UNSET
    similarity_boost: float | UnsetType | None = UNSET
    style: float | UnsetType | None = UNSET
    speed: float | UnsetType | None = UNSET
    use_speaker_boost: bool | UnsetType | None = UNSET


class PronunciationDictionaryLocator(Struct, frozen=True, kw_only=True):
    """A version of a pronunciation dictionary."""

    pronunciation_dictionary_id: str
    version_id: str | UnsetType | None = UNSET
