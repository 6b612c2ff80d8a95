"""Text from speech while it is spoken: ``/v1/speech-to-text/realtime``.

The server greets with ``session_started``, which holds nobody back. The client says one thing only,
a chunk of audio, and what came before the audio in the first chunk. A chunk may commit what has
been heard; one that is empty does nothing else, and is `Commit` here. With another
``commit_strategy`` the server commits by itself.

There is no last message: the client closes with 1000. What is still being transcribed then is lost.

Not covered: which of the errors end the session, and with which close code, which the reference
does not say; which features bring which transcripts (``include_timestamps`` brings
``committed_transcript_with_timestamps``, and so on); how long a key term or an instruction may be;
``final_transcript`` and its kin, which the SDK names but no description has.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    CloseCode,
    Closing,
    ConnectionLifecycle,
    Constraint,
    ListStyle,
    OpeningStep,
    ParamType,
    Side,
    WebSocketEndpoint,
)
from schematic_definitions.shorthand import (
    Maybe,
    client_says,
    optional,
    required,
    server_says,
    snake_case,
)

__all__ = [
    "AudioChunk",
    "AuthError",
    "Character",
    "ChunkSizeExceeded",
    "Commit",
    "CommitThrottled",
    "CommittedTranscript",
    "CommittedTranscriptEntities",
    "CommittedTranscriptWithTimestamps",
    "DiarizedTranscript",
    "DiarizedWord",
    "EditedTranscript",
    "Entity",
    "Error",
    "FirstAudioChunk",
    "InputError",
    "InsufficientAudioActivity",
    "InvalidRequest",
    "PartialTranscript",
    "QueueOverflow",
    "QuotaExceeded",
    "RateLimited",
    "RedactedTranscript",
    "ResourceExhausted",
    "SessionConfig",
    "SessionStarted",
    "SessionTimeLimitExceeded",
    "SpeakersMerged",
    "TranscriberError",
    "UnacceptedTerms",
    "Warning",
    "Word",
    "speech_to_text",
]


# -------------------------------------------------------------------------------------- the client


class AudioChunk(Struct, frozen=True, kw_only=True):
    """A piece of audio.

    Attributes:
        audio_base_64: the audio, in base64.
        sample_rate: in Hz.
        commit: what has been heard is complete: transcribe it for good.
        previous_text: null or absent, but in the first chunk.
    """

    message_type: Literal["input_audio_chunk"] = "input_audio_chunk"
    audio_base_64: str
    sample_rate: int
    commit: bool = False
    previous_text: UnsetType | None = UNSET


class FirstAudioChunk(Struct, frozen=True, kw_only=True):
    """The first piece of audio; ``previous_text`` is what was said before it, as context."""

    message_type: Literal["input_audio_chunk"] = "input_audio_chunk"
    audio_base_64: str
    sample_rate: int
    commit: bool = False
    previous_text: Maybe[str] = UNSET


class Commit(Struct, frozen=True, kw_only=True):
    """What has been heard is complete: transcribe it for good."""

    message_type: Literal["input_audio_chunk"] = "input_audio_chunk"
    audio_base_64: Literal[""] = ""
    sample_rate: int
    commit: Literal[True] = True


# -------------------------------------------------------------------------------------- the server


class _Said(Struct, frozen=True, kw_only=True, tag_field="message_type", tag=snake_case):
    """What the server says carries its name in ``message_type``."""


class SessionConfig(Struct, frozen=True, kw_only=True):
    """The session as the server understood the request; its parameters by the same names."""

    model_id: Maybe[str] = UNSET
    audio_format: Maybe[str] = UNSET
    sample_rate: Maybe[int] = UNSET
    language_code: Maybe[str] = UNSET
    commit_strategy: Maybe[str] = UNSET
    vad_silence_threshold_secs: Maybe[float] = UNSET
    vad_threshold: Maybe[float] = UNSET
    min_speech_duration_ms: Maybe[int] = UNSET
    min_silence_duration_ms: Maybe[int] = UNSET
    include_timestamps: Maybe[bool] = UNSET
    include_language_detection: Maybe[bool] = UNSET
    keyterms: Maybe[tuple[str, ...]] = UNSET
    no_verbatim: Maybe[bool] = UNSET
    enable_logging: Maybe[bool] = UNSET


class SessionStarted(_Said, frozen=True):
    """The greeting."""

    session_id: str
    config: SessionConfig


class PartialTranscript(_Said, frozen=True):
    """What has been understood since the last commit, so far."""

    text: str


class CommittedTranscript(_Said, frozen=True):
    """What was said, for good."""

    text: str


class Word(Struct, frozen=True, kw_only=True):
    """A word, or what is between two.

    Attributes:
        text: the word.
        start: when it begins, in seconds.
        end: when it ends, in seconds.
        type: ``word`` or ``spacing``.
        speaker_id: who said it.
        logprob: how sure the model is: the logarithm of a probability.
        characters: its characters.
    """

    text: Maybe[str] = UNSET
    start: Maybe[float] = UNSET
    end: Maybe[float] = UNSET
    type: Maybe[str] = UNSET
    speaker_id: Maybe[str] = UNSET
    logprob: Maybe[float] = UNSET
    characters: Maybe[tuple[str, ...]] = UNSET


class CommittedTranscriptWithTimestamps(_Said, frozen=True, kw_only=True):
    """The same again, with its language and the times of its words."""

    text: str
    language_code: Maybe[str] = UNSET
    words: Maybe[tuple[Word, ...]] = UNSET


class Entity(Struct, frozen=True, kw_only=True):
    """Something that was named, of which kind, and where in the text, from and to."""

    text: str
    entity_type: str
    start_char: int
    end_char: int


class CommittedTranscriptEntities(_Said, frozen=True):
    """The same again, with what is named in it, for ``entity_detection``."""

    text: str
    entities: tuple[Entity, ...]


class RedactedTranscript(_Said, frozen=True):
    """The same again, and without what ``entity_redaction`` hides."""

    text: str
    redacted_text: str


class EditedTranscript(_Said, frozen=True):
    """The same again, and as ``transcript_edit`` wants it."""

    text: str
    edited_text: str


class Character(Struct, frozen=True, kw_only=True):
    """A character and when it is spoken, in seconds."""

    text: str
    start: Maybe[float] = UNSET
    end: Maybe[float] = UNSET


class DiarizedWord(Struct, frozen=True, kw_only=True):
    """A word with its speaker.

    Attributes:
        text: the word.
        type: ``word``, ``spacing`` or ``audio_event``.
        logprob: how sure the model is: the logarithm of a probability.
        start: when it begins, in seconds.
        end: when it ends, in seconds.
        speaker_id: who said it; null where that could not be told.
        characters: its characters.
        channel_index: on which channel of the audio.
    """

    text: str
    type: str
    logprob: float
    start: Maybe[float] = UNSET
    end: Maybe[float] = UNSET
    speaker_id: Maybe[str] = UNSET
    characters: Maybe[tuple[Character, ...]] = UNSET
    channel_index: Maybe[int] = UNSET


class DiarizedTranscript(_Said, frozen=True, kw_only=True):
    """The same again, with who said what; it comes later, and in the order of the commits.

    Attributes:
        segment_index: the number of the commit.
        text: what was said.
        words: its words, each with its speaker.
    """

    segment_index: int
    text: str
    words: tuple[DiarizedWord, ...]


class SpeakersMerged(_Said, frozen=True, kw_only=True):
    """Two speakers turned out to be one: the first id means the second from here on, and before."""

    from_speaker_id: str
    to_speaker_id: str


class Warning(_Said, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, and the session goes on."""

    warning: str


