"""Several texts on one ElevenLabs connection: how a conversation goes."""

from __future__ import annotations

import json

import pytest

from schematic import Breach, Side
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
from schematic_engine.errors import IllegalMessage, LocalInvalidMessage, UnknownMessage
from schematic_engine.events import Message, Overdue, Violation
from schematic_engine.mock import MockServer
from schematic_engine.policy import Policy
from schematic_engine.session import Session
from schematic_engine.sync import connect
from support.clocked import ClockedPair
from support.loops import on_a_strict_loop
from support.raw_peer import raw_client
from support.recordings import closed, found, judged, opened, said

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
        InitializeContext(text=" ", context_id="a", voice_settings=VoiceSettings(speed=1.1)),
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
    talk.says(InitializeContext(text=" "), SendContextText("Hello. "))
    assert talk.open() == ["default"]
    talk.hears(ContextAudio("QUFB"), ContextAudio("QUFB", context_id=None))
    talk.says(CloseContext("default"))
    talk.hears(ContextFinal(True, context_id="default"))
    assert talk.open() == []


def test_a_sixth_context_is_refused_at_home_and_ends_the_connection_abroad() -> None:
    talk = Talk()
    talk.says(*(InitializeContext(text=" ", context_id=name) for name in "abcde"))
    sixth = InitializeContext(text=" ", context_id="f")
    with pytest.raises(IllegalMessage, match="5 of at most 5 Context channels are open already"):
        talk.client.send(sixth)
    event = talk.server.receive('{"text": " ", "context_id": "f"}')
    assert isinstance(event, Violation)
    assert isinstance(event.error, IllegalMessage)
    assert (event.error.message, event.error.breach) == ("InitializeContext", Breach.TOO_MANY)
    assert event.answer is not None
    assert event.answer.says == "ServerError"
    error = ServerError("Too many contexts", "max_active_conversations", 1008)
    talk.hears(error)
    with pytest.raises(IllegalMessage):
        talk.server.send(ContextAudio("QUFB", context_id="a"))


@on_a_strict_loop
async def test_the_mock_answers_a_sixth_context_as_the_service_does() -> None:
    opening = [{"text": " ", "context_id": name} for name in "abcdef"]
    target = "/v1/text-to-speech/voice/multi-stream-input"
    async with MockServer(elevenlabs()) as server, raw_client(server.port, target) as peer:
        await peer.next()
        peer.put_json(*opening)
        error = json.loads(await peer.next_text())
        closed = await peer.next_close()
        await peer.until_gone()
    assert (error["error"], error["code"]) == ("max_active_conversations", 1008)
    assert (closed.code, closed.reason) == (1008, error["message"])


def test_the_checker_finds_a_sixth_context_and_holds_the_server_to_its_answer() -> None:
    bound = elevenlabs().endpoint("StreamMultiContext")
    lines = [opened(), *(said(Side.CLIENT, {"text": " ", "context_id": name}) for name in "abcdef")]
    error = {"message": "no", "error": "max_active_conversations", "code": 1008}
    ended = [said(Side.SERVER, error), closed(Side.SERVER, 1008), closed(Side.CLIENT, 1008)]
    trace = judged(bound, [*lines, *ended])
    (finding,) = (one.finding for one in trace.findings if one.finding.rule.id == "SCH-101")
    assert finding.message == "InitializeContext"
    assert "5 of at most 5 Context channels are open already" in finding.text
    assert found(trace) == [(7, "SCH-101")]
    otherwise = judged(bound, [*lines, closed(Side.SERVER, 4000), closed(Side.CLIENT, 4000)])
    assert found(otherwise) == [(7, "SCH-101"), (8, "SCH-304")]


@pytest.mark.parametrize("payload", ["{}", '{"foo": 1}', '{"close_socket": false}'])
def test_what_has_no_text_opens_no_context(payload: str) -> None:
    server = Session(ENDPOINT, Side.SERVER, policy=Policy(unknown="error"))
    event = server.receive(payload)
    assert isinstance(event, Violation)
    assert isinstance(event.error, UnknownMessage)


