"""ElevenLabs' realtime speech to text: how a session goes, and recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.elevenlabs.speech_to_text import (
    AudioChunk,
    AuthError,
    Commit,
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    CommitThrottled,
    DiarizedTranscript,
    DiarizedWord,
    EditedTranscript,
    Entity,
    FirstAudioChunk,
    PartialTranscript,
    RedactedTranscript,
    SessionConfig,
    SessionStarted,
    SpeakersMerged,
    Warning,  # noqa: A004  # its name on the wire
    Word,
)
from schematic_engine.address import match_target, target_for
from schematic_engine.credentials import Credentials, credentials_for
from schematic_engine.errors import InvalidParameter
from schematic_engine.events import Message, Unknown, Violation
from support.conversation import between, client, play, server, stands
from support.recordings import found_in

ENDPOINT = elevenlabs().endpoint("SpeechToText")
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

STARTED = SessionStarted("s", SessionConfig(model_id="scribe_v2_realtime", sample_rate=16000))
FIRST = FirstAudioChunk(audio_base_64="AAEA", sample_rate=16000, previous_text="Once upon a time,")
CHUNK = AudioChunk(audio_base_64="AAEA", sample_rate=16000)


def test_nothing_is_wrong_with_the_lifecycle() -> None:
    assert verify(compile_endpoint(ENDPOINT)) == ()


def test_speech_is_understood_bit_by_bit_and_then_for_good() -> None:
    play(
        ENDPOINT,
        server.says(STARTED),
        client.says(FIRST),
        server.says(PartialTranscript("there")),
        client.says(CHUNK),
        client.says(AudioChunk(audio_base_64="AAEA", sample_rate=16000, previous_text=None)),
        server.says(PartialTranscript("there was")),
        client.says(Commit(sample_rate=16000)),
        server.says(CommittedTranscript("there was a king")),
        server.says(
            CommittedTranscriptWithTimestamps(
                text="there was a king",
                language_code="en",
                words=(Word(text="there", start=0.0, end=0.3, type="word", logprob=-0.1),),
            )
        ),
        client.says(AudioChunk(audio_base_64="AAEA", sample_rate=16000, commit=True)),
        server.says(CommitThrottled("too fast")),
        server.says(Warning("low volume")),
        stands(Phase.STREAMING),
    )


def test_the_greeting_is_the_first_word_and_holds_nobody_back() -> None:
    play(
        ENDPOINT,
        client.says(FIRST),
        server.cannot(PartialTranscript("there"), because="SessionStarted"),
        server.says(AuthError("no such key")),
        server.says(STARTED),
        server.cannot(STARTED, because="SessionStarted"),
    )


def test_what_was_said_before_goes_with_the_first_chunk_only() -> None:
    play(
        ENDPOINT,
        client.says(FIRST),
        client.cannot(FIRST, because="FirstAudioChunk"),
        client.says(CHUNK),
        client.cannot(FIRST, because="FirstAudioChunk"),
    )
    _, listener = between(ENDPOINT)
    later = '{"message_type": "input_audio_chunk", "audio_base_64": "AA", "sample_rate": 16000}'
    named = f'{later[:-1]}, "previous_text": "before"}}'
    first, second, third = (listener.receive(text) for text in (later, later, named))
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.id, second.id) == ("FirstAudioChunk", "AudioChunk")
    assert isinstance(third, Violation)


def test_nothing_is_understood_before_anything_was_heard() -> None:
    play(
        ENDPOINT,
        server.says(STARTED),
        server.cannot(
            CommittedTranscript("x"), because="CommittedTranscript is legal after FirstAudioChunk"
        ),
        # At the other end it is the first chunk, whatever it was meant to be.
        client.refrains(CHUNK, because="AudioChunk is legal after FirstAudioChunk"),
    )


def test_a_chunk_that_is_empty_and_commits_is_a_commit() -> None:
    _, listener = between(ENDPOINT)
    listener.receive('{"message_type":"input_audio_chunk","audio_base_64":"AA","sample_rate":1}')
    empty = '{"message_type":"input_audio_chunk","audio_base_64":"","sample_rate":1,"commit":true}'
    event = listener.receive(empty)
    assert isinstance(event, Message)
    assert event.id == "Commit"


def test_a_transcript_comes_again_in_the_forms_that_were_asked_for() -> None:
    word = DiarizedWord(text="Ada", type="word", logprob=-0.1, speaker_id=None)
    play(
        ENDPOINT,
        server.says(STARTED),
        client.says(FIRST),
        server.says(CommittedTranscript("I am Ada")),
        server.says(
            CommittedTranscriptEntities(
                "I am Ada", (Entity(text="Ada", entity_type="name", start_char=5, end_char=8),)
            )
        ),
        server.says(RedactedTranscript("I am Ada", "I am [NAME]")),
        server.says(EditedTranscript("I am Ada", "Ada")),
        server.says(DiarizedTranscript(segment_index=0, text="Ada", words=(word,))),
        server.says(SpeakersMerged(from_speaker_id="b", to_speaker_id="a")),
    )


def test_every_error_of_the_reference_has_a_name_of_its_own() -> None:
    listener, _ = between(ENDPOINT)
    names = (
        "error auth_error quota_exceeded commit_throttled unaccepted_terms rate_limited"
        " queue_overflow resource_exhausted session_time_limit_exceeded input_error"
        " invalid_request chunk_size_exceeded insufficient_audio_activity transcriber_error"
    )
    for name in names.split():
        event = listener.receive(f'{{"message_type": "{name}", "error": "why"}}')
        assert isinstance(event, Message), name
        assert event.body.error == "why"
    assert isinstance(listener.receive('{"message_type": "final_transcript"}'), Unknown)


VERDICTS: dict[str, list[tuple[int, str]]] = {
    "elevenlabs_stt_realtime": [],
    "elevenlabs_stt_token": [],
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
    assert {path.stem for path in TRACES.glob("elevenlabs_stt_*.jsonl")} == set(VERDICTS)


def test_parameters_are_read_as_the_sdk_writes_them() -> None:
    query = (
        "model_id=scribe_v2_realtime&audio_format=pcm_16000&commit_strategy=manual"
        "&vad_threshold=0.4&include_timestamps=true&keyterms=foo&keyterms=bar%20baz"
    )
    read = match_target(ENDPOINT.endpoint, f"/v1/speech-to-text/realtime?{query}&token=t")
    assert read is not None
    assert read["audio_format"] == "pcm_16000"
    assert read["vad_threshold"] == 0.4
    assert read["include_timestamps"] is True
    assert read["keyterms"] == ("foo", "bar baz")
    asked = {"model_id": "scribe_v2_realtime", "keyterms": ["foo", "bar baz"]}
    assert target_for(ENDPOINT, asked).endswith("&keyterms=foo&keyterms=bar%20baz")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"model_id": "scribe_v1"}, "not one of scribe_v2_realtime, scribe_v3_live"),
        ({"vad_threshold": 0.95}, "0.1 to 0.9"),
        ({"min_silence_duration_ms": 10}, "50 to 2000"),
        ({"keyterms": ["x"] * 51}, "51 values; it takes at most 50"),
        ({"entity_redaction": "name", "transcript_edit": "Shorten."}, "exclude each other"),
        ({"entity_detection": "name", "transcript_edit": "Shorten."}, "exclude each other"),
        ({"filter_background_audio": True, "include_timestamps": True}, "exclude each other"),
        ({"entity_redaction_mode": "redacted"}, "needs entity_redaction"),
    ],
)
def test_a_request_that_the_service_would_refuse_is_not_made(
    asked: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidParameter, match=problem):
        target_for(ENDPOINT, {"model_id": "scribe_v2_realtime", **asked})


def test_a_key_goes_in_the_header_and_a_token_that_is_good_once_in_the_query() -> None:
    api = elevenlabs()
    assert credentials_for(api, Credentials("k")).headers == (("xi-api-key", "k"),)
    carried = credentials_for(api, Credentials("t", via="token"))
    assert (carried.headers, carried.query) == ((), (("token", "t"),))
