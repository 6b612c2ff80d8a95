"""The GraphQL client ``gql``, unmodified, runs operations on our mock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from peers.service import Service
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.events import Message
from schematic_engine.mock import Call, Reply

pytestmark = pytest.mark.asyncio

ENDPOINT = graphql_transport_ws().endpoint()


def client(service: Service) -> Client:
    """What a user makes, who wants to reach the service."""
    transport = WebsocketsTransport(
        url=f"{service.url}/graphql",
        init_payload={"token": "of no use here"},
        connect_timeout=30,
        close_timeout=30,
        ack_timeout=30,
    )
    return Client(transport=transport)


def result(message: Message, **data: object) -> Reply:
    return "Next", {"id": message.body.id, "payload": {"data": data}}


def complete(message: Message) -> Reply:
    return "Complete", {"id": message.body.id}


async def test_a_query_has_one_result() -> None:
    def hello(call: Call, message: Message) -> Iterator[Reply]:
        assert message.body.payload.variables == {"name": "Ada"}
        yield result(message, hello="Hello, Ada.")
        yield complete(message)

    query = gql("query Hello($name: String!) { hello(name: $name) }")
    query.variable_values = {"name": "Ada"}
    with Service(ENDPOINT, {"Subscribe": hello}) as service:
        async with client(service) as session:
            assert await session.execute(query) == {"hello": "Hello, Ada."}
    assert service.ids() == ["ConnectionInit", "Subscribe"]
    assert service.violations == []


async def test_a_subscription_has_its_results_in_order() -> None:
    def count(call: Call, message: Message) -> Iterator[Reply]:
        for number in range(3):
            yield result(message, count=number)
        yield complete(message)

    with Service(ENDPOINT, {"Subscribe": count}) as service:
        async with client(service) as session:
            heard = [data async for data in session.subscribe(gql("subscription { count }"))]
    assert heard == [{"count": 0}, {"count": 1}, {"count": 2}]
    assert service.violations == []


async def test_two_subscriptions_are_told_apart() -> None:
    def interleave(call: Call, message: Message) -> Iterator[Reply]:
        """Nothing for the first; with the second, the results of both in turn."""
        begun = call.memory.setdefault("begun", [])
        begun.append(message)
        if len(begun) == 2:
            for number in range(3):
                for place, one in enumerate(begun):
                    yield result(one, count=10 * place + number)
            yield from map(complete, reversed(begun))

    with Service(ENDPOINT, {"Subscribe": interleave}) as service:
        async with client(service) as session:

            async def heard() -> list[Any]:
                return [data["count"] async for data in session.subscribe(gql("{ count }"))]

            assert list(await asyncio.gather(heard(), heard())) == [[0, 1, 2], [10, 11, 12]]
    assert service.ids() == ["ConnectionInit", "Subscribe", "Subscribe"]
    assert service.violations == []


async def test_a_subscription_that_the_client_ends_early_is_completed() -> None:
    def begin(call: Call, message: Message) -> Iterator[Reply]:
        yield result(message, count=1)
        if "subscription" not in message.body.payload.query:
            yield complete(message)

    with Service(ENDPOINT, {"Subscribe": begin}) as service:
        async with client(service) as session:
            subscription = session.subscribe(gql("subscription { count }"))
            async for data in subscription:
                assert data == {"count": 1}
                break
            await subscription.aclose()
            assert await session.execute(gql("{ count }")) == {"count": 1}
    assert service.ids() == ["ConnectionInit", "Subscribe", "Complete", "Subscribe"]
    assert service.violations == []


async def test_an_operation_that_is_refused_raises_and_the_session_goes_on() -> None:
    def refuse(call: Call, message: Message) -> Iterator[Reply]:
        if "nothing" in message.body.payload.query:
            errors = [{"message": "There is no such field."}]
            yield "OperationError", {"id": message.body.id, "payload": errors}
        else:
            yield result(message, hello="Hello.")
            yield complete(message)

    with Service(ENDPOINT, {"Subscribe": refuse}) as service:
        async with client(service) as session:
            with pytest.raises(TransportQueryError, match="no such field"):
                await session.execute(gql("{ nothing }"))
            assert await session.execute(gql("{ hello }")) == {"hello": "Hello."}
    assert service.violations == []