@pytest.mark.parametrize(
    ("marks", "name"),
    [
        ({"close_context": True}, "CloseContext"),
        ({"close_context": True, "text": "Bye. "}, "CloseContext"),
        ({"flush": True}, "FlushContext"),
        ({"flush": True, "text": ""}, "FlushContext"),
        ({"text": ""}, "KeepContextAlive"),
    ],
)
def test_what_needs_an_open_context_does_not_open_one(marks: dict[str, object], name: str) -> None:
    talk = Talk()
    event = talk.server.receive(json.dumps({"context_id": "a", **marks}))
    assert isinstance(event, Violation)
    assert isinstance(event.error, IllegalMessage)
    assert (event.error.message, event.error.breach) == (name, Breach.NOT_OPEN)
    bound = elevenlabs().endpoint("StreamMultiContext")
    trace = judged(bound, [opened(), said(Side.CLIENT, {"context_id": "a", **marks})])
    finding, *_ = (one.finding for one in trace.findings if one.finding.rule.id == "SCH-101")
    assert finding.message == name


def test_a_first_text_may_be_flushed_at_once() -> None:
    talk = Talk()
    talk.says(InitializeContext(text="Hello. ", context_id="a", flush=True))
    assert talk.open() == ["a"]


def test_a_context_without_messages_is_overdue_by_itself_and_nothing_is_closed() -> None:
    pair = ClockedPair(ENDPOINT.endpoint.lifecycle, {"inactivity_timeout": 30})
    for name in "ab":
        pair.say("InitializeContext", {"text": " ", "context_id": name})
    pair.wait(25)
    pair.say("KeepContextAlive", {"context_id": "b"})
    pair.wait(10)
    late = [event for event in pair.events[Side.SERVER] if isinstance(event, Overdue)]
    assert [(event.seconds, event.key) for event in late] == [(30, "a")]
    pair.say("SendContextText", {"text": "Still here. ", "context_id": "a"})
    assert pair.heard()[-1] == "SendContextText"


def test_a_context_that_has_ended_makes_room_and_its_id_may_be_used_again() -> None:
    talk = Talk()
    talk.says(*(InitializeContext(text=" ", context_id=name) for name in "abcde"))
    talk.says(CloseContext("a"))
    with pytest.raises(IllegalMessage, match="5 of at most 5"):
        talk.client.send(InitializeContext(text=" ", context_id="f"))
    talk.hears(ContextFinal(True, context_id="a"))
    talk.says(InitializeContext(text=" ", context_id="a"), SendContextText("Again. ", "a"))
    talk.hears(ContextAudio("QUFB", context_id="a"))
    assert talk.open() == ["b", "c", "d", "e", "a"]


def test_an_id_is_not_used_again_while_its_audio_may_still_come() -> None:
    talk = Talk()
    talk.says(InitializeContext(text=" ", context_id="a"), CloseContext("a"))
    with pytest.raises(IllegalMessage, match="InitializeContext"):
        talk.client.send(InitializeContext(text=" ", context_id="a"))
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
    talk.says(InitializeContext(text=" ", context_id="a"))
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
    talk.says(InitializeContext(text=" ", context_id="a"))
    event = talk.server.receive(f'{{"context_id": "a", {marks}}}')
    assert isinstance(event, Message)
    assert event.id == name


def test_contexts_that_are_open_are_finished_after_the_last_word_of_the_client() -> None:
    talk = Talk()
    talk.says(
        InitializeContext(text=" ", context_id="a"), SendContextText("Bye. ", "a"), CloseSocket()
    )
    with pytest.raises(IllegalMessage):
        talk.client.send(SendContextText("more ", "a"))
    talk.hears(ContextAudio("QUFB", context_id="a"), ContextFinal(True, context_id="a"))


def test_credentials_in_the_first_message_are_not_shown() -> None:
    assert "secret" not in repr(
        InitializeContext(text=" ", xi_api_key="secret", authorization="secret")
    )


def test_the_mock_speaks_each_context_and_closes_when_all_are_done() -> None:
    with MockServer(elevenlabs()) as server:
        endpoint = elevenlabs().endpoint("StreamMultiContext")
        with connect(
            endpoint, url=server.url, auth="key", params={"voice_id": "voice"}
        ) as connection:
            for body in (
                InitializeContext(text=" ", context_id="a"),
                InitializeContext(text=" ", context_id="b"),
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
