"""Deepgram ``/v2/listen``: text from a conversation, turn by turn (Flux).

The server greets with ``Connected``. What it says of a turn, it says under the turn's index: a
channel that the server opens, one at a time. A turn goes from `StartOfTurn` over any number of
`Update` to `EndOfTurn`; with eager ends switched on, `EagerEndOfTurn` may come before, and
`TurnResumed` takes it back. `Update` may come first, for audio in which nobody has begun to speak.
`CloseStream` ends the client's half; the server says what it makes of the audio that it has, and
closes without a status code (1005): there is no summary, nor an end of the turn that was running.

Not covered: that an eager end and its taking back alternate; that ``sequence_id`` and
``turn_index`` count up.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct

from schematic import (
    Channel,
    CloseCode,
    CloseNotice,
    Closing,
    ConnectionLifecycle,
    KeyReuse,
    OpeningStep,
    ParamType,
    Schema,
    Side,
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
    "CloseStream",
    "Configure",
    "ConfigureFailure",
    "ConfigureSuccess",
    "Connected",
    "EagerEndOfTurn",
    "EndOfTurn",
    "Error",
    "ForceEndTurn",
    "StartOfTurn",
    "Thresholds",
    "TurnInfo",
    "TurnResumed",
    "Update",
    "Warning",
    "Word",
    "listen_v2",
]


class Thresholds(Struct, frozen=True, kw_only=True):
    """When a turn is taken to be over.

    Attributes:
        eager_eot_threshold: the confidence at which ``EagerEndOfTurn`` is said.
        eot_threshold: the confidence at which ``EndOfTurn`` is said.
        eot_timeout_ms: the silence, in milliseconds, after which it is said anyway.
    """

    eager_eot_threshold: Maybe[float] = UNSET
    eot_threshold: Maybe[float] = UNSET
    eot_timeout_ms: Maybe[float] = UNSET


class Configure(Tagged, frozen=True, kw_only=True):
    """Changes the settings of a running stream; what is absent or null stays as it is."""

    thresholds: Maybe[Thresholds] = UNSET
    keyterms: Maybe[str | tuple[str, ...]] = UNSET
    language_hints: Maybe[tuple[str, ...]] = UNSET
    numerals: Maybe[bool] = UNSET


class ForceEndTurn(Tagged, frozen=True):
    """The turn is over, whatever the model thinks."""


class CloseStream(Tagged, frozen=True):
    """No more audio: the server finishes with what it has and closes."""


class Connected(Tagged, frozen=True):
    """The greeting."""

    request_id: str
    sequence_id: int


class Word(Struct, frozen=True, kw_only=True):
    """One word.

    Attributes:
        word: the word.
        confidence: 0 to 1.
        start: seconds from the start of the audio.
        end: seconds from the start of the audio.
    """

    word: str
    confidence: float
    start: Maybe[float] = UNSET
    end: Maybe[float] = UNSET


class TurnInfo(Struct, frozen=True, kw_only=True):
    """Where a turn stands: what all of its messages have in common.

    Attributes:
        request_id: the id of this request.
        sequence_id: counts every message of the server, from 0.
        turn_index: counts the turns, from 0.
        audio_window_start: of the audio of this turn, in seconds.
        audio_window_end: of the audio of this turn, in seconds.
        transcript: what was said in this turn so far.
        words: its words.
        end_of_turn_confidence: 0 to 1, that the turn is over.
        languages: the languages that were heard, with a multilingual model.
        languages_hinted: those of them that were hinted at.
    """

    type: Literal["TurnInfo"] = "TurnInfo"
    request_id: str
    sequence_id: int
    turn_index: int
    audio_window_start: float
    audio_window_end: float
    transcript: str
    words: tuple[Word, ...]
    end_of_turn_confidence: float
    languages: Maybe[tuple[str, ...]] = UNSET
    languages_hinted: Maybe[tuple[str, ...]] = UNSET


class StartOfTurn(TurnInfo, frozen=True, kw_only=True):
    """Somebody began to speak."""

    event: Literal["StartOfTurn"] = "StartOfTurn"


class Update(TurnInfo, frozen=True, kw_only=True):
    """More audio of the turn was heard."""

    event: Literal["Update"] = "Update"


class EagerEndOfTurn(TurnInfo, frozen=True, kw_only=True):
    """The turn is probably over: time to prepare an answer."""

    event: Literal["EagerEndOfTurn"] = "EagerEndOfTurn"


class TurnResumed(TurnInfo, frozen=True, kw_only=True):
    """It was not over after all: the prepared answer is void."""

    event: Literal["TurnResumed"] = "TurnResumed"


class EndOfTurn(TurnInfo, frozen=True, kw_only=True):
    """The turn is over.

    Attributes:
        trigger: why: ``model``, ``manual``, ``timeout`` or ``open``.
    """

    event: Literal["EndOfTurn"] = "EndOfTurn"
    trigger: Maybe[str] = UNSET


class ConfigureSuccess(Tagged, frozen=True, kw_only=True):
    """A ``Configure`` was taken over; these settings are in force."""

    request_id: str
    sequence_id: int
    thresholds: Thresholds
    keyterms: str | tuple[str, ...]
    language_hints: Maybe[tuple[str, ...]] = UNSET
    numerals: Maybe[bool] = UNSET


class ConfigureFailure(Tagged, frozen=True, kw_only=True):
    """A ``Configure`` was not taken over, and why."""

    request_id: str
    sequence_id: int
    code: Maybe[str] = UNSET
    description: Maybe[str] = UNSET


class Warning(Tagged, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, and the stream goes on."""

    request_id: str
    sequence_id: int
    code: str
    description: str


