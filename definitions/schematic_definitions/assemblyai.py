"""AssemblyAI's streaming API, version 3: text from streamed speech, turn by turn.

Sources: the vendor's API reference and guides at www.assemblyai.com/docs, with the AsyncAPI
description published there; and its public Python SDK, for what clients really send.

Covered: every message of both sides, every parameter, and the end of a session. The server greets
with `Begin`, and holds nobody back by it: clients stream before they have read it. `Terminate` ends
the client's half; the server says what turns are left, sums up with `Termination`, and closes with
1000. A client may also just leave, and is billed until the server notices. An `Error` is the
server's last message, and says the close code that follows; older servers say it without a
``type`` (`UntypedError`), or close without one.

Not covered: that a `Turn` keeps its ``turn_order`` until it ends, and the next one counts on (by
older documents a formatted turn repeats the order of the unformatted one); that
`SpeakerRevision` and `LLMGatewayResponse` speak of earlier turns; how long a piece of audio may
be, and how fast it may come; the limits of a session (three hours, and ``inactivity_timeout``).

No document says how long to wait for `Begin` and `Termination`, which `schematic verify` notes as
``waiting-without-timer``; the vendor's SDK waits 5 s for the latter.

Notes for users: ``url="wss://streaming.eu.assemblyai.com"`` is the same in the European Union. A
temporary token may stand in the query, as ``token``, where a header cannot be set, as in browsers.
Booleans are read in any case, since the vendor's SDK writes ``True``; lists as a JSON array, which
it writes, and as repeated keys.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    AuthStrategy,
    Breach,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    ConnectionParam,
    OnBreach,
    OpeningStep,
    ParamType,
    Schema,
    Side,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define import ListStyle
from schematic_definitions.shorthand import Maybe, Tagged, client_says, optional, server_says

__all__ = [
    "Begin",
    "Configuration",
    "Error",
    "ForceEndpoint",
    "Heartbeat",
    "KeepAlive",
    "LLMGatewayResponse",
    "Revision",
    "Silence",
    "SpeakerRevision",
    "SpeechStarted",
    "Terminate",
    "Termination",
    "Turn",
    "UntypedError",
    "UpdateConfiguration",
    "Warning",
    "Word",
    "assemblyai",
]

# ------------------------------------------------------------------------------- what clients say


class UpdateConfiguration(Tagged, frozen=True, kw_only=True):
    """Changes settings of a running session; what is absent stays as it is.

    Attributes:
        end_of_turn_confidence_threshold: 0 to 1, from where on a turn is over.
        min_turn_silence: in milliseconds, before a turn is over that seems so.
        min_end_of_turn_silence_when_confident: the same, by its older name.
        max_turn_silence: in milliseconds, after which a turn is over anyway.
        vad_threshold: 0 to 1, from where on sound is speech.
        format_turns: punctuate and format what was said.
        keyterms_prompt: words to expect.
        filter_profanity: replace rude words.
        prompt: what the audio is about.
        agent_context: what the agent has just said, that the user answers.
        interruption_delay: in milliseconds, before speech counts as an interruption.
        turn_left_pad_ms: how much audio from before a turn belongs to it.
        language_codes: the languages to expect.
        session_heartbeat: whether to send `Heartbeat`.
        acknowledge_silence: whether to send `Silence`.
    """

    end_of_turn_confidence_threshold: float | UnsetType = UNSET
    min_turn_silence: int | UnsetType = UNSET
    min_end_of_turn_silence_when_confident: int | UnsetType = UNSET
    max_turn_silence: int | UnsetType = UNSET
    vad_threshold: float | UnsetType = UNSET
    format_turns: bool | UnsetType = UNSET
    keyterms_prompt: tuple[str, ...] | UnsetType = UNSET
    filter_profanity: bool | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    agent_context: str | UnsetType = UNSET
    interruption_delay: int | UnsetType = UNSET
    turn_left_pad_ms: int | UnsetType = UNSET
    language_codes: tuple[str, ...] | UnsetType = UNSET
    session_heartbeat: bool | UnsetType = UNSET
    acknowledge_silence: bool | UnsetType = UNSET


class ForceEndpoint(Tagged, frozen=True):
    """The turn is over, whatever the model thinks."""


class KeepAlive(Tagged, frozen=True):
    """There is no audio now, but the session is still wanted."""


class Terminate(Tagged, frozen=True):
    """No more audio: the server finishes with what it has, sums up, and closes."""


# ------------------------------------------------------------------------------ what servers say


class Configuration(Struct, frozen=True, kw_only=True):
    """What a session runs with.

    Attributes:
        model: the speech model.
        mode: such as ``balanced``.
        api_version: a date.
    """

    model: Maybe[str] = UNSET
    mode: Maybe[str] = UNSET
    api_version: Maybe[str] = UNSET


class Begin(Tagged, frozen=True):
    """The greeting.

    Attributes:
        id: the id of the session.
        expires_at: when the session ends at the latest, in seconds since 1970.
        configuration: what it runs with.
    """

    id: str
    expires_at: int
    configuration: Maybe[Configuration] = UNSET


class SpeechStarted(Tagged, frozen=True):
    """Somebody began to speak.

    Attributes:
        timestamp: in milliseconds from the start of the audio.
        confidence: 0 to 1, that it is speech.
    """

    timestamp: int
    confidence: Maybe[float] = UNSET


class Word(Struct, frozen=True, kw_only=True):
    """One word.

    Attributes:
        start: in milliseconds from the start of the audio.
        end: in milliseconds from the start of the audio.
        text: the word.
        confidence: 0 to 1.
        word_is_final: the word will not change any more.
        speaker: who said it, with ``speaker_labels``.
    """

    start: int
    end: int
    text: str
    confidence: float
    word_is_final: bool
    speaker: Maybe[str] = UNSET


class Turn(Tagged, frozen=True, kw_only=True):
    """What was said in a turn so far.

    Attributes:
        turn_order: counts the turns, from 0.
        turn_is_formatted: whether the transcript is punctuated and formatted.
        end_of_turn: whether the turn is over.
        transcript: the words that are final.
        end_of_turn_confidence: 0 to 1, that the turn is over.
        words: all words, final or not.
        utterance: the last complete utterance, else empty.
        language_code: the language that was heard, with ``language_detection``.
        language_confidence: 0 to 1, that it was that language.
        speaker_label: who spoke, with ``speaker_labels``.
    """

    turn_order: int
    turn_is_formatted: bool
    end_of_turn: bool
    transcript: str
    end_of_turn_confidence: float
    words: tuple[Word, ...]
    utterance: Maybe[str] = UNSET
    language_code: Maybe[str] = UNSET
    language_confidence: Maybe[float] = UNSET
    speaker_label: Maybe[str] = UNSET


class Revision(Struct, frozen=True, kw_only=True):
    """Who really spoke in an earlier turn.

    Attributes:
        turn_order: which turn.
        speaker_label: who spoke.
        words: its words, with their speakers.
    """

    turn_order: int
    speaker_label: Maybe[str] = UNSET
    words: tuple[Word, ...] | UnsetType = UNSET


class SpeakerRevision(Tagged, frozen=True):
    """Other speakers for earlier turns; turns that stay as they are do not appear."""

    revisions: tuple[Revision, ...] | UnsetType = UNSET


class LLMGatewayResponse(Tagged, frozen=True):
    """What a language model made of a turn, with ``llm_gateway``.

    Attributes:
        turn_order: which turn.
        transcript: what the model was given.
        data: the model's answer, as its vendor gives it.
    """

    turn_order: int
    transcript: str
    data: Any


class Heartbeat(Tagged, frozen=True):
    """How the session is, every now and then, with ``session_heartbeat``.

    Attributes:
        total_audio_received_ms: how much audio has come.
        total_duration_ms: how long the session has been.
        realtime_factor: how fast audio is worked off; more than 1 is faster than it is spoken.
        max_speech_probability: 0 to 1, the highest since the last heartbeat.
    """

    total_audio_received_ms: int
    total_duration_ms: int
    realtime_factor: float
    max_speech_probability: Maybe[float] = UNSET


class Silence(Tagged, frozen=True):
    """Nobody spoke in a stretch of audio, in milliseconds, with ``acknowledge_silence``."""

    start_ms: int
    end_ms: int


class Warning(Tagged, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, and the session goes on."""

    warning_code: int
    warning: str


