"""Deepgram ``/v1/speak``: speech from text (Aura).

The server greets with ``Metadata``. ``Flush`` has what was collected spoken, ``Clear`` throws it
away, and ``Close`` ends the client's half: the server finishes and closes with 1000, without a
last message.

Not covered: that a stream may be flushed 20 times a minute; which audio belongs to which flush.
"""

from __future__ import annotations

from msgspec import UNSET

from schematic import (
    CloseCode,
    Closing,
    ConnectionLifecycle,
    OpeningStep,
    ParamType,
    Schema,
    Side,
    WebSocketEndpoint,
)
from schematic_definitions.shorthand import Maybe, Tagged, client_says, optional, server_says

__all__ = [
    "Clear",
    "Cleared",
    "Close",
    "Flush",
    "Flushed",
    "Metadata",
    "Speak",
    "Warning",
    "speak_v1",
]


class Speak(Tagged, frozen=True):
    """Text to speak, collected until there is enough of it, or a ``Flush``."""

    text: str


class Flush(Tagged, frozen=True):
    """Speak what has been collected."""


class Clear(Tagged, frozen=True):
    """Throw away what has been collected and not been spoken."""


class Close(Tagged, frozen=True):
    """No more text: the server finishes and closes."""


class Metadata(Tagged, frozen=True, kw_only=True):
    """The greeting.

    Attributes:
        request_id: the id of this request.
        model_name: the voice.
        model_version: its version.
        model_uuid: its id.
        additional_model_uuids: ids of other models that take part.
    """

    request_id: str
    model_name: str
    model_version: str
    model_uuid: str
    additional_model_uuids: Maybe[tuple[str, ...]] = UNSET


class Flushed(Tagged, frozen=True):
    """All audio of a ``Flush`` has been sent; ``sequence_id`` counts the answers."""

    sequence_id: int


class Cleared(Tagged, frozen=True):
    """A ``Clear`` has been obeyed; ``sequence_id`` counts the answers."""

    sequence_id: int


class Warning(Tagged, frozen=True):  # noqa: A001  # its name on the wire
    """Something is amiss, such as too many flushes, and the stream goes on."""

    code: str
    description: str


def speak_v1() -> WebSocketEndpoint:
    """Text to speech with Aura."""
    return WebSocketEndpoint(
        id="SpeakV1",
        path="/v1/speak",
        description="Send text as it is written, receive speech.",
        connection_params=[
            optional("model", ParamType.STRING, "aura-asteria-en"),
            optional(
                "encoding", ParamType.STRING, "linear16", choices=("linear16", "mulaw", "alaw")
            ),
            optional(
                "sample_rate",
                ParamType.INTEGER,
                24000,
                choices=(8000, 16000, 24000, 32000, 48000),
                description="In Hz.",
            ),
            optional("speed", ParamType.FLOAT, 1.0),
            optional("mip_opt_out", ParamType.BOOLEAN, False),
        ],
        lifecycle=ConnectionLifecycle(
            initialize=OpeningStep(
                server_says(Metadata, "The greeting.", repeatable=False), gating=False
            ),
            streaming_messages=[
                client_says(Speak, "Text to speak."),
                client_says(Flush, "Speak what has been collected."),
                client_says(Clear, "Throw away what has been collected."),
            ],
            close=client_says(
                Close, "No more text; the server finishes and closes.", repeatable=False
            ),
            server_messages=[
                server_says(Schema.binary(), "A piece of audio.", id="Audio", after="Speak"),
                server_says(Flushed, "The audio of a flush is complete.", after="Flush"),
                server_says(Cleared, "The text is thrown away.", after="Clear"),
                server_says(Warning, "Something is amiss.", ambient=True),
            ],
            closing=Closing(
                by=Side.SERVER,
                codes=[CloseCode(code=1000, meaning="everything was spoken", normal=True)],
            ),
        ),
    )
