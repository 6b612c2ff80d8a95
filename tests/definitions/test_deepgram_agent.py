"""Deepgram's voice agent: how a conversation with it goes."""

from __future__ import annotations

import msgspec
import pytest

from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.deepgram import agent_settings as how
from schematic_definitions.deepgram import agent_v1 as agent
from schematic_definitions.deepgram import deepgram_agent
from schematic_engine.events import Message
from schematic_engine.mock import MockServer
from schematic_engine.sync import connect
from support.conversation import Line, client, play, server, stands

ENDPOINT = deepgram_agent().endpoint()

AUDIO = bytes(320)
SETTINGS = agent.Settings(
    audio=how.Audio(input=how.AudioInput("linear16", 24000)),
    agent=how.Agent(
        listen=how.Listen(how.ListenProvider(type="deepgram", version="v1", model="nova-3")),
        think=how.Think(
            provider=how.ThinkProvider(type="open_ai", model="gpt-4o-mini", temperature=1),
            prompt="be brief",
            context_length="max",
        ),
        speak=(
            how.Speak(
                provider=how.SpeakProvider(
                    type="cartesia", model_id="sonic-2", voice=how.Voice("id", "v")
                )
            ),
            how.Speak(provider=how.SpeakProvider(type="deepgram", model="aura-2-thalia-en")),
        ),
        greeting="Hello",
    ),
)
OPENING: tuple[Line, ...] = (
    server.says(agent.Welcome("r")),
    client.says(SETTINGS),
    server.says(agent.SettingsApplied()),
)


def test_nothing_is_wrong_with_the_lifecycle() -> None:
    assert verify(compile_endpoint(ENDPOINT)) == ()


def test_an_agent_is_welcomed_set_up_and_talked_with() -> None:
    call = agent.FunctionCall(id="f1", name="now", arguments="{}", client_side=True)
    play(
        ENDPOINT,
        *OPENING,
        client.says("Media", AUDIO),
        server.says(agent.UserStartedSpeaking()),
        server.says(agent.ConversationText(role="user", content="time?")),
        server.says(agent.FunctionCallRequest((call,))),
        client.says(agent.FunctionCallResponse(id="f1", name="now", content="noon")),
        server.says(
            agent.FunctionCallResponse(name="weather", content="fine"),
            heard_as="ServerFunctionResult",
        ),
        server.says(agent.AgentStartedSpeaking(0.9, 0.3, 0.4)),
        server.says("Audio", AUDIO),
        server.says(agent.AgentAudioDone()),
        client.says(agent.UpdatePrompt("p2")),
        server.says(agent.PromptUpdated()),
        stands(Phase.STREAMING),
    )


def test_nothing_is_said_before_the_welcome_nor_streamed_before_the_settings_apply() -> None:
    play(
        ENDPOINT,
        client.cannot(SETTINGS, because="opening step 1 (Welcome)"),
        client.cannot("Media", AUDIO, because="Media is legal after Welcome from the server"),
        server.cannot(agent.SettingsApplied(), because="Welcome"),
        server.says(agent.Welcome("r")),
        client.cannot("Media", AUDIO, because="Settings"),
        client.cannot(agent.InjectUserMessage("hi"), because="Settings"),
        stands(Phase.INITIALIZING),
        client.says(SETTINGS),
        client.cannot("Media", AUDIO, because="Media is legal after SettingsApplied"),
        client.cannot(SETTINGS, because="Settings"),
        server.says(agent.Warning("d", "c")),
        server.says(agent.SettingsApplied()),
        client.cannot(SETTINGS, because="Settings"),
        client.says("Media", AUDIO),
    )


def test_settings_that_are_wrong_are_answered_by_an_error() -> None:
    play(
        ENDPOINT,
        server.says(agent.Welcome("r")),
        client.says(SETTINGS),
        server.says(agent.Error(description="d", code="INVALID_SETTINGS")),
        stands(Phase.INITIALIZING),
    )


def test_the_server_confirms_and_the_client_answers_only_what_was_asked() -> None:
    play(
        ENDPOINT,
        *OPENING,
        server.cannot(agent.PromptUpdated(), because="UpdatePrompt"),
        server.cannot(agent.ThinkLiveUpdated(), because="UpdateThinkLive"),
        client.cannot(
            agent.FunctionCallResponse(name="now", content="noon"), because="FunctionCallRequest"
        ),
        server.cannot(agent.FunctionCallCancelled(()), because="FunctionCallRequest"),
    )


def test_a_tag_with_two_shapes_is_told_apart_by_its_fields() -> None:
    call = how.HistoryCall(id="f1", name="now", client_side=True, arguments="{}", response="noon")
    play(
        ENDPOINT,
        server.says(agent.Welcome("r")),
        client.says(agent.Settings(audio=how.Audio(), agent="an-agent")),
        server.says(agent.SettingsApplied()),
        client.says(agent.InjectAgentMessage(message="say", behavior="queue")),
        client.says(agent.InjectDynamicAgentMessage(), heard_as="InjectAgentMessage"),
        server.says(how.HistoryText(role="user", content="time?"), heard_as="History"),
        server.says(how.HistoryCalls(function_calls=(call,)), heard_as="History"),
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (
            agent.UpdateThinkLive(
                how.ThinkLive(how.ThinkLiveProvider(type="deepgram", version="v1"))
            ),
            "UpdateThink_Live",
        ),
        (agent.CustomToThinkProvider({"any": "thing"}), "__customToThinkProvider"),
        (agent.CustomFromThinkProvider([1]), "__customFromThinkProvider"),
    ],
)
def test_odd_names_of_the_wire_are_kept(body: msgspec.Struct, name: str) -> None:
    assert msgspec.json.decode(msgspec.json.encode(body))["type"] == name


def test_keys_of_other_services_are_not_printed() -> None:
    secret = how.Credentials(type="iam", secret_access_key="s3cret")
    endpoint = how.Endpoint(url="https://x", headers={"authorization": "s3cret"})
    assert "s3cret" not in repr((secret, endpoint))


def test_the_mock_welcomes_and_applies_settings() -> None:
    with (
        MockServer(deepgram_agent()) as mock,
        connect(ENDPOINT, url=mock.url, auth="k") as talk,
    ):
        assert isinstance(welcome := talk.receive(), Message)
        assert welcome.id == "Welcome"
        talk.send(SETTINGS)
        assert isinstance(applied := talk.receive(), Message)
        assert applied.id == "SettingsApplied"
        talk.send("Media", AUDIO)
    assert mock.violations == []
