"""Several texts on one ElevenLabs connection: how a conversation goes."""

from __future__ import annotations

import pytest

from schematic import Side
from schematic.compile import Phase, compile_endpoint
from schematic_definitions.elevenlabs import (
    CloseContext,
    CloseSocket,
    ContextAudio,
    ContextFinal,
    FlushContext,
    InitializeContext,
    KeepContextAlive,
    SendContextText,
    ServerError,
    VoiceSettings,
    elevenlabs,
)
from schematic_engine.errors import IllegalMessage, LocalInvalidMessage
from schematic_engine.events import Message, Violation
from schematic_engine.mock import MockServer
from schematic_engine.session import Session
from schematic_engine.sync import connect

ENDPOINT = compile_endpoint(elevenlabs().endpoint("StreamMultiContext"))


class Talk:
    """A client and a server that hear each other at once."""

    def __init__(self) -> None:
        self.client = Session(ENDPOINT, Side.CLIENT)
        self.server = Session(ENDPOINT, Side.SERVER)

    def says(self, *bodies: object) -> None:
        for body in bodies:
            self._deliver(self.client, self.server, body)

    def hears(self, *bodies: object) -> None:
        for body in bodies:
            self._deliver(self.server, self.client, body)

    @staticmethod
    def _deliver(speaker: Session, listener: Session, body: object) -> None:
        event = listener.receive(speaker.send(body))
        assert isinstance(event, Message), event
        assert (event.id, event.body) == (type(body).__name__, body)

    def open(self) -> list[object]:
        (contexts,) = self.client.machine.channels
        return list(contexts.open_keys())


def test_two_texts_are_spoken_beside_each_other_and_end_each_by_itself() -> None:
    talk = Talk()
    talk.says(
        InitializeContext(context_id="a", voice_settings=VoiceSettings(speed=1.1)),
        SendContextText("Once upon ", "a"),
        InitializeContext(text="Meanwhile ", context_id="b"),
    )
    talk.hears(ContextAudio("QUFB", context_id="b"), ContextAudio("QkJC", context_id="a"))
    talk.says(
        FlushContext("b"),
        KeepContextAlive("b"),
        SendContextText("a time. ", "a"),
        CloseContext("a"),
    )
    talk.hears(ContextAudio("QUFB", context_id="a"), ContextFinal(True, context_id="a"))
    assert talk.open() == ["b"]
    talk.says(FlushContext("b", text="elsewhere. "), CloseContext("b"))
    talk.hears(ContextFinal(True, context_id="b"))
    assert talk.open() == []
    talk.says(CloseSocket())
    assert talk.client.phase is Phase.CLOSING


def test_who_names_no_context_means_the_default_one() -> None:
    talk = Talk()
    talk.says(InitializeContext(), SendContextText("Hello. "))
    assert talk.open() == ["default"]
    talk.hears(ContextAudio("QUFB"), ContextAudio("QUFB", context_id=None))
    talk.says(CloseContext("default"))
    talk.hears(ContextFinal(True, context_id="default"))
    assert talk.open() == []


def test_a_sixth_context_is_refused_at_home_and_ends_the_connection_abroad() -> None:
    talk = Talk()
    talk.says(*(InitializeContext(context_id=name) for name in "abcde"))
    sixth = InitializeContext(context_id="f")
    with pytest.raises(IllegalMessage, match="5 of at most 5 Context channels are open already"):
        talk.client.send(sixth)
    event = talk.server.receive('{"text": " ", "context_id": "f"}')
    assert isinstance(event, Violation)
    error = ServerError("Too many contexts", "max_active_conversations", 1008)
    talk.hears(error)
    with pytest.raises(IllegalMessage):
        talk.server.send(ContextAudio("QUFB", context_id="a"))


def test_a_context_that_has_ended_makes_room_and_its_id_may_be_used_again() -> None:
    talk = Talk()
    talk.says(*(InitializeContext(context_id=name) for name in "abcde"))
    talk.says(CloseContext("a"))
    with pytest.raises(IllegalMessage, match="5 of at most 5"):
        talk.client.send(InitializeContext(context_id="f"))
    talk.hears(ContextFinal(True, context_id="a"))
    talk.says(InitializeContext(context_id="a"), SendContextText("Again. ", "a"))
    talk.hears(ContextAudio("QUFB", context_id="a"))
    assert talk.open() == ["b", "c", "d", "e", "a"]


