"""Deepgram ``/v2/speak``: speech for a conversation, turn by turn (Flux).

The server greets with ``Connected``. The client ends each of its turns with ``Flush``, or gives it
up with ``Interrupt``; turns wait for their turn. The server has one turn at a time, from
``SpeechStarted`` to ``SpeechMetadata`` or ``SpeechInterrupted``, under an id of its own choice: a
channel that the server opens. Its audio carries no id and belongs to the turn that is open: none
comes outside of one. ``Close`` ends the client's half; the server finishes all turns, sums up with
``SessionMetadata``, and closes.

Not covered: which ``Speak`` and ``Flush`` of the client's belong to which turn. The client's
messages carry no id, a ``Flush`` without text only earns a warning, and an ``Interrupt`` gives up
a turn that may have been flushed or not, so a count of either side's turns would accuse who has
done nothing wrong. ``Flushed`` is no message of a turn here, since it may confirm the flush of a
turn that is still waiting. That a playback offset only grows is not covered either.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from schematic import (
    Channel,
    ChannelKey,
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
)

__all__ = [
    "Close",
    "Configure",
    "ConfigureFailure",
    "ConfigureSuccess",
    "Connected",
    "ControlsApplied",
    "Error",
    "Flush",
    "Flushed",
    "Interrupt",
    "PlaybackOffset",
    "SessionMetadata",
    "Settings",
    "Speak",
    "SpeechInterrupted",
    "SpeechMetadata",
    "SpeechStarted",
    "TurnMetadata",
    "Warning",
    "speak_v2",
]


class Speak(Tagged, frozen=True):
    """Text to speak in the turn; it is spoken as it comes."""

    text: str


class Flush(Tagged, frozen=True):
    """The turn has all its text."""


class PlaybackOffset(Struct, frozen=True, kw_only=True):
    """How much was heard, in milliseconds since the session's first audio."""

    type: Literal["time_ms"] = "time_ms"
    value: int


class Interrupt(Tagged, frozen=True):
    """Give up the turn: the listener speaks."""

    playback_offset: PlaybackOffset | UnsetType | None = UNSET


class Configure(Tagged, frozen=True):
    """Changes settings from the next turn on."""

    speed: Maybe[float] = UNSET


class Close(Tagged, frozen=True):
    """No more turns: the server speaks those that it has, sums up, and closes."""


class Connected(Tagged, frozen=True):
    """The greeting.

    Attributes:
        request_id: the id of this request.
        model_name: the voice.
        model_version: its version.
        model_uuids: the ids of the models behind it.
    """

    request_id: str
    model_name: str
    model_version: str
    model_uuids: tuple[str, ...]


class SpeechStarted(Tagged, frozen=True):
    """A turn begins, under an id of the server's choice."""

    speech_id: str


class Flushed(Tagged, frozen=True):
    """The server has heard a ``Flush``."""

    speech_id: str


class ControlsApplied(Struct, frozen=True, kw_only=True):
    """How many inline controls took effect; early access counted no breaks."""

    pronunciations_applied: int
    pronunciation_warnings: int
    breaks_applied: int | UnsetType = UNSET


class TurnMetadata(Struct, frozen=True):
    """What was made of a turn.

    Attributes:
        speech_id: which turn.
        audio_duration_ms: of its audio.
        input_character_count: of the text as sent.
        billable_character_count: of the text without control characters.
        controls_applied: how many inline controls took effect.
    """

    speech_id: str
    audio_duration_ms: int
    input_character_count: int
    billable_character_count: int
    controls_applied: ControlsApplied


class SpeechMetadata(TurnMetadata, frozen=True, tag_field="type", tag=True):
    """A turn is over, and all its audio has been sent."""


class SpeechInterrupted(Tagged, frozen=True, kw_only=True):
    """A turn was given up.

    Attributes:
        audio_played_ms: how much of it was heard.
        metadata: which turn, and what was made of it.
        text_spoken: the part of the text that was heard.
        text_remaining: the part that was not.
    """

    audio_played_ms: int
    metadata: TurnMetadata
    text_spoken: Maybe[str] = UNSET
    text_remaining: Maybe[str] = UNSET


