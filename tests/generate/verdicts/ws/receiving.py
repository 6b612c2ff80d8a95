"""`match` over what the server says is exhaustive, and says so where a member is forgotten."""

from typing import assert_never

from schematic_definitions import deepgram_ws, graphql_transport_ws_client, openai_ws
from schematic_definitions.deepgram_agent_ws import DeepgramAgentWs
from schematic_definitions.elevenlabs_ws import (
    AudioOutput,
    ElevenLabsWs,
    FinalOutput,
    SendText,
    ServerError,
    ServerMessage,
    Streaming,
    SyncElevenLabsWs,
    stream_multi_context,
)
from schematic_engine.events import Unknown


async def everything(client: ElevenLabsWs) -> int:
    async for message in client:
        match message:
            case AudioOutput(audio=audio):
                print(len(audio))
            case FinalOutput():
                return 0
            case ServerError(message=problem, code=code):
                print(problem)
                return code
            case Unknown():
                print(message.problem)
            case _:
                assert_never(message)
    return 1


async def one_is_forgotten(client: ElevenLabsWs) -> None:
    match await client.receive():
        case AudioOutput() | FinalOutput() | ServerError():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType


async def the_server_error_is_forgotten(streaming: Streaming) -> None:
    async for message in streaming:
        match message:
            case AudioOutput() | FinalOutput() | Unknown():
                pass
            case _:
                assert_never(message)  # refused: arg-type / ArgumentType


async def what_the_client_says_never_comes(client: ElevenLabsWs) -> SendText:
    return await client.receive()  # refused: return-value / ReturnType


async def what_the_server_says_has_its_own_fields(client: ElevenLabsWs) -> None:
    message = await client.receive()
    print(message.audio)  # refused: union-attr / AttributeAccessIssue
    if isinstance(message, AudioOutput):
        print(message.audio)
        print(message.code)  # refused: attr-defined / AttributeAccessIssue


def the_rest_is_received_by_close(client: SyncElevenLabsWs) -> list[ServerMessage]:
    return client.close()


def everything_sync(client: SyncElevenLabsWs) -> None:
    for message in client:
        match message:
            case AudioOutput() | FinalOutput() | ServerError() | Unknown():
                pass
            case _:
                assert_never(message)


def one_is_forgotten_sync(client: SyncElevenLabsWs) -> None:
    match client.receive():
        case AudioOutput() | FinalOutput() | Unknown():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType


async def contexts(client: stream_multi_context.StreamMultiContextWs) -> None:
    message = await client.receive()
    match message:
        case stream_multi_context.ContextAudio() | stream_multi_context.ContextFinal():
            pass
        case stream_multi_context.ServerError() | Unknown():
            pass
        case _:
            assert_never(message)


async def operations(client: graphql_transport_ws_client.GraphQLWs) -> None:
    ws = graphql_transport_ws_client
    message = await client.receive()
    match message:
        case ws.Next(id=key, payload=payload):
            print(key, payload)
        case ws.OperationError() | ws.Complete() | ws.ConnectionAck() | ws.Ping() | ws.Pong():
            pass
        case Unknown():
            pass
        case _:
            assert_never(message)


async def operations_without_errors(client: graphql_transport_ws_client.GraphQLWs) -> None:
    ws = graphql_transport_ws_client
    match await client.receive():
        case ws.Next() | ws.Complete() | ws.ConnectionAck() | ws.Ping() | ws.Pong() | Unknown():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType


async def transcripts(client: deepgram_ws.DeepgramWs) -> None:
    message = await client.receive()
    match message:
        case deepgram_ws.Results() | deepgram_ws.Metadata() | deepgram_ws.Error():
            pass
        case deepgram_ws.SpeechStarted() | deepgram_ws.UtteranceEnd():
            pass
        case deepgram_ws.ConfigureSuccess() | deepgram_ws.ConfigureFailure() | Unknown():
            pass
        case _:
            assert_never(message)


async def transcripts_without_metadata(client: deepgram_ws.DeepgramWs) -> None:
    match await client.receive():
        case deepgram_ws.Results() | deepgram_ws.Error():
            pass
        case deepgram_ws.SpeechStarted() | deepgram_ws.UtteranceEnd():
            pass
        case deepgram_ws.ConfigureSuccess() | deepgram_ws.ConfigureFailure() | Unknown():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType


async def an_agent(client: DeepgramAgentWs) -> None:
    match await client.receive():
        case Unknown():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType


async def a_response(client: openai_ws.OpenAIWs) -> None:
    match await client.receive():
        case openai_ws.ResponseOutputAudioDelta(delta=audio):
            print(audio)
        case openai_ws.ResponseDone() | Unknown():
            pass
        case message:
            assert_never(message)  # refused: arg-type / ArgumentType
