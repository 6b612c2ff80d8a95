"""The halves of `split()`: one says, the other listens."""

from schematic_definitions.deepgram_ws import DeepgramSink, DeepgramWs
from schematic_definitions.elevenlabs_ws import (
    AudioOutput,
    ElevenLabsSink,
    ElevenLabsWs,
    KeepAlive,
    ServerMessage,
    SyncElevenLabsWs,
)
from schematic_engine.client import aio, sync


async def in_order(client: ElevenLabsWs) -> None:
    sink, stream = client.split()
    await sink.send_text("Hello. ")
    await sink.send(KeepAlive())
    async for message in stream:
        if isinstance(message, AudioOutput):
            print(message.audio)
    print(await stream.receive(timeout=1))


async def the_sink_does_not_listen(sink: ElevenLabsSink[aio.Sending]) -> None:
    await sink.receive()  # refused: attr-defined / AttributeAccessIssue
    async for _ in sink:  # refused: attr-defined / GeneralTypeIssues
        pass


async def the_stream_says_nothing(stream: aio.Stream[ServerMessage]) -> None:
    await stream.send_text("Hello. ")  # refused: attr-defined / AttributeAccessIssue
    await stream.send(KeepAlive())  # refused: attr-defined / AttributeAccessIssue


async def a_half_of_another_client(client: DeepgramWs) -> DeepgramSink[aio.Sending]:
    sink, _ = client.split()
    await sink.send_media(b"audio")
    await sink.send_text("Hello. ")  # refused: attr-defined / AttributeAccessIssue
    await sink.send(KeepAlive())  # refused: arg-type / ArgumentType
    return sink


def in_order_sync(client: SyncElevenLabsWs) -> None:
    sink, stream = client.split()
    sink.send_text("Hello. ")
    print(stream.receive(), list(stream))


def the_sink_does_not_listen_sync(sink: ElevenLabsSink[None]) -> None:
    sink.receive()  # refused: attr-defined / AttributeAccessIssue
    for _ in sink:  # refused: attr-defined / GeneralTypeIssues
        pass


def the_stream_says_nothing_sync(stream: sync.Stream[ServerMessage]) -> None:
    stream.send_text("Hello. ")  # refused: attr-defined / AttributeAccessIssue


def the_halves_of_the_other_colour(client: SyncElevenLabsWs) -> ElevenLabsSink[aio.Sending]:
    return client.split()[0]  # refused: return-value / ReturnType
