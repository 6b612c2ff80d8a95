"""What ElevenLabs' endpoints for text to speech have in common: settings, timing, errors."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    Side,
)
from schematic_definitions.common.elevenlabs import PronunciationDictionaryLocator, VoiceSettings

__all__ = [
    "CLOSING",
    "CONNECTION_PARAMS",
    "SERVER_ERROR",
    "Alignment",
    "GenerationConfig",
    "PronunciationDictionaryLocator",
    "ServerError",
    "VoiceSettings",
]


class GenerationConfig(Struct, frozen=True, kw_only=True):
    """When buffered text is turned into audio.

    Attributes:
        chunk_length_schedule: how many characters to collect before each next generation.
    """

    chunk_length_schedule: tuple[float, ...] | UnsetType = UNSET


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


SERVER_ERROR = MessageSchema(
    id="ServerError",
    description="The server gives up and closes.",
    direction=MessageDirection.SERVER_TO_CLIENT,
    schema=Schema(ServerError),
    repeatable=False,
    ambient=True,
    final=True,
    closes=CloseNotice(code="code", reason="message"),
)
"""The message that may come at any moment, and then the close."""

CLOSING = Closing(
    by=Side.SERVER,
    codes=[
        CloseCode(code=1000, meaning="everything has been spoken", normal=True),
        CloseCode(code=1008, meaning="the error message before it says why", by=Side.SERVER),
    ],
)
"""How a connection ends."""

_OUTPUT_FORMATS = (
    *(f"mp3_{rate}" for rate in ("22050_32", "44100_32", "44100_64", "44100_96", "44100_128")),
    "mp3_44100_192",
    *(f"pcm_{rate}" for rate in (8000, 16000, 22050, 24000, 44100)),
    "ulaw_8000",
    "alaw_8000",
    *(f"opus_48000_{rate}" for rate in (32, 64, 96, 128, 192)),
)


def _param(
    name: str, param_type: ParamType, default: Any = None, about: str = "", **more: Any
) -> ConnectionParam:
    return ConnectionParam(
        name=name, param_type=param_type, default=default, description=about, **more
    )


def _flag(name: str, default: bool, about: str) -> ConnectionParam:
    return _param(name, ParamType.BOOLEAN, default, about)


CONNECTION_PARAMS = (
    _param("model_id", ParamType.STRING, about="The id of the model."),
    _param(
        "output_format",
        ParamType.STRING,
        about="Codec, samples per second and kbit/s.",
        choices=_OUTPUT_FORMATS,
    ),
    _param("language_code", ParamType.STRING, about="The language of the text, as in ISO 639-1."),
    _flag("enable_logging", True, "Whether the service may keep what is said."),
    _flag("enable_ssml_parsing", False, "Whether tags of SSML in the text are obeyed."),
    _param(
        "inactivity_timeout",
        ParamType.INTEGER,
        20,
        "Seconds of silence before the end.",
        maximum=180,
    ),
    _flag("sync_alignment", False, "Whether the timing of characters comes with the audio."),
    _flag("auto_mode", False, "Speak at once, without collecting text first."),
    _param(
        "apply_text_normalization",
        ParamType.STRING,
        "auto",
        "Whether numbers are spelled out.",
        choices=("auto", "on", "off"),
    ),
    _param(
        "seed",
        ParamType.INTEGER,
        about="The same one gives much the same audio.",
        minimum=0,
        maximum=4294967295,
    ),
)
"""The query of every endpoint for text to speech; nothing in it is required."""
