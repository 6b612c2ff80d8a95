"""The object of a phase that is over: no type forbids it, so it raises, and writes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from schematic_definitions import graphql_transport_ws_client as graphql
from schematic_definitions.elevenlabs_ws import (
    CloseConnection,
    Initializing,
    SendText,
    SyncInitializing,
    stream_multi_context,
)
from schematic_engine.client import Sends, Walk, enter
from schematic_engine.errors import ConnectionClosed, LocalProtocolError

QUERY = graphql.SubscribePayload(query="{ hello }")
LOST = ConnectionClosed(code=1006)


class Blocking(Sends[Any]):
    """Stands for a client: keeps what is said, and has heard something already."""

    def __init__(self, *heard: object) -> None:
        self.said: list[object] = []
        self.heard = deque(heard)
        self.lost = False

    def __say__(self, message: object) -> None:
        if self.lost:
            raise LOST
        self.said.append(message)

    def receive(self, timeout: float | None = None) -> object:
        return self.heard.popleft()

    def keep(self, message: object) -> None:
        self.heard.append(message)


class OnALoop(Blocking):
    """The same for asyncio, without anything to wait for."""

    async def __say__(self, message: object) -> None:  # type: ignore[override]
        super().__say__(message)

    async def receive(self, timeout: float | None = None) -> object:
        return super().receive(timeout)


def done(result: Any) -> Any:
    """What a call gives, or what a coroutine gives that waits for nothing."""
    if not isinstance(result, Coroutine):
        return result
    try:
        result.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


Start = tuple[Any, Blocking]


@pytest.fixture(params=["asyncio", "sync"])
def elevenlabs(request: pytest.FixtureRequest) -> Start:
    return begun(Initializing, SyncInitializing, request.param)


def begun(on_a_loop: type, blocking: type, colour: str, *heard: object) -> Start:
    client = OnALoop(*heard) if colour == "asyncio" else Blocking(*heard)
    phase: Callable[[Walk[Any]], Any] = on_a_loop if colour == "asyncio" else blocking
    return enter(phase, Walk(client)), client


def refused(call: Callable[[], Any], over: str, now: str) -> None:
    with pytest.raises(LocalProtocolError, match=rf"this {over} is over: use the {now} that"):
        done(call())


def prefix(colour_of: Any) -> str:
    return "Sync" if type(colour_of).__name__.startswith("Sync") else ""


def test_a_phase_is_over_once_its_step_is_done(elevenlabs: Start) -> None:
    initializing, client = elevenlabs
    sync = prefix(initializing)
    streaming = done(initializing.initialize())
    refused(initializing.initialize, f"{sync}Initializing", f"{sync}Streaming")
    closing = done(streaming.close())
    written = list(client.said)
    for call in (
        lambda: streaming.send_text("Hello. "),
        streaming.send_keep_alive,
        streaming.close,
        streaming.receive,
        lambda: aiter(streaming) if not sync else iter(streaming),
    ):
        refused(call, f"{sync}Streaming", f"{sync}Closing")
    assert client.said == written
    assert type(closing).__name__ == f"{sync}Closing"


def test_a_step_that_fails_leaves_its_phase_as_it_was(elevenlabs: Start) -> None:
    initializing, client = elevenlabs
    streaming = done(initializing.initialize())
    client.lost = True
    with pytest.raises(ConnectionClosed):
        done(streaming.close())
    client.lost = False
    done(streaming.send_text("Hello. "))
    done(streaming.close())
    assert client.said[1:] == [SendText("Hello. "), CloseConnection()]


@pytest.mark.parametrize("colour", ["asyncio", "sync"])
def test_waiting_for_the_server_is_a_step_like_any_other(colour: str) -> None:
    ack = graphql.ConnectionAck()
    awaiting, client = begun(
        graphql.AwaitingConnectionAck, graphql.SyncAwaitingConnectionAck, colour, ack
    )
    streaming = done(awaiting.ready())
    sync = prefix(awaiting)
    refused(awaiting.ready, f"{sync}AwaitingConnectionAck", f"{sync}Streaming")
    refused(awaiting.send_ping, f"{sync}AwaitingConnectionAck", f"{sync}Streaming")
    assert done(streaming.receive()) == ack
    assert client.said == []


@pytest.mark.parametrize("colour", ["asyncio", "sync"])
def test_the_phases_of_a_channel_are_over_in_turn_and_with_those_of_the_connection(
    colour: str,
) -> None:
    streaming, client = begun(
        stream_multi_context.Streaming, stream_multi_context.SyncStreaming, colour
    )
    sync = prefix(streaming)
    opening = streaming.context("one")
    context = done(opening.open("Hello. "))
    refused(lambda: opening.open("Again. "), f"{sync}ContextOpening", f"{sync}ContextStreaming")
    other = done(streaming.context("two").open(" "))
    done(context.close())
    refused(context.close, f"{sync}ContextStreaming", f"{sync}ContextClosing")
    done(other.send_context_text("Still here. "))
    done(streaming.close())
    written = list(client.said)
    refused(lambda: other.send_context_text("Late. "), f"{sync}Streaming", f"{sync}Closing")
    assert client.said == written


@pytest.mark.parametrize("colour", ["asyncio", "sync"])
def test_a_phase_has_no_more_names_than_it_says(colour: str) -> None:
    initializing, _ = begun(Initializing, SyncInitializing, colour)
    assert [name for name in dir(initializing) if not name.startswith("_")] == ["initialize"]
