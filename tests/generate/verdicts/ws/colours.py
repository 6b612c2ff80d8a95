"""Asyncio and blocking calls are not mixed up, and nothing that has to be awaited is forgotten."""

from schematic_definitions.elevenlabs_ws import (
    ElevenLabsCallbacks,
    ElevenLabsPhases,
    ElevenLabsWs,
    Initializing,
    Streaming,
    SyncElevenLabsCallbacks,
    SyncElevenLabsPhases,
    SyncElevenLabsWs,
    SyncInitializing,
)
from schematic_definitions.elevenlabs_ws.stream_multi_context import Context
from schematic_engine.retry import Reconnect


async def awaiting_is_forgotten(client: ElevenLabsWs, streaming: Streaming) -> None:
    client.send_text("Hello. ")  # refused: unused-coroutine / UnusedCoroutine
    client.receive()  # refused: unused-coroutine / UnusedCoroutine
    client.close()  # refused: unused-coroutine / UnusedCoroutine
    streaming.send_text("Hello. ")  # refused: unused-coroutine / UnusedCoroutine
    streaming.receive()  # refused: unused-coroutine / UnusedCoroutine
    streaming.close()  # refused: unused-coroutine / UnusedCoroutine


async def awaiting_is_forgotten_elsewhere(context: Context, calls: ElevenLabsCallbacks) -> None:
    context.send_context_text("Hello. ")  # refused: unused-coroutine / UnusedCoroutine
    calls.run(["Hello. "], voice_id="v")  # refused: unused-coroutine / UnusedCoroutine


async def a_step_that_was_not_awaited_is_no_phase(initializing: Initializing) -> None:
    streaming = initializing.initialize()
    await streaming.send_text("Hello. ")  # refused: attr-defined / AttributeAccessIssue


async def connecting_is_no_connection() -> None:
    client = ElevenLabsWs.connect(voice_id="v")
    await client.send_text("Hello. ")  # refused: attr-defined / AttributeAccessIssue
    opened = await client
    await opened.send_text("Hello. ")
    begun = await ElevenLabsPhases.connect(voice_id="v")
    await begun.initialize()


async def blocking_calls_are_not_awaited(client: SyncElevenLabsWs) -> None:
    await client.send_text("Hello. ")  # refused: misc / GeneralTypeIssues
    await client.receive()  # refused: misc / GeneralTypeIssues
    async for _ in client:  # refused: attr-defined / GeneralTypeIssues
        pass


async def async_with_on_the_blocking_twin() -> None:
    connecting = SyncElevenLabsWs.connect(voice_id="v")
    async with connecting:  # refused: attr-defined / GeneralTypeIssues
        pass
    beginning = SyncElevenLabsPhases.connect(voice_id="v")
    async with beginning:  # refused: attr-defined / GeneralTypeIssues
        pass
    await connecting  # refused: misc / GeneralTypeIssues


def with_on_the_one_for_asyncio() -> None:
    with ElevenLabsWs.connect(voice_id="v"):  # refused: attr-defined / GeneralTypeIssues
        pass
    with ElevenLabsPhases.connect(voice_id="v"):  # refused: attr-defined / GeneralTypeIssues
        pass
    for _ in ElevenLabsWs.connect(voice_id="v"):  # refused: attr-defined / GeneralTypeIssues
        pass


async def one_connection_after_another() -> None:
    async for client in ElevenLabsWs.connect(voice_id="v", reconnect=Reconnect()):
        await client.send_initialize_connection()
        print(await client.receive())
    async for initializing in ElevenLabsPhases.connect(voice_id="v", reconnect=Reconnect()):
        await initializing.initialize()


def one_connection_after_another_sync() -> None:
    for client in SyncElevenLabsWs.connect(voice_id="v", reconnect=Reconnect()):
        client.send_initialize_connection()
        print(client.receive())
    client = SyncElevenLabsWs.connect(voice_id="v").open()
    client.send_text("Hello. ")


def a_phase_of_the_other_colour(initializing: SyncInitializing) -> Streaming:
    return initializing.initialize()  # refused: return-value / ReturnType


async def text_from_elsewhere() -> None:
    async def written() -> object:
        return "Hello. "

    SyncElevenLabsCallbacks().run(written(), voice_id="v")  # refused: arg-type / ArgumentType
