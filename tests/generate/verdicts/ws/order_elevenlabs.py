"""The order of ElevenLabs text to speech: initialise once, then text, close once, then listen."""

from schematic_definitions.elevenlabs_ws import (
    Closing,
    ElevenLabsPhases,
    Initializing,
    SendText,
    Streaming,
    SyncClosing,
    SyncElevenLabsPhases,
    SyncInitializing,
    SyncStreaming,
)


async def in_order() -> None:
    async with ElevenLabsPhases.connect(voice_id="v") as initializing:
        streaming: Streaming = await initializing.initialize()
        await streaming.send_text("Hello. ")
        await streaming.send_text(SendText("How are you? ", flush=True))
        await streaming.send_keep_alive()
        print(await streaming.receive(timeout=1))
        closing: Closing = await streaming.close()
        async for message in closing:
            print(message)


async def text_before_initialise(initializing: Initializing) -> None:
    await initializing.send_text("Too early. ")  # refused: attr-defined / AttributeAccessIssue
    await initializing.send_keep_alive()  # refused: attr-defined / AttributeAccessIssue
    await initializing.send(SendText("Too early. "))  # refused: attr-defined / AttributeAccessIssue


async def close_before_initialise(initializing: Initializing) -> None:
    await initializing.close()  # refused: attr-defined / AttributeAccessIssue


async def receive_before_initialise(initializing: Initializing) -> None:
    await initializing.receive()  # refused: attr-defined / AttributeAccessIssue
    async for _ in initializing:  # refused: attr-defined / GeneralTypeIssues
        pass


async def initialise_twice(streaming: Streaming) -> None:
    await streaming.initialize()  # refused: attr-defined / AttributeAccessIssue


async def text_after_close(streaming: Streaming) -> None:
    closing = await streaming.close()
    await closing.send_text("Too late. ")  # refused: attr-defined / AttributeAccessIssue
    await closing.send_keep_alive()  # refused: attr-defined / AttributeAccessIssue
    await closing.send(SendText("Too late. "))  # refused: attr-defined / AttributeAccessIssue


async def close_twice(closing: Closing) -> None:
    await closing.close()  # refused: attr-defined / AttributeAccessIssue


async def initialise_after_close(closing: Closing) -> None:
    await closing.initialize()  # refused: attr-defined / AttributeAccessIssue


async def another_phase_than_the_step_returns(initializing: Initializing) -> None:
    closing: Closing = await initializing.initialize()  # refused: assignment / AssignmentType
    print(closing)


def in_order_sync() -> None:
    with SyncElevenLabsPhases.connect(voice_id="v") as initializing:
        streaming: SyncStreaming = initializing.initialize()
        streaming.send_text("Hello. ")
        streaming.send_text(SendText("How are you? ", flush=True))
        streaming.send_keep_alive()
        print(streaming.receive(timeout=1))
        closing: SyncClosing = streaming.close()
        for message in closing:
            print(message)


def text_before_initialise_sync(initializing: SyncInitializing) -> None:
    initializing.send_text("Too early. ")  # refused: attr-defined / AttributeAccessIssue
    initializing.send_keep_alive()  # refused: attr-defined / AttributeAccessIssue
    initializing.send(SendText("Too early. "))  # refused: attr-defined / AttributeAccessIssue


def close_before_initialise_sync(initializing: SyncInitializing) -> None:
    initializing.close()  # refused: attr-defined / AttributeAccessIssue


def receive_before_initialise_sync(initializing: SyncInitializing) -> None:
    initializing.receive()  # refused: attr-defined / AttributeAccessIssue
    for _ in initializing:  # refused: attr-defined / GeneralTypeIssues
        pass


def initialise_twice_sync(streaming: SyncStreaming) -> None:
    streaming.initialize()  # refused: attr-defined / AttributeAccessIssue


def text_after_close_sync(streaming: SyncStreaming) -> None:
    closing = streaming.close()
    closing.send_text("Too late. ")  # refused: attr-defined / AttributeAccessIssue
    closing.send_keep_alive()  # refused: attr-defined / AttributeAccessIssue
    closing.send(SendText("Too late. "))  # refused: attr-defined / AttributeAccessIssue


def close_twice_sync(closing: SyncClosing) -> None:
    closing.close()  # refused: attr-defined / AttributeAccessIssue


def initialise_after_close_sync(closing: SyncClosing) -> None:
    closing.initialize()  # refused: attr-defined / AttributeAccessIssue
