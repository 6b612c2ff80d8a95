"""AssemblyAI's streaming: how a session goes, and recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.assemblyai import (
    Begin,
    Configuration,
    Error,
    ForceEndpoint,
    Heartbeat,
    KeepAlive,
    LLMGatewayResponse,
    Revision,
    Silence,
    SpeakerRevision,
    SpeechStarted,
    Terminate,
    Termination,
    Turn,
    UntypedError,
    UpdateConfiguration,
    Warning,  # noqa: A004  # its name on the wire
    Word,
    assemblyai,
)
from schematic_engine.address import match_target
from schematic_engine.errors import InvalidParameter
from schematic_engine.events import Message, Unknown
from schematic_engine.mock import MockServer
from schematic_engine.sync import connect
from support.conversation import between, client, play, server, stands
from support.recordings import found_in

ENDPOINT = assemblyai().endpoint()
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

AUDIO = bytes(1600)
REPEATED = "keyterms_prompt=Ada&keyterms_prompt=Bob"
BEGIN = Begin("s", 1893456000, Configuration(model="u3-rt-pro", mode="balanced"))


def turn(order: int, text: str, *, over: bool = False) -> Turn:
    return Turn(
        turn_order=order,
        turn_is_formatted=over,
        end_of_turn=over,
        transcript=text,
        end_of_turn_confidence=0.9 if over else 0.1,
        words=(Word(start=0, end=90, text=text, confidence=0.9, word_is_final=over),),
        utterance="",
    )


def test_a_session_hears_turns_and_sums_up() -> None:
    ends = play(
        ENDPOINT,
        client.says("Audio", AUDIO),
        server.says(BEGIN),
        server.says(SpeechStarted(10, 0.98)),
        server.says(turn(0, "hello")),
        server.says(turn(0, "Hello.", over=True)),
        client.says(UpdateConfiguration(max_turn_silence=500, keyterms_prompt=("Ada",))),
        client.says("Audio", AUDIO),
        server.says(Silence(100, 1100)),
        server.says(Heartbeat(300, 310, 1.0, 0.5)),
        client.says(KeepAlive()),
        client.says(ForceEndpoint()),
        server.says(turn(1, "Bye.", over=True)),
        server.says(SpeakerRevision((Revision(turn_order=0, speaker_label="B"),))),
        server.says(LLMGatewayResponse(1, "Bye.", {"choices": []})),
        stands(Phase.STREAMING),
        client.says(Terminate()),
        server.says(turn(2, "And so on.", over=True)),
        server.says(Termination(audio_duration_seconds=1, session_duration_seconds=2)),
    )
    assert ends.client.allowed() == ends.server.allowed() == ()


def test_the_greeting_is_the_first_word_and_holds_nobody_back() -> None:
    play(
        ENDPOINT,
        server.cannot(turn(0, "hello"), because="Begin"),
        client.says("Audio", AUDIO),
        client.says(KeepAlive()),
        server.says(BEGIN),
        server.cannot(BEGIN, because="Begin"),
    )


def test_nothing_is_said_after_the_last_word_of_a_side() -> None:
    ended = "has ended its half of the conversation"
    play(
        ENDPOINT,
        server.says(BEGIN),
        server.cannot(Termination(), because="Termination is legal after Terminate"),
        client.says(Terminate()),
        client.cannot("Audio", AUDIO, because=ended),
        client.cannot(KeepAlive(), because=ended),
        client.cannot(Terminate(), because=ended),
        server.says(Termination()),
        server.cannot(turn(0, "late"), because=ended),
        server.cannot(Termination(), because=ended),
    )


def test_an_error_comes_at_any_time_and_is_the_last_word_in_either_form() -> None:
    for error in (Error("too short", 3007), UntypedError("Not authorized", 4001)):
        play(
            ENDPOINT,
            server.says(Warning(3010, "late")),
            server.says(error),
            server.cannot(BEGIN, because="has ended its half of the conversation"),
            client.says("Audio", AUDIO),
        )


def test_the_name_of_a_message_may_stand_last_in_it() -> None:
    receiver, _ = between(ENDPOINT)
    event = receiver.receive('{"id": "s", "expires_at": 1, "new": 1, "type": "Begin"}')
    assert isinstance(event, Message)
    assert event.body == Begin("s", 1)
    assert isinstance(receiver.receive('{"no_type": 1}'), Unknown)


@pytest.mark.parametrize("terms", ["keyterms_prompt=%5B%22Ada%22%2C+%22Bob%22%5D", REPEATED])
def test_parameters_are_read_as_the_sdk_and_the_documents_write_them(terms: str) -> None:
    query = f"sample_rate=16000&format_turns=True&vad_threshold=0.5&{terms}"
    read = match_target(ENDPOINT.endpoint, f"/v3/ws?{query}")
    assert read is not None
    assert read["sample_rate"] == 16000
    assert read["format_turns"] is True
    assert read["vad_threshold"] == 0.5
    assert read["keyterms_prompt"] == ("Ada", "Bob")


def test_a_session_may_not_be_idle_for_as_long_as_it_likes() -> None:
    with pytest.raises(InvalidParameter, match="5 to 3600"):
        match_target(ENDPOINT.endpoint, "/v3/ws?inactivity_timeout=4000")


def test_the_mock_finishes_a_session() -> None:
    with MockServer(assemblyai()) as mock, connect(ENDPOINT, url=mock.url, auth="k") as session:
        session.send("Audio", AUDIO)
        session.send(Terminate())
        heard = [event.id for event in session if isinstance(event, Message)]
        assert heard[0] == "Begin"
        assert heard[-1] == "Termination"
        assert session.closed is not None
        assert session.closed.code == 1000
    assert mock.violations == []


def test_nothing_is_wrong_with_the_lifecycle() -> None:
    assert verify(compile_endpoint(ENDPOINT)) == ()


# -------------------------------------------------------------------------------------- recordings

VERDICTS: dict[str, list[tuple[int, str]]] = {
    "assemblyai_v3_async": [],
    "assemblyai_v3_close_1008": [],
    "assemblyai_v3_error_frame": [],
    "assemblyai_v3_http_401": [],
    "assemblyai_v3_no_terminate": [],
    "assemblyai_v3_sync": [],
    "assemblyai_v3_token": [],
    # Both end without the summary that `Terminate` asked for.
    "tolerance_assemblyai_bad_turn": [(3, "SCH-202"), (6, "SCH-301")],
    "tolerance_assemblyai_race": [
        (4, "SCH-201"),
        (5, "SCH-201"),
        (6, "SCH-203"),
        (7, "SCH-201"),
        (9, "SCH-301"),
    ],
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
    assert {path.stem for path in TRACES.glob("*assemblyai*.jsonl")} == set(VERDICTS)
