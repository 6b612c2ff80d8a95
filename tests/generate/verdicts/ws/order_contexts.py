"""The order on the contexts of ElevenLabs, several at once: each is opened, used and closed."""

from schematic_definitions.elevenlabs_ws.stream_multi_context import (
    Closing,
    ContextClosing,
    ContextOpening,
    ContextStreaming,
    SendContextText,
    Streaming,
    StreamMultiContextPhases,
    StreamMultiContextWs,
    SyncContextClosing,
    SyncContextOpening,
    SyncContextStreaming,
    SyncStreaming,
    SyncStreamMultiContextPhases,
)


async def in_order() -> None:
    async with StreamMultiContextPhases.connect(voice_id="v") as streaming:
        one = await streaming.context("one").open("Hello. ")
        two = await streaming.context().open(" ")
        await one.send_context_text("How are you? ")
        await two.send_context_text(SendContextText("Fine. "))
        await one.send_flush_context()
        await two.send_keep_context_alive()
        ended: ContextClosing = await one.close()
        print(ended.key, await streaming.receive())
        closing: Closing = await streaming.close()
        print([message async for message in closing])


async def text_before_the_context_is_open(context: ContextOpening) -> None:
    await context.send_context_text("Too early. ")  # refused: attr-defined / AttributeAccessIssue
    await context.send_flush_context()  # refused: attr-defined / AttributeAccessIssue
    await context.send(SendContextText("Early. "))  # refused: attr-defined / AttributeAccessIssue


async def close_before_the_context_is_open(context: ContextOpening) -> None:
    await context.close()  # refused: attr-defined / AttributeAccessIssue


async def open_twice(context: ContextStreaming) -> None:
    await context.open("Again. ")  # refused: attr-defined / AttributeAccessIssue


async def text_after_the_context_is_closed(context: ContextStreaming) -> None:
    closed = await context.close()
    await closed.send_context_text("Too late. ")  # refused: attr-defined / AttributeAccessIssue
    await closed.send_keep_context_alive()  # refused: attr-defined / AttributeAccessIssue
    await closed.send(SendContextText("Too late. "))  # refused: attr-defined / AttributeAccessIssue


async def close_a_context_twice(context: ContextClosing) -> None:
    await context.close()  # refused: attr-defined / AttributeAccessIssue


async def a_context_has_no_messages_of_its_own(context: ContextStreaming) -> None:
    await context.receive()  # refused: attr-defined / AttributeAccessIssue


async def text_on_no_context(streaming: Streaming) -> None:
    await streaming.send_context_text("Where? ")  # refused: attr-defined / AttributeAccessIssue


async def a_context_after_close(closing: Closing) -> None:
    closing.context("late")  # refused: attr-defined / AttributeAccessIssue


async def the_key_is_a_text(streaming: Streaming, client: StreamMultiContextWs) -> None:
    streaming.context(7)  # refused: arg-type / ArgumentType
    client.context(7)  # refused: arg-type / ArgumentType


async def the_key_is_said_once(context: ContextStreaming) -> None:
    await context.send_flush_context("the key", "a text")  # refused: call-overload / ArgumentType


def in_order_sync() -> None:
    with SyncStreamMultiContextPhases.connect(voice_id="v") as streaming:
        one = streaming.context("one").open("Hello. ")
        one.send_context_text("How are you? ")
        ended: SyncContextClosing = one.close()
        print(ended.key, streaming.receive())
        print(list(streaming.close()))


def text_before_the_context_is_open_sync(context: SyncContextOpening) -> None:
    context.send_context_text("Too early. ")  # refused: attr-defined / AttributeAccessIssue
    context.send(SendContextText("Early. "))  # refused: attr-defined / AttributeAccessIssue


def close_before_the_context_is_open_sync(context: SyncContextOpening) -> None:
    context.close()  # refused: attr-defined / AttributeAccessIssue


def open_twice_sync(context: SyncContextStreaming) -> None:
    context.open("Again. ")  # refused: attr-defined / AttributeAccessIssue


def text_after_the_context_is_closed_sync(context: SyncContextStreaming) -> None:
    closed = context.close()
    closed.send_context_text("Too late. ")  # refused: attr-defined / AttributeAccessIssue
    closed.send(SendContextText("Too late. "))  # refused: attr-defined / AttributeAccessIssue


def close_a_context_twice_sync(context: SyncContextClosing) -> None:
    context.close()  # refused: attr-defined / AttributeAccessIssue


def the_key_is_a_text_sync(streaming: SyncStreaming) -> None:
    streaming.context(7)  # refused: arg-type / ArgumentType
