"""Deepgram's speech to text: how a stream of Nova's and one of Flux's go."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pytest

from schematic import BoundEndpoint
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.deepgram import deepgram
from schematic_definitions.deepgram import listen_v1 as v1
from schematic_definitions.deepgram import listen_v2 as v2
from schematic_engine.address import match_target, target_for
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.events import Message, Unknown
from schematic_engine.mock import MockServer
from schematic_engine.sync import connect
from support.conversation import between, client, play, server, stands

V1 = deepgram().endpoint("ListenV1")
V2 = deepgram().endpoint("ListenV2")

AUDIO = bytes(320)
ENDED = "has ended its half of the conversation"

RESULTS = v1.Results(
    channel_index=(0, 1),
    duration=1.0,
    start=0.0,
    channel=v1.Channel(
        alternatives=(
            v1.Alternative(
                transcript="hello",
                confidence=0.99,
                words=(v1.Word(word="hello", start=0.1, end=0.5, confidence=0.99),),
            ),
        )
    ),
    metadata=v1.ResultsMetadata(
        request_id="r",
        model_info=v1.ModelInfo(name="nova-3", version="1", arch="nova-3"),
        model_uuid="u",
    ),
    is_final=True,
)
SUMMARY = v1.Metadata(
    transaction_key="deprecated",
    request_id="r",
    sha256="e3b0",
    created="2024-08-29T22:37:55.202Z",
    duration=1.0,
    channels=1,
)


@pytest.mark.parametrize("endpoint", [V1, V2], ids=lambda bound: bound.name)
def test_nothing_is_wrong_with_the_lifecycles(endpoint: BoundEndpoint) -> None:
    assert verify(compile_endpoint(endpoint)) == ()


# ---------------------------------------------------------------------------------------- version 1


def test_a_stream_is_transcribed_summed_up_and_over() -> None:
    ends = play(
        V1,
        client.says("Media", AUDIO),
        server.says(v1.SpeechStarted(channel=(0, 1), timestamp=0.1)),
        server.says(RESULTS),
        client.says(v1.KeepAlive()),
        client.says(v1.Finalize(channel=0)),
        server.says(v1.UtteranceEnd(channel=(0, 1), last_word_end=0.5)),
        stands(Phase.STREAMING),
        client.says(v1.CloseStream()),
        server.says(RESULTS),
        stands(Phase.CLOSING),
        server.says(SUMMARY),
    )
    assert ends.client.allowed() == ends.server.allowed() == ()


def test_the_server_is_silent_until_it_has_heard_audio() -> None:
    play(
        V1,
        client.says(v1.KeepAlive()),
        server.cannot(RESULTS, because="Results is legal after Media"),
        client.says("Media", AUDIO),
        server.says(RESULTS),
    )


def test_the_server_sums_up_at_the_end_only_and_once() -> None:
    play(
        V1,
        client.says("Media", AUDIO),
        server.cannot(SUMMARY, because="Metadata is legal after CloseStream"),
        client.says(v1.CloseStream()),
        server.says(SUMMARY),
        server.cannot(RESULTS, because=ENDED),
        server.cannot(SUMMARY, because=ENDED),
    )


def test_nothing_is_sent_after_the_stream_is_closed() -> None:
    play(
        V1,
        client.says(v1.CloseStream()),
        client.cannot("Media", AUDIO, because=ENDED),
        client.cannot(v1.KeepAlive(), because=ENDED),
        client.cannot(v1.Finalize(), because=ENDED),
        client.cannot(v1.CloseStream(), because=ENDED),
    )


def test_key_terms_are_replaced_cleared_or_kept() -> None:
    play(
        V1,
        server.cannot(v1.ConfigureSuccess(request_id="r"), because="after Configure"),
        client.says(v1.Configure(keyterms=("Ada",))),
        client.says(v1.Configure(keyterms=())),
        client.says(v1.Configure(keyterms=None)),
        client.says(v1.Configure(features={"smart_format": False})),
        server.says(v1.ConfigureSuccess(request_id="r", keyterms=())),
        server.says(v1.ConfigureFailure("r", "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", "too many")),
    )
    kept, cleared = v1.Configure(), v1.Configure(keyterms=())
    assert msgspec.json.encode(kept) == b'{"type":"Configure"}'
    assert msgspec.json.encode(cleared) == b'{"type":"Configure","keyterms":[]}'


def test_an_error_is_the_last_word_of_the_server() -> None:
    play(
        V1,
        server.says(v1.Error(variant="SchemaError", description="d", code="DATA-0000")),
        server.cannot(RESULTS, because=ENDED),
        client.says("Media", AUDIO),
    )


def test_a_body_of_another_message_is_refused() -> None:
    sender, _ = between(V1)
    with pytest.raises(LocalInvalidMessage):
        sender.send("Finalize", {"channel": "first"})


def test_what_may_be_given_several_times_is() -> None:
    query = "model=nova-3&keyterm=foo&keyterm=bar+baz&tag=a&extra=k%3Av&endpointing=300"
    read = match_target(V1.endpoint, f"/v1/listen?{query}")
    assert read is not None
    assert read["keyterm"] == ("foo", "bar baz")
    assert read["tag"] == ("a",)
    assert read["extra"] == ("k:v",)


@pytest.mark.parametrize(("pause", "text"), [(300, "300"), (False, "false"), ("300", "300")])
def test_how_long_a_pause_is_may_be_said_as_a_number_or_be_turned_off(
    pause: object, text: str
) -> None:
    target = target_for(V1, {"model": "nova-3", "endpointing": pause})
    assert target == f"/v1/listen?model=nova-3&endpointing={text}"
    read = match_target(V1.endpoint, target)
    assert read is not None
    assert read["endpointing"] == text


# ---------------------------------------------------------------------------------- version 2, Flux

GREETING = v2.Connected(request_id="r", sequence_id=0)

Info = TypeVar("Info", bound=v2.TurnInfo)


def turn(event: type[Info], number: int, index: int = 0) -> Info:
    return event(
        request_id="r",
        sequence_id=number,
        turn_index=index,
        audio_window_start=0.0,
        audio_window_end=1.0,
        transcript="hi",
        words=(v2.Word(word="hi", confidence=0.9),),
        end_of_turn_confidence=0.5,
    )


def test_a_conversation_is_heard_turn_by_turn() -> None:
    play(
        V2,
        client.says("Media", AUDIO),  # the greeting holds nobody back
        server.says(GREETING),
        server.says(turn(v2.StartOfTurn, 1)),
        server.says(turn(v2.Update, 2)),
        server.says(turn(v2.EagerEndOfTurn, 3)),
        server.says(turn(v2.TurnResumed, 4)),
        client.says(v2.ForceEndTurn()),
        server.says(turn(v2.EndOfTurn, 5)),
        server.says(turn(v2.Update, 6, index=1)),
        server.says(turn(v2.StartOfTurn, 7, index=1)),
        server.says(turn(v2.EndOfTurn, 8, index=1)),
        client.says(v2.CloseStream()),
        server.says(turn(v2.Update, 9, index=2)),  # and no more: the server just closes
        stands(Phase.CLOSING),
    )


def test_there_is_one_turn_at_a_time_and_it_ends_once() -> None:
    play(
        V2,
        server.says(GREETING),
        server.cannot(turn(v2.EndOfTurn, 1), because="no Turn 0 is open"),
        server.says(turn(v2.StartOfTurn, 1)),
        server.cannot(turn(v2.StartOfTurn, 2), because="Turn 0 STREAMING"),
        server.cannot(turn(v2.TurnResumed, 2), because="EagerEndOfTurn"),
        server.cannot(turn(v2.StartOfTurn, 2, index=1), because="1 of at most 1 Turn"),
        server.says(turn(v2.EndOfTurn, 2)),
        server.cannot(turn(v2.Update, 3), because="Turn 0"),
        server.cannot(turn(v2.EndOfTurn, 3), because="Turn 0"),
        server.says(turn(v2.StartOfTurn, 3, index=1)),
    )


def test_flux_says_nothing_before_its_greeting() -> None:
    play(
        V2,
        client.says("Media", AUDIO),
        server.cannot(turn(v2.Update, 0), because="Connected"),
        server.says(v2.Warning("r", 0, "c", "d")),
        server.says(GREETING),
        server.cannot(GREETING, because="Connected"),
    )


def test_settings_of_a_running_stream_change() -> None:
    wanted = v2.Thresholds(eot_threshold=0.8, eot_timeout_ms=3000)
    play(
        V2,
        server.says(GREETING),
        client.says(v2.Configure(thresholds=wanted, keyterms=("Ada",), numerals=True)),
        server.says(
            v2.ConfigureSuccess(request_id="r", sequence_id=1, thresholds=wanted, keyterms=("Ada",))
        ),
        server.says(v2.ConfigureFailure(request_id="r", sequence_id=2, code="c")),
        server.says(v2.Error(sequence_id=3, code="c", description="d")),
        server.cannot(turn(v2.Update, 4), because=ENDED),
    )


def test_what_flux_does_not_know_is_unknown() -> None:
    receiver, sender = between(V2)
    assert isinstance(sender.receive('{"type": "KeepAlive"}'), Unknown)
    tomorrow = msgspec.to_builtins(turn(v2.Update, 0)) | {"event": "AnEventOfTomorrow"}
    assert isinstance(receiver.receive(msgspec.json.encode(tomorrow).decode()), Unknown)


def test_the_mock_finishes_a_stream() -> None:
    with (
        MockServer(deepgram()) as mock,
        connect(V1, url=mock.url, auth="k", params={"model": "nova-3"}) as stream,
    ):
        stream.send("Media", AUDIO)
        stream.send(v1.CloseStream())
        heard = [event.id for event in stream if isinstance(event, Message)]
        assert heard[-1] == "Metadata"
        assert stream.closed is not None
        assert stream.closed.code == 1000
    assert mock.violations == []
