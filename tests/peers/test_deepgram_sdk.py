"""Deepgram's own Python SDK, unmodified, has whole sessions with our mock in both flavours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from deepgram import AsyncDeepgramClient, DeepgramClient
from deepgram.environment import DeepgramClientEnvironment

from peers.service import Service
from peers.talks import HEAR, REST, Talk, have, have_async, say
from schematic_definitions.deepgram import deepgram, deepgram_agent
from schematic_engine.events import Message
from schematic_engine.mock import Call, Reply

# The SDK takes names from `websockets` that are deprecated.
pytestmark = pytest.mark.filterwarnings(r"ignore:websockets\.:DeprecationWarning")

Converse: TypeAlias = "Callable[[Service, str, dict[str, Any], Talk], None]"
"""Connect the part of the client with this name, with these parameters, and talk."""


def options(service: Service) -> dict[str, Any]:
    """What a user gives to the SDK's client, who wants to reach the service."""
    http = f"http://127.0.0.1:{service.port}"
    there = DeepgramClientEnvironment(
        base=http, production=service.url, agent=service.url, agent_rest=http
    )
    return {"api_key": "key", "environment": there}


def blocking(service: Service, part: str, params: dict[str, Any], talk: Talk) -> None:
    client: Any = DeepgramClient(**options(service))
    for name in part.split("."):
        client = getattr(client, name)
    with client.connect(**params) as connection:
        have(connection, talk)


def on_a_loop(service: Service, part: str, params: dict[str, Any], talk: Talk) -> None:
    async def run() -> None:
        client: Any = AsyncDeepgramClient(**options(service))
        for name in part.split("."):
            client = getattr(client, name)
        async with client.connect(**params) as connection:
            await have_async(connection, talk)

    asyncio.run(run())


@pytest.fixture(params=[blocking, on_a_loop])
def converse(request: pytest.FixtureRequest) -> Converse:
    one: Converse = request.param
    return one


def kinds(messages: list[Any]) -> list[str]:
    return [type(one).__name__ for one in messages]


AUDIO = b"\1\0" * 800


def results(transcript: str, **flags: bool) -> Reply:
    alternative = {"transcript": transcript, "confidence": 0.99, "words": []}
    model = {"name": "nova-3", "version": "1", "arch": "nova-3"}
    return "Results", {
        "channel_index": [0, 1],
        "start": 0.0,
        "duration": 0.05,
        "channel": {"alternatives": [alternative]},
        "metadata": {"request_id": "r", "model_uuid": "u", "model_info": model},
        **flags,
    }


class ListenV1:
    """A transcriber of digits: the first chunk starts the speech, each makes an interim result."""

    def media(self, call: Call, message: Message) -> Iterator[Reply]:
        heard = call.memory["heard"] = call.memory.get("heard", 0) + 1
        if heard == 1:
            yield "SpeechStarted", {"channel": [0, 1], "timestamp": 0.1}
        yield results("one " * heard, is_final=False, speech_final=False)

    def configure(self, call: Call, message: Message) -> Iterator[Reply]:
        yield "ConfigureSuccess", {"request_id": "r", "keyterms": message.body.keyterms}

    def finalize(self, call: Call, message: Message) -> Iterator[Reply]:
        yield results("one one", is_final=True, speech_final=True, from_finalize=True)

    def close(self, call: Call, message: Message) -> Iterator[Reply]:
        yield "UtteranceEnd", {"channel": [0, 1], "last_word_end": 0.05}
        yield (
            "Metadata",
            {
                "transaction_key": "deprecated",
                "request_id": "r",
                "sha256": "e3b0",
                "created": "2026-01-01T00:00:00Z",
                "duration": 0.1,
                "channels": 1,
            },
        )