class Error(Tagged, frozen=True):
    """The server gives up: it closes next."""

    sequence_id: int
    code: str
    description: str


_ENCODINGS = ("linear16", "linear32", "mulaw", "alaw", "opus", "ogg-opus")


def _turn() -> Channel:
    return Channel(
        id="Turn",
        description="What one speaker says before another one does.",
        key="turn_index",
        max_open=1,
        reuse=KeyReuse.NEVER,
        lifecycle=ConnectionLifecycle(
            initialize=OpeningStep(
                server_says(StartOfTurn, "Somebody began to speak.", repeatable=False),
                server_says(Update, "More audio was heard."),
            ),
            server_messages=[
                server_says(StartOfTurn, "Somebody began to speak.", repeatable=False),
                server_says(Update, "More audio was heard."),
                server_says(EagerEndOfTurn, "The turn is probably over."),
                server_says(TurnResumed, "It was not over.", after="EagerEndOfTurn"),
                server_says(EndOfTurn, "The turn is over.", ends_both=True),
            ],
        ),
    )


def listen_v2() -> WebSocketEndpoint:
    """Speech to text with Flux."""
    return WebSocketEndpoint(
        id="ListenV2",
        path="/v2/listen",
        description="Send audio, receive the turns of a conversation.",
        connection_params=[
            required("model", ParamType.STRING, choices=("flux-general-en", "flux-general-multi")),
            optional("encoding", ParamType.STRING, choices=_ENCODINGS),
            optional("sample_rate", ParamType.INTEGER, description="In Hz."),
            optional("eager_eot_threshold", ParamType.FLOAT),
            optional("eot_threshold", ParamType.FLOAT, 0.7),
            optional("eot_timeout_ms", ParamType.INTEGER, 5000),
            optional("profanity_filter", ParamType.BOOLEAN, False),
            optional("numerals", ParamType.BOOLEAN, False),
            optional("redact", ParamType.STRING),
            several("keyterm", "Words to expect."),
            several("language_hint", "Languages to expect."),
            optional("mip_opt_out", ParamType.BOOLEAN),
            optional("tag", ParamType.STRING, description="A label for reports of use."),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=OpeningStep(
                server_says(Connected, "The greeting.", repeatable=False), gating=False
            ),
            streaming_messages=[
                client_says(Schema.binary(), "Audio.", id="Media"),
                client_says(Configure, "Changes settings."),
                client_says(ForceEndTurn, "The turn is over."),
            ],
            close=client_says(
                CloseStream, "No more audio; the server finishes and closes.", repeatable=False
            ),
            server_messages=[
                server_says(ConfigureSuccess, "The settings are in force.", after="Configure"),
                server_says(ConfigureFailure, "The settings are refused.", after="Configure"),
                server_says(Warning, "Something is amiss.", ambient=True),
                server_says(
                    Error,
                    "The server gives up and closes.",
                    repeatable=False,
                    ambient=True,
                    final=True,
                    closes=CloseNotice(),
                ),
            ],
            closing=Closing(
                by=Side.SERVER,
                codes=[
                    CloseCode(code=1005, meaning="everything was heard", normal=True),
                    CloseCode(code=1011, meaning="an error", by=Side.SERVER),
                ],
            ),
            channels=[_turn()],
        ),
    )
