"""Handlers take the message that they are registered for, and `run` what can be said."""

from collections.abc import AsyncIterator

from schematic_definitions.deepgram_agent_ws import DeepgramAgentCallbacks, Settings
from schematic_definitions.deepgram_ws import DeepgramCallbacks, Finalize
from schematic_definitions.elevenlabs_ws import (
    AudioOutput,
    CloseConnection,
    ElevenLabsCallbacks,
    FinalOutput,
    KeepAlive,
    SendText,
    ServerError,
    SyncElevenLabsCallbacks,
)
from schematic_definitions.openai_ws import OpenAICallbacks, ResponseCreate


def play(audio: AudioOutput) -> None:
    print(audio)


async def play_later(audio: AudioOutput) -> None:
    print(audio)


def log(message: AudioOutput | FinalOutput | ServerError) -> None:
    print(message)


def finish(final: FinalOutput) -> None:
    print(final)


async def written() -> AsyncIterator[str]:
    yield "Hello. "


async def numbers() -> AsyncIterator[int]:
    yield 7


async def in_order() -> None:
    calls = ElevenLabsCallbacks().on_audio_output(play).on_final_output(finish).on_other(print)
    calls.on_audio_output(play_later).on_server_error(log).on_audio_output(lambda it: it.audio)
    await calls.run(written(), voice_id="v")
    await calls.run(["Hello. ", SendText("How are you? ", flush=True), KeepAlive()], voice_id="v")


async def a_handler_for_another_message(calls: ElevenLabsCallbacks) -> None:
    calls.on_final_output(play)  # refused: arg-type / ArgumentType
    calls.on_audio_output(finish)  # refused: arg-type / ArgumentType
    calls.on_server_error(finish)  # refused: arg-type / ArgumentType
    calls.on_audio_output(lambda it: it.sound)  # refused: attr-defined / AttributeAccessIssue


async def no_handler(calls: ElevenLabsCallbacks) -> None:
    calls.on_audio_output(print("played"))  # refused: arg-type / ArgumentType
    calls.on_audio_output()  # refused: call-arg / CallIssue


async def a_message_that_never_comes(calls: ElevenLabsCallbacks) -> None:
    calls.on_send_text(play)  # refused: attr-defined / AttributeAccessIssue


async def what_cannot_be_said(calls: ElevenLabsCallbacks) -> None:
    await calls.run(numbers(), voice_id="v")  # refused: arg-type / ArgumentType
    await calls.run([b"Hello. "], voice_id="v")  # refused: list-item / ArgumentType
    await calls.run([CloseConnection()], voice_id="v")  # refused: list-item / ArgumentType
    await calls.run(7, voice_id="v")  # refused: arg-type / ArgumentType


async def an_agent_needs_its_settings(settings: Settings) -> None:
    agent = DeepgramAgentCallbacks()
    await agent.run([b"audio"], initialize=settings)
    await agent.run([b"audio"])  # refused: call-arg / CallIssue
    await agent.run(["text"], initialize=settings)  # refused: list-item / ArgumentType


async def others() -> None:
    deepgram, openai = DeepgramCallbacks(), OpenAICallbacks()
    await deepgram.run([b"audio", Finalize()], model="nova-3")
    await deepgram.run(["text"], model="nova-3")  # refused: list-item / ArgumentType
    await openai.run([ResponseCreate()], model="gpt-realtime")
    await openai.run(["text"], model="gpt-realtime")  # refused: list-item / ArgumentType


def in_order_sync() -> None:
    calls = SyncElevenLabsCallbacks().on_audio_output(play).on_final_output(finish)
    calls.run(["Hello. ", KeepAlive()], voice_id="v")


def a_handler_for_another_message_sync(calls: SyncElevenLabsCallbacks) -> None:
    calls.on_final_output(play)  # refused: arg-type / ArgumentType
    calls.on_audio_output(finish)  # refused: arg-type / ArgumentType


def what_cannot_be_said_sync(calls: SyncElevenLabsCallbacks) -> None:
    calls.run(written(), voice_id="v")  # refused: arg-type / ArgumentType
    calls.run([7], voice_id="v")  # refused: list-item / ArgumentType