def test_listen_v1(converse: Converse) -> None:
    from deepgram.listen.v1.types import ListenV1Configure

    transcriber = ListenV1()
    answers = {
        "Media": transcriber.media,
        "Configure": transcriber.configure,
        "Finalize": transcriber.finalize,
        "CloseStream": transcriber.close,
    }

    def talk() -> Talk:
        yield say("send_keep_alive")
        yield say("send_media", AUDIO)
        assert type((yield HEAR)).__name__ == "ListenV1SpeechStarted"
        assert (yield HEAR).channel.alternatives[0].transcript == "one "
        yield say("send_media", AUDIO)
        assert (yield HEAR).channel.alternatives[0].transcript == "one one "
        yield say("send_configure", ListenV1Configure(keyterms=["two"]))
        assert (yield HEAR).keyterms == ["two"]
        yield say("send_finalize")
        assert (yield HEAR).from_finalize
        yield say("send_close_stream")
        rest = yield REST
        assert kinds(rest) == ["ListenV1UtteranceEnd", "ListenV1Metadata"]

    with Service(deepgram().endpoint("ListenV1"), answers) as service:
        params = {"model": "nova-3", "smart_format": True, "encoding": "linear16"}
        converse(service, "listen.v1", params | {"sample_rate": 16000}, talk())
    (call,) = service.calls
    assert call.params["smart_format"] is True
    assert call.params["sample_rate"] == 16000
    assert service.ids() == [
        *("KeepAlive", "Media", "Media", "Configure", "Finalize", "CloseStream")
    ]
    assert service.heard[1].body == AUDIO
    assert service.violations == []


def turn_info(call: Call, event: str, transcript: str, index: int = 0, **more: Any) -> Reply:
    """A word about a turn; the service counts all its messages, of which the greeting is 0."""
    number = call.memory["sequence_id"] = call.memory.get("sequence_id", 0) + 1
    return event, {
        "request_id": "r",
        "sequence_id": number,
        "turn_index": index,
        "audio_window_start": 0.0,
        "audio_window_end": 0.05,
        "transcript": transcript,
        "words": [{"word": word, "confidence": 0.9} for word in transcript.split()],
        "end_of_turn_confidence": 0.5,
        **more,
    }


def test_listen_v2(converse: Converse) -> None:
    from deepgram.listen.v2.types import ListenV2Configure, ListenV2ConfigureThresholds

    def media(call: Call, message: Message) -> Iterator[Reply]:
        begun = call.memory.setdefault("begun", [])
        yield turn_info(call, "Update" if begun else "StartOfTurn", "hi " * (len(begun) + 1))
        begun.append(message)

    def configure(call: Call, message: Message) -> Iterator[Reply]:
        call.memory["sequence_id"] += 1
        applied = {"eot_threshold": message.body.thresholds.eot_threshold}
        number = call.memory["sequence_id"]
        body = {"request_id": "r", "sequence_id": number, "thresholds": applied, "keyterms": []}
        yield "ConfigureSuccess", body

    def end_turn(call: Call, message: Message) -> Iterator[Reply]:
        yield turn_info(call, "EagerEndOfTurn", "hi hi")
        yield turn_info(call, "TurnResumed", "hi hi")
        yield turn_info(call, "EndOfTurn", "hi hi", trigger="manual")

    def close(call: Call, message: Message) -> Iterator[Reply]:
        yield turn_info(call, "Update", "bye", index=1)

    answers = {
        "Media": media,
        "Configure": configure,
        "ForceEndTurn": end_turn,
        "CloseStream": close,
    }

    def talk() -> Talk:
        assert (yield HEAR).sequence_id == 0  # Connected
        yield say("send_media", AUDIO)
        assert (yield HEAR).event == "StartOfTurn"
        yield say("send_media", AUDIO)
        assert (yield HEAR).transcript == "hi hi "
        thresholds = ListenV2ConfigureThresholds(eot_threshold=0.8)
        yield say("send_configure", ListenV2Configure(thresholds=thresholds))
        assert (yield HEAR).thresholds.eot_threshold == 0.8
        yield say("send_force_end_turn")
        for event in ("EagerEndOfTurn", "TurnResumed", "EndOfTurn"):
            assert (yield HEAR).event == event
        yield say("send_close_stream")
        rest = yield REST
        assert [(one.event, one.turn_index, one.sequence_id) for one in rest] == [("Update", 1, 7)]

    with Service(deepgram().endpoint("ListenV2"), answers) as service:
        params = {"model": "flux-general-en", "encoding": "linear16", "eot_threshold": 0.7}
        converse(service, "listen.v2", params, talk())
    (call,) = service.calls
    assert call.params["eot_threshold"] == 0.7
    assert service.ids() == ["Media", "Media", "Configure", "ForceEndTurn", "CloseStream"]
    assert service.violations == []


