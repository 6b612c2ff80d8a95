"""Deepgram's text to speech: how a stream of Aura's and a conversation of Flux's go."""

from __future__ import annotations

import pytest

from schematic import BoundEndpoint
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.deepgram import deepgram
from schematic_definitions.deepgram import speak_v1 as v1
from schematic_definitions.deepgram import speak_v2 as v2
from support.conversation import client, play, server, stands

V1 = deepgram().endpoint("SpeakV1")
V2 = deepgram().endpoint("SpeakV2")

AUDIO = bytes(320)
ENDED = "has ended its half of the conversation"


@pytest.mark.parametrize("endpoint", [V1, V2], ids=lambda bound: bound.name)
def test_nothing_is_wrong_with_the_lifecycles(endpoint: BoundEndpoint) -> None:
    assert verify(compile_endpoint(endpoint)) == ()


# ---------------------------------------------------------------------------------------- version 1

VOICE = v1.Metadata(request_id="r", model_name="m", model_version="1", model_uuid="u")


def test_text_is_spoken_flushed_and_cleared() -> None:
    play(
        V1,
        server.says(VOICE),
        client.says(v1.Speak("Hello there. ")),
        client.says(v1.Flush()),
        server.says("Audio", AUDIO),
        server.says(v1.Flushed(0)),
        client.says(v1.Speak("Never mind.")),
        client.says(v1.Clear()),
        server.says(v1.Cleared(1)),
        server.says(v1.Warning("EXCESSIVE_FLUSH", "d")),
        stands(Phase.STREAMING),
        client.says(v1.Close()),
        server.says("Audio", AUDIO),
        client.cannot(v1.Speak("one more"), because=ENDED),
        client.cannot(v1.Close(), because=ENDED),
    )


def test_the_server_greets_first_and_answers_only_what_was_asked() -> None:
    play(
        V1,
        client.says(v1.Speak("Hello.")),  # the greeting holds nobody back
        server.cannot("Audio", AUDIO, because="Metadata"),
        server.says(VOICE),
        server.cannot(v1.Flushed(0), because="Flush"),
        server.cannot(v1.Cleared(0), because="Clear"),
        server.says("Audio", AUDIO),
    )


def test_the_server_speaks_only_what_there_is_to_speak() -> None:
    play(V1, server.says(VOICE), server.cannot("Audio", AUDIO, because="Speak"))


# ---------------------------------------------------------------------------------- version 2, Flux

NONE_APPLIED = v2.ControlsApplied(pronunciations_applied=0, pronunciation_warnings=0)
GREETING = v2.Connected("r", "flux-haley-en", "1", ("u",))


def spoken(name: str) -> v2.SpeechMetadata:
    return v2.SpeechMetadata(name, 900, 5, 5, NONE_APPLIED)


def interrupted(name: str) -> v2.SpeechInterrupted:
    return v2.SpeechInterrupted(
        audio_played_ms=100,
        metadata=v2.TurnMetadata(name, 100, 2, 2, NONE_APPLIED),
        text_spoken="a",
    )


def test_turns_are_spoken_one_after_another_and_summed_up() -> None:
    ends = play(
        V2,
        server.says(GREETING),
        client.says(v2.Speak("Hello ")),
        server.says(v2.SpeechStarted("dg_sp_0")),
        server.says("Audio", AUDIO),
        client.says(v2.Flush()),
        client.says(v2.Speak("queued")),
        server.says(v2.Flushed("dg_sp_0")),
        server.says(spoken("dg_sp_0")),
        server.says(v2.SpeechStarted("dg_sp_1")),
        client.says(v2.Interrupt(v2.PlaybackOffset(value=1000))),
        server.says(interrupted("dg_sp_1")),
        client.says(v2.Configure(speed=1.2)),
        server.says(v2.ConfigureSuccess(v2.Settings(1.2))),
        client.says(v2.Close()),
        server.says(v2.SpeechStarted("dg_sp_2")),
        server.says(spoken("dg_sp_2")),
        server.says(v2.SessionMetadata(1000, 7, 7)),
    )
    assert ends.client.expected() == ()


def test_the_server_speaks_one_turn_at_a_time_under_an_id_of_its_own() -> None:
    play(
        V2,
        server.says(GREETING),
        client.says(v2.Speak("Hello ")),
        server.says(v2.SpeechStarted("dg_sp_0")),
        server.cannot(v2.SpeechStarted("dg_sp_1"), because="1 of at most 1 Turn"),
        server.cannot(interrupted("dg_sp_1"), because="'dg_sp_1' not open"),
        server.says("Audio", AUDIO),
        server.says(spoken("dg_sp_0")),
        server.cannot(spoken("dg_sp_0"), because="'dg_sp_0'"),
        server.cannot(v2.SpeechStarted("dg_sp_0"), because="'dg_sp_0'"),
    )


def test_audio_belongs_to_the_turn_that_is_open_and_none_comes_outside_of_one() -> None:
    outside = "the server is in no Turn to which it could belong"
    play(
        V2,
        server.says(GREETING),
        client.says(v2.Speak("Hello ")),
        server.cannot("Audio", AUDIO, because=outside),
        server.says(v2.SpeechStarted("dg_sp_0")),
        server.says("Audio", AUDIO),
        server.says(interrupted("dg_sp_0")),
        server.cannot("Audio", AUDIO, because=outside),
        server.says(v2.SpeechStarted("dg_sp_1")),
        server.says("Audio", AUDIO),
    )


def test_the_totals_come_after_the_close_and_an_error_at_any_time() -> None:
    play(
        V2,
        server.says(GREETING),
        server.cannot(v2.SessionMetadata(0, 0, 0), because="Close"),
        server.says(v2.Error("NET-0000", "d")),
        server.cannot(v2.Warning("c", "d"), because=ENDED),
    )
