"""The generated GraphQL client, on each of its surfaces, against servers that others wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Event
from typing import Any

import pytest

from schematic_definitions import graphql_transport_ws_client as graphql
from schematic_definitions.graphql_transport_ws_client import (
    Complete,
    ConnectionAck,
    Next,
    Ping,
    Pong,
    Subscribe,
    SubscribePayload,
)
from schematic_engine.policy import Policy
from support.colours import opened, settled

BLOCKING = pytest.mark.parametrize("colour", ["", "Sync"], ids=["asyncio", "sync"])
HELLO = SubscribePayload(query='{ hello(name: "Ada") }')
OPTIONS: dict[str, Any] = {"policy": Policy(unknown="error", fields="error")}
WAIT = 30
"""Seconds that a server may take to say something."""


@pytest.fixture(params=["graphql_ws", "strawberry"])
def server(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@BLOCKING
def test_explicit_methods(colour: str, server: str) -> None:
    async def talk() -> None:
        connect = getattr(graphql, f"{colour}GraphQLWs").connect
        async with opened(connect(**OPTIONS, url=server)) as client:
            await settled(client.send_connection_init())
            assert type(await settled(client.receive(WAIT))) is ConnectionAck
            await settled(client.send_ping())
            assert type(await settled(client.receive(WAIT))) is Pong
            await settled(client.operation("one").send_subscribe(HELLO))
            result = await settled(client.receive(WAIT))
            assert (type(result), result.id) == (Next, "one")
            assert await settled(client.receive(WAIT)) == Complete("one")
            assert await settled(client.close()) == []
            assert (client.closed.code, client.closed.clean) == (1000, True)

    asyncio.run(talk())


@BLOCKING
def test_phases(colour: str, server: str) -> None:
    async def talk() -> None:
        connect = getattr(graphql, f"{colour}GraphQLPhases").connect
        async with opened(connect(**OPTIONS, url=server)) as phase:
            awaiting = await settled(phase.initialize())
            streaming = await settled(awaiting.ready())
            assert type(await settled(streaming.receive(WAIT))) is ConnectionAck
            await settled(streaming.operation("one").open(HELLO))
            assert type(await settled(streaming.receive(WAIT))) is Next
            assert await settled(streaming.receive(WAIT)) == Complete("one")
            await settled(streaming.send_ping())
            assert type(await settled(streaming.receive(WAIT))) is Pong
            await settled(streaming.close())

    asyncio.run(talk())


def test_callbacks(server: str) -> None:
    done = asyncio.Event()
    heard: list[object] = []

    async def source() -> AsyncIterator[Subscribe | Ping]:
        yield Subscribe("one", HELLO)
        await asyncio.wait_for(done.wait(), WAIT)

    callbacks = (
        graphql.GraphQLCallbacks()
        .on_next(heard.append)
        .on_complete(lambda message: done.set())
        .on_other(heard.append)
    )
    asyncio.run(callbacks.run(source(), **OPTIONS, url=server))
    assert [type(one) for one in heard] == [ConnectionAck, Next]


def test_callbacks_with_blocking_calls(server: str) -> None:
    done = Event()
    heard: list[object] = []

    def source() -> Iterator[Subscribe | Ping]:
        yield Subscribe("one", HELLO)
        assert done.wait(WAIT)

    callbacks = (
        graphql.SyncGraphQLCallbacks()
        .on_next(heard.append)
        .on_complete(lambda message: done.set())
        .on_other(heard.append)
    )
    callbacks.run(source(), **OPTIONS, url=server)
    assert [type(one) for one in heard] == [ConnectionAck, Next]


@BLOCKING
def test_a_sink_and_a_stream(colour: str, server: str) -> None:
    async def talk() -> None:
        connect = getattr(graphql, f"{colour}GraphQLWs").connect
        async with opened(connect(**OPTIONS, url=server)) as client:
            sink, stream = client.split()
            await settled(sink.send_connection_init())
            assert type(await settled(stream.receive(WAIT))) is ConnectionAck
            await settled(sink.send_subscribe("one", HELLO))
            assert type(await settled(stream.receive(WAIT))) is Next
            assert await settled(stream.receive(WAIT)) == Complete("one")

    asyncio.run(talk())
