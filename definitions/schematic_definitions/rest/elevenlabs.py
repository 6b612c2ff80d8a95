"""ElevenLabs' REST API, as far as it is about voices, models, the user, and speech from text.

Sources: the vendor's API reference, https://elevenlabs.io/docs/api-reference, and its public Python
SDK, which is made from the vendor's own description of the API.

Covered: ``GET /v2/voices``, ``GET /v1/voices/{voice_id}``, ``GET /v1/models``, ``GET /v1/user``,
``POST /v1/text-to-speech/{voice_id}`` and the same with ``/stream``.

Not covered: all other resources, speech with timestamps, and audio effects; of voices their
samples, fine-tuning, sharing and verification; of users what is deprecated, and of subscriptions
prices and invoices. What is not described passes unread.
"""

from __future__ import annotations

from schematic import (
    ApiRequest,
    ApiResponse,
    ConnectionParam,
    Endpoint,
    ListStyle,
    ParamType,
    RestApi,
    RestMethod,
    Schema,
)
from schematic_definitions.common.elevenlabs import API_KEY, DOCS_URL, ENV_AUTH
from schematic_definitions.rest.elevenlabs_types import Model, Speech, User, Voice, VoicePage

__all__ = ["elevenlabs_rest"]

_VOICE = ConnectionParam(
    name="voice_id", param_type=ParamType.STRING, description="The id of the voice."
)


def _text(name: str, description: str, *choices: str) -> ConnectionParam:
    return ConnectionParam(
        name=name,
        param_type=ParamType.STRING,
        description=description,
        choices=choices,
    )


def _flag(name: str, description: str, *, default: bool | None = None) -> ConnectionParam:
    return ConnectionParam(
        name=name, param_type=ParamType.BOOLEAN, description=description, default=default
    )


def _texts(name: str, description: str, *, most: int | None = None) -> ConnectionParam:
    return ConnectionParam(
        name=name,
        param_type=ParamType.STRING,
        description=description,
        many=ListStyle.REPEATED,
        max_items=most,
    )


_SEARCH = (
    _text("next_page_token", "What the page before says; absent for the first page."),
    ConnectionParam(
        name="page_size",
        param_type=ParamType.INTEGER,
        default=10,
        minimum=1,
        maximum=100,
        description="How many voices to return at most.",
    ),
    _text("search", "A word in name, description, labels or category."),
    _text("sort", "By which field to sort.", "created_at_unix", "name"),
    _text("sort_direction", "In which direction to sort.", "asc", "desc"),
    _text(
        "voice_type",
        "Whose voices.",
        *("personal", "community", "default", "workspace", "non-default", "non-community", "saved"),
    ),
    _text("category", "Of which kind.", "premade", "cloned", "generated", "professional"),
    _text("collection_id", "Only voices of this collection."),
    _texts("language", "Only voices whose label names one of these languages."),
    _texts("use_cases", "Only voices whose label names one of these uses."),
    _text("gender", "Only voices with this label."),
    _text("age", "Only voices with this label."),
    _text("accent", "Only voices with this label."),
    _texts("voice_ids", "Only these voices.", most=100),
    _flag("include_total_count", "Whether to count all voices that match, which is slow."),
)

_OUTPUT_FORMATS = (
    *(f"mp3_{rate}" for rate in ("22050_32", "24000_48", "44100_32", "44100_64", "44100_96")),
    *("mp3_44100_128", "mp3_44100_192"),
    *(f"pcm_{rate}" for rate in (8000, 16000, 22050, 24000, 32000, 44100, 48000)),
    *("ulaw_8000", "alaw_8000"),
    *(f"opus_48000_{rate}" for rate in (32, 64, 96, 128, 192)),
)
_WAVE_FORMATS = tuple(f"wav_{rate}" for rate in (8000, 16000, 22050, 24000, 32000, 44100, 48000))


def _speech(*formats: str) -> tuple[ConnectionParam, ...]:
    return (
        _VOICE,
        _text("output_format", "Codec, sample rate and bit rate of the audio.", *formats),
        _flag(
            "enable_logging",
            "Whether the service keeps the request; only enterprise customers may say no.",
            default=True,
        ),
        ConnectionParam(
            name="optimize_streaming_latency",
            param_type=ParamType.INTEGER,
            minimum=0,
            maximum=4,
            description="How much quality to give for speed; deprecated.",
        ),
    )


def elevenlabs_rest() -> RestApi:
    """The description of ElevenLabs' REST API for voices, models, the user, and speech."""
    return RestApi(
        name="ElevenLabs",
        description="Voices, models, the user, and speech from text.",
        base_url="https://api.elevenlabs.io",
        docs_url=DOCS_URL,
        auth=API_KEY,
        env_auth=ENV_AUTH,
        endpoints=[
            Endpoint(
                id="ListVoices",
                method=RestMethod.GET,
                path="/v2/voices",
                description="Search the voices that the key may use, page by page.",
                request_params=_SEARCH,
                response=ApiResponse.json(Schema(VoicePage)),
            ),
            Endpoint(
                id="GetVoice",
                method=RestMethod.GET,
                path="/v1/voices/{voice_id}",
                description="One voice.",
                request_params=[_VOICE],
                response=ApiResponse.json(Schema(Voice)),
            ),
            Endpoint(
                id="ListModels",
                method=RestMethod.GET,
                path="/v1/models",
                description="All models.",
                response=ApiResponse.json(Schema(tuple[Model, ...], name="Models")),
            ),
            Endpoint(
                id="GetUser",
                method=RestMethod.GET,
                path="/v1/user",
                description="Whose key it is, and what is left of the subscription.",
                response=ApiResponse.json(Schema(User)),
            ),
            Endpoint(
                id="CreateSpeech",
                method=RestMethod.POST,
                path="/v1/text-to-speech/{voice_id}",
                description="Speak a text, and return the audio when all of it is there.",
                request_params=_speech(*_OUTPUT_FORMATS, *_WAVE_FORMATS),
                request=ApiRequest.json(Schema(Speech)),
                response=ApiResponse.binary("audio/*"),
            ),
            Endpoint(
                id="StreamSpeech",
                method=RestMethod.POST,
                path="/v1/text-to-speech/{voice_id}/stream",
                description="Speak a text, and return the audio while it is made.",
                request_params=_speech(*_OUTPUT_FORMATS),
                request=ApiRequest.json(Schema(Speech)),
                response=ApiResponse.binary("audio/*", streamed=True),
            ),
        ],
    )