def test_speak_v1(converse: Converse) -> None:
    from deepgram.speak.v1.types import SpeakV1Text

    def flush(call: Call, message: Message) -> Iterator[Reply]:
        yield "Audio", b"\1" * 1000
        yield "Audio", b"\2" * 70_000
        yield "Flushed", {"sequence_id": 0}

    def clear(call: Call, message: Message) -> Iterator[Reply]:
        yield "Cleared", {"sequence_id": 1}

    def talk() -> Talk:
        assert type((yield HEAR)).__name__ == "SpeakV1Metadata"
        yield say("send_text", SpeakV1Text(text="Hello "))
        yield say("send_text", SpeakV1Text(text="there."))
        yield say("send_flush")
        assert [(yield HEAR), (yield HEAR)] == [b"\1" * 1000, b"\2" * 70_000]
        assert (yield HEAR).type == "Flushed"
        yield say("send_text", SpeakV1Text(text="No, wait."))
        yield say("send_clear")
        assert (yield HEAR).type == "Cleared"
        yield say("send_close")
        assert (yield REST) == []

    with Service(deepgram().endpoint("SpeakV1"), {"Flush": flush, "Clear": clear}) as service:
        params = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": 24000}
        converse(service, "speak.v1", params, talk())
    assert service.ids() == ["Speak", "Speak", "Flush", "Speak", "Clear", "Close"]
    assert service.violations == []


def turn_metadata(speech: str) -> dict[str, Any]:
    return {
        "speech_id": speech,
        "audio_duration_ms": 900,
        "input_character_count": 5,
        "billable_character_count": 5,
        "controls_applied": {"pronunciations_applied": 0, "pronunciation_warnings": 0},
    }


def test_speak_v2(converse: Converse) -> None:
    from deepgram.speak.v2.types import (
        SpeakV2Configure,
        SpeakV2Interrupt,
        SpeakV2InterruptPlaybackOffset,
        SpeakV2Speak,
    )

    def speak(call: Call, message: Message) -> Iterator[Reply]:
        call.memory["turn"] = call.memory.get("turn", 0) + 1
        yield "SpeechStarted", {"speech_id": f"turn {call.memory['turn']}"}
        yield "Audio", message.body.text.encode()

    def flush(call: Call, message: Message) -> Iterator[Reply]:
        speech = f"turn {call.memory['turn']}"
        yield "Flushed", {"speech_id": speech}
        yield "SpeechMetadata", turn_metadata(speech)

    def interrupt(call: Call, message: Message) -> Iterator[Reply]:
        played = message.body.playback_offset.value
        metadata = turn_metadata(f"turn {call.memory['turn']}")
        yield "SpeechInterrupted", {"audio_played_ms": played, "metadata": metadata}

    def configure(call: Call, message: Message) -> Iterator[Reply]:
        yield "ConfigureSuccess", {"applied": {"speed": message.body.speed}}

    def close(call: Call, message: Message) -> Iterator[Reply]:
        yield (
            "SessionMetadata",
            {
                "total_audio_duration_ms": 900,
                "total_input_character_count": 5,
                "total_billable_character_count": 5,
            },
        )

    answers = {
        "Speak": speak,
        "Flush": flush,
        "Interrupt": interrupt,
        "Configure": configure,
        "Close": close,
    }

    def talk() -> Talk:
        assert type((yield HEAR)).__name__ == "SpeakV2Connected"
        yield say("send_speak", SpeakV2Speak(text="Hello"))
        assert (yield HEAR).speech_id == "turn 1"
        assert (yield HEAR) == b"Hello"
        yield say("send_flush")
        assert type((yield HEAR)).__name__ == "SpeakV2Flushed"
        assert (yield HEAR).audio_duration_ms == 900
        yield say("send_configure", SpeakV2Configure(speed=1.2))
        assert (yield HEAR).applied.speed == 1.2
        yield say("send_speak", SpeakV2Speak(text="Bye"))
        assert (yield HEAR).speech_id == "turn 2"
        assert (yield HEAR) == b"Bye"
        offset = SpeakV2InterruptPlaybackOffset(value=1000)
        yield say("send_interrupt", SpeakV2Interrupt(playback_offset=offset))
        assert (yield HEAR).metadata.speech_id == "turn 2"
        yield say("send_close")
        assert kinds((yield REST)) == ["SpeakV2SessionMetadata"]

    with Service(deepgram().endpoint("SpeakV2"), answers) as service:
        params = {"model": "flux-haley-en", "encoding": "linear16", "speed": 1.1}
        converse(service, "speak.v2", params, talk())
    assert service.ids() == ["Speak", "Flush", "Configure", "Speak", "Interrupt", "Close"]
    assert service.violations == []