def test_an_id_is_not_used_again_while_its_audio_may_still_come() -> None:
    talk = Talk()
    talk.says(InitializeContext(context_id="a"), CloseContext("a"))
    with pytest.raises(IllegalMessage, match="InitializeContext"):
        talk.client.send(InitializeContext(context_id="a"))
    talk.hears(ContextAudio("QUFB", context_id="a"))


def test_text_for_a_context_that_nobody_opened_opens_it() -> None:
    server = Session(ENDPOINT, Side.SERVER)
    event = server.receive('{"text": "Hello ", "context_id": "a"}')
    assert isinstance(event, Message)
    assert (event.id, event.key) == ("InitializeContext", "a")
    event = server.receive('{"text": "Hello ", "context_id": "a"}')
    assert isinstance(event, Message)
    assert event.id == "SendContextText"


def test_audio_for_a_context_that_nobody_opened_is_a_breach() -> None:
    client = Session(ENDPOINT, Side.CLIENT)
    event = client.receive('{"audio": "QUFB", "contextId": "a"}')
    assert isinstance(event, Violation)
    assert "Context 'a' not open" in str(event.error)


def test_an_empty_text_keeps_a_context_alive_and_opens_none() -> None:
    talk = Talk()
    talk.says(InitializeContext(context_id="a"))
    event = talk.server.receive('{"text": "", "context_id": "a"}')
    assert isinstance(event, Message)
    assert event.id == "KeepContextAlive"
    with pytest.raises(LocalInvalidMessage):
        talk.client.send("InitializeContext", {"text": "", "context_id": "b"})


@pytest.mark.parametrize(
    ("marks", "name"),
    [
        ('"flush": true', "FlushContext"),
        ('"flush": true, "text": "Bye. "', "FlushContext"),
        ('"flush": true, "text": ""', "FlushContext"),
        ('"flush": true, "close_context": true', "CloseContext"),
        ('"close_context": true, "text": ""', "CloseContext"),
    ],
)
def test_a_message_with_several_marks_is_what_weighs_most(marks: str, name: str) -> None:
    talk = Talk()
    talk.says(InitializeContext(context_id="a"))
    event = talk.server.receive(f'{{"context_id": "a", {marks}}}')
    assert isinstance(event, Message)
    assert event.id == name


def test_contexts_that_are_open_are_finished_after_the_last_word_of_the_client() -> None:
    talk = Talk()
    talk.says(InitializeContext(context_id="a"), SendContextText("Bye. ", "a"), CloseSocket())
    with pytest.raises(IllegalMessage):
        talk.client.send(SendContextText("more ", "a"))
    talk.hears(ContextAudio("QUFB", context_id="a"), ContextFinal(True, context_id="a"))


def test_credentials_in_the_first_message_are_not_shown() -> None:
    assert "secret" not in repr(InitializeContext(xi_api_key="secret", authorization="secret"))


def test_the_mock_speaks_each_context_and_closes_when_all_are_done() -> None:
    with MockServer(elevenlabs()) as server:
        endpoint = elevenlabs().endpoint("StreamMultiContext")
        with connect(
            endpoint, url=server.url, auth="key", params={"voice_id": "voice"}
        ) as connection:
            for body in (
                InitializeContext(context_id="a"),
                InitializeContext(context_id="b"),
                SendContextText("One. ", "a"),
                CloseContext("a"),
                SendContextText("Two. ", "b"),
                CloseSocket(),
            ):
                connection.send(body)
            heard = [event for event in connection if isinstance(event, Message)]
            assert [(event.id, event.key) for event in heard] == [
                ("ContextAudio", "a"),
                ("ContextAudio", "a"),
                ("ContextFinal", "a"),
                ("ContextAudio", "b"),
                ("ContextFinal", "b"),
            ]
            assert connection.closed is not None
            assert connection.closed.code == 1000
    assert server.violations == []
