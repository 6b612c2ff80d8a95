"""ElevenLabs' own Python SDK, unmodified, has conversations with our mock in both flavours."""

from __future__ import annotations

import asyncio
import base64
import queue
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import (
    AsyncAudioInterface,
    AsyncConversation,
    AudioInterface,
    ClientTools,
    Conversation,
    ConversationInitiationData,
)

from peers.service import Service
from peers.talks import HEAR, Talk, have, have_async, say
from schematic_definitions.elevenlabs import elevenlabs_agents
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, Reply

ENDPOINT = elevenlabs_agents().endpoint()

Converse: TypeAlias = "Callable[[Service, Talk], None]"

WAIT = 30
"""Seconds that something may take to be heard."""

CALLBACKS = (
    *("agent_response", "agent_response_correction", "agent_chat_response_part"),
    *("user_transcript", "latency_measurement", "disconnect"),
)


def given(service: Service) -> dict[str, Any]:
    """What a user gives to a conversation, in either flavour."""
    tools = ClientTools()
    tools.register("add", lambda numbers: numbers["a"] + numbers["b"])
    return {
        "client": ElevenLabs(api_key="key", base_url=f"http://127.0.0.1:{service.port}"),
        "agent_id": "agent 1",
        "user_id": "user_1",
        "requires_auth": False,
        "config": ConversationInitiationData(
            conversation_config_override={"agent": {"first_message": "Hello."}},
            dynamic_variables={"name": "Ada"},
        ),
        "client_tools": tools,
    }


class Blocking(AudioInterface):
    """The conversation, whose callbacks are waited for; it is its own loudspeaker."""

    def __init__(self, service: Service) -> None:
        self._heard: queue.Queue[Any] = queue.Queue()
        callbacks: dict[str, Any] = {f"callback_{name}": self._note(name) for name in CALLBACKS}
        self.conversation: Any = Conversation(audio_interface=self, **given(service), **callbacks)

    def _note(self, name: str) -> Callable[..., None]:
        return lambda *values: self._heard.put((name, *values))

    def recv(self) -> Any:
        return self._heard.get(timeout=WAIT)

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        self.speak = input_callback

    def stop(self) -> None:
        pass

    def output(self, audio: bytes) -> None:
        self._heard.put(("audio", audio))

    def interrupt(self) -> None:
        self._heard.put(("interrupted",))


class OnALoop(AsyncAudioInterface):
    """The same for asyncio."""

    def __init__(self, service: Service) -> None:
        self._heard: asyncio.Queue[Any] = asyncio.Queue()
        callbacks: dict[str, Any] = {f"callback_{name}": self._note(name) for name in CALLBACKS}
        self.conversation: Any = AsyncConversation(
            audio_interface=self, **given(service), **callbacks
        )

    def _note(self, name: str) -> Callable[..., Awaitable[None]]:
        return lambda *values: self._heard.put((name, *values))

    async def recv(self) -> Any:
        async with asyncio.timeout(WAIT):
            return await self._heard.get()

    async def start(self, input_callback: Callable[[bytes], Awaitable[None]]) -> None:
        self.speak = input_callback

    async def stop(self) -> None:
        pass

    async def output(self, audio: bytes) -> None:
        await self._heard.put(("audio", audio))

    async def interrupt(self) -> None:
        await self._heard.put(("interrupted",))


def blocking(service: Service, talk: Talk) -> None:
    user = Blocking(service)
    user.conversation.start_session()
    try:
        have(user, talk)
    finally:
        user.conversation.end_session()
        user.conversation.wait_for_session_end()


def on_a_loop(service: Service, talk: Talk) -> None:
    async def run() -> None:
        user = OnALoop(service)
        await user.conversation.start_session()
        try:
            await have_async(user, talk)
        finally:
            await user.conversation.end_session()
            await user.conversation.wait_for_session_end()

    asyncio.run(run())


@pytest.fixture(params=[blocking, on_a_loop])
def converse(request: pytest.FixtureRequest) -> Converse:
    one: Converse = request.param
    return one


def audio(sound: bytes, event: int) -> Reply:
    body = {"audio_base_64": base64.b64encode(sound).decode(), "event_id": event}
    return "Audio", {"audio_event": body}


def transcript(text: str) -> Reply:
    return "UserTranscript", {"user_transcription_event": {"user_transcript": text}}


def response(text: str) -> Reply:
    return "AgentResponse", {"agent_response_event": {"agent_response": text}}


