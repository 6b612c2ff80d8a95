"""ElevenLabs' and OpenAI's REST APIs: what requests look like, and how answers are read."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from schematic import RestApi
from schematic_definitions.common.elevenlabs import VoiceSettings
from schematic_definitions.elevenlabs import VoiceSettings as VoiceSettingsOfMessages
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.openai import openai
from schematic_definitions.rest.elevenlabs import elevenlabs_rest
from schematic_definitions.rest.elevenlabs_types import Speech
from schematic_definitions.rest.openai import openai_rest
from schematic_engine.rest import HttpError, InvalidParameter, SyncRestClient

VOICE = {
    "voice_id": "v1",
    "name": "Ada",
    "samples": None,
    "category": "premade",
    "labels": {"accent": "british"},
    "settings": {"stability": 0.5, "style": None, "speed": 1},
    "verified_languages": [{"language": "en", "model_id": "m1", "locale": None}],
    "sharing": {"status": "enabled"},
}
MODEL = {"id": "ft:small:1", "object": "model", "created": 1700000000, "owned_by": "me"}

USER = {
    "user_id": "u",
    "subscription": {
        "tier": "free",
        "status": "free",
        "character_count": 1,
        "character_limit": 2,
        "max_credit_limit_extension": "unlimited",
    },
}


class Call(NamedTuple):
    """What is called, what has to be sent for it, and what is answered."""

    api: RestApi
    endpoint: str
    line: str
    answer: Any
    params: dict[str, object] = {}  # noqa: RUF012  # never changed


CALLS = [
    Call(
        elevenlabs_rest(),
        "ListVoices",
        "GET /v2/voices?page_size=5&voice_type=saved&language=en&language=de",
        {"voices": [VOICE], "has_more": True, "total_count": 9, "next_page_token": "t"},
        {"page_size": 5, "language": ["en", "de"], "voice_type": "saved"},
    ),
    Call(elevenlabs_rest(), "GetVoice", "GET /v1/voices/v1", VOICE, {"voice_id": "v1"}),
    Call(
        elevenlabs_rest(),
        "ListModels",
        "GET /v1/models",
        [{"model_id": "m1", "languages": [{"language_id": "en", "name": "English"}], "new": 1}],
    ),
    Call(elevenlabs_rest(), "GetUser", "GET /v1/user", USER),
    Call(openai_rest(), "ListModels", "GET /v1/models", {"object": "list", "data": [MODEL]}),
    Call(openai_rest(), "GetModel", "GET /v1/models/a%3Ab", MODEL, {"model": "a:b"}),
    Call(
        openai_rest(),
        "DeleteModel",
        "DELETE /v1/models/m",
        {"id": "m", "object": "model", "deleted": True},
        {"model": "m"},
    ),
]
UNREAD = ("samples", "sharing", "max_credit_limit_extension", "new")


def said(value: Any) -> Any:
    """A value as JSON, without what is null and what is not described."""
    if isinstance(value, list):
        return [said(one) for one in value]
    if isinstance(value, dict):
        kept = {name: said(one) for name, one in value.items() if name not in UNREAD}
        return {name: one for name, one in kept.items() if one is not None}
    return value


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.api.name}-{call.endpoint}")
def test_requests_and_answers_are_those_of_the_reference(call: Call) -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=msgspec.json.encode(call.answer))

    with SyncRestClient(call.api, auth="k", transport=httpx.MockTransport(reply)) as client:
        result = client.call(call.endpoint, call.params)
    (request,) = seen
    assert f"{request.method} {request.url.raw_path.decode()}" == call.line
    key = request.headers.get("xi-api-key") or request.headers["Authorization"]
    assert key == ("k" if call.api.name == "ElevenLabs" else "Bearer k")
    assert said(msgspec.json.decode(msgspec.json.encode(result))) == said(call.answer)


@pytest.mark.parametrize("endpoint", ["CreateSpeech", "StreamSpeech"])
def test_speech_is_asked_for_as_json_and_comes_as_bytes(endpoint: str) -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"\xff\xfbaudio")

    speech = Speech(text="Hello.", voice_settings=VoiceSettings(speed=1.1))
    params = {"voice_id": "v 1", "output_format": "mp3_44100_128"}
    api = elevenlabs_rest()
    with SyncRestClient(api, auth="k", transport=httpx.MockTransport(reply)) as client:
        with client.stream(endpoint, params, speech) as chunks:
            assert b"".join(chunks) == b"\xff\xfbaudio"
        with pytest.raises(InvalidParameter, match="output_format: 'mp4' is not one of"):
            client.call(endpoint, {**params, "output_format": "mp4"}, speech)
    (request,) = seen
    assert request.url.raw_path.startswith(b"/v1/text-to-speech/v%201")
    sent = {"text": "Hello.", "voice_settings": {"speed": 1.1}}
    assert msgspec.json.decode(request.content) == sent
    assert api.endpoint("StreamSpeech").response.streamed
    assert not api.endpoint("CreateSpeech").response.streamed


def test_the_errors_of_the_service_are_told() -> None:
    detail = b'{"detail":{"status":"voice_not_found","message":"No such voice."}}'
    transport = httpx.MockTransport(lambda _: httpx.Response(404, content=detail))
    with (
        SyncRestClient(elevenlabs_rest(), auth="k", transport=transport) as client,
        pytest.raises(HttpError, match=r"GetVoice: HTTP 404 Not Found: .*voice_not_found"),
    ):
        client.call("GetVoice", {"voice_id": "nobody"})


def test_both_apis_of_a_service_share_types_and_credentials() -> None:
    assert VoiceSettingsOfMessages is VoiceSettings
    assert elevenlabs_rest().auth in elevenlabs().auth.ways
    assert elevenlabs_rest().env_auth == elevenlabs().env_auth
    assert openai_rest().auth in openai().auth.ways
    assert openai_rest().env_auth == openai().env_auth


def test_every_entry_point_leads_to_a_rest_api() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    points = tomllib.loads(pyproject.read_text())["project"]["entry-points"]["schematic.rest"]
    assert sorted(points) == ["elevenlabs", "openai"]
    for point in points.values():
        module, _, function = point.partition(":")
        assert isinstance(getattr(import_module(module), function)(), RestApi)
