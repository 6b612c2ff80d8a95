"""Deepgram: how conversations go on each endpoint, and recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic import BoundEndpoint
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.deepgram import (
    agent_settings,
    agent_v1,
    deepgram,
    deepgram_agent,
    listen_v1,
    listen_v2,
    speak_v1,
    speak_v2,
)
from schematic_engine.conformance import examine
from schematic_engine.errors import IllegalMessage, LocalInvalidMessage, RemoteIllegalMessage
from schematic_engine.events import Message, Unknown, Violation
from support.conversation import between, tell
from support.recordings import found

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

ENDPOINTS: dict[str, BoundEndpoint] = {
    "listen1": deepgram().endpoint("ListenV1"),
    "listen2": deepgram().endpoint("ListenV2"),
    "speak1": deepgram().endpoint("SpeakV1"),
    "speak2": deepgram().endpoint("SpeakV2"),
    "agent1": deepgram_agent().endpoint("AgentV1"),
    "probe": deepgram().endpoint("ListenV1"),
}
"""By the second word of a recording's name."""

VERDICTS: dict[str, list[tuple[int, str]]] = {
    **{
        f"deepgram_{name}_{flavour}": []
        for name in ("listen1", "listen2", "speak1", "speak2", "agent1")
        for flavour in ("sync", "async")
    },
    "deepgram_probe_1011": [(2, "SCH-201"), (7, "SCH-201")],
    "deepgram_probe_json_in_binary": [(2, "SCH-201")],
}

AUDIO = bytes(320)
RESULTS = listen_v1.Results(
    channel_index=(0, 1),
    duration=1.0,
    start=0.0,
    channel=listen_v1.Channel(
        alternatives=(
            listen_v1.Alternative(
                transcript="hello",
                confidence=0.99,
                words=(listen_v1.Word(word="hello", start=0.1, end=0.5, confidence=0.99),),
            ),
        )
    ),
    metadata=listen_v1.ResultsMetadata(
        request_id="r",
        model_info=listen_v1.ModelInfo(name="nova-3", version="1", arch="nova-3"),
        model_uuid="u",
    ),
    is_final=True,
)
SUMMARY = listen_v1.Metadata(
    transaction_key="deprecated",
    request_id="r",
    sha256="e3b0",
    created="2024-08-29T22:37:55.202Z",
    duration=1.0,
    channels=1,
)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_nothing_is_wrong_with_the_lifecycles(name: str) -> None:
    assert verify(compile_endpoint(ENDPOINTS[name])) == ()


# ------------------------------------------------------------------------------------------ listen


def test_a_stream_is_transcribed_summed_up_and_over() -> None:
    client, server = between(ENDPOINTS["listen1"])
    assert tell(client, server, AUDIO, "Media") == "Media"
    tell(server, client, listen_v1.SpeechStarted(channel=(0, 1), timestamp=0.1))
    tell(server, client, RESULTS)
    tell(client, server, listen_v1.KeepAlive())
    tell(client, server, listen_v1.Finalize(channel=0))
    tell(server, client, listen_v1.UtteranceEnd(channel=(0, 1), last_word_end=0.5))
    tell(client, server, listen_v1.CloseStream())
    tell(server, client, RESULTS)
    assert server.phase is Phase.CLOSING
    tell(server, client, SUMMARY)
    assert client.allowed() == server.allowed() == ()


def test_the_server_is_silent_until_it_has_heard_audio_and_sums_up_at_the_end_only() -> None:
    client, server = between(ENDPOINTS["listen1"])
    tell(client, server, listen_v1.KeepAlive())
    with pytest.raises(IllegalMessage, match="Media"):
        server.send(RESULTS)
    tell(client, server, AUDIO, "Media")
    with pytest.raises(IllegalMessage, match="CloseStream"):
        server.send(SUMMARY)


def test_nothing_is_sent_after_the_stream_is_closed() -> None:
    client, server = between(ENDPOINTS["listen1"])
    tell(client, server, listen_v1.CloseStream())
    for message, body in (("Media", AUDIO), ("KeepAlive", {}), ("CloseStream", {})):
        with pytest.raises(IllegalMessage):
            client.send(message, body)


