"""One text spoken on one connection: ``/v1/text-to-speech/{voice_id}/stream-input``.

Messages carry no tag. The client's are told apart by their text: exactly one space opens the
conversation, and later keeps it alive; an empty one closes the client's half; anything else is
spoken. The server's are told apart by the fields that are present.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schematic import (
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    Timer,
    WebSocketEndpoint,
)
from schematic_definitions.elevenlabs.speech import (
    CLOSING,
    CONNECTION_PARAMS,
    SERVER_ERROR,
    Alignment,
    GenerationConfig,
    PronunciationDictionaryLocator,
    ServerError,
    VoiceSettings,
)

__all__ = [
    "AudioOutput",
    "CloseConnection",
    "FinalOutput",
    "InitializeConnection",
    "KeepAlive",
    "SendText",
    "stream_text_to_speech",
]


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


_CLIENT = MessageDirection.CLIENT_TO_SERVER
_SERVER = MessageDirection.SERVER_TO_CLIENT


def stream_text_to_speech() -> WebSocketEndpoint:
    """The endpoint ``StreamTextToSpeech``."""
    return WebSocketEndpoint(
        id="StreamTextToSpeech",
        path="/v1/text-to-speech/{voice_id}/stream-input",
        description="Send text as it is written, receive speech as it is generated.",
        connection_params=CONNECTION_PARAMS,
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
                SERVER_ERROR,
            ],
            timers=[
                Timer.idle(
                    20,
                    param="inactivity_timeout",
                    message="ServerError",
                    body=ServerError(
                        message="Nothing was said for too long.",
                        error="input_timeout_exceeded",
                        code=1008,
                    ),
                )
            ],
            closing=CLOSING,
        ),
    )
