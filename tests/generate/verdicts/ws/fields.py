"""What messages hold: fields by name or by place, of their types, and all that are needed."""

from schematic_definitions.elevenlabs_ws import (
    AudioOutput,
    CloseConnection,
    ElevenLabsWs,
    FinalOutput,
    GenerationConfig,
    InitializeConnection,
    Initializing,
    KeepAlive,
    SendText,
    Streaming,
    SyncElevenLabsWs,
    VoiceSettings,
)
from schematic_definitions.elevenlabs_ws.stream_multi_context import Context, ContextStreaming
from schematic_definitions.graphql_transport_ws_client import GraphQLWs, SubscribePayload

VOICE = VoiceSettings(stability=0.5)


async def messages_or_their_fields(client: ElevenLabsWs, initializing: Initializing) -> None:
    await initializing.initialize(voice_settings=VOICE, xi_api_key="secret")
    await client.send_initialize_connection(InitializeConnection(voice_settings=VOICE))
    await client.send_text("by place ")
    await client.send_text(text="by name ", flush=True, voice_settings=None)
    await client.send_text(SendText("a message "))
    await client.send_keep_alive()
    await client.send(KeepAlive())
    print(await client.close())


async def a_field_that_does_not_exist(client: ElevenLabsWs, streaming: Streaming) -> None:
    await client.send_text("Hello. ", volume=11)  # refused: call-overload / CallIssue
    await streaming.send_text("Hello. ", volume=11)  # refused: call-overload / CallIssue
    await streaming.close(reason="done")  # refused: call-overload / CallIssue
    print(InitializeConnection(xi_key="secret"))  # refused: call-arg / CallIssue


async def a_field_that_is_missing(client: ElevenLabsWs, graphql: GraphQLWs) -> None:
    await client.send_text()  # refused: call-overload / CallIssue
    await graphql.send_subscribe("1")  # refused: call-overload / ArgumentType
    print(SubscribePayload())  # refused: call-arg / CallIssue


async def a_field_of_another_type(client: ElevenLabsWs, initializing: Initializing) -> None:
    await client.send_text(7)  # refused: call-overload / ArgumentType, CallIssue
    await client.send_text(b"Hello. ")  # refused: call-overload / ArgumentType, CallIssue
    await client.send_text("Hello. ", flush="yes")  # refused: call-overload / ArgumentType
    await initializing.initialize(voice_settings={})  # refused: call-overload / ArgumentType
    print(VoiceSettings(stability="high"))  # refused: arg-type / ArgumentType
    print(GenerationConfig(chunk_length_schedule=120))  # refused: arg-type / ArgumentType


async def a_constant_of_another_value(client: ElevenLabsWs, initializing: Initializing) -> None:
    await initializing.initialize(text=" ")
    await initializing.initialize(text="Hello")  # refused: call-overload / ArgumentType
    await client.send_keep_alive(text="")  # refused: call-overload / ArgumentType
    await client.close(text="Bye")  # refused: call-overload / ArgumentType


async def another_message(client: ElevenLabsWs, streaming: Streaming) -> None:
    await client.send_text(KeepAlive())  # refused: call-overload / ArgumentType, CallIssue
    await client.send_keep_alive(SendText(" "))  # refused: call-overload / ArgumentType, CallIssue
    await client.close(SendText(""))  # refused: call-overload / ArgumentType, CallIssue
    await streaming.close(KeepAlive())  # refused: call-overload / ArgumentType, CallIssue


async def what_no_client_says(client: ElevenLabsWs, final: FinalOutput) -> None:
    await client.send(final)  # refused: arg-type / ArgumentType
    await client.send("Hello. ")  # refused: arg-type / ArgumentType
    await client.send({"text": "Hello. "})  # refused: arg-type / ArgumentType


async def a_field_of_a_channel(context: Context, streaming: ContextStreaming) -> None:
    await context.send_context_text("Hello. ", flush=True)
    await context.send_context_text("Hello. ", volume=11)  # refused: call-overload / CallIssue
    await streaming.send_context_text(7)  # refused: call-overload / ArgumentType, CallIssue
    await context.send_initialize_context()  # refused: call-overload / CallIssue


def in_both_colours(client: SyncElevenLabsWs) -> None:
    client.send_text("Hello. ", flush=True)
    client.send(CloseConnection())
    client.send_text("Hello. ", volume=11)  # refused: call-overload / CallIssue
    client.send_text()  # refused: call-overload / CallIssue
    client.send_text(7)  # refused: call-overload / ArgumentType, CallIssue
    client.send("Hello. ")  # refused: arg-type / ArgumentType
    client.close(text="Bye")  # refused: call-overload / ArgumentType


def what_came_is_not_changed(audio: AudioOutput) -> None:
    print(audio.audio, audio.alignment)
    print(audio.sound)  # refused: attr-defined / AttributeAccessIssue
    audio.audio = "UklGRg=="  # refused: misc / AttributeAccessIssue