def test_key_terms_are_replaced_cleared_or_kept() -> None:
    client, server = between(ENDPOINTS["listen1"])
    for keyterms in (("Ada",), (), None):
        tell(client, server, listen_v1.Configure(keyterms=keyterms))
    tell(client, server, listen_v1.Configure(features={"smart_format": False}))
    tell(server, client, listen_v1.ConfigureSuccess(request_id="r", keyterms=()))


def test_an_error_comes_at_any_time_and_is_the_last_word() -> None:
    for name, error in (
        ("listen1", listen_v1.Error(variant="SchemaError", description="d", code="DATA-0000")),
        ("listen2", listen_v2.Error(sequence_id=0, code="c", description="d")),
        ("speak2", speak_v2.Error(code="NET-0000", description="d")),
    ):
        client, server = between(ENDPOINTS[name])
        tell(server, client, error)
        assert server.allowed() == ()


def turn(event: str, number: int) -> listen_v2.TurnInfo:
    return listen_v2.TurnInfo(
        request_id="r",
        sequence_id=number,
        event=event,
        turn_index=0,
        audio_window_start=0.0,
        audio_window_end=1.0,
        transcript="hi",
        words=(listen_v2.Word(word="hi", confidence=0.9),),
        end_of_turn_confidence=0.5,
    )


def test_a_conversation_is_heard_turn_by_turn() -> None:
    client, server = between(ENDPOINTS["listen2"])
    tell(client, server, AUDIO, "Media")  # the greeting holds nobody back
    tell(server, client, listen_v2.Connected(request_id="r", sequence_id=0))
    for number, event in enumerate(("StartOfTurn", "Update", "EagerEndOfTurn", "TurnResumed")):
        tell(server, client, turn(event, number + 1))
    tell(client, server, listen_v2.ForceEndTurn())
    tell(server, client, turn("EndOfTurn", 5))
    tell(server, client, turn("AnEventOfTomorrow", 6))
    tell(client, server, listen_v2.CloseStream())
    tell(server, client, turn("Update", 7))
    assert client.phase is Phase.CLOSING


def test_flux_says_nothing_before_its_greeting_and_needs_no_keep_alive() -> None:
    client, server = between(ENDPOINTS["listen2"])
    tell(client, server, AUDIO, "Media")
    with pytest.raises(IllegalMessage, match="Connected"):
        server.send(turn("Update", 0))
    assert isinstance(server.receive('{"type": "KeepAlive"}'), Unknown)


# ------------------------------------------------------------------------------------------- speak

VOICE = speak_v1.Metadata(request_id="r", model_name="m", model_version="1", model_uuid="u")


def test_text_is_spoken_flushed_and_cleared() -> None:
    client, server = between(ENDPOINTS["speak1"])
    tell(server, client, VOICE)
    tell(client, server, speak_v1.Speak("Hello there. "))
    tell(client, server, speak_v1.Flush())
    tell(server, client, AUDIO, "Audio")
    tell(server, client, speak_v1.Flushed(0))
    tell(client, server, speak_v1.Speak("Never mind."))
    tell(client, server, speak_v1.Clear())
    tell(server, client, speak_v1.Cleared(1))
    tell(client, server, speak_v1.Close())
    tell(server, client, AUDIO, "Audio")
    with pytest.raises(IllegalMessage):
        client.send(speak_v1.Speak("one more"))


def test_the_server_answers_only_what_was_asked() -> None:
    client, server = between(ENDPOINTS["speak1"])
    tell(server, client, VOICE)
    for early in (speak_v1.Flushed(0), speak_v1.Cleared(0)):
        with pytest.raises(IllegalMessage):
            server.send(early)
    with pytest.raises(IllegalMessage):
        server.send("Audio", AUDIO)


NONE_APPLIED = speak_v2.ControlsApplied(pronunciations_applied=0, pronunciation_warnings=0)
GREETING = speak_v2.Connected("r", "flux-haley-en", "1", ("u",))


def spoken(name: str) -> speak_v2.SpeechMetadata:
    return speak_v2.SpeechMetadata(name, 900, 5, 5, NONE_APPLIED)


