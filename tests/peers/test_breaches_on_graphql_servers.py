"""What GraphQL servers that others wrote do about a client that breaks the rules.

Our engine refuses to say such things, so they are put on the wire below it, and the conversation is
recorded as it goes. Then our checker has to name the breach, and to find no fault with the answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, TextMessage

from schematic import Side
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.address import parse_url
from schematic_engine.conformance import Trace
from support.raw_peer import RawPeer, raw_client
from support.recordings import closed, judged, line, said

CLIENT, SERVER = Side.CLIENT, Side.SERVER
SUBPROTOCOLS = ["graphql-transport-ws"]

Said: TypeAlias = "dict[str, Any] | bytes"
Steps: TypeAlias = "list[list[Said] | str]"
"""What the client puts on the wire at once, and the kinds that it waits to hear in between."""

Accusation: TypeAlias = tuple[str, str, str]
"""Side, rule and kind of message."""


class Recorded:
    """A raw client whose conversation is recorded as it goes."""

    def __init__(self, peer: RawPeer) -> None:
        self._peer = peer
        self.lines = [line("open", CLIENT, path="/graphql", subprotocols=SUBPROTOCOLS)]

    async def be_accepted(self) -> None:
        """Wait for the server's consent."""
        event = await self._peer.next()
        assert isinstance(event, AcceptConnection), event
        self.lines.append(line("accepted", SERVER, subprotocol=event.subprotocol))

    def say(self, values: list[Said]) -> None:
        """Put these on the wire, all in one go."""
        self._peer.put(
            *(
                BytesMessage(one) if isinstance(one, bytes) else TextMessage(json.dumps(one))
                for one in values
            )
        )
        self.lines += [said(CLIENT, one) for one in values]

    async def hear(self) -> str | int:
        """The kind of the next message, or the code of the server's close frame."""
        event = await self._peer.next()
        if isinstance(event, CloseConnection):
            self._peer.put(event.response())
            self.lines += [closed(SERVER, event.code), closed(CLIENT, event.code)]
            return event.code
        assert isinstance(event, TextMessage), event
        self.lines.append(said(SERVER, event.data))
        kind: str = json.loads(event.data)["type"]
        return kind

    async def leave(self) -> None:
        """Close with 1000; whatever had been sent before still comes."""
        self._peer.put(CloseConnection(1000))
        self.lines.append(closed(CLIENT))
        event = await self._peer.next()
        while not isinstance(event, CloseConnection):
            assert isinstance(event, TextMessage), event
            self.lines.append(said(SERVER, event.data))
            event = await self._peer.next()
        self.lines.append(closed(SERVER, event.code))


async def talk(
    url: str, steps: Steps, expected: Sequence[str | int]
) -> tuple[list[str | int], Trace]:
    """Follow the steps, hear as many as expected, or up to the close; leave if there is none.

    Returns:
        What was heard after the last step, kinds of messages and a close code, and what the
        checker makes of it all.
    """
    address = parse_url(f"{url}/graphql")
    raw = raw_client(address.port, address.target, SUBPROTOCOLS)
    async with asyncio.timeout(60), raw as peer:
        recorded = Recorded(peer)
        await recorded.be_accepted()
        for step in steps:
            if isinstance(step, str):
                assert await recorded.hear() == step
            else:
                recorded.say(step)
        heard: list[str | int] = []
        closes = isinstance(expected[-1], int)
        while len(heard) < len(expected) or closes:
            heard.append(await recorded.hear())
            if isinstance(heard[-1], int):
                break
        else:
            await recorded.leave()
    return heard, judged(graphql_transport_ws().endpoint(), recorded.lines)


INIT = {"type": "connection_init"}


def subscribe(query: str, key: object = "1") -> Said:
    return {"type": "subscribe", "id": key, "payload": {"query": query}}


COUNT = subscribe("subscription { count(to: 1) }")
TICKS = subscribe('subscription { ticks(clock: "of a breach") }')


def accused(trace: Trace) -> list[Accusation]:
    """Everything that is found fault with."""
    findings = [shown.finding for shown in trace.findings]
    return [(f.side.value if f.side else "", f.rule.id, f.message) for f in findings]


