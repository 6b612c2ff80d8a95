"""Conversations with handlers: what is called when, and what becomes of errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.elevenlabs_ws import stream_text_to_speech as speech
from schematic_engine.client.ending import Progress
from schematic_engine.client.handlers import Handlers
from schematic_engine.errors import ConnectionClosed, LocalIllegalMessage, LocalInvalidMessage
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from schematic_engine.mock import Close, MockServer
from schematic_engine.retry import Reconnect
from support.colours import settled
from support.loops import on_a_strict_loop

BLOCKING = pytest.mark.parametrize("colour", ["", "Sync"], ids=["asyncio", "sync"])
SHORT = Limits(close_timeout=0.02)


class Wrong(Exception):
    """What a handler or a source raises."""


class AlsoWrong(Exception):
    """What the other raises."""


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(elevenlabs()) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [one for one in threading.enumerate() if one.name.startswith("schematic-handlers")]


def builder(colour: str) -> Any:
    return getattr(speech, f"{colour}ElevenLabsCallbacks")()


async def run(callbacks: Any, source: Any, server: MockServer, **options: Any) -> None:
    given = {"voice_id": "one", "auth": "x", "url": server.url, **options}
    await settled(callbacks.run(source, **given))


def raising(error: type[Exception]) -> Callable[[Any], None]:
    def handler(message: Any) -> None:
        raise error

    return handler


# --------------------------------------------------------------------------------- what is called


@BLOCKING
@on_a_strict_loop
async def test_handlers_are_called_one_after_the_other(colour: str, server: MockServer) -> None:
    called: list[str] = []
    callbacks = (
        builder(colour)
        .on_audio_output(lambda message: called.append("first"))
        .on_audio_output(lambda message: called.append("second"))
        .on_other(lambda message: called.append(type(message).__name__))
    )
    await run(callbacks, ["one"], server)
    assert called == ["first", "second", "first", "second", "FinalOutput"]


@on_a_strict_loop
async def test_coroutine_functions_are_awaited_in_order(server: MockServer) -> None:
    called: list[str] = []

    async def slow(message: Any) -> None:
        await asyncio.sleep(0)
        called.append(type(message).__name__)

    callbacks = builder("").on_audio_output(slow).on_other(slow)
    await run(callbacks, ["one"], server)
    assert called == ["AudioOutput", "AudioOutput", "FinalOutput"]


@BLOCKING
@on_a_strict_loop
async def test_messages_and_texts_may_be_mixed(colour: str, server: MockServer) -> None:
    heard: list[Message] = []
    server.on("SendText")(lambda call, message: heard.append(message))
    source = ["one", speech.KeepAlive(), speech.SendText("two", flush=True)]
    first = speech.InitializeConnection(try_trigger_generation=True)
    await run(builder(colour), source, server, initialize=first)
    assert [one.payload for one in heard] == ['{"text":"one"}', '{"text":"two","flush":true}']
    assert server.violations == []


@BLOCKING
@on_a_strict_loop
async def test_a_source_may_wait_for_what_a_handler_does(colour: str, server: MockServer) -> None:
    audible = threading.Event()
    heard = asyncio.Event()

    def note(message: Any) -> None:
        audible.set()
        heard.set()

    async def source() -> AsyncIterator[str]:
        yield "one"
        await heard.wait()
        yield "two"

    def blocking_source() -> Iterator[str]:
        yield "one"
        assert audible.wait(30)
        yield "two"

    callbacks = builder(colour).on_audio_output(note)
    await run(callbacks, blocking_source() if colour else source(), server)


@BLOCKING
@on_a_strict_loop
async def test_one_builder_serves_two_conversations_at_once(
    colour: str, server: MockServer
) -> None:
    count: list[Any] = []
    callbacks = builder(colour).on_final_output(count.append)
    if colour:
        threads = [
            asyncio.to_thread(callbacks.run, ["one"], voice_id="one", auth="x", url=server.url)
            for _ in range(2)
        ]
        await asyncio.gather(*threads)
        await asyncio.get_running_loop().shutdown_default_executor()
    else:
        await asyncio.gather(*(run(callbacks, ["one"], server) for _ in range(2)))
    assert len(count) == 2


# ----------------------------------------------------------------------------------------- errors


@BLOCKING
@on_a_strict_loop
async def test_what_a_handler_raises_is_raised(colour: str, server: MockServer) -> None:
    callbacks = builder(colour).on_audio_output(raising(Wrong))
    with pytest.raises(Wrong):
        await run(callbacks, iter(lambda: "again", None), server)


@BLOCKING
@on_a_strict_loop
async def test_what_a_source_raises_is_raised(colour: str, server: MockServer) -> None:
    def source() -> Iterator[str]:
        yield "one"
        raise Wrong

    with pytest.raises(Wrong):
        await run(builder(colour), source(), server)


@BLOCKING
@on_a_strict_loop
async def test_what_a_source_says_of_another_connection_is_not_mistaken(
    colour: str, server: MockServer
) -> None:
    def source() -> Iterator[str]:
        yield "one"
        raise ConnectionClosed(code=1006)

    with pytest.raises(ConnectionClosed, match="1006"):
        await run(builder(colour), source(), server)


@on_a_strict_loop
async def test_a_handler_comes_before_a_source_that_raises_too(server: MockServer) -> None:
    heard = threading.Event()

    def handler(message: Any) -> None:
        heard.set()
        raise Wrong

    def source() -> Iterator[str]:
        yield "one"
        assert heard.wait(30)
        raise AlsoWrong

    with pytest.raises(Wrong) as caught:
        await run(builder("Sync").on_audio_output(handler), source(), server)
    assert isinstance(caught.value.__context__, AlsoWrong)


@on_a_strict_loop
async def test_nothing_is_swallowed_when_both_raise_at_once(server: MockServer) -> None:
    both = asyncio.Event()

    async def handler(message: Any) -> None:
        both.set()
        raise Wrong

    async def source() -> AsyncIterator[str]:
        yield "one"
        await both.wait()
        raise AlsoWrong

    with pytest.raises(Wrong):
        await run(builder("").on_audio_output(handler), source(), server)


@BLOCKING
@on_a_strict_loop
async def test_what_does_not_fit_is_refused(colour: str, server: MockServer) -> None:
    with pytest.raises(LocalInvalidMessage):
        await run(builder(colour), [speech.SendText(7)], server)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- ends


@BLOCKING
@on_a_strict_loop
async def test_what_may_not_be_said_any_more_is_refused(colour: str, server: MockServer) -> None:
    with pytest.raises(LocalIllegalMessage, match="InitializeConnection"):
        await run(builder(colour), ["one", speech.InitializeConnection()], server)


@BLOCKING
@on_a_strict_loop
async def test_a_server_that_ends_early_ends_the_conversation(
    colour: str, server: MockServer
) -> None:
    server.on("SendText")(lambda call, message: iter([Close(1000)]))
    await run(builder(colour), iter(lambda: "again", None), server)


@on_a_strict_loop
async def test_a_server_that_ends_early_ends_a_source_that_waits(server: MockServer) -> None:
    server.on("SendText")(lambda call, message: iter([Close(1000)]))
    ended: list[str] = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "one"
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    await run(builder(""), source(), server)
    assert ended == ["cancelled"]


@BLOCKING
@on_a_strict_loop
async def test_a_server_that_breaks_off_is_told(colour: str, server: MockServer) -> None:
    server.on("SendText")(lambda call, message: iter([Close(1011, "broken")]))
    with pytest.raises(ConnectionClosed, match="broken"):
        await run(builder(colour), iter(lambda: "again", None), server)


@BLOCKING
@on_a_strict_loop
async def test_a_server_that_never_ends_is_left(colour: str, server: MockServer) -> None:
    server.on("CloseConnection")(lambda call, message: None)
    await run(builder(colour), ["one"], server, limits=SHORT)


@on_a_strict_loop
async def test_a_cancelled_conversation_leaves_nothing_behind(server: MockServer) -> None:
    began = asyncio.Event()

    async def source() -> AsyncIterator[str]:
        began.set()
        await asyncio.Event().wait()
        yield "never"

    task = asyncio.ensure_future(run(builder(""), source(), server))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_slow_handler_is_no_silence_of_the_server() -> None:
    progress = Progress()
    assert progress.rests(0)
    with progress:
        assert not progress.rests(progress.steps)
        assert not progress.rests(0)
    assert not progress.rests(0)
    assert progress.rests(2)


def test_what_has_to_be_said_first_is_asked_for() -> None:
    class Choosy(Handlers):
        opening = (("initialize", None),)

    with pytest.raises(TypeError, match="say initialize="):
        Choosy().conversation({})
    with pytest.raises(TypeError, match="say goodbye="):
        Choosy().conversation({"initialize": 1})


def test_what_is_said_first_is_given_once() -> None:
    with pytest.raises(TypeError, match=r"leave out opening: .* initialize="):
        builder("Sync").conversation({"opening": list})
    options, goodbye = Handlers().conversation({"opening": list, "goodbye": "bye"})
    assert options == {"opening": list}
    assert goodbye == "bye"


def test_a_conversation_with_handlers_does_not_connect_again() -> None:
    with pytest.raises(TypeError, match="leave out reconnect"):
        builder("Sync").conversation({"reconnect": Reconnect()})
