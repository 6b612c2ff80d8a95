"""The order of OpenAI's realtime API: everything at any time, until the WebSocket is closed."""

from schematic_definitions.openai_ws import (
    Closing,
    InputAudioBufferCommit,
    OpenAIPhases,
    Streaming,
    SyncClosing,
    SyncOpenAIPhases,
)


async def in_order() -> None:
    async with OpenAIPhases.connect(model="gpt-realtime") as streaming:
        await streaming.send_input_audio_buffer_append(audio="UklGRg==")
        await streaming.send_input_audio_buffer_commit(InputAudioBufferCommit())
        await streaming.send_response_create()
        print(await streaming.receive())
        closing: Closing = await streaming.close(code=1000, reason="done")
        print([message async for message in closing])


async def audio_after_close(closing: Closing) -> None:
    await closing.send_response_create()  # refused: attr-defined / AttributeAccessIssue
    await closing.send(InputAudioBufferCommit())  # refused: attr-defined / AttributeAccessIssue


async def close_twice(closing: Closing) -> None:
    await closing.close()  # refused: attr-defined / AttributeAccessIssue


async def what_the_server_says_is_not_said(streaming: Streaming) -> None:
    await streaming.send_session_created()  # refused: attr-defined / AttributeAccessIssue


def in_order_sync() -> None:
    with SyncOpenAIPhases.connect(model="gpt-realtime") as streaming:
        streaming.send_input_audio_buffer_append(audio="UklGRg==")
        print(streaming.receive(), list(streaming.close()))


def audio_after_close_sync(closing: SyncClosing) -> None:
    closing.send_response_create()  # refused: attr-defined / AttributeAccessIssue


def close_twice_sync(closing: SyncClosing) -> None:
    closing.close()  # refused: attr-defined / AttributeAccessIssue
