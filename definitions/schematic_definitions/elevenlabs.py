"""ElevenLabs: text to speech over a WebSocket.

Sources: the vendor's API reference for ``/v1/text-to-speech/{voice_id}/stream-input``, its public
Python SDK, and public issue threads where the reference is silent (an ``isFinal`` of ``null`` on
every audio message; the reason of a close cut to 123 bytes).

Covered: `StreamTextToSpeech`. Not covered yet: several contexts on one socket, conversational AI,
realtime speech to text.

Messages carry no tag. The client's are told apart by their text: exactly one space opens the
conversation, and later keeps it alive; an empty one closes the client's half; anything else is
spoken. The server's are told apart by the fields that are present.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schematic import (
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)

__all__ = [
    "Alignment",
    "AudioOutput",
    "CloseConnection",
    "FinalOutput",
    "GenerationConfig",
    "InitializeConnection",
    "KeepAlive",
    "PronunciationDictionaryLocator",
    "SendText",
    "ServerError",
    "VoiceSettings",
    "elevenlabs",
]


class VoiceSettings(Struct, frozen=True, kw_only=True):
    """How the voice sounds; allowed in the first message, or later if it does not change.

    Attributes:
        stability: 0 to 1; lower is more varied.
        similarity_boost: 0 to 1; closeness to the original voice.
        style: 0 to 1; exaggeration of the voice's style.
        speed: 1 is the voice's own pace.
        use_speaker_boost: trade latency for closeness to the speaker.
    """

    stability: float | UnsetType = UNSET
    similarity_boost: float | UnsetType = UNSET
    style: float | UnsetType = UNSET
    speed: float | UnsetType = UNSET
    use_speaker_boost: bool | UnsetType = UNSET


class GenerationConfig(Struct, frozen=True, kw_only=True):
    """When buffered text is turned into audio.

    Attributes:
        chunk_length_schedule: how many characters to collect before each next generation.
    """

    chunk_length_schedule: tuple[float, ...] | UnsetType = UNSET


class PronunciationDictionaryLocator(Struct, frozen=True, kw_only=True):
    """A version of a pronunciation dictionary."""

    pronunciation_dictionary_id: str
    version_id: str | UnsetType | None = UNSET


class InitializeConnection(Struct, frozen=True, kw_only=True):
    """Opens the conversation: a text of exactly one space, and the settings."""

    text: Literal[" "] = " "
    voice_settings: VoiceSettings | UnsetType | None = UNSET
    generation_config: GenerationConfig | UnsetType | None = UNSET
    pronunciation_dictionary_locators: (
        tuple[PronunciationDictionaryLocator, ...] | UnsetType | None
    ) = UNSET
    try_trigger_generation: bool | UnsetType = UNSET
    xi_api_key: str | UnsetType = msgspec.field(name="xi-api-key", default=UNSET)
    authorization: str | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the credentials that the message may carry."""
        return f"InitializeConnection(voice_settings={self.voice_settings!r}, ...)"


class SendText(Struct, frozen=True):
    """Text to speak; it should end with a space.

    Attributes:
        text: the text. One space alone is read as a keep-alive, an empty one closes the half.
        try_trigger_generation: generate now if enough text has been collected.
        voice_settings: only the same settings as in the first message.
        generator_config: as ``generation_config`` in the first message; the name differs there.
        flush: generate everything that has been collected.
    """

    text: str
    try_trigger_generation: bool | UnsetType = UNSET
    voice_settings: VoiceSettings | UnsetType | None = UNSET
    generator_config: GenerationConfig | UnsetType | None = UNSET
    flush: bool | UnsetType = UNSET


class KeepAlive(Struct, frozen=True):
    """A space between texts: nothing to speak, but the connection is still wanted."""

    text: Literal[" "] = " "
    try_trigger_generation: bool | UnsetType = UNSET


class CloseConnection(Struct, frozen=True):
    """No more text: the server finishes what it has, says so, and closes."""

    text: Literal[""] = ""


class Alignment(Struct, frozen=True, rename="camel"):
    """When each character is spoken.

    Attributes:
        chars: the characters.
        char_start_times_ms: when each begins, in milliseconds from the start of this audio.
        char_durations_ms: how long each lasts, in milliseconds.
    """

    chars: tuple[str, ...]
    char_start_times_ms: tuple[int, ...]
    char_durations_ms: tuple[int, ...]


class AudioOutput(Struct, frozen=True, rename="camel"):
    """A piece of audio.

    Attributes:
        audio: base64 of the bytes, in the format of the parameter ``output_format``.
        is_final: null on every audio message of the real service.
        normalized_alignment: timing over the text after normalisation.
        alignment: timing over the text as sent.
    """

    audio: str
    is_final: None = None
    normalized_alignment: Alignment | UnsetType | None = UNSET
    alignment: Alignment | UnsetType | None = UNSET


