"""What is said first, and what is waited for: on two connections in memory."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from schematic import ConnectionLifecycle, Side
from schematic_engine.connection import Connection
from schematic_engine.errors import LocalIllegalMessage, LocalInvalidMessage, LocalProtocolError
from schematic_engine.greeting import is_peers_turn, try_to_say
from support.clocked import ClockedPair
from support.lifecycles import LOGIN, body_of, bound, message

C, S = Side.CLIENT, Side.SERVER


def test_each_message_waits_for_what_the_peer_has_to_say_before_it() -> None:
    pair = ClockedPair(LOGIN)
    client = pair.client
    assert try_to_say(client, body_of("Hello")(number=1))
    assert not try_to_say(client, ("Answer", {"number": 2}))
    assert is_peers_turn(client)
    pair.say("Ping")
    pair.say("Challenge", side=S)
    assert not is_peers_turn(client)
    assert try_to_say(client, ("Answer", UNSET))
    assert is_peers_turn(client)
    pair.say("Ping")
    pair.say("Welcome", side=S)
    assert not is_peers_turn(client)
    assert pair.heard() == ["Hello", "Ping", "Answer", "Ping"]


def test_what_waiting_does_not_help_is_refused() -> None:
    client = ClockedPair(LOGIN).client
    with pytest.raises(LocalIllegalMessage):
        try_to_say(client, ("Answer", UNSET))  # Hello comes first, and is for this side to say
    with pytest.raises(LocalInvalidMessage):
        try_to_say(client, ("Hello", {"number": "one"}))
    with pytest.raises(LocalInvalidMessage):
        try_to_say(client, ("Nothing", None))


def test_what_can_never_be_said_again_is_refused() -> None:
    once = ConnectionLifecycle(
        initialize=message("Hello", C, repeatable=False),
        server_messages=(message("Heard", S),),
    )
    client = ClockedPair(once).client
    assert try_to_say(client, ("Hello", UNSET))
    with pytest.raises(LocalIllegalMessage):
        try_to_say(client, ("Hello", UNSET))


def test_a_connection_that_is_not_open_waits_for_nobody() -> None:
    client = Connection.client(bound(LOGIN))
    assert not is_peers_turn(client)
    with pytest.raises(LocalProtocolError):
        try_to_say(client, ("Hello", UNSET))
