"""The first description ever written for this project, in its own fields and nothing beyond."""

from __future__ import annotations

import pytest

from schematic import (
    AuthStrategy,
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamLocation,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)


@pytest.fixture
def elevenlabs() -> WebSocketApi:
    return WebSocketApi(
        name="ElevenLabs",
        description="Text to speech over a WebSocket.",
        base_url="wss://api.elevenlabs.io",
        docs_url="https://elevenlabs.io/docs/api-reference",
        auth=AuthStrategy.api_key(header="xi-api-key"),
        env_auth=["ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"],
        env_username=None,
        headers=[],
        endpoints=[
            WebSocketEndpoint(
                id="StreamTextToSpeech",
                path="/v1/text-to-speech/{voice_id}/stream-input",
                description="Streams text in and speech out.",
                connection_params=[
                    ConnectionParam(
                        name="model_id",
                        param_type=ParamType.STRING,
                        required=False,
                        default="eleven_multilingual_v2",
                    ),
                    ConnectionParam(
                        name="output_format",
                        param_type=ParamType.STRING,
                        required=False,
                        default="mp3_44100_128",
                    ),
                    ConnectionParam(
                        name="enable_ssml_parsing",
                        param_type=ParamType.BOOLEAN,
                        required=False,
                        default="false",
                    ),
                    ConnectionParam(
                        name="inactivity_timeout",
                        param_type=ParamType.INTEGER,
                        required=False,
                        default="20",
                    ),
                ],
                lifecycle=ConnectionLifecycle(
                    initialize=MessageSchema(
                        id="InitializeConnection",
                        description="Opens the stream and sets the voice.",
                        direction=MessageDirection.CLIENT_TO_SERVER,
                        schema=Schema("InitializeConnectionMessage"),
                        repeatable=False,
                    ),
                    streaming_messages=[
                        MessageSchema(
                            id="SendText",
                            description="A piece of text to speak.",
                            direction=MessageDirection.CLIENT_TO_SERVER,
                            schema=Schema("SendTextMessage"),
                            repeatable=True,
                        ),
                    ],
                    close=MessageSchema(
                        id="CloseConnection",
                        description="No more text follows.",
                        direction=MessageDirection.CLIENT_TO_SERVER,
                        schema=Schema("CloseConnectionMessage"),
                        repeatable=False,
                    ),
                    server_messages=[
                        MessageSchema(
                            id="AudioOutput",
                            description="A piece of speech.",
                            direction=MessageDirection.SERVER_TO_CLIENT,
                            schema=Schema("AudioOutputMessage"),
                            repeatable=True,
                        ),
                        MessageSchema(
                            id="FinalOutput",
                            description="The last piece was sent.",
                            direction=MessageDirection.SERVER_TO_CLIENT,
                            schema=Schema("FinalOutputMessage"),
                            repeatable=False,
                        ),
                    ],
                ),
            )
        ],
    )


def test_it_is_valid_as_it_stands_and_hashable(elevenlabs: WebSocketApi) -> None:
    assert hash(elevenlabs.endpoint("StreamTextToSpeech")) is not None


def test_its_messages_come_in_the_order_of_the_lifecycle(elevenlabs: WebSocketApi) -> None:
    lifecycle = elevenlabs.endpoint().endpoint.lifecycle
    assert [message.id for message in lifecycle.messages] == [
        "InitializeConnection",
        "SendText",
        "CloseConnection",
        "AudioOutput",
        "FinalOutput",
    ]
    assert all(message.schema.is_name_only for message in lifecycle.messages)


def test_its_defaults_written_as_text_are_values_of_their_types(elevenlabs: WebSocketApi) -> None:
    defaults = {p.name: p.default for p in elevenlabs.endpoints[0].connection_params}
    assert defaults["inactivity_timeout"] == 20
    assert defaults["enable_ssml_parsing"] is False


def test_its_placeholder_is_a_required_path_parameter(elevenlabs: WebSocketApi) -> None:
    voice = elevenlabs.endpoints[0].params[0]
    assert (voice.name, voice.location, voice.required) == ("voice_id", ParamLocation.PATH, True)