class Settings(Struct, frozen=True):
    """Settings in force."""

    speed: Maybe[float] = UNSET


class ConfigureSuccess(Tagged, frozen=True):
    """A ``Configure`` was taken over."""

    applied: Settings


class ConfigureFailure(Tagged, frozen=True, kw_only=True):
    """A ``Configure`` was not taken over.

    Attributes:
        code: such as ``SPEED_OUT_OF_RANGE``.
        description: what happened, for people.
        field: the setting that was refused.
        value: the value that was refused.
    """

    code: str
    description: str
    field: Maybe[str] = UNSET
    value: Maybe[float] = UNSET


class SessionMetadata(Tagged, frozen=True):
    """The totals of all turns, and the last message."""

    total_audio_duration_ms: int
    total_input_character_count: int
    total_billable_character_count: int


class Warning(Tagged, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, such as a ``Flush`` without text, and the stream goes on."""

    code: str
    description: str


class Error(Tagged, frozen=True):
    """The server gives up: it closes next. The code is such as ``NET-0001``."""

    code: str
    description: str


def _turn() -> Channel:
    return Channel(
        id="Turn",
        description="What is spoken between two words of the listener's.",
        key=ChannelKey(server="speech_id"),
        max_open=1,
        reuse=KeyReuse.NEVER,
        lifecycle=ConnectionLifecycle(
            initialize=server_says(SpeechStarted, "A turn begins."),
            server_messages=[
                server_says(Schema.binary(), "A piece of audio.", id="Audio"),
                server_says(SpeechMetadata, "The turn is over.", ends_both=True),
                server_says(
                    SpeechInterrupted,
                    "The turn was given up.",
                    key="metadata.speech_id",
                    ends_both=True,
                ),
            ],
        ),
    )


def speak_v2() -> WebSocketEndpoint:
    """Text to speech with Flux."""
    return WebSocketEndpoint(
        id="SpeakV2",
        path="/v2/speak",
        description="Send the turns of a conversation as they are written, receive speech.",
        connection_params=[
            required("model", ParamType.STRING),
            optional(
                "encoding", ParamType.STRING, "linear16", choices=("linear16", "mulaw", "alaw")
            ),
            optional(
                "sample_rate",
                ParamType.INTEGER,
                choices=(8000, 16000, 24000, 32000, 44100, 48000),
                description="In Hz; the voice's own unless given.",
            ),
            optional("speed", ParamType.FLOAT),
            optional("expressivity", ParamType.INTEGER),
            optional("mip_opt_out", ParamType.BOOLEAN, False),
            optional("tag", ParamType.STRING, description="A label for reports of use."),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=OpeningStep(
                server_says(Connected, "The greeting.", repeatable=False), gating=False
            ),
            streaming_messages=[
                client_says(Speak, "Text to speak."),
                client_says(Flush, "The turn has all its text."),
                client_says(Interrupt, "Give up the turn."),
                client_says(Configure, "Changes settings."),
            ],
            close=client_says(
                Close, "No more turns; the server finishes and closes.", repeatable=False
            ),
            server_messages=[
                server_says(Flushed, "The flush is heard.", after="Flush"),
                server_says(ConfigureSuccess, "The settings are in force.", after="Configure"),
                server_says(ConfigureFailure, "The settings are refused.", after="Configure"),
                server_says(Warning, "Something is amiss.", ambient=True),
                server_says(
                    SessionMetadata,
                    "The totals, and the last message.",
                    repeatable=False,
                    final=True,
                    after="Close",
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
            closing=Closing(
                by=Side.SERVER,
                codes=[
                    CloseCode(code=1000, meaning="everything was spoken", normal=True),
                    CloseCode(code=1011, meaning="an error", by=Side.SERVER),
                ],
            ),
            channels=[_turn()],
        ),
    )
