"""ElevenLabs' own Python SDK, unmodified, has speech made by our mock."""

from __future__ import annotations

import base64
import random
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from elevenlabs import VoiceSettings as Settings
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError

from peers.service import Service
from schematic_definitions.elevenlabs import InitializeConnection, VoiceSettings, elevenlabs
from schematic_engine.events import Message
from schematic_engine.mock import Call, Close, Handler, Reply

# The SDK reads the code of a close in a way that `websockets` has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")


class Voice(Service):
    """Speaks audio that differs from chunk to chunk and is remembered.

    Attributes:
        spoken: the chunks of audio that were sent, in order.
    """

    def __init__(
        self, answers: dict[str, Handler] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.spoken: list[bytes] = []
        self._noise = random.Random(0)
        usual: dict[str, Handler] = {"SendText": self.speak, "CloseConnection": self.finish}
        endpoint = elevenlabs().endpoint("StreamTextToSpeech")
        super().__init__(endpoint, usual | (answers or {}), ssl=tls)

    def speak(self, call: Call, message: Message) -> Iterator[Reply]:
        """Two chunks for each text."""
        yield self._audio(500)
        yield self._audio(70_000)

    def finish(self, call: Call, message: Message) -> Iterator[Reply]:
        """What was still to be said, and the last word."""
        yield self._audio(3)
        yield "FinalOutput", {"isFinal": True}

    def texts(self) -> list[tuple[str, str]]:
        """What was heard between the first and the last message, as ``(id, text)``."""
        ends = ("InitializeConnection", "CloseConnection")
        return [(one.id, one.body.text) for one in self.heard if one.id not in ends]

    def _audio(self, size: int) -> Reply:
        chunk = self._noise.randbytes(size)
        self.spoken.append(chunk)
        return "AudioOutput", {"audio": base64.b64encode(chunk).decode(), "isFinal": None}


@pytest.fixture
def service() -> Iterator[Voice]:
    with Voice() as service:
        yield service


def client(service: Service) -> ElevenLabs:
    """The SDK as its user makes it, but for the address, which it takes for TLS alone."""
    client = ElevenLabs(api_key="sk-test", base_url=f"http://127.0.0.1:{service.port}")
    client.text_to_speech._ws_base_url = service.url
    return client


def stream(service: Service, text: Iterable[str], **options: Any) -> list[bytes]:
    """The chunks of audio that the SDK gives to its user."""
    given: dict[str, Any] = {"voice_id": "voice", **options}
    return list(client(service).text_to_speech.convert_realtime(text=iter(text), **given))


def test_the_sdk_gets_all_its_audio_in_order(service: Voice) -> None:
    text = ["Schematic streams ", "speech, ", "one chunk ", "after another."]
    assert stream(service, text) == service.spoken
    assert len(service.spoken) == 2 * len(service.texts()) + 1
    assert "".join(text) == "".join(said for _, said in service.texts()).rstrip()
    assert service.violations == []


def test_the_sdk_sends_its_settings_its_key_and_an_escaped_voice(service: Voice) -> None:
    stream(
        service,
        ["Hello."],
        voice_id="voices/the 1st?",
        model_id="eleven_turbo_v2_5",
        output_format="pcm_16000",
        voice_settings=Settings(stability=0.5, similarity_boost=0.25),
    )
    (call,) = service.calls
    assert call.params["voice_id"] == "voices/the 1st?"
    assert call.params["model_id"] == "eleven_turbo_v2_5"
    assert call.params["output_format"] == "pcm_16000"
    opened = service.heard[0].body
    assert isinstance(opened, InitializeConnection)
    assert isinstance(opened.voice_settings, VoiceSettings)
    assert opened.voice_settings.stability == 0.5
    assert service.violations == []


def test_a_chunk_of_one_space_is_a_keep_alive_in_the_middle_of_the_text(service: Voice) -> None:
    assert stream(service, ["one ", " ", " ", "two."]) == service.spoken
    assert ("KeepAlive", " ") in service.texts()
    assert service.violations == []


def test_without_any_text_the_sdk_opens_and_closes_and_hears_the_end(service: Voice) -> None:
    assert stream(service, []) == service.spoken
    assert len(service.spoken) == 1
    assert service.violations == []


def test_the_sdk_gets_its_audio_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    # The SDK's connection reads in one thread and writes in another, which Python's TLS does not
    # always survive. Here it has nothing to read until it has written everything.
    tls.num_tickets = 0
    with Voice(tls=tls) as service:
        untouched = ElevenLabs(api_key="key", base_url=f"https://127.0.0.1:{service.port}")
        heard = untouched.text_to_speech.convert_realtime(voice_id="voice", text=iter([]))
        assert list(heard) == service.spoken
    assert len(service.spoken) == 1
    assert service.violations == []


def test_an_error_of_the_service_reaches_the_user_of_the_sdk_with_its_close_code() -> None:
    error = {
        "message": "No text came for twenty seconds. " * 5,
        "error": "input_timeout_exceeded",
        "code": 1008,
    }

    def give_up(call: Call, message: Message) -> Iterator[Reply | Close]:
        yield "ServerError", error
        yield Close(1008, str(error["message"])[:123])

    with Voice({"SendText": give_up}) as service, pytest.raises(ApiError) as raised:
        stream(service, ["Hello "])
    assert raised.value.status_code == 1008
    assert raised.value.body == error
    assert service.violations == []


def test_several_streams_of_the_sdk_go_on_at_once(service: Voice) -> None:
    streams = [
        client(service).text_to_speech.convert_realtime(
            voice_id=f"v{number}", text=iter(["Hi ", "there."])
        )
        for number in range(3)
    ]
    heard = [[next(one)] for one in streams]
    for chunks, one in zip(heard, streams, strict=True):
        chunks.extend(one)
    assert sorted(chunk for chunks in heard for chunk in chunks) == sorted(service.spoken)
    assert sorted(str(call.params["voice_id"]) for call in service.calls) == ["v0", "v1", "v2"]
    assert service.violations == []
