"""Messages that are said by themselves in reply to others."""

from __future__ import annotations

from typing import Any

import pytest

from schematic import AutoReply, Channel, ConnectionLifecycle, DefinitionError, Side
from schematic.define.lifecycle_checks import check_lifecycle
from schematic.define.narrowing import without
from support.lifecycles import keyed, message

C, S = Side.CLIENT, Side.SERVER


def problem(lifecycle: ConnectionLifecycle) -> str:
    with pytest.raises(DefinitionError) as caught:
        check_lifecycle(lifecycle)
    return str(caught.value)


def pinging(pong_side: Side | None = C, **pong: Any) -> ConnectionLifecycle:
    """The server pings, and what the client says back is made of ``pong``."""
    says = message("Pong", pong_side, **{"replies": AutoReply(to="Ping"), **pong})
    return ConnectionLifecycle(streaming_messages=[says], server_messages=[message("Ping", S)])


@pytest.mark.parametrize(
    ("copies", "fields"),
    [
        ((), ()),
        ("id", (("id", "id"),)),
        (["id", "a.b"], (("id", "id"), ("a.b", "a.b"))),
        ({"ping.id": "id"}, (("ping.id", "id"),)),
        ([("ping.id", "id")], (("ping.id", "id"),)),
    ],
)
def test_what_is_copied_can_be_written_shortly(copies: Any, fields: Any) -> None:
    reply = AutoReply(to="Ping", copies=copies)
    assert reply.fields == fields
    assert reply.questions == ("Ping",)
    assert reply == AutoReply(to=["Ping"], copies=fields)
    assert hash(reply) == hash(AutoReply(to=["Ping"], copies=fields))
    check_lifecycle(pinging(replies=reply))


@pytest.mark.parametrize(
    ("lifecycle", "told"),
    [
        (pinging(replies=AutoReply(to=())), "replies.to: say what it replies to"),
        (pinging(replies=AutoReply(to="Ping", copies="a..b")), "replies.copies: 'a..b' is not"),
        (pinging(replies=AutoReply(to="Never")), "'Never' is not a message of this lifecycle"),
        (pinging(final=True), "ends its sender's half is not said by itself"),
        (pinging(pong_side=None), "'Ping' is not the client's to say"),
        (
            pinging(pong_side=None, replies=AutoReply(to="Pong")),
            "Pong is a reply itself, so two sides could go on for ever",
        ),
        (
            ConnectionLifecycle(
                close=message("Bye", C, replies=AutoReply(to="Ping")),
                server_messages=[message("Ping", S)],
            ),
            "Bye.replies: a message that ends its sender's half",
        ),
        (
            ConnectionLifecycle(
                streaming_messages=[
                    message("Pong", C, replies=AutoReply(to="Ping")),
                    message("Pang", C, replies=AutoReply(to="Ping")),
                ],
                server_messages=[message("Ping", S)],
            ),
            "Pang.replies: Pong replies to Ping already",
        ),
        (
            ConnectionLifecycle(
                channels=[
                    Channel(
                        id="Job",
                        key="key",
                        lifecycle=ConnectionLifecycle(
                            initialize=keyed("Open", C),
                            server_messages=[keyed("Did", S, replies=AutoReply(to="Open"))],
                        ),
                    )
                ]
            ),
            "channels[0].lifecycle: Did is on a channel",
        ),
    ],
)
def test_a_reply_that_cannot_be_one_is_refused_with_its_place(
    lifecycle: ConnectionLifecycle, told: str
) -> None:
    assert told in problem(lifecycle)


def test_on_connections_without_the_question_nothing_is_said_by_itself() -> None:
    reply = AutoReply(to=["Ping", "Ring"], copies="id")
    assert reply.without(frozenset({"Ring"})) == AutoReply(to="Ping", copies="id")
    assert reply.without(frozenset({"Ring", "Ping"})) is None
    left = without(pinging(), frozenset({"Ping"}))
    assert [one.replies for one in left.messages] == [None]
    check_lifecycle(left)


def test_both_sides_may_reply_by_themselves_to_the_same_message() -> None:
    check_lifecycle(
        ConnectionLifecycle(
            streaming_messages=[
                message("Ping", None),
                message("Pong", None, replies=AutoReply(to="Ping")),
            ]
        )
    )