class Error(Tagged, frozen=True):
    """The server gives up: it closes next.

    Attributes:
        error: what happened, for people.
        error_code: the close code that follows.
    """

    error: str
    error_code: Maybe[int] = UNSET


class UntypedError(Struct, frozen=True):
    """An `Error` as older servers say it."""

    error: str
    error_code: Maybe[int] = UNSET


class Termination(Tagged, frozen=True, kw_only=True):
    """The summary, and the last message.

    Attributes:
        audio_duration_seconds: how much audio was heard.
        session_duration_seconds: how long the session was, which is what is billed.
    """

    audio_duration_seconds: Maybe[int] = UNSET
    session_duration_seconds: Maybe[int] = UNSET


# -------------------------------------------------------------------------------------- parameters

_MODELS = (
    *("universal-streaming-english", "universal-streaming-multilingual", "u3-rt-pro"),
    *("u3-rt-pro-beta-1", "whisper-rt", "universal-3-5-pro", "universal-3-6"),
    *("universal-3-6-pro", "u3-pro"),
)
_SWITCHES = (
    *("format_turns", "language_detection", "speaker_labels", "filter_profanity"),
    *("continuous_partials", "include_partial_turns", "redact_pii", "session_heartbeat"),
    *("acknowledge_silence", "customer_support_audio_capture"),
)
_VOICES = ("near-field", "far-field")
_LIST = (ListStyle.JSON, ListStyle.REPEATED)
"""As the vendor's SDK writes a list, and as its documents have it."""


