"""The demo as a plain program: connect, stream, receive, close half, drain; then a mistake.

Everything here is what an application would write; the teller it is given only watches.
"""

from __future__ import annotations

import base64
import time
import wave
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from schematic.compile import Phase, State
from schematic.define import BoundEndpoint, SchematicError, Side
from schematic_engine.errors import IllegalMessage
from schematic_engine.events import Delivered, Message
from schematic_engine.session import Session
from schematic_engine.sync import ClientConnection, connect

__all__ = ["TEXT", "Failure", "Outcome", "Said", "play"]

TEXT = (
    "Order is a promise. ",
    "First we say hello, ",
    "then we stream as much as we like, ",
    "then we say goodbye. ",
    "Who breaks the order, ",
    "and where, and why? ",
)
"""What is spoken, as it would arrive from a language model."""


class Failure(SchematicError):
    """Something in the demo did not go as it must."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message that passed.

    Attributes:
        at: seconds since the connection was opened.
        side: who said it.
        message: its id.
        detail: what it says, in a few words.
        size: bytes of its payload.
        phase: the phase after it.
        state: the state of the machine after it.
    """

    at: float
    side: Side
    message: str
    detail: str
    size: int
    phase: Phase
    state: State


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        pcm: the audio, 16-bit mono.
        rate: samples a second.
        characters: how many characters came with their timing.
        said: everything that passed, in order.
        refusal: the error that the illegal message met.
        close_code: how the connection ended.
        seconds: how long it took.
    """

    rate: int
    pcm: bytearray = field(default_factory=bytearray)
    characters: int = 0
    said: list[Said] = field(default_factory=list[Said])
    refusal: IllegalMessage | None = None
    close_code: int = 0
    seconds: float = 0.0

    def write_wav(self, path: Path) -> None:
        """Write the audio, read it back, and make sure that it can be heard."""
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self.rate)
            out.writeframes(bytes(self.pcm))
        with wave.open(str(path), "rb") as back:
            samples = array("h", back.readframes(back.getnframes()))
        if not samples or max(samples) < 1000:
            raise Failure(f"{path} is silent")


def play(
    endpoint: BoundEndpoint, url: str, rate: int, pace: float, watch: Callable[[Said], None]
) -> Outcome:
    """Stream `TEXT` to the server at ``url``, receive all of it, then break the order once.

    Args:
        endpoint: ElevenLabs' ``StreamTextToSpeech``.
        url: where its server listens.
        rate: samples a second of the audio to ask for.
        pace: seconds to listen between two chunks of text.
        watch: called with each message as it passes.

    Raises:
        Failure: something did not go as it must.
    """
    outcome = Outcome(rate)
    params = {"voice_id": "demo", "output_format": f"pcm_{rate}"}
    with connect(endpoint, url=url, auth="no-secret-needed-here", params=params) as connection:
        _Conversation(connection, outcome, watch).stream(pace)
    outcome.close_code = connection.closed.code if connection.closed else 0
    if outcome.said[-1].message != "FinalOutput" or outcome.close_code != 1000:
        raise Failure(f"the stream ended without a final message, code {outcome.close_code}")
    with connect(endpoint, url=url, auth="no-secret-needed-here", params=params) as connection:
        outcome.refusal = _break_the_order(connection)
    return outcome


class _Conversation:
    """The good conversation, noting what passes."""

    def __init__(
        self, connection: ClientConnection, outcome: Outcome, watch: Callable[[Said], None]
    ) -> None:
        self._connection = connection
        self._outcome = outcome
        self._watch = watch
        # The connection reads ahead of us; a session of our own stands where we have read to.
        self._told = Session(connection.session.endpoint, Side.CLIENT)
        self._began = time.monotonic()

    def stream(self, pace: float) -> None:
        """Say everything, then listen until the server closes."""
        self._send("InitializeConnection", {"voice_settings": {"stability": 0.5}}, "one space")
        for text in TEXT:
            self._send("SendText", {"text": text}, repr(text))
            self._listen(pace)
        self._send("CloseConnection", {}, "no more text")
        for event in self._connection:
            self._received(event)
        self._outcome.seconds = time.monotonic() - self._began

    def _listen(self, seconds: float) -> None:
        """Take what comes within ``seconds``."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._received(self._connection.receive(timeout=left))
            except TimeoutError:
                return

    def _send(self, message: str, body: dict[str, object], detail: str) -> None:
        self._connection.send(message, body)
        self._note(Side.CLIENT, message, detail, len(self._told.send(message, body)))

    def _received(self, event: Delivered) -> None:
        if not isinstance(event, Message):
            raise Failure(f"the server said something unexpected: {event}")
        body: dict[str, Any] = msgspec.to_builtins(event.body)
        detail = "all audio has been sent"
        if event.id == "AudioOutput":
            pcm = base64.b64decode(body["audio"])
            timed = len(body["alignment"]["chars"])
            self._outcome.pcm += pcm
            self._outcome.characters += timed
            seconds = len(pcm) / 2 / self._outcome.rate
            detail = f"{seconds:.2f} s of sound, {timed} characters timed"
        self._told.receive(event.payload)
        self._note(Side.SERVER, event.id, detail, len(event.payload))

    def _note(self, side: Side, message: str, detail: str, size: int) -> None:
        at = time.monotonic() - self._began
        told = self._told
        said = Said(at, side, message, detail, size, told.phase, told.machine.state)
        self._outcome.said.append(said)
        self._watch(said)


def _break_the_order(connection: ClientConnection) -> IllegalMessage:
    """Send text before the opening, and see that nothing has changed."""
    before = connection.session.machine.state
    try:
        connection.send("SendText", {"text": "Too early! "})
    except IllegalMessage as error:
        if connection.session.machine.state != before:
            raise Failure("a refused message has changed the state") from error
        connection.send("InitializeConnection", {})
        return error
    raise Failure("an illegal message was not refused")
