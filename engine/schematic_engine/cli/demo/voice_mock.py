"""The demo's server: the mock of ElevenLabs, with a voice."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import msgspec

from schematic.define import BoundEndpoint
from schematic_engine.cli.demo.voice import Speech, speak
from schematic_engine.events import Message
from schematic_engine.mock import Call, MockServer, Reply

__all__ = ["RATE", "voice_mock"]

RATE = 22_050
"""Samples a second, unless the client asks for another rate of ``pcm_<rate>``."""


def voice_mock(endpoint: BoundEndpoint) -> MockServer:
    """A mock server that speaks the text it gets, as PCM with the timing of each character."""
    server = MockServer(endpoint)

    @server.on("SendText")
    def speak_text(call: Call, message: Message) -> Iterator[Reply]:
        text: str = msgspec.to_builtins(message.body)["text"]
        yield "AudioOutput", _audio(speak(text, _rate(call)))

    @server.on("KeepAlive")
    def stay_silent(call: Call, message: Message) -> None:
        del call, message

    @server.on("CloseConnection")
    def finish(call: Call, message: Message) -> Iterator[Reply]:
        del message
        yield "AudioOutput", _audio(speak(". ", _rate(call)))
        yield "FinalOutput", {"isFinal": True, "audio": None}

    return server


def _rate(call: Call) -> int:
    """The sample rate that the client asked for."""
    coding, _, rate = str(call.params.get("output_format") or "").partition("_")
    return int(rate) if coding == "pcm" else RATE


def _audio(speech: Speech) -> dict[str, object]:
    alignment = {
        "chars": speech.chars,
        "charStartTimesMs": speech.starts_ms,
        "charDurationsMs": speech.durations_ms,
    }
    return {
        "audio": base64.b64encode(speech.pcm).decode(),
        "isFinal": None,
        "normalizedAlignment": alignment,
        "alignment": alignment,
    }