@pytest.fixture(params=["graphql_ws", "strawberry"])
def server(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


ILLEGAL_ORDER, WRONG_DIRECTION = "SCH-101", "SCH-102"
UNKNOWN_MESSAGE, INVALID_BODY = "SCH-201", "SCH-202"
ANSWERED_OTHERWISE: Accusation = ("server", "SCH-304", "")

BREACHES: dict[str, tuple[Steps, int, Accusation]] = {
    "a message of no kind": (
        [[INIT], "connection_ack", [{"type": "start"}]],
        4400,
        ("client", UNKNOWN_MESSAGE, ""),
    ),
    "a second connection_init": (
        [[INIT], "connection_ack", [INIT]],
        4429,
        ("client", ILLEGAL_ORDER, "ConnectionInit"),
    ),
    "an id that is in use": (
        [[INIT], "connection_ack", [TICKS], "next", [TICKS]],
        4409,
        ("client", ILLEGAL_ORDER, "Subscribe"),
    ),
    "an operation before the opening": (
        [[COUNT]],
        4401,
        ("client", ILLEGAL_ORDER, "Subscribe"),
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_answered_with_its_close_code_and_named(server: str, breach: str) -> None:
    steps, code, accusation = BREACHES[breach]
    heard, trace = asyncio.run(talk(server, steps, [code]))
    # The clock may have ticked before the server got to the breach.
    assert [one for one in heard if one != "next"] == [code]
    assert accused(trace) == [accusation]


def test_saying_nothing_is_answered_with_4408_and_is_no_breach(server: str) -> None:
    heard, trace = asyncio.run(talk(f"{server}/impatient", [], [4408]))
    assert heard == [4408]
    assert accused(trace) == []


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A case in which servers do not do the same.

    Attributes:
        steps: what the client does.
        graphql_ws: what the reference, ``graphql-ws``, is heard to do.
        strawberry: what ``strawberry-graphql`` is heard to do.
        breach: what the client is accused of.
        aftermath: what a server is accused of, by its name, if it answers otherwise or not at all.
    """

    steps: Steps
    graphql_ws: list[str | int]
    strawberry: list[str | int]
    breach: list[Accusation] = field(default_factory=list)
    aftermath: dict[str, list[Accusation]] = field(default_factory=dict)


DIFFERENCES = {
    # strawberry reads one message after the other and has acknowledged by then. The reference
    # starts on both, and the first is still with the application's hook.
    "an operation together with connection_init": Difference(
        steps=[[INIT, COUNT]],
        graphql_ws=[4401],
        strawberry=["connection_ack", "next", "complete"],
        breach=[("client", ILLEGAL_ORDER, "Subscribe")],
        aftermath={"strawberry": [("server", ILLEGAL_ORDER, "Next"), ANSWERED_OTHERWISE]},
    ),
    # As above.
    "two connection_init at once": Difference(
        steps=[[INIT, INIT]],
        graphql_ws=[4429],
        strawberry=["connection_ack", 4429],
        breach=[("client", ILLEGAL_ORDER, "ConnectionInit")],
    ),
    # The reference has no case for messages that only it sends, and calls that an error of its own.
    "a message that only a server sends": Difference(
        steps=[[INIT], "connection_ack", [{"type": "connection_ack"}]],
        graphql_ws=[4500],
        strawberry=[4400],
        breach=[("client", WRONG_DIRECTION, "ConnectionAck")],
        aftermath={"graphql_ws": [ANSWERED_OTHERWISE]},
    ),
    # The protocol asks for a string; strawberry takes any id and says it again.
    "a number as id": Difference(
        steps=[[INIT], "connection_ack", [subscribe("subscription { count(to: 1) }", 1)]],
        graphql_ws=[4400],
        strawberry=["next", "complete"],
        breach=[("client", INVALID_BODY, "Subscribe")],
        aftermath={
            "strawberry": [
                ("server", INVALID_BODY, "Next"),
                ("server", INVALID_BODY, "Complete"),
                ANSWERED_OTHERWISE,
            ]
        },
    ),
    # The reference decodes whatever comes; the protocol speaks of JSON alone, and of no frames.
    "JSON in a binary frame": Difference(
        steps=[[INIT], "connection_ack", [json.dumps(COUNT).encode()]],
        graphql_ws=["next", "complete"],
        strawberry=[4400],
        breach=[("client", UNKNOWN_MESSAGE, "")],
        aftermath={"graphql_ws": [ANSWERED_OTHERWISE]},
    ),
    # The protocol allows null, strawberry does not.
    "null as payload": Difference(
        steps=[[{**INIT, "payload": None}]],
        graphql_ws=["connection_ack"],
        strawberry=[4400],
    ),
    # No breach of this protocol, which has no code for it.
    "a query that cannot be parsed": Difference(
        steps=[[INIT], "connection_ack", [subscribe("{")]],
        graphql_ws=[4500],
        strawberry=[4400],
    ),
}


@pytest.mark.parametrize("name", ["graphql_ws", "strawberry"])
@pytest.mark.parametrize("case", DIFFERENCES)
def test_where_servers_differ_the_client_is_judged_alike(
    request: pytest.FixtureRequest, name: str, case: str
) -> None:
    difference = DIFFERENCES[case]
    expected: list[str | int] = getattr(difference, name)
    heard, trace = asyncio.run(talk(request.getfixturevalue(name), difference.steps, expected))
    assert heard == expected
    assert accused(trace) == [*difference.breach, *difference.aftermath.get(name, [])]