def _params() -> tuple[ConnectionParam, ...]:
    text, whole, real = ParamType.STRING, ParamType.INTEGER, ParamType.FLOAT
    in_ms = "In milliseconds."
    return (
        optional(
            "sample_rate",
            whole,
            16000,
            description="In Hz; opus, ogg_opus and aac say it themselves.",
        ),
        optional("speech_model", text, choices=_MODELS),
        optional(
            "encoding",
            text,
            "pcm_s16le",
            choices=("pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac"),
        ),
        *(optional(name, ParamType.BOOLEAN, False) for name in _SWITCHES),
        optional("end_of_turn_confidence_threshold", real, 0.4),
        optional("vad_threshold", real, 0.4, description="With u3 models 0.3."),
        optional("min_turn_silence", whole, 400, description=f"{in_ms} With u3 models 100."),
        optional("max_turn_silence", whole, 1280, description=f"{in_ms} With u3 models 1000."),
        optional(
            "min_end_of_turn_silence_when_confident",
            whole,
            description="The older name of min_turn_silence.",
        ),
        optional("keyterms_prompt", text, many=_LIST, description="Words to expect."),
        optional("language_codes", text, many=_LIST, description="Languages to expect."),
        optional("language_code", text, description="The older form of language_codes."),
        optional("prompt", text, description="What the audio is about."),
        optional("agent_context", text, description="What the user answers."),
        optional("domain", text, description="Such as medical-v1."),
        optional("mode", text, "balanced", choices=("max_accuracy", "min_latency", "balanced")),
        optional("max_speakers", whole, minimum=1, maximum=10),
        optional("speaker_labels_revision_interval_ms", whole),
        optional("voice_focus", text, choices=_VOICES),
        optional("voice_focus_threshold", real),
        optional("noise_suppression_model", text, choices=_VOICES, description="See voice_focus."),
        optional("noise_suppression_threshold", real, description="See voice_focus_threshold."),
        optional("interruption_delay", whole, description=in_ms),
        optional("turn_left_pad_ms", whole),
        optional("redact_pii_policies", text, many=_LIST, description="What to redact."),
        optional("redact_pii_sub", text, choices=("hash", "entity_name")),
        optional(
            "inactivity_timeout",
            whole,
            minimum=5,
            maximum=3600,
            description="Seconds without audio after which the session ends.",
        ),
        optional("llm_gateway", ParamType.OBJECT, description="A request to a language model."),
        optional("webhook_url", text),
        optional("webhook_auth_header_name", text),
        optional("webhook_auth_header_value", text),
    )


