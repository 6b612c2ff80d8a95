"""Replies that a side says by itself."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from msgspec import Struct

from schematic import (
    AutoReply,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.events import Ambiguous, Event, Message, Unknown
from schematic_engine.mock import Call, MockPeer
from schematic_engine.policy import Policy
from schematic_engine.reflexes import reflexes_of
from schematic_engine.session import Session
from support.lifecycles import bound, message

UP, DOWN = MessageDirection.CLIENT_TO_SERVER, MessageDirection.SERVER_TO_CLIENT
BOTH = MessageDirection.BIDIRECTIONAL


class PingEvent(Struct, frozen=True):
    event_id: int | str
    ping_ms: int = 0


class Ping(Struct, frozen=True, tag_field="type", tag="ping"):
    ping_event: PingEvent


class Origin(Struct, frozen=True):
    ms: int = 7


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    event_id: int
    origin: Origin = Origin()


class Are(Struct, frozen=True, tag_field="type", tag="are"):
    you: Literal["there"] = "there"
    payload: dict[str, int] | msgspec.UnsetType | None = msgspec.UNSET


class Yes(Struct, frozen=True, tag_field="type", tag="yes"):
    payload: dict[str, int] | msgspec.UnsetType | None = msgspec.UNSET


COPIES = {"ping_event.event_id": "event_id", "ping_event.ping_ms": "origin.ms"}
LIFECYCLE = ConnectionLifecycle(
    initialize=message("Hello", Side.CLIENT),
    streaming_messages=[
        MessageSchema(
            id="Pong",
            direction=UP,
            schema=Schema(Pong),
            after="Ping",
            replies=AutoReply(to="Ping", copies=COPIES),
        ),
        message("Say", Side.CLIENT),
        MessageSchema(id="Are", direction=BOTH, schema=Schema(Are), ambient=True),
        MessageSchema(
            id="Yes",
            direction=BOTH,
            schema=Schema(Yes),
            ambient=True,
            replies=AutoReply(to="Are", copies="payload"),
        ),
        MessageSchema(
            id="Here",
            direction=UP,
            schema=Schema.text("here"),
            ambient=True,
            replies=AutoReply(to="Where"),
        ),
    ],
    close=message("Bye", Side.CLIENT),
    server_messages=[
        MessageSchema(id="Ping", direction=DOWN, schema=Schema(Ping), ambient=True),
        MessageSchema(id="Where", direction=DOWN, schema=Schema.text("where?"), ambient=True),
    ],
)
ENDPOINT = compile_endpoint(bound(LIFECYCLE))
PING = b'{"type":"ping","ping_event":{"event_id":3,"ping_ms":50}}'


def talking(policy: Policy = Policy()) -> tuple[Connection, Connection]:  # noqa: B008  # frozen
    client = Connection.client(ENDPOINT, policy=policy)
    server = Connection.server(policy=policy)
    server.receive_data(client.data_to_send())
    server.accept(ENDPOINT)
    client.receive_data(server.data_to_send())
    return client, server


def deliver(sender: Connection, receiver: Connection) -> list[Event]:
    data = sender.data_to_send()
    return receiver.receive_data(data) if data else []


def bodies(events: list[Event]) -> list[object]:
    return [event.body for event in events if isinstance(event, Message)]


def test_a_ping_is_answered_with_what_it_held_and_delivered_all_the_same() -> None:
    client, server = talking()
    client.send("Hello")
    deliver(client, server)
    ping = Ping(PingEvent(event_id=3, ping_ms=50))
    server.send(ping)
    assert bodies(deliver(server, client)) == [ping]
    assert bodies(deliver(client, server)) == [Pong(event_id=3, origin=Origin(50))]
    assert deliver(server, client) == []


def test_either_side_answers_and_nobody_answers_an_answer() -> None:
    client, server = talking()
    for asker, other in ((client, server), (server, client)):
        asker.send(Are(payload={"at": 1}))
        deliver(asker, other)
        assert bodies(deliver(other, asker)) == [Yes(payload={"at": 1})]
        assert asker.data_to_send() == other.data_to_send() == b""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (Are(), b'{"type":"yes"}'),
        (Are(payload=None), b'{"type":"yes","payload":null}'),
        (Are(payload={}), b'{"type":"yes","payload":{}}'),
    ],
)
def test_what_is_absent_is_left_out_and_null_stays_null(asked: Are, answer: bytes) -> None:
    session, peer = Session(ENDPOINT, Side.CLIENT), Session(ENDPOINT, Side.SERVER)
    event = session.receive(peer.send(asked))
    assert event is not None
    assert session.reply(event) == answer.decode()


def test_a_bare_word_is_answered_with_the_only_thing_that_the_reply_can_say() -> None:
    session, peer = Session(ENDPOINT, Side.CLIENT), Session(ENDPOINT, Side.SERVER)
    event = session.receive(peer.send("Where"))
    assert event is not None
    assert session.reply(event) == "here"


def test_a_reply_waits_for_nothing_and_is_left_out_where_it_is_illegal() -> None:
    client, server = talking()
    server.send(Ping(PingEvent(event_id=3)))  # before the opening
    assert len(deliver(server, client)) == 1
    assert client.data_to_send() == b""
    client.send("Hello")
    client.send("Bye")
    deliver(client, server)
    server.send(Ping(PingEvent(event_id=4)))
    assert len(deliver(server, client)) == 1
    assert client.data_to_send() == b""
    assert client.session is not None
    assert client.session.machine.ended(Side.CLIENT)


def test_nothing_is_replied_once_the_connection_is_closing() -> None:
    client, server = talking()
    client.close()
    client.data_to_send()
    server.send(Are())
    assert len(deliver(server, client)) == 1
    assert client.data_to_send() == b""


def test_a_question_that_lacks_what_the_reply_needs_gets_none() -> None:
    client, server = talking()
    client.send("Hello")
    deliver(client, server)
    server.send(Ping(PingEvent(event_id="three")))
    assert len(deliver(server, client)) == 1
    assert client.data_to_send() == b""


def test_who_wants_to_reply_himself_says_so() -> None:
    client, server = talking(Policy(replies=False))
    server.send(Are())
    deliver(server, client)
    assert client.data_to_send() == b""
    client.send(Yes())
    assert bodies(deliver(client, server)) == [Yes()]


def test_only_messages_that_are_clear_get_a_reply() -> None:
    session = Session(ENDPOINT, Side.CLIENT)
    assert session.reply(Unknown(PING, "")) is None
    assert session.reply(Ambiguous(("Ping", "Are"), {}, PING)) is None
    assert session.reply(Message("Where", "where?", "where?")) == "here"
    assert session.reply(Message("Hello", {}, "{}")) is None
    assert reflexes_of(ENDPOINT, Side.SERVER).reply("Ping", PING) is None


def test_a_mock_replies_unless_a_handler_takes_its_place() -> None:
    asked = Message("Are", Are(), b'{"type":"are","payload":{"n":1}}')
    peer = MockPeer(Call(ENDPOINT, {}), {})
    assert list(peer.answer(asked)) == [("Yes", {"payload": {"n": 1}})]
    silent = MockPeer(Call(ENDPOINT, {}), {"Are": lambda call, event: None})
    assert list(silent.answer(asked)) == []
