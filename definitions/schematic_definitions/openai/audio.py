"""How audio is written, heard and spoken."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct

from schematic_definitions.shorthand import Maybe

__all__ = [
    "AudioFormat",
    "AudioInput",
    "AudioOutput",
    "NoiseReduction",
    "PcmAudio",
    "PcmaAudio",
    "PcmuAudio",
    "SemanticVad",
    "ServerVad",
    "Transcription",
    "TurnDetection",
    "Voice",
]


class PcmAudio(Struct, frozen=True, tag_field="type", tag="audio/pcm"):
    """16 bits a sample, one channel, little-endian; 24000 samples a second is the only rate."""

    rate: Maybe[Literal[24000]] = UNSET


class PcmuAudio(Struct, frozen=True, tag_field="type", tag="audio/pcmu"):
    """G.711 µ-law at 8 kHz."""


class PcmaAudio(Struct, frozen=True, tag_field="type", tag="audio/pcma"):
    """G.711 A-law at 8 kHz."""


AudioFormat: TypeAlias = PcmAudio | PcmuAudio | PcmaAudio
"""How audio is written."""


class NoiseReduction(Struct, frozen=True, kw_only=True):
    """What filters the user's audio before anything listens to it.

    Attributes:
        type: where the microphone is.
        strength: how much it filters.
    """

    type: Maybe[Literal["near_field", "far_field"]] = UNSET
    strength: Maybe[float] = UNSET


class Transcription(Struct, frozen=True, kw_only=True):
    """What writes down the user's audio, beside the model that answers it.

    Attributes:
        model: such as ``gpt-4o-transcribe``.
        language: what is spoken, in ISO 639-1: ``en``.
        languages: what may be spoken.
        prompt: a text that guides the model.
        keywords: words to expect.
        delay: how long it waits before it writes, from ``minimal`` to ``xhigh``.
    """

    model: Maybe[str] = UNSET
    language: Maybe[str] = UNSET
    languages: Maybe[tuple[str, ...]] = UNSET
    prompt: Maybe[str] = UNSET
    keywords: Maybe[tuple[str, ...]] = UNSET
    delay: Maybe[str] = UNSET


class ServerVad(Struct, frozen=True, kw_only=True, tag_field="type", tag="server_vad"):
    """The user's turn ends with silence.

    Attributes:
        threshold: how loud speech is, 0 to 1.
        prefix_padding_ms: how much audio from before the speech belongs to it.
        silence_duration_ms: the silence after which the turn is over.
        idle_timeout_ms: the silence after which the model speaks unasked; null for never.
        create_response: whether the model answers each turn by itself.
        interrupt_response: whether the user's speech cancels a response that is being spoken.
    """

    threshold: Maybe[float] = UNSET
    prefix_padding_ms: Maybe[int] = UNSET
    silence_duration_ms: Maybe[int] = UNSET
    idle_timeout_ms: Maybe[int] = UNSET
    create_response: Maybe[bool] = UNSET
    interrupt_response: Maybe[bool] = UNSET


class SemanticVad(Struct, frozen=True, kw_only=True, tag_field="type", tag="semantic_vad"):
    """The user's turn ends when a model thinks so.

    Attributes:
        eagerness: how soon it thinks so; ``auto`` is ``medium``.
        create_response: whether the model answers each turn by itself.
        interrupt_response: whether the user's speech cancels a response that is being spoken.
    """

    eagerness: Maybe[Literal["low", "medium", "high", "auto"]] = UNSET
    create_response: Maybe[bool] = UNSET
    interrupt_response: Maybe[bool] = UNSET


TurnDetection: TypeAlias = ServerVad | SemanticVad
"""What finds the end of the user's turn."""


class AudioInput(Struct, frozen=True, kw_only=True):
    """How the user is heard. Null switches a part off, absent leaves it as it is.

    Attributes:
        format: how the client writes audio.
        noise_reduction: what filters it.
        transcription: what writes it down.
        turn_detection: what finds the end of a turn; null means that the client commits.
    """

    format: Maybe[AudioFormat] = UNSET
    noise_reduction: Maybe[NoiseReduction] = UNSET
    transcription: Maybe[Transcription] = UNSET
    turn_detection: Maybe[TurnDetection] = UNSET


class Voice(Struct, frozen=True):
    """A voice of the customer's own."""

    id: str


class AudioOutput(Struct, frozen=True, kw_only=True):
    """How the model is spoken.

    Attributes:
        format: how the server writes audio.
        voice: such as ``marin``; it cannot change once the model has spoken.
        speed: 0.25 to 1.5, where 1 is the voice's own pace; for a session only.
    """

    format: Maybe[AudioFormat] = UNSET
    voice: Maybe[str | Voice] = UNSET
    speed: Maybe[float] = UNSET
