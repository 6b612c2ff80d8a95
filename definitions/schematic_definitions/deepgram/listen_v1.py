"""Deepgram ``/v1/listen``: text from streamed speech (Nova).

The server is silent until it has heard audio. ``CloseStream`` ends the client's half; the server
sends what results are left, a summary (``Metadata``), and closes with 1000.

Not covered: an empty binary frame as the older way to close; that a ``Finalize`` is usually, but
not always, answered by results that are ``from_finalize``; that raw audio needs ``encoding`` and
``sample_rate``, since the parameters do not tell whether it is raw.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    ParamType,
    Schema,
    Side,
    Timer,
    WebSocketEndpoint,
)
from schematic_definitions.shorthand import (
    Maybe,
    Tagged,
    client_says,
    optional,
    required,
    server_says,
    several,
)

__all__ = [
    "Alternative",
    "Channel",
    "CloseStream",
    "Configure",
    "ConfigureFailure",
    "ConfigureSuccess",
    "DiarizeInfo",
    "Entity",
    "Error",
    "Finalize",
    "KeepAlive",
    "Metadata",
    "ModelInfo",
    "Results",
    "ResultsMetadata",
    "SpeechStarted",
    "UtteranceEnd",
    "Word",
    "listen_v1",
]


class KeepAlive(Tagged, frozen=True):
    """There is no audio now, but the connection is still wanted; never answered."""


class Finalize(Tagged, frozen=True):
    """Transcribe what has been heard, without waiting for more.

    Attributes:
        channel: only this channel of the audio, from 0; absent for all.
    """

    channel: int | UnsetType = UNSET


class Configure(Tagged, frozen=True, kw_only=True):
    """Changes the settings of a running stream.

    Attributes:
        keyterms: replaces the key terms; empty clears them, null or absent keeps them.
        features: switches features by name.
    """

    keyterms: Maybe[tuple[str, ...]] = UNSET
    features: Maybe[dict[str, bool]] = UNSET


class CloseStream(Tagged, frozen=True):
    """No more audio: the server transcribes what it has, sums up, and closes."""


class Word(Struct, frozen=True, kw_only=True):
    """One word.

    Attributes:
        word: in lower case, without punctuation.
        start: seconds from the start of the audio.
        end: seconds from the start of the audio.
        confidence: 0 to 1.
        language: in multilingual streams.
        punctuated_word: as it reads in the transcript, with ``smart_format`` or ``punctuate``.
        speaker: the speaker's number from 0, with diarization.
    """

    word: str
    start: float
    end: float
    confidence: float
    language: Maybe[str] = UNSET
    punctuated_word: Maybe[str] = UNSET
    speaker: Maybe[int] = UNSET


class Alternative(Struct, frozen=True, kw_only=True):
    """One reading of the audio.

    Attributes:
        transcript: the text.
        confidence: 0 to 1.
        words: its words with their times.
        languages: the languages that were heard.
        languages_hinted: those of them that were hinted at.
    """

    transcript: str
    confidence: float
    words: tuple[Word, ...]
    languages: Maybe[tuple[str, ...]] = UNSET
    languages_hinted: Maybe[tuple[str, ...]] = UNSET


class Channel(Struct, frozen=True):
    """The readings of one channel, best first."""

    alternatives: tuple[Alternative, ...]


class ModelInfo(Struct, frozen=True):
    """The model that was used."""

    name: str
    version: str
    arch: str


class DiarizeInfo(Struct, frozen=True):
    """The model that told the speakers apart."""

    model_uuid: str
    arch: str


class ResultsMetadata(Struct, frozen=True, kw_only=True):
    """Which request and which model the results are from."""

    request_id: str
    model_info: ModelInfo
    model_uuid: str
    diarize_info: Maybe[DiarizeInfo] = UNSET


class Entity(Struct, frozen=True, kw_only=True):
    """Something that was named, such as a person or an amount.

    Attributes:
        label: what kind of thing.
        value: it, formatted.
        raw_value: it, as it was said.
        confidence: 0 to 1.
        start_word: the number of its first word in the transcript.
        end_word: the number of the word after its last one.
    """

    label: str
    value: str
    raw_value: str
    confidence: float
    start_word: int
    end_word: int


class Results(Tagged, frozen=True, kw_only=True):
    """What was understood of a stretch of audio, perhaps not for the last time.

    Attributes:
        channel_index: which channel, and of how many.
        duration: of the stretch, in seconds.
        start: of the stretch, in seconds from the start of the audio.
        channel: the readings.
        metadata: which request and model.
        is_final: the text of this stretch will not change any more.
        speech_final: the speaker has paused.
        from_finalize: a ``Finalize`` asked for it.
        entities: what was named, with ``detect_entities``.
    """

    channel_index: tuple[int, ...]
    duration: float
    start: float
    channel: Channel
    metadata: ResultsMetadata
    is_final: Maybe[bool] = UNSET
    speech_final: Maybe[bool] = UNSET
    from_finalize: Maybe[bool] = UNSET
    entities: Maybe[tuple[Entity, ...]] = UNSET


class SpeechStarted(Tagged, frozen=True):
    """Somebody began to speak, with ``vad_events``.

    Attributes:
        channel: which channel, and of how many.
        timestamp: seconds from the start of the audio.
    """

    channel: tuple[int, ...]
    timestamp: float


class UtteranceEnd(Tagged, frozen=True):
    """No word has come for ``utterance_end_ms``.

    Attributes:
        channel: which channel, and of how many.
        last_word_end: seconds from the start of the audio, -1 where there was no word.
    """

    channel: tuple[int, ...]
    last_word_end: float


class Metadata(Tagged, frozen=True):
    """The summary, and the last message.

    Attributes:
        transaction_key: always ``deprecated``.
        request_id: the id of this request.
        sha256: of the audio, in hexadecimal digits.
        created: when, as ISO 8601.
        duration: of the audio, in seconds.
        channels: how many the audio had.
    """

    transaction_key: str
    request_id: str
    sha256: str
    created: str
    duration: float
    channels: int


class ConfigureSuccess(Tagged, frozen=True, kw_only=True):
    """A ``Configure`` was taken over; ``keyterms`` are those in force."""

    request_id: str
    keyterms: Maybe[tuple[str, ...]] = UNSET


class ConfigureFailure(Tagged, frozen=True):
    """A ``Configure`` was not taken over.

    Attributes:
        request_id: the id of this request.
        code: such as ``CONFIGURE_KEYTERM_LIMIT_EXCEEDED``.
        description: what happened, for people.
    """

    request_id: str
    code: str
    description: str


class Error(Tagged, frozen=True, kw_only=True):
    """The server gives up: it closes next.

    Attributes:
        variant: what happened, such as ``SchemaError``.
        description: what happened, for people.
        code: such as ``DATA-0000``.
        message: more, for people.
    """

    variant: str
    description: str
    code: Maybe[str] = UNSET
    message: Maybe[str] = UNSET


_SILENCE = (
    "Deepgram did not receive audio data or a text message within the timeout window. "
    "See https://dpgr.am/net0001"
)
"""The reason with which an idle stream is closed."""

_ENCODINGS = (
    *("linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus"),
    *("ogg-opus", "speex", "g729"),
)
_SWITCHES = (
    *("detect_entities", "diarize", "dictation", "interim_results", "mip_opt_out"),
    *("multichannel", "numerals", "profanity_filter", "punctuate", "smart_format", "vad_events"),
)


def listen_v1() -> WebSocketEndpoint:
    """Speech to text with Nova and older models."""
    return WebSocketEndpoint(
        id="ListenV1",
        path="/v1/listen",
        description="Send audio, receive what was said as it is understood.",
        connection_params=[
            required("model", ParamType.STRING),
            optional("language", ParamType.STRING, "en"),
            optional("encoding", ParamType.STRING, choices=_ENCODINGS),
            optional("sample_rate", ParamType.INTEGER, description="In Hz."),
            optional("channels", ParamType.INTEGER, 1),
            # Whichever a program has at hand: 300, False or their texts.
            optional("endpointing", ParamType.STRING, 10, description="Milliseconds, or false."),
            optional("utterance_end_ms", ParamType.INTEGER),
            optional("diarize_model", ParamType.STRING, choices=("latest", "v1")),
            optional("callback", ParamType.STRING, description="A URL for the results."),
            optional(
                "callback_method",
                ParamType.STRING,
                "POST",
                choices=("POST", "GET", "PUT", "DELETE"),
            ),
            optional("version", ParamType.STRING, "latest"),
            several("keyterm", "Words to expect."),
            several("keywords", "Words to expect, with weights: ``Ada:2``."),
            several("language_hint", "Languages to expect."),
            several("redact", "What to redact, such as ``pci`` or ``numbers``."),
            several("replace", "Words to replace: ``from:to``."),
            several("search", "Words to look for."),
            several("tag", "Labels for reports of use."),
            several("extra", "What is sent back with the results: ``name:value``."),
            *(optional(name, ParamType.BOOLEAN, False) for name in _SWITCHES),
        ],
        lifecycle=ConnectionLifecycle(
            streaming_messages=[
                client_says(Schema.binary(), "Audio.", id="Media"),
                client_says(KeepAlive, "Keeps the connection without audio."),
                client_says(Finalize, "Transcribe what has been heard."),
                client_says(Configure, "Changes settings."),
            ],
            close=client_says(
                CloseStream, "No more audio; the server finishes and closes.", repeatable=False
            ),
            server_messages=[
                server_says(Results, "What was understood.", after="Media"),
                server_says(SpeechStarted, "Somebody began to speak.", after="Media"),
                server_says(UtteranceEnd, "Nobody has spoken for a while.", after="Media"),
                server_says(ConfigureSuccess, "The settings are in force.", after="Configure"),
                server_says(ConfigureFailure, "The settings are refused.", after="Configure"),
                server_says(
                    Metadata,
                    "The summary, and the last message.",
                    repeatable=False,
                    final=True,
                    after="CloseStream",
                ),
                server_says(
                    Error,
                    "The server gives up and closes.",
                    repeatable=False,
                    ambient=True,
                    final=True,
                    closes=CloseNotice(),
                ),
            ],
            timers=[
                Timer.idle(10, close_code=1011, close_reason=_SILENCE),
                Timer.keepalive(5, owner=Side.CLIENT, message="KeepAlive"),
            ],
            closing=Closing(
                by=Side.SERVER,
                codes=[
                    CloseCode(code=1000, meaning="everything was transcribed", normal=True),
                    CloseCode(
                        code=1011,
                        meaning="neither audio nor a message for 10 s, or an error",
                        by=Side.SERVER,
                    ),
                ],
            ),
        ),
    )
