"""One text on one ElevenLabs connection: how a conversation goes."""

from __future__ import annotations

import pytest

from schematic import Side
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
from schematic_definitions.elevenlabs import (
    AudioOutput,
    CloseConnection,
    FinalOutput,
    InitializeConnection,
    KeepAlive,
    SendText,
    ServerError,
    VoiceSettings,
    elevenlabs,
)
from schematic_engine.errors import LocalInvalidMessage
from schematic_engine.events import Message
from support.clocked import ClockedPair
from support.conversation import between, client, play, server, stands

ENDPOINT = elevenlabs().endpoint("StreamTextToSpeech")
SETTINGS = InitializeConnection(voice_settings=VoiceSettings(speed=1.1))
AUDIO, FINAL = AudioOutput("QUFB"), FinalOutput(True)
ERROR = ServerError("Too slow.", "input_timeout_exceeded", 1008)


def test_nothing_is_wrong_with_the_lifecycle() -> None:
    assert verify(compile_endpoint(ENDPOINT)) == ()


def test_a_text_is_spoken_as_it_is_written() -> None:
    play(
        ENDPOINT,
        stands(Phase.INITIALIZING),
        client.cannot(SendText("Hello "), because="InitializeConnection"),
        client.says(SETTINGS),
        stands(Phase.STREAMING),
        client.says(SendText("Hello ")),
        server.says(AUDIO),
        client.says(KeepAlive()),
        client.says(SendText("world. ", flush=True)),
        server.says(AUDIO),
        server.cannot(
            FINAL, because="it has to wait until CloseConnection from the client has passed"
        ),
        client.says(CloseConnection()),
        stands(Phase.CLOSING),
        client.cannot(SendText("more "), because="the client has ended its half"),
        server.says(AUDIO),
        server.says(FINAL),
        server.cannot(AUDIO, because="the server has ended its half"),
    )


def test_nothing_is_spoken_before_the_first_message() -> None:
    play(
        ENDPOINT,
        server.cannot(AUDIO, because="InitializeConnection"),
        client.cannot(CloseConnection(), because="InitializeConnection"),
        client.says(SETTINGS),
        server.says(AUDIO),
    )


@pytest.mark.parametrize(
    "before", [(), (SETTINGS,), (SETTINGS, CloseConnection())], ids=["first", "later", "last"]
)
def test_an_error_is_the_last_word_of_the_server_at_any_moment(before: tuple[object, ...]) -> None:
    play(
        ENDPOINT,
        *(client.says(one) for one in before),
        server.says(ERROR),
        server.cannot(ERROR, because="the server has ended its half"),
    )


def test_a_space_opens_the_conversation_and_later_keeps_it_alive() -> None:
    ends = between(ENDPOINT)
    heard = [ends[1].receive('{"text": " "}') for _ in range(2)]
    assert [one.id for one in heard if isinstance(one, Message)] == [
        "InitializeConnection",
        "KeepAlive",
    ]


def test_an_empty_text_ends_the_half_so_it_is_never_sent_as_text() -> None:
    ends = play(ENDPOINT, client.says(SETTINGS))
    with pytest.raises(LocalInvalidMessage, match="CloseConnection"):
        ends.client.send(SendText(""))
    client.says(SendText("Hello "))(ends)


def test_a_client_that_says_nothing_for_long_is_told_and_left() -> None:
    pair = ClockedPair(ENDPOINT.endpoint.lifecycle, {"inactivity_timeout": 30})
    pair.say("InitializeConnection")
    pair.wait(25)
    pair.say("KeepAlive")
    pair.wait(29)
    assert pair.heard(Side.CLIENT) == []
    pair.wait(2)
    assert pair.heard(Side.CLIENT) == ["ServerError"]
