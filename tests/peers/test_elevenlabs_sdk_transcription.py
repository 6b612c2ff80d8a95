"""ElevenLabs' own Python SDK, unmodified, has speech transcribed by our mock."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import pytest
from elevenlabs import AudioFormat, CommitStrategy
from elevenlabs.client import AsyncElevenLabs, ElevenLabs
from elevenlabs.realtime import RealtimeEvents

from peers.service import Service
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.events import Message
from schematic_engine.mock import Call, Handler, Reply

pytestmark = pytest.mark.asyncio

WAIT = 30
"""Seconds that an event may take."""

AUDIO = base64.b64encode(b"\0\1" * 800).decode()


def hear(call: Call, message: Message) -> Iterator[Reply]:
    heard = call.memory["heard"] = call.memory.get("heard", 0) + 1
    yield "PartialTranscript", {"text": "hello"[: heard + 2]}


def commit(call: Call, message: Message) -> Iterator[Reply]:
    word = {"text": "hello", "start": 0.0, "end": 0.4, "type": "word", "logprob": -0.1}
    yield "CommittedTranscript", {"text": "hello"}
    yield (
        "CommittedTranscriptWithTimestamps",
        {"text": "hello", "language_code": "en", "words": [word]},
    )


ANSWERS: dict[str, Handler] = {"FirstAudioChunk": hear, "AudioChunk": hear, "Commit": commit}


class Transcriber:
    """A connection of the SDK's, whose events are waited for rather than handled."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        for event in RealtimeEvents:
            connection.on(event, self._note(event.value))

    def _note(self, name: str) -> Any:
        return lambda *data: self._events.put_nowait((name, *data))

    async def next(self) -> Any:
        async with asyncio.timeout(WAIT):
            return await self._events.get()

    async def text(self) -> tuple[str, str]:
        """The next event, by its name and text."""
        name, data = await self.next()
        return name, data["text"]


@pytest.mark.parametrize("flavour", [ElevenLabs, AsyncElevenLabs])
async def test_speech_is_transcribed_and_committed(flavour: type[Any]) -> None:
    with Service(elevenlabs().endpoint("SpeechToText"), ANSWERS) as service:
        client = flavour(api_key="key", base_url=f"http://127.0.0.1:{service.port}")
        options = {
            "model_id": "scribe_v2_realtime",
            "audio_format": AudioFormat.PCM_16000,
            "sample_rate": 16000,
            "commit_strategy": CommitStrategy.MANUAL,
            "include_timestamps": True,
            "language_code": "en",
        }
        transcriber = Transcriber(await client.speech_to_text.realtime.connect(options))
        name, data = await transcriber.next()
        assert (name, data["message_type"]) == ("session_started", "session_started")
        connection = transcriber.connection
        await connection.send({"audio_base_64": AUDIO, "previous_text": "Well,"})
        assert await transcriber.text() == ("partial_transcript", "hel")
        await connection.send({"audio_base_64": AUDIO})
        assert await transcriber.text() == ("partial_transcript", "hell")
        await connection.commit()
        assert await transcriber.text() == ("committed_transcript", "hello")
        assert await transcriber.text() == ("committed_transcript_with_timestamps", "hello")
        await connection.send({"audio_base_64": AUDIO})
        assert await transcriber.text() == ("partial_transcript", "hello")
        await connection.close()
    (call,) = service.calls
    assert call.params["model_id"] == "scribe_v2_realtime"
    assert call.params["include_timestamps"] is True
    assert service.ids() == ["FirstAudioChunk", "AudioChunk", "Commit", "AudioChunk"]
    assert service.violations == []


async def test_an_error_is_reported_and_the_session_goes_on() -> None:
    def throttle(call: Call, message: Message) -> Iterator[Reply]:
        yield "CommitThrottled", {"error": "Too soon."}

    with Service(elevenlabs().endpoint("SpeechToText"), ANSWERS | {"Commit": throttle}) as service:
        client = ElevenLabs(api_key="key", base_url=f"http://127.0.0.1:{service.port}")
        options: Any = {"model_id": "scribe_v2_realtime", "audio_format": AudioFormat.PCM_16000}
        connection: Any = await client.speech_to_text.realtime.connect(
            options | {"sample_rate": 16000}
        )
        transcriber = Transcriber(connection)
        assert (await transcriber.next())[0] == "session_started"
        await connection.send({"audio_base_64": AUDIO})
        assert (await transcriber.next())[0] == "partial_transcript"
        await connection.commit()
        assert {(await transcriber.next())[0], (await transcriber.next())[0]} == {
            "commit_throttled",
            "error",
        }
        await connection.send({"audio_base_64": AUDIO})
        assert (await transcriber.next())[0] == "partial_transcript"
        await connection.close()
    assert service.violations == []