def agent_settings() -> Any:
    from deepgram.agent.v1.types import AgentV1Settings

    settings: dict[str, Any] = {
        "audio": {
            "input": {"encoding": "linear16", "sample_rate": 24000},
            "output": {"encoding": "linear16", "sample_rate": 24000, "container": "none"},
        },
        "agent": {
            "listen": {"provider": {"version": "v1", "type": "deepgram", "model": "nova-3"}},
            "think": {
                "provider": {"type": "open_ai", "model": "gpt-4o-mini", "temperature": 1.0},
                "prompt": "Be brief.",
            },
            "speak": {"provider": {"type": "deepgram", "model": "aura-2-thalia-en"}},
            "greeting": "Hello",
        },
    }
    return AgentV1Settings(**settings)


def test_agent_v1(converse: Converse) -> None:
    from deepgram.agent.v1.types import (
        AgentV1InjectAgentMessage,
        AgentV1InjectUserMessage,
        AgentV1SendFunctionCallResponse,
        AgentV1UpdatePrompt,
    )

    def media(call: Call, message: Message) -> Iterator[Reply]:
        yield "UserStartedSpeaking", {}

    def user(call: Call, message: Message) -> Iterator[Reply]:
        yield "ConversationText", {"role": "user", "content": message.body.content}
        yield "AgentThinking", {"content": "A clock would help."}
        wanted = {"id": "call 1", "name": "now", "arguments": "{}", "client_side": True}
        yield "FunctionCallRequest", {"functions": [wanted]}

    def returned(call: Call, message: Message) -> Iterator[Reply]:
        yield "ConversationText", {"role": "assistant", "content": message.body.content}
        yield "Audio", b"\1\2\3"
        yield "AgentAudioDone", {}
        said = {"type": "History", "role": "assistant", "content": message.body.content}
        yield "History", said

    def prompt(call: Call, message: Message) -> Iterator[Reply]:
        yield "PromptUpdated", {}

    def inject(call: Call, message: Message) -> Iterator[Reply]:
        yield "InjectionRefused", {"message": "The user is speaking."}

    answers = {
        "Media": media,
        "InjectUserMessage": user,
        "FunctionCallResponse": returned,
        "UpdatePrompt": prompt,
        "InjectAgentMessage": inject,
    }

    def talk() -> Talk:
        assert type((yield HEAR)).__name__ == "AgentV1Welcome"
        yield say("send_settings", agent_settings())
        assert type((yield HEAR)).__name__ == "AgentV1SettingsApplied"
        yield say("send_keep_alive")
        yield say("send_media", AUDIO)
        assert type((yield HEAR)).__name__ == "AgentV1UserStartedSpeaking"
        yield say("send_inject_user_message", AgentV1InjectUserMessage(content="What time is it?"))
        assert (yield HEAR).content == "What time is it?"
        assert type((yield HEAR)).__name__ == "AgentV1AgentThinking"
        (call,) = (yield HEAR).functions
        noon = AgentV1SendFunctionCallResponse(id=call.id, name=call.name, content="Noon.")
        yield say("send_function_call_response", noon)
        assert (yield HEAR).content == "Noon."
        assert (yield HEAR) == b"\1\2\3"
        assert type((yield HEAR)).__name__ == "AgentV1AgentAudioDone"
        assert (yield HEAR).type == "History"
        yield say("send_update_prompt", AgentV1UpdatePrompt(prompt="Be briefer."))
        assert type((yield HEAR)).__name__ == "AgentV1PromptUpdated"
        yield say("send_inject_agent_message", AgentV1InjectAgentMessage(message="Well?"))
        assert (yield HEAR).message == "The user is speaking."

    with Service(deepgram_agent().endpoint("AgentV1"), answers) as service:
        converse(service, "agent.v1", {}, talk())
    assert service.ids() == [
        *("Settings", "KeepAlive", "Media", "InjectUserMessage", "FunctionCallResponse"),
        *("UpdatePrompt", "InjectAgentMessage"),
    ]
    assert service.violations == []
