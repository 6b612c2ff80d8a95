"""The order of Deepgram: audio until the close message, and an agent that is greeted first."""

from schematic_definitions.deepgram_agent_ws import (
    AwaitingSettingsApplied,
    AwaitingWelcome,
    DeepgramAgentPhases,
    Settings,
    SyncAwaitingWelcome,
    SyncDeepgramAgentPhases,
)
from schematic_definitions.deepgram_agent_ws import Initializing as AgentInitializing
from schematic_definitions.deepgram_agent_ws import Media as AgentMedia
from schematic_definitions.deepgram_agent_ws import Streaming as AgentStreaming
from schematic_definitions.deepgram_agent_ws import SyncInitializing as SyncAgentInitializing
from schematic_definitions.deepgram_ws import (
    Closing,
    DeepgramPhases,
    Finalize,
    Media,
    Streaming,
    SyncClosing,
    SyncDeepgramPhases,
    SyncStreaming,
)


async def in_order() -> None:
    async with DeepgramPhases.connect(model="nova-3", interim_results=True) as streaming:
        await streaming.send_media(b"audio")
        await streaming.send_media(Media(b"audio"))
        await streaming.send_finalize()
        closing: Closing = await streaming.close()
        async for message in closing:
            print(message)


async def audio_after_close(closing: Closing) -> None:
    await closing.send_media(b"audio")  # refused: attr-defined / AttributeAccessIssue
    await closing.send(Media(b"audio"))  # refused: attr-defined / AttributeAccessIssue
    await closing.send_finalize()  # refused: attr-defined / AttributeAccessIssue


async def close_twice(closing: Closing) -> None:
    await closing.close()  # refused: attr-defined / AttributeAccessIssue


async def there_is_nothing_to_initialise(streaming: Streaming) -> None:
    await streaming.initialize()  # refused: attr-defined / AttributeAccessIssue


async def an_agent_in_order(settings: Settings) -> None:
    async with DeepgramAgentPhases.connect() as greeted:
        initializing: AgentInitializing = await greeted.ready()
        applied: AwaitingSettingsApplied = await initializing.initialize(settings)
        streaming: AgentStreaming = await applied.ready()
        await streaming.send_media(b"audio")
        print(await streaming.receive())
        await streaming.close()


async def settings_before_the_greeting(greeted: AwaitingWelcome, settings: Settings) -> None:
    await greeted.initialize(settings)  # refused: attr-defined / AttributeAccessIssue
    await greeted.send(settings)  # refused: attr-defined / AttributeAccessIssue


async def audio_before_the_settings(initializing: AgentInitializing) -> None:
    await initializing.send_media(b"audio")  # refused: attr-defined / AttributeAccessIssue
    await initializing.send(AgentMedia(b"audio"))  # refused: attr-defined / AttributeAccessIssue


async def audio_before_the_settings_are_applied(applied: AwaitingSettingsApplied) -> None:
    await applied.send_media(b"audio")  # refused: attr-defined / AttributeAccessIssue
    await applied.receive()  # refused: attr-defined / AttributeAccessIssue


async def settings_twice(streaming: AgentStreaming, settings: Settings) -> None:
    await streaming.initialize(settings)  # refused: attr-defined / AttributeAccessIssue


async def no_settings(initializing: AgentInitializing) -> None:
    await initializing.initialize()  # refused: call-overload / CallIssue


def in_order_sync() -> None:
    with SyncDeepgramPhases.connect(model="nova-3") as streaming:
        streaming.send_media(b"audio")
        closing: SyncClosing = streaming.close()
        print(list(closing))


def audio_after_close_sync(closing: SyncClosing) -> None:
    closing.send_media(b"audio")  # refused: attr-defined / AttributeAccessIssue
    closing.send(Finalize())  # refused: attr-defined / AttributeAccessIssue


def close_twice_sync(streaming: SyncStreaming) -> None:
    streaming.close().close()  # refused: attr-defined / AttributeAccessIssue


def an_agent_in_order_sync(settings: Settings) -> None:
    with SyncDeepgramAgentPhases.connect() as greeted:
        streaming = greeted.ready().initialize(settings).ready()
        streaming.send_media(b"audio")
        streaming.close()


def settings_before_the_greeting_sync(greeted: SyncAwaitingWelcome, settings: Settings) -> None:
    greeted.initialize(settings)  # refused: attr-defined / AttributeAccessIssue


def audio_before_the_settings_sync(initializing: SyncAgentInitializing) -> None:
    initializing.send_media(b"audio")  # refused: attr-defined / AttributeAccessIssue