def begin(call: Call, message: Message) -> Iterator[Reply]:
    formats = {"agent_output_audio_format": "pcm_16000", "user_input_audio_format": "pcm_16000"}
    metadata = {"conversation_id": "conv_1", **formats}
    yield (
        "ConversationInitiationMetadata",
        {"conversation_initiation_metadata_event": metadata},
    )
    yield "Ping", {"ping_event": {"event_id": 1, "ping_ms": 50}}


def greet(call: Call, message: Message) -> Iterator[Reply]:
    assert message.body.event_id == 1
    yield response("Hello.")
    yield audio(b"hello", 1)


def listen(call: Call, message: Message) -> Iterator[Reply]:
    yield "VadScore", {"vad_score_event": {"vad_score": 0.9}}
    yield transcript("Two and three?")
    wanted = {"tool_name": "add", "tool_call_id": "call_1", "parameters": {"a": 2, "b": 3}}
    yield "ClientToolCall", {"client_tool_call": wanted}


def tell(call: Call, message: Message) -> Iterator[Reply]:
    yield "AgentChatResponsePart", {"text_response_part": {"type": "delta", "text": "5"}}
    yield response(f"{message.body.result}.")


def be_interrupted(call: Call, message: Message) -> Iterator[Reply]:
    yield transcript(message.body.text)
    texts = {"original_agent_response": "5.", "corrected_agent_response": "5"}
    yield "AgentResponseCorrection", {"agent_response_correction_event": texts}
    yield "Interruption", {"interruption_event": {"event_id": 1}}
    yield audio(b"late", 1)
    yield audio(b"next", 2)


def look(call: Call, message: Message) -> Iterator[Reply]:
    yield response("I see.")


ANSWERS: dict[str, Handler] = {
    "ConversationInitiationClientData": begin,
    "Pong": greet,
    "UserAudioChunk": listen,
    "ClientToolResult": tell,
    "UserMessage": be_interrupted,
    "MultimodalMessage": look,
}


def test_a_conversation_in_speech_and_writing(converse: Converse) -> None:
    def talk() -> Talk:
        assert (yield HEAR) == ("latency_measurement", 50)
        assert (yield HEAR) == ("agent_response", "Hello.")
        assert (yield HEAR) == ("audio", b"hello")
        yield say("speak", b"\0\1" * 800)
        assert (yield HEAR) == ("user_transcript", "Two and three?")
        assert (yield HEAR)[:2] == ("agent_chat_response_part", "5")
        assert (yield HEAR) == ("agent_response", "5.")
        yield say("conversation.send_user_message", "Thanks.")
        assert (yield HEAR) == ("user_transcript", "Thanks.")
        assert (yield HEAR) == ("agent_response_correction", "5.", "5")
        assert (yield HEAR) == ("interrupted",)
        assert (yield HEAR) == ("audio", b"next")  # it drops what was said before
        yield say("conversation.send_contextual_update", "The user reads the prices.")
        yield say("conversation.register_user_activity")
        yield say("conversation.send_multimodal_message", text="Look!", file_ids=["f1", "f2"])
        assert (yield HEAR) == ("agent_response", "I see.")
        yield say("conversation.end_session")
        assert (yield HEAR)[1].reason == "user"
        assert (yield say("conversation.wait_for_session_end")) == "conv_1"

    with Service(ENDPOINT, ANSWERS) as service:
        converse(service, talk())
    (call,) = service.calls
    assert call.params["agent_id"] == "agent 1"
    assert service.heard[0].body.user_id == "user_1"
    assert service.ids() == [
        *("ConversationInitiationClientData", "Pong", "UserAudioChunk", "ClientToolResult"),
        *("UserMessage", "ContextualUpdate", "UserActivity", "MultimodalMessage"),
    ]
    assert service.violations == []


def test_the_agent_may_end_the_conversation(converse: Converse) -> None:
    def hang_up(call: Call, message: Message) -> Iterator[Reply | Close]:
        yield response("Goodbye.")
        yield Close(1000, "The agent has hung up.")

    def talk() -> Talk:
        assert (yield HEAR) == ("latency_measurement", 50)
        assert (yield HEAR) == ("agent_response", "Goodbye.")
        name, details = yield HEAR
        assert (name, details.reason, details.close_code) == ("disconnect", "agent", 1000)
        assert details.close_reason == "The agent has hung up."

    with Service(ENDPOINT, ANSWERS | {"Pong": hang_up}) as service:
        converse(service, talk())
    assert service.violations == []
