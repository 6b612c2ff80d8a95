"""What the sessions with SDKs are judged by: it has to notice something."""

from __future__ import annotations

from collections.abc import Iterator

from peers.service import Service
from schematic_definitions.elevenlabs import InitializeConnection, SendText, elevenlabs
from schematic_engine.events import Message
from schematic_engine.mock import Call, Reply
from schematic_engine.sync import connect

ENDPOINT = elevenlabs().endpoint("StreamTextToSpeech")


def answer(call: Call, message: Message) -> Iterator[Reply]:
    yield "AudioOutput", {"audio": ""}


def test_fields_that_the_description_does_not_know_are_named() -> None:
    with (
        Service(ENDPOINT, {"SendText": answer}) as service,
        connect(ENDPOINT, url=service.url, params={"voice_id": "v"}, auth="key") as connection,
    ):
        connection.send(InitializeConnection())
        connection.send(SendText("Hello "))
        connection.receive(30)
    assert service.ids() == ["InitializeConnection", "SendText"]
    assert service.surplus() == set()
    heard = service.heard[1]
    service.heard[1] = Message(heard.id, heard.body, '{"text": "Hello ", "shout": true}')
    assert service.surplus() == {"SendText.shout"}