def interrupted(name: str) -> speak_v2.SpeechInterrupted:
    return speak_v2.SpeechInterrupted(
        audio_played_ms=100,
        metadata=speak_v2.TurnMetadata(name, 100, 2, 2, NONE_APPLIED),
        text_spoken="a",
    )


def test_turns_are_spoken_one_after_another_and_summed_up() -> None:
    client, server = between(ENDPOINTS["speak2"])
    tell(server, client, GREETING)
    tell(client, server, speak_v2.Speak("Hello "))
    tell(server, client, speak_v2.SpeechStarted("dg_sp_0"))
    tell(server, client, AUDIO, "Audio")
    tell(client, server, speak_v2.Flush())
    tell(client, server, speak_v2.Speak("queued"))
    tell(server, client, speak_v2.Flushed("dg_sp_0"))
    tell(server, client, spoken("dg_sp_0"))
    tell(server, client, speak_v2.SpeechStarted("dg_sp_1"))
    tell(client, server, speak_v2.Interrupt(speak_v2.PlaybackOffset(value=1000)))
    tell(server, client, interrupted("dg_sp_1"))
    tell(client, server, speak_v2.Configure(speed=1.2))
    tell(server, client, speak_v2.ConfigureSuccess(speak_v2.Settings(1.2)))
    tell(client, server, speak_v2.Close())
    tell(server, client, speak_v2.SpeechStarted("dg_sp_2"))
    tell(server, client, spoken("dg_sp_2"))
    tell(server, client, speak_v2.SessionMetadata(1000, 7, 7))
    assert client.expected() == ()


def test_the_server_speaks_one_turn_at_a_time_under_an_id_of_its_own() -> None:
    client, server = between(ENDPOINTS["speak2"])
    tell(server, client, GREETING)
    tell(client, server, speak_v2.Speak("Hello "))
    tell(server, client, speak_v2.SpeechStarted("dg_sp_0"))
    with pytest.raises(IllegalMessage, match="1 of at most 1 Turn"):
        server.send(speak_v2.SpeechStarted("dg_sp_1"))
    with pytest.raises(IllegalMessage):
        server.send(interrupted("dg_sp_1"))
    tell(server, client, spoken("dg_sp_0"))
    for again in (spoken("dg_sp_0"), speak_v2.SpeechStarted("dg_sp_0")):
        with pytest.raises(IllegalMessage):
            server.send(again)


# ------------------------------------------------------------------------------------------- agent

SETTINGS = agent_v1.Settings(
    audio=agent_settings.Audio(input=agent_settings.AudioInput("linear16", 24000)),
    agent=agent_settings.Agent(
        listen=agent_settings.Listen(
            agent_settings.ListenProvider(type="deepgram", version="v1", model="nova-3")
        ),
        think=agent_settings.Think(
            provider=agent_settings.ThinkProvider(type="open_ai", model="gpt-4o-mini"),
            prompt="be brief",
            context_length="max",
        ),
        speak=(
            agent_settings.Speak(
                provider=agent_settings.SpeakProvider(
                    type="cartesia", model_id="sonic-2", voice=agent_settings.Voice("id", "v")
                )
            ),
            agent_settings.Speak(
                provider=agent_settings.SpeakProvider(type="deepgram", model="aura-2-thalia-en")
            ),
        ),
        greeting="Hello",
    ),
)


def test_an_agent_is_welcomed_set_up_and_talked_with() -> None:
    client, server = between(ENDPOINTS["agent1"])
    tell(server, client, agent_v1.Welcome("r"))
    tell(client, server, SETTINGS)
    tell(server, client, agent_v1.SettingsApplied())
    tell(client, server, AUDIO, "Media")
    tell(server, client, agent_v1.UserStartedSpeaking())
    tell(server, client, agent_v1.ConversationText(role="user", content="time?"))
    call = agent_v1.FunctionCall(id="f1", name="now", arguments="{}", client_side=True)
    tell(server, client, agent_v1.FunctionCallRequest((call,)))
    tell(client, server, agent_v1.FunctionCallResponse(id="f1", name="now", content="noon"))
    tell(server, client, agent_v1.FunctionCallResponse(name="weather", content="fine"))
    tell(server, client, AUDIO, "Audio")
    tell(server, client, agent_v1.AgentAudioDone())
    tell(client, server, agent_v1.UpdatePrompt("p2"))
    tell(server, client, agent_v1.PromptUpdated())
    assert client.phase is Phase.STREAMING