class _Failed(_Said, frozen=True):
    """Something is wrong; ``error`` says what, for people."""

    error: str


class Error(_Failed, frozen=True):
    """Something is wrong that has no other name."""


class AuthError(_Failed, frozen=True):
    """The key or the token is not good."""


class QuotaExceeded(_Failed, frozen=True):
    """The account has used up what it may use."""


class CommitThrottled(_Failed, frozen=True):
    """Commits come too fast: this one was not taken."""


class UnacceptedTerms(_Failed, frozen=True):
    """The account's owner has not agreed to the terms."""


class RateLimited(_Failed, frozen=True):
    """Requests come too fast."""


class QueueOverflow(_Failed, frozen=True):
    """Audio comes faster than it is transcribed."""


class ResourceExhausted(_Failed, frozen=True):
    """The service is too busy."""


class SessionTimeLimitExceeded(_Failed, frozen=True):
    """The session has lasted as long as it may."""


class InputError(_Failed, frozen=True):
    """A message was not understood."""


class InvalidRequest(_Failed, frozen=True):
    """The session was asked for in a way that makes no sense."""


class ChunkSizeExceeded(_Failed, frozen=True):
    """A chunk holds more audio than it may."""


class InsufficientAudioActivity(_Failed, frozen=True):
    """There is hardly anything to hear."""


class TranscriberError(_Failed, frozen=True):
    """The transcription failed."""