# ---------------------------------------------------------------------------------------- the whole


_ANNOUNCED = CloseNotice(code="error_code", reason="error")

_PASSING = frozenset({3005, 3009})  # the codes of what may be over by the next attempt

_CLOSING = Closing(
    by=Side.SERVER,
    codes=[
        CloseCode(code=1000, meaning="everything was transcribed", normal=True),
        *(
            CloseCode(code=code, meaning=meaning, by=Side.SERVER, retry=code in _PASSING or None)
            for code, meaning in (
                (1008, "not authorised, or no money left"),
                (3005, "an error of the server"),
                (3006, "no JSON, or no message of the API"),
                (3007, "audio of a wrong length, or too fast"),
                (3008, "the session has expired"),
                (3009, "too many sessions"),
                (1013, "the server is busy"),
                # The rest is what older servers give.
                (4000, "a sample rate that is none"),
                (4001, "not authorised"),
                (4002, "no money left"),
                (4003, "only for accounts that pay"),
                (4004, "no such session"),
                (4008, "the session has expired"),
                (4010, "the session was closed already"),
                (4029, "audio too fast"),
                (4030, "another connection has taken the session over"),
                (4031, "idle for too long"),
                (4032, "too little audio"),
                (4033, "too much audio"),
                (4034, "audio too small to transcribe"),
                (4100, "no JSON"),
                (4101, "no message of the API"),
                (4102, "too many streams"),
                (4103, "the session went on in another connection"),
            )
        ),
    ],
)


def _session() -> ConnectionLifecycle:
    last_word = "The server gives up and closes."
    return ConnectionLifecycle(
        initialize=OpeningStep(server_says(Begin, "The greeting.", repeatable=False), gating=False),
        streaming_messages=[
            client_says(Schema.binary(), "Audio, 50 to 1000 ms of it.", id="Audio"),
            client_says(UpdateConfiguration, "Changes settings."),
            client_says(ForceEndpoint, "The turn is over."),
            client_says(KeepAlive, "Keeps the session without audio."),
        ],
        close=client_says(
            Terminate, "No more audio; the server finishes and closes.", repeatable=False
        ),
        server_messages=[
            server_says(SpeechStarted, "Somebody began to speak."),
            server_says(Turn, "What was said in a turn so far."),
            server_says(SpeakerRevision, "Other speakers for earlier turns."),
            server_says(LLMGatewayResponse, "What a language model made of a turn."),
            server_says(Heartbeat, "How the session is."),
            server_says(Silence, "Nobody spoke in a stretch of audio."),
            server_says(Warning, "Something is amiss.", ambient=True),
            *(
                server_says(
                    body, last_word, repeatable=False, ambient=True, final=True, closes=_ANNOUNCED
                )
                for body in (Error, UntypedError)
            ),
            server_says(
                Termination,
                "The summary, and the last message.",
                repeatable=False,
                final=True,
                after="Terminate",
            ),
        ],
        closing=_CLOSING,
        on_breach=[
            OnBreach.say(
                "Error",
                Breach.UNKNOWN,
                Breach.INVALID,
                body=Error(error="Invalid message", error_code=3006),
            ),
        ],
    )


def assemblyai() -> WebSocketApi:
    """The description of AssemblyAI's streaming API."""
    return WebSocketApi(
        name="AssemblyAI",
        description="Text from speech, as a stream.",
        base_url="wss://streaming.assemblyai.com",
        docs_url="https://www.assemblyai.com/docs",
        auth=AuthStrategy.any_of(
            AuthStrategy.api_key(header="Authorization"), AuthStrategy.api_key_query(name="token")
        ),
        env_auth="ASSEMBLYAI_API_KEY",
        headers={"AssemblyAI-Version": "2025-05-12"},
        endpoints=[
            WebSocketEndpoint(
                id="StreamingV3",
                path="/v3/ws",
                description="Send audio, receive the turns of a conversation.",
                connection_params=_params(),
                lifecycle=_session(),
            )
        ],
    )