class FinalOutput(Struct, frozen=True, rename="camel"):
    """All audio has been sent; the server closes next."""

    is_final: bool
    audio: UnsetType | None = UNSET
    normalized_alignment: UnsetType | None = UNSET
    alignment: UnsetType | None = UNSET


class ServerError(Struct, frozen=True):
    """The server gives up: it closes next, with ``code``, and the message as the reason.

    Attributes:
        message: what happened, for people.
        error: what happened, as a slug such as ``input_timeout_exceeded``.
        code: the close code that follows, usually 1008.
    """

    message: str
    error: str
    code: int


_CLIENT = MessageDirection.CLIENT_TO_SERVER
_SERVER = MessageDirection.SERVER_TO_CLIENT

_OUTPUT_FORMATS = (
    *(f"mp3_{rate}" for rate in ("22050_32", "44100_32", "44100_64", "44100_96", "44100_128")),
    "mp3_44100_192",
    *(f"pcm_{rate}" for rate in (8000, 16000, 22050, 24000, 44100)),
    "ulaw_8000",
    "alaw_8000",
    *(f"opus_48000_{rate}" for rate in (32, 64, 96, 128, 192)),
)


def _param(name: str, param_type: ParamType, default: Any = None, **more: Any) -> ConnectionParam:
    return ConnectionParam(
        name=name, param_type=param_type, required=False, default=default, **more
    )


def _stream_text_to_speech() -> WebSocketEndpoint:
    return WebSocketEndpoint(
        id="StreamTextToSpeech",
        path="/v1/text-to-speech/{voice_id}/stream-input",
        description="Send text as it is written, receive speech as it is generated.",
        connection_params=[
            _param("model_id", ParamType.STRING),
            _param("output_format", ParamType.STRING, choices=_OUTPUT_FORMATS),
            _param("language_code", ParamType.STRING),
            _param("enable_logging", ParamType.BOOLEAN, True),
            _param("enable_ssml_parsing", ParamType.BOOLEAN, False),
            _param("inactivity_timeout", ParamType.INTEGER, 20),
            _param("sync_alignment", ParamType.BOOLEAN, False),
            _param("auto_mode", ParamType.BOOLEAN, False),
            _param(
                "apply_text_normalization", ParamType.STRING, "auto", choices=("auto", "on", "off")
            ),
            _param("seed", ParamType.INTEGER),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=MessageSchema(
                id="InitializeConnection",
                description="The first message: one space, and the settings of the voice.",
                direction=_CLIENT,
                schema=Schema(InitializeConnection),
                repeatable=False,
            ),
            streaming_messages=[
                MessageSchema(
                    id="SendText",
                    description="Text to speak.",
                    direction=_CLIENT,
                    schema=Schema(SendText),
                ),
                MessageSchema(
                    id="KeepAlive",
                    description="Keeps the connection open while there is no text.",
                    direction=_CLIENT,
                    schema=Schema(KeepAlive),
                ),
            ],
            close=MessageSchema(
                id="CloseConnection",
                description="No more text; the server finishes and closes.",
                direction=_CLIENT,
                schema=Schema(CloseConnection),
                repeatable=False,
            ),
            server_messages=[
                MessageSchema(
                    id="AudioOutput",
                    description="A piece of audio, with the timing of its characters.",
                    direction=_SERVER,
                    schema=Schema(AudioOutput),
                ),
                MessageSchema(
                    id="FinalOutput",
                    description="The last message: all audio has been sent.",
                    direction=_SERVER,
                    schema=Schema(FinalOutput),
                    repeatable=False,
                    final=True,
                    after=("CloseConnection",),
                ),
                MessageSchema(
                    id="ServerError",
                    description="The server gives up and closes.",
                    direction=_SERVER,
                    schema=Schema(ServerError),
                    repeatable=False,
                    ambient=True,
                    final=True,
                ),
            ],
            timers=[Timer.idle(20, param="inactivity_timeout")],
        ),
    )


def elevenlabs() -> WebSocketApi:
    """The description of ElevenLabs' WebSocket API."""
    return WebSocketApi(
        name="ElevenLabs",
        description="Speech from text, as a stream.",
        base_url="wss://api.elevenlabs.io",
        docs_url="https://elevenlabs.io/docs/api-reference",
        auth=AuthStrategy.api_key(header="xi-api-key"),
        env_auth=["ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"],
        endpoints=[_stream_text_to_speech()],
    )