_TRANSCRIPTS = (
    (PartialTranscript, "What has been understood so far."),
    (CommittedTranscript, "What was said."),
    (CommittedTranscriptWithTimestamps, "The same, with the times of its words."),
    (CommittedTranscriptEntities, "The same, with what is named in it."),
    (RedactedTranscript, "The same, without what is to be hidden."),
    (EditedTranscript, "The same, as it is to be edited."),
    (DiarizedTranscript, "The same, with who said what."),
    (SpeakersMerged, "Two speakers are one."),
)

_AT_ANY_TIME = (
    (Warning, "Something is amiss."),
    (Error, "Something is wrong."),
    (AuthError, "The key or the token is not good."),
    (QuotaExceeded, "The account's quota is used up."),
    (CommitThrottled, "Commits come too fast."),
    (UnacceptedTerms, "The terms are not agreed to."),
    (RateLimited, "Requests come too fast."),
    (QueueOverflow, "Audio comes too fast."),
    (ResourceExhausted, "The service is too busy."),
    (SessionTimeLimitExceeded, "The session has lasted too long."),
    (InputError, "A message was not understood."),
    (InvalidRequest, "The request makes no sense."),
    (ChunkSizeExceeded, "A chunk is too large."),
    (InsufficientAudioActivity, "There is hardly anything to hear."),
    (TranscriberError, "The transcription failed."),
)

_MODELS = ("scribe_v2_realtime", "scribe_v3_live")
_FORMATS = (*(f"pcm_{rate}" for rate in (8000, 16000, 22050, 24000, 44100, 48000)), "ulaw_8000")
_STRATEGIES = ("manual", "vad", "turn_prediction")
_REDACTIONS = ("redacted", "entity_type", "enumerated_entity_type")
_LIST = ListStyle.REPEATED

_PARAMS = (
    required("model_id", ParamType.STRING, choices=_MODELS),
    optional("audio_format", ParamType.STRING, choices=_FORMATS),
    optional("commit_strategy", ParamType.STRING, "manual", choices=_STRATEGIES),
    optional("vad_silence_threshold_secs", ParamType.FLOAT, minimum=0.3, maximum=3),
    optional("vad_threshold", ParamType.FLOAT, minimum=0.1, maximum=0.9),
    optional("min_speech_duration_ms", ParamType.INTEGER, minimum=50, maximum=2000),
    optional("min_silence_duration_ms", ParamType.INTEGER, minimum=50, maximum=2000),
    optional("language_code", ParamType.STRING, description="ISO 639-1 or 639-3."),
    optional("secondary_languages", ParamType.STRING, many=_LIST, description="The same."),
    optional("include_timestamps", ParamType.BOOLEAN, False),
    optional("include_language_detection", ParamType.BOOLEAN, False),
    optional(
        "keyterms",
        ParamType.STRING,
        many=_LIST,
        max_items=50,
        description="Words to expect, of up to 20 characters.",
    ),
    optional("no_verbatim", ParamType.BOOLEAN, False, description="Leave fillers out."),
    optional("entity_detection", ParamType.STRING, many=_LIST),
    optional("entity_redaction", ParamType.STRING, many=_LIST),
    optional("entity_redaction_mode", ParamType.STRING, choices=_REDACTIONS),
    optional("transcript_edit", ParamType.STRING, description="An instruction."),
    optional("filter_background_audio", ParamType.BOOLEAN, False),
    optional("enable_logging", ParamType.BOOLEAN, True),
)


def speech_to_text() -> WebSocketEndpoint:
    """The endpoint ``SpeechToText``."""
    return WebSocketEndpoint(
        id="SpeechToText",
        path="/v1/speech-to-text/realtime",
        description="Send speech as it is spoken, receive its text as it is understood.",
        connection_params=_PARAMS,
        constraints=[
            Constraint.at_most_one("entity_redaction", "transcript_edit"),
            Constraint.at_most_one("entity_detection", "transcript_edit"),
            Constraint.at_most_one({"filter_background_audio": True}, {"include_timestamps": True}),
            Constraint.needs("entity_redaction_mode", "entity_redaction"),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=[
                OpeningStep(
                    server_says(SessionStarted, "The greeting.", repeatable=False), gating=False
                ),
                OpeningStep(
                    client_says(FirstAudioChunk, "The first piece of audio.", repeatable=False),
                    gating=False,
                ),
            ],
            streaming_messages=[
                client_says(AudioChunk, "A piece of audio."),
                client_says(Commit, "What has been heard is complete."),
            ],
            server_messages=[
                *(
                    server_says(body, about, after="FirstAudioChunk")
                    for body, about in _TRANSCRIPTS
                ),
                *(server_says(body, about, ambient=True) for body, about in _AT_ANY_TIME),
            ],
            closing=Closing(
                by=Side.CLIENT,
                codes=[CloseCode(code=1000, meaning="enough has been said", normal=True)],
            ),
        ),
    )