def test_nothing_is_said_before_the_welcome_nor_streamed_before_the_settings_apply() -> None:
    client, server = between(ENDPOINTS["agent1"])
    with pytest.raises(IllegalMessage):
        client.send(SETTINGS)
    early = server.receive(AUDIO)
    assert isinstance(early, Violation)
    assert isinstance(early.error, RemoteIllegalMessage)

    client, server = between(ENDPOINTS["agent1"])
    tell(server, client, agent_v1.Welcome("r"))
    tell(client, server, SETTINGS)
    with pytest.raises(IllegalMessage):
        client.send("Media", AUDIO)
    with pytest.raises(IllegalMessage):
        client.send(SETTINGS)
    tell(server, client, agent_v1.Error(description="d", code="INVALID_SETTINGS"))


def test_a_tag_with_two_shapes_is_told_apart_by_its_fields() -> None:
    client, server = between(ENDPOINTS["agent1"])
    tell(server, client, agent_v1.Welcome("r"))
    tell(client, server, agent_v1.Settings(audio=agent_settings.Audio(), agent="an-agent"))
    tell(server, client, agent_v1.SettingsApplied())
    given = agent_v1.InjectAgentMessage(message="say", behavior="queue")
    assert tell(client, server, given) == "InjectAgentMessage"
    dynamic = agent_v1.InjectDynamicAgentMessage()
    assert tell(client, server, dynamic) == "InjectDynamicAgentMessage"
    said = agent_settings.HistoryText(role="user", content="time?")
    assert tell(server, client, said) == "History"
    call = agent_settings.HistoryCall(
        id="f1", name="now", client_side=True, arguments="{}", response="noon"
    )
    called = agent_settings.HistoryCalls(function_calls=(call,))
    assert tell(server, client, called) == "FunctionCallHistory"


def test_odd_names_of_the_wire_are_kept() -> None:
    client, server = between(ENDPOINTS["agent1"])
    tell(server, client, agent_v1.Welcome("r"))
    tell(client, server, SETTINGS)
    tell(server, client, agent_v1.SettingsApplied())
    live = agent_settings.ThinkLiveProvider(type="deepgram", version="v1")
    update = agent_v1.UpdateThinkLive(agent_settings.ThinkLive(live))
    assert b'"UpdateThink_Live"' in bytes_of(client.send(update))
    assert b'"__customToThinkProvider"' in bytes_of(
        client.send(agent_v1.CustomToThinkProvider({"any": "thing"}))
    )
    event = client.receive('{"type": "__customFromThinkProvider", "content": [1]}')
    assert isinstance(event, Message)
    assert event.body == agent_v1.CustomFromThinkProvider([1])


def test_keys_of_other_services_are_not_printed() -> None:
    secret = agent_settings.Credentials(type="iam", secret_access_key="s3cret")
    endpoint = agent_settings.Endpoint(url="https://x", headers={"authorization": "s3cret"})
    assert "s3cret" not in repr((secret, endpoint))


def test_a_body_of_another_message_is_refused() -> None:
    client, _ = between(ENDPOINTS["listen1"])
    with pytest.raises(LocalInvalidMessage):
        client.send("Finalize", {"channel": "first"})


def bytes_of(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload


# -------------------------------------------------------------------------------------- recordings


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_is_judged_as_it_was_by_hand(name: str) -> None:
    endpoint = compile_endpoint(ENDPOINTS[name.split("_")[1]])
    with (TRACES / f"{name}.jsonl").open("rb") as lines:
        assert found(examine(endpoint, name, lines), notes=True) == VERDICTS[name]


def test_no_recording_is_left_unjudged() -> None:
    assert {path.stem for path in TRACES.glob("deepgram_*.jsonl")} == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_that_begins_anywhere_is_not_accused_of_more(name: str) -> None:
    endpoint = compile_endpoint(ENDPOINTS[name.split("_")[1]])
    lines = (TRACES / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
    for first in range(1, len(lines)):
        trace = examine(endpoint, name, lines[first:])
        assert {(line + first, rule) for line, rule in found(trace)} <= set(VERDICTS[name])
