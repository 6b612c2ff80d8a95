"""AssemblyAI's own Python SDK, unmodified, has whole sessions with our mock in both flavours."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from assemblyai.streaming.v3 import (
    AsyncStreamingClient,
    StreamingClient,
    StreamingClientOptions,
    StreamingEvents,
    StreamingParameters,
    StreamingSessionParameters,
)

from peers.service import Service
from peers.talks import HEAR, Talk, have, have_async, say
from schematic_definitions.assemblyai import assemblyai
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, Reply

# The SDK connects, and reads the code of a close, in ways that `websockets` has deprecated.
pytestmark = [
    pytest.mark.filterwarnings(r"ignore:connect\(\) must be:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning"),
]

Converse: TypeAlias = "Callable[[Service, dict[str, Any], Talk], None]"

WAIT = 30
"""Seconds that an event may take."""


def options(service: Service) -> StreamingClientOptions:
    """What a user gives to the SDK's client, who wants to reach the service."""
    return StreamingClientOptions(api_key="key", api_host=service.url, connect_timeout=WAIT)


class Blocking:
    """The client, whose events are waited for rather than handled."""

    def __init__(self, service: Service) -> None:
        self._events: queue.Queue[Any] = queue.Queue()
        self.client = StreamingClient(options(service))
        for event in StreamingEvents:
            self.client.on(event, lambda _, value: self._events.put(value))

    def recv(self) -> Any:
        return self._events.get(timeout=WAIT)


class OnALoop:
    """The same for asyncio."""

    def __init__(self, service: Service) -> None:
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self.client = AsyncStreamingClient(options(service))
        for event in StreamingEvents:
            self.client.on(event, lambda _, value: self._events.put_nowait(value))

    async def recv(self) -> Any:
        async with asyncio.timeout(WAIT):
            return await self._events.get()


def blocking(service: Service, params: dict[str, Any], talk: Talk) -> None:
    connection = Blocking(service)
    connection.client.connect(StreamingParameters(**params))
    try:
        have(connection, talk)
    finally:
        connection.client.disconnect()  # its threads would live on after a failure


def on_a_loop(service: Service, params: dict[str, Any], talk: Talk) -> None:
    async def run() -> None:
        connection = OnALoop(service)
        async with connection.client:
            await connection.client.connect(StreamingParameters(**params))
            await have_async(connection, talk)

    asyncio.run(run())


@pytest.fixture(params=[blocking, on_a_loop])
def converse(request: pytest.FixtureRequest) -> Converse:
    one: Converse = request.param
    return one


AUDIO = b"\1\0" * 800


def turn(order: int, transcript: str, *, end: bool) -> Reply:
    words = [
        {"start": 0, "end": 90, "text": word, "confidence": 0.9, "word_is_final": end}
        for word in transcript.split()
    ]
    return "Turn", {
        "turn_order": order,
        "turn_is_formatted": end,
        "end_of_turn": end,
        "transcript": transcript,
        "end_of_turn_confidence": 0.9,
        "words": words,
    }


def audio(call: Call, message: Message) -> Iterator[Reply]:
    """The first piece begins a turn, the second ends it."""
    heard = call.memory["heard"] = call.memory.get("heard", 0) + 1
    if heard == 1:
        yield "SpeechStarted", {"timestamp": 10}
        yield turn(0, "hello", end=False)
    else:
        yield turn(0, "hello world", end=True)


def configure(call: Call, message: Message) -> Iterator[Reply]:
    yield "Warning", {"warning_code": 3010, "warning": "Better late than never."}


def force(call: Call, message: Message) -> Iterator[Reply]:
    yield turn(1, "forced", end=True)


def keep_alive(call: Call, message: Message) -> Iterator[Reply]:
    numbers = {"total_audio_received_ms": 100, "total_duration_ms": 110, "realtime_factor": 1.0}
    yield "Heartbeat", numbers


def terminate(call: Call, message: Message) -> Iterator[Reply]:
    yield turn(2, "last words", end=True)
    yield "Termination", {"audio_duration_seconds": 1, "session_duration_seconds": 2}


ANSWERS: dict[str, Handler] = {
    "Audio": audio,
    "UpdateConfiguration": configure,
    "ForceEndpoint": force,
    "KeepAlive": keep_alive,
    "Terminate": terminate,
}


def test_a_session_ends_with_its_summary(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "Begin"
        yield say("client.stream", AUDIO)
        assert (yield HEAR).type == "SpeechStarted"
        assert not (yield HEAR).end_of_turn
        yield say("client.stream", AUDIO)
        whole = yield HEAR
        assert (whole.end_of_turn, whole.transcript) == (True, "hello world")
        yield say("client.set_params", StreamingSessionParameters(max_turn_silence=500))
        assert (yield HEAR).warning_code == 3010
        yield say("client.force_endpoint")
        assert (yield HEAR).transcript == "forced"
        yield say("client.keep_alive")
        assert (yield HEAR).total_audio_received_ms == 100
        yield say("client.disconnect", terminate=True)
        assert (yield HEAR).transcript == "last words"
        assert (yield HEAR).audio_duration_seconds == 1

    with Service(assemblyai().endpoint(), ANSWERS) as service:
        params = {
            "sample_rate": 16000,
            "speech_model": "u3-rt-pro",
            "format_turns": True,
            "end_of_turn_confidence_threshold": 0.5,
            "keyterms_prompt": ["Ada", "Grace Hopper"],
        }
        converse(service, params, talk())
    (call,) = service.calls
    assert call.params["format_turns"] is True
    assert call.params["sample_rate"] == 16000
    assert service.ids() == [
        *("Audio", "Audio", "UpdateConfiguration", "ForceEndpoint", "KeepAlive", "Terminate")
    ]
    assert service.heard[0].body == AUDIO
    assert service.violations == []


def test_a_client_may_just_leave(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR).type == "Begin"
        yield say("client.stream", AUDIO)
        assert (yield HEAR).type == "SpeechStarted"
        yield say("client.disconnect")

    with Service(assemblyai().endpoint(), ANSWERS) as service:
        converse(service, {"sample_rate": 16000}, talk())
    assert service.ids() == ["Audio"]
    assert service.violations == []


def test_an_error_of_the_service_reaches_the_user_with_its_code(converse: Converse) -> None:
    def give_up(call: Call, message: Message) -> Iterator[Reply | Close]:
        yield "Error", {"error_code": 3007, "error": "Too much at once."}
        yield Close(3007, "Too much at once.")

    def talk() -> Talk:
        assert (yield HEAR).type == "Begin"
        yield say("client.stream", AUDIO)
        error = yield HEAR
        assert (str(error), error.code) == ("Too much at once.", 3007)
        yield say("client.disconnect", terminate=True)

    with Service(assemblyai().endpoint(), {"Audio": give_up}) as service:
        converse(service, {"sample_rate": 16000}, talk())
    assert service.violations == []
