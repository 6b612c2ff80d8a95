"""Our two clients against GraphQL servers that others wrote.

A conversation is a generator: it yields the bodies that it sends, and `HEAR` for each message that
it wants to hear. Both clients can have it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

import pytest

from schematic_definitions.graphql_transport_ws import (
    Complete,
    ConnectionAck,
    ConnectionInit,
    Next,
    OperationError,
    Ping,
    Pong,
    Subscribe,
    SubscribePayload,
    graphql_transport_ws,
)
from schematic_engine.asyncio import connect as connect_on_a_loop
from schematic_engine.errors import ConnectionClosed
from schematic_engine.events import Message
from schematic_engine.policy import Policy
from schematic_engine.sync import connect

HEAR = None
Talk: TypeAlias = Generator[object | None, Any, None]
Client: TypeAlias = Callable[[str, Talk], None]

ENDPOINT = graphql_transport_ws().endpoint()
STRICT = Policy(unknown="error", fields="error")
WAIT = 30
"""Seconds that a server may take to say something."""


def sync_client(url: str, talk: Talk) -> None:
    """Have the conversation with the sync client, and close."""
    with connect(ENDPOINT, url=url, policy=STRICT) as connection:
        assert connection.subprotocol == "graphql-transport-ws"
        step = next(talk)
        try:
            while True:
                if step is HEAR:
                    step = talk.send(understood(connection.receive(WAIT)))
                else:
                    connection.send(step)
                    step = next(talk)
        except StopIteration:
            pass
    assert connection.closed is not None
    assert (connection.closed.code, connection.closed.clean) == (1000, True)


def asyncio_client(url: str, talk: Talk) -> None:
    """Have the conversation with the asyncio client, and close."""

    async def run() -> None:
        async with connect_on_a_loop(ENDPOINT, url=url, policy=STRICT) as connection:
            assert connection.subprotocol == "graphql-transport-ws"
            step = next(talk)
            try:
                while True:
                    if step is HEAR:
                        step = talk.send(understood(await connection.receive(WAIT)))
                    else:
                        await connection.send(step)
                        step = next(talk)
            except StopIteration:
                pass
        assert connection.closed is not None
        assert (connection.closed.code, connection.closed.clean) == (1000, True)

    asyncio.run(run())


def understood(event: object) -> object:
    """The body of what was heard, which has to be a message."""
    assert isinstance(event, Message), event
    return event.body


@pytest.fixture(params=[sync_client, asyncio_client], ids=["sync", "asyncio"])
def client(request: pytest.FixtureRequest) -> Client:
    one: Client = request.param
    return one


@pytest.fixture(params=["graphql_ws", "strawberry"])
def server(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def opening() -> Talk:
    yield ConnectionInit(payload={"token": "of no use here"})
    assert isinstance((yield HEAR), ConnectionAck)


def ask(key: str, query: str, **variables: object) -> Subscribe:
    return Subscribe(id=key, payload=SubscribePayload(query=query, variables=variables))


def one_result(key: str, query: str, **variables: object) -> Generator[object | None, Any, Any]:
    """Run a query while nothing else runs; its data."""
    yield ask(key, query, **variables)
    result = yield HEAR
    assert isinstance(result, Next)
    assert result.id == key
    assert (yield HEAR) == Complete(id=key)
    return result.payload["data"]


TICKS = "subscription Ticks($clock: String!) { ticks(clock: $clock) }"
TICKING = "query Ticking($clock: String!) { ticking(clock: $clock) }"


def test_a_query_has_one_result(server: str, client: Client) -> None:
    def talk() -> Talk:
        yield from opening()
        query = "query Hello($name: String!) { hello(name: $name) }"
        data = yield from one_result("q", query, name="Ada")
        assert data == {"hello": "Hello, Ada."}

    client(server, talk())


def test_a_subscription_has_its_results_in_order(server: str, client: Client) -> None:
    def talk() -> Talk:
        yield from opening()
        yield ask("s", "subscription { count(to: 3) }")
        for number in (1, 2, 3):
            result = yield HEAR
            assert isinstance(result, Next)
            assert (result.id, result.payload["data"]) == ("s", {"count": number})
        assert (yield HEAR) == Complete(id="s")

    client(server, talk())


def test_two_subscriptions_are_told_apart_and_ended_one_by_one(server: str, client: Client) -> None:
    def talk() -> Talk:
        clock = f"two of {client.__name__}"
        yield from opening()
        heard: dict[str, list[int]] = {"a": [], "b": []}
        for key in heard:
            yield ask(key, TICKS, clock=f"{clock}, {key}")
        while min(map(len, heard.values())) < 3:
            yield from tick(heard)
        yield Complete(id="a")
        enough = len(heard["b"]) + 3
        while len(heard["b"]) < enough:  # the other one goes on
            yield from tick(heard)
        for numbers in heard.values():
            assert numbers == list(range(1, len(numbers) + 1))

    def tick(heard: dict[str, list[int]]) -> Talk:
        result = yield HEAR
        assert isinstance(result, Next)
        heard[result.id].append(result.payload["data"]["ticks"])

    client(server, talk())


def test_a_subscription_that_the_client_ends_early_stops_at_the_server(
    server: str, client: Client
) -> None:
    def talk() -> Talk:
        clock = f"early end of {client.__name__}"
        yield from opening()
        yield ask("s", TICKS, clock=clock)
        assert isinstance((yield HEAR), Next)
        yield Complete(id="s")
        number, ticking = 0, True
        while ticking:  # the server learns of it when it gets to it
            number += 1
            yield ask(f"q{number}", TICKING, clock=clock)
            answer = yield HEAR
            while answer.id == "s":  # results that had been sent before
                assert isinstance(answer, Next)
                answer = yield HEAR
            ticking = answer.payload["data"]["ticking"]
            assert (yield HEAR) == Complete(id=f"q{number}")

    client(server, talk())


def test_a_query_of_something_that_is_not_there_is_answered_with_an_error(
    server: str, client: Client
) -> None:
    def talk() -> Talk:
        yield from opening()
        yield ask("q", "{ nothing }")
        error = yield HEAR
        assert isinstance(error, OperationError)
        assert error.id == "q"
        assert "nothing" in error.payload[0]["message"]

    client(server, talk())


def test_a_ping_is_answered_even_before_the_opening(server: str, client: Client) -> None:
    def talk() -> Talk:
        yield Ping()
        assert isinstance((yield HEAR), Pong)
        yield from opening()
        yield Ping(payload={"at": 1})
        assert isinstance((yield HEAR), Pong)

    client(server, talk())


def test_a_client_that_does_not_open_is_closed_with_4408(server: str, client: Client) -> None:
    def talk() -> Talk:
        yield HEAR

    with pytest.raises(ConnectionClosed) as raised:
        client(f"{server}/impatient", talk())
    assert (raised.value.code, raised.value.clean) == (4408, True)
