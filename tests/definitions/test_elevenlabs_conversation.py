"""A conversation with an ElevenLabs agent: how it goes, and recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic import BoundEndpoint
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.elevenlabs import elevenlabs_agents, elevenlabs_on_premises
from schematic_definitions.elevenlabs.conversation import (
    AgentChatResponsePart,
    AgentResponse,
    AgentResponseCorrection,
    AgentResponseCorrectionEvent,
    AgentResponseEvent,
    Audio,
    AudioAlignment,
    AudioEvent,
    ClientError,
    ClientToolCall,
    ClientToolResult,
    ContextualUpdate,
    ConversationInitiationClientData,
    ConversationInitiationMetadata,
    ConversationInitiationMetadataEvent,
    EnclaveSetupConfig,
    FileInput,
    InternalTentativeAgentResponse,
    Interruption,
    InterruptionEvent,
    MultimodalMessage,
    Ping,
    PingEvent,
    Pong,
    TentativeAgentResponse,
    TextResponsePart,
    ToolCall,
    UserActivity,
    UserAudioChunk,
    UserMessage,
    UserTranscript,
    UserTranscriptionEvent,
    VadScore,
    VadScoreEvent,
)
from schematic_definitions.elevenlabs.conversation_settings import (
    AgentOverride,
    Overrides,
    SourceInfo,
    Webhook,
)
from schematic_engine.credentials import Carried, Credentials, credentials_for
from schematic_engine.events import Message, Unknown
from support.conversation import between, client, play, server, stands
from support.recordings import found_in

ENDPOINT = elevenlabs_agents().endpoint()
ON_PREMISES = elevenlabs_on_premises().endpoint()
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

HELLO = ConversationInitiationClientData(
    conversation_config_override=Overrides(agent=AgentOverride(first_message="Hi")),
    custom_llm_extra_body={},
    dynamic_variables={"name": "Ann"},
    source_info=SourceInfo(source="a_program", version="1"),
    user_id="u7",
)
BEGUN = ConversationInitiationMetadata(
    ConversationInitiationMetadataEvent(
        conversation_id="c",
        agent_output_audio_format="pcm_16000",
        user_input_audio_format="pcm_16000",
    )
)
MICROPHONE = UserAudioChunk("AAEA")


def speech(event_id: int) -> Audio:
    timing = AudioAlignment(chars=("H",), char_start_times_ms=(0,), char_durations_ms=(80,))
    return Audio(AudioEvent(audio_base_64="UENN", event_id=event_id, alignment=timing))


def ping(event_id: int) -> Ping:
    return Ping(PingEvent(event_id=event_id, ping_ms=50))


def tool_call(call_id: str) -> ClientToolCall:
    return ClientToolCall(
        ToolCall(tool_name="add", tool_call_id=call_id, parameters={"a": 1, "b": 2})
    )


@pytest.mark.parametrize("endpoint", [ENDPOINT, ON_PREMISES], ids=lambda e: e.name)
def test_any_number_of_tools_may_run_and_nothing_else_is_found(endpoint: BoundEndpoint) -> None:
    (finding,) = verify(compile_endpoint(endpoint))
    assert finding.rule == "unbounded-channels"
    assert "ToolCall" in finding.message


def test_user_and_agent_talk_and_interrupt_each_other() -> None:
    play(
        ENDPOINT,
        client.says(HELLO),
        client.says(MICROPHONE),
        server.says(BEGUN),
        server.says(VadScore(VadScoreEvent(0.9))),
        server.says(UserTranscript(UserTranscriptionEvent("Hello?"))),
        server.says(InternalTentativeAgentResponse(TentativeAgentResponse("Hi"))),
        server.says(AgentResponse(AgentResponseEvent("Hi! How are you?"))),
        server.says(AgentChatResponsePart(TextResponsePart(type="delta", text="Hi"))),
        server.says(speech(1)),
        client.says(MICROPHONE),
        server.says(Interruption(InterruptionEvent(1))),
        server.says(
            AgentResponseCorrection(
                AgentResponseCorrectionEvent(
                    original_agent_response="Hi! How are you?", corrected_agent_response="Hi!"
                )
            )
        ),
        server.says(speech(2)),
        stands(Phase.STREAMING),
    )


def test_user_writes_with_files_and_tells_of_the_page() -> None:
    files = (FileInput("f1"), FileInput("f2"))
    play(
        ENDPOINT,
        client.says(HELLO),
        server.says(BEGUN),
        client.says(UserMessage("what time is it?")),
        client.says(ContextualUpdate("page=pricing")),
        client.says(UserActivity()),
        client.says(MultimodalMessage(text=UserMessage("look"), file=files[0], files=files)),
    )


def test_the_client_tells_of_itself_first_and_once() -> None:
    play(
        ENDPOINT,
        server.cannot(BEGUN, because="ConversationInitiationClientData"),
        client.cannot(MICROPHONE, because="is still opening the conversation"),
        client.says(HELLO),
        client.cannot(HELLO, because="ConversationInitiationClientData"),
        server.says(BEGUN),
        client.cannot(HELLO, because="ConversationInitiationClientData"),
    )


def test_the_server_tells_of_the_conversation_first_and_once() -> None:
    play(
        ENDPOINT,
        client.says(HELLO),
        server.cannot(speech(1), because="ConversationInitiationMetadata"),
        server.says(ping(1)),
        server.says(ClientError()),
        server.says(BEGUN),
        server.cannot(BEGUN, because="ConversationInitiationMetadata"),
    )


def test_a_pong_needs_a_ping() -> None:
    play(
        ENDPOINT,
        client.says(HELLO),
        client.cannot(Pong(1), because="Pong is legal after Ping"),
        server.says(BEGUN),
        server.says(ping(1)),
        client.says(Pong(1)),
    )


def result(call_id: str) -> ClientToolResult:
    return ClientToolResult(tool_call_id=call_id, result={"sum": 3}, is_error=False)


def test_a_tool_returns_what_was_asked_of_it_and_once() -> None:
    play(
        ENDPOINT,
        client.says(HELLO),
        server.says(BEGUN),
        client.cannot(result("t1"), because="'t1'"),
        server.says(tool_call("t1")),
        server.says(tool_call("t2")),
        client.cannot(result("t3"), because="'t3'"),
        client.says(result("t2")),
        client.says(MICROPHONE),
        client.says(result("t1")),
        client.cannot(result("t1"), because="'t1'"),
    )


def test_audio_is_told_by_its_field_and_anything_else_by_its_type() -> None:
    listener = play(ENDPOINT, client.says(HELLO), server.says(BEGUN)).server
    audio = listener.receive('{"user_audio_chunk": "AAEA"}')
    feedback = listener.receive('{"type": "feedback", "score": "like"}')
    assert isinstance(audio, Message)
    assert isinstance(feedback, Message)
    assert (audio.id, feedback.id) == ("UserAudioChunk", "Feedback")
    assert isinstance(listener.receive('{"type": "new_thing"}'), Unknown)
    assert isinstance(listener.receive('{"audio": "AAEA"}'), Unknown)


def test_messages_that_are_only_named_keep_what_they_hold() -> None:
    listener = play(ENDPOINT, client.says(HELLO), server.says(BEGUN)).client
    names = (
        "asr_initiation_metadata tentative_user_transcript mcp_tool_call mcp_connection_status"
        " agent_tool_request agent_tool_response agent_tool_response_full_payload"
        " agent_response_metadata client_error guardrail_triggered dtmf_request"
        " agent_response_complete context_usage internal_turn_probability"
    )
    for name in names.split():
        payload = f'{{"type": "{name}", "anything": [1]}}'
        event = listener.receive(payload)
        assert isinstance(event, Message), name
        assert event.payload == payload


def test_an_agent_on_premises_is_told_first_what_it_is() -> None:
    setup = EnclaveSetupConfig(
        agent_config_dict={"name": "A"},
        post_call_audio_webhook=Webhook(url="https://x.example", hmac_secret="0123456789abcdef"),
    )
    assert "0123456789abcdef" not in repr((setup, setup.post_call_audio_webhook))
    play(
        ON_PREMISES,
        client.cannot(HELLO, because="EnclaveSetupConfig"),
        client.says(setup),
        client.cannot(setup, because="ConversationInitiationClientData"),
        client.says(HELLO),
        server.says(BEGUN),
        client.says(MICROPHONE),
    )
    assert isinstance(between(ENDPOINT)[1].receive('{"type": "enclave_setup_config"}'), Unknown)


def test_a_public_agent_wants_nothing_and_a_private_one_a_signature() -> None:
    assert credentials_for(elevenlabs_agents(), None) == Carried()
    carried = credentials_for(elevenlabs_agents(), Credentials("sig"))
    assert carried.query == (("conversation_signature", "sig"),)


VERDICTS: dict[str, list[tuple[int, str]]] = {
    "elevenlabs_convai_async": [],
    "elevenlabs_convai_server_ends": [],
    "elevenlabs_convai_sync": [],
}


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_is_judged_as_it_was_by_hand(name: str) -> None:
    assert found_in(ENDPOINT, TRACES / f"{name}.jsonl", notes=True) == VERDICTS[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_that_begins_anywhere_is_not_accused_of_more(name: str) -> None:
    path = TRACES / f"{name}.jsonl"
    for first in range(1, len(path.read_bytes().splitlines())):
        assert set(found_in(ENDPOINT, path, first=first)) <= set(VERDICTS[name])


def test_no_recording_is_left_unjudged() -> None:
    assert {path.stem for path in TRACES.glob("elevenlabs_convai_*.jsonl")} == set(VERDICTS)
