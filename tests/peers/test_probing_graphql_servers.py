"""What a probe finds on GraphQL servers that others wrote: each deviation, and no other.

The protocol does not say which queries a server can run, so `Subscribe` is described more
closely here: with queries of the schema that both serve. What is left is about the protocol.
docs/probe.md tells of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Literal

import pytest
from msgspec import Struct

from schematic import BoundEndpoint, Schema, Side
from schematic.compile import compile_endpoint
from schematic_definitions.graphql_transport_ws import Id, graphql_transport_ws
from schematic_engine.conformance import RecordKind
from schematic_engine.probing import Flaw, ProbeFinding, ProbeSettings, probe_server
from schematic_engine.probing.reporting.text import name_of


class Query(Struct, frozen=True):
    query: Literal[
        '{ hello(name: "Ada") }',
        "subscription { count(to: 2) }",
        'subscription { ticks(clock: "of a probe") }',
    ]


class Subscribe(Struct, frozen=True, tag_field="type", tag="subscribe"):
    id: Id
    payload: Query


def with_queries_that_run() -> BoundEndpoint:
    """The bundled description, with these queries."""
    api = graphql_transport_ws()
    [endpoint] = api.endpoints
    [operation] = endpoint.lifecycle.channels
    opening = replace(operation.lifecycle.opening[0].messages[0], schema=Schema(Subscribe))
    channel = replace(operation, lifecycle=replace(operation.lifecycle, initialize=opening))
    lifecycle = replace(endpoint.lifecycle, channels=[channel])
    return replace(api, endpoints=(replace(endpoint, lifecycle=lifecycle),)).endpoint()


ENDPOINT = with_queries_that_run()
COMPILED = compile_endpoint(ENDPOINT)


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that a server does otherwise than described.

    Attributes:
        rule: the rule that is broken.
        flaw: the illegal step; None for a legal conversation.
        conversation: kinds of messages up to the client's last one, and the code of the server's
            close frame, if it has sent one; 1006 where it has dropped the connection.
    """

    rule: str
    flaw: Flaw | None
    conversation: tuple[str | int, ...]


def deviation(finding: ProbeFinding) -> Deviation:
    passed = finding.conversation
    last = max(n for n, one in enumerate(passed) if one.is_message and one.side is Side.CLIENT)
    kinds = [name_of(COMPILED, one) for one in passed[: last + 1] if one.is_message]
    closes = [one for one in passed if one.kind is RecordKind.CLOSE and one.side is Side.SERVER]
    codes = [one.code for one in closes]
    return Deviation(finding.rule.id, finding.flaw, (*kinds, *codes))


KNOWN = {
    "graphql_ws": {
        # It has no case for messages that only it sends, and calls that an error of its own.
        Deviation("PRB-202", Flaw.FOREIGN, ("ConnectionAck", 4500)),
        # It decodes whatever comes; the protocol speaks of JSON alone, and of no frames.
        Deviation("PRB-201", Flaw.WRONG_FRAME, ("?",)),
        # A query that cannot be parsed, for which the protocol has no code.
        Deviation(
            "PRB-202",
            Flaw.WRONG_VALUE,
            ("ConnectionInit", "ConnectionAck", "Subscribe", 4500),
        ),
    },
    "strawberry": {
        # It does not look at the payload of pings and pongs, nor at an id that is a number.
        Deviation("PRB-201", Flaw.WRONG_TYPE, ("Pong",)),
        # The protocol allows null as a payload, strawberry does not.
        Deviation("PRB-104", None, ("ConnectionInit", 4400)),
        # What it cannot unpack ends in an exception, without a close frame: a payload that is no
        # object here, an id that is a list or an object elsewhere.
        Deviation(
            "PRB-202",
            Flaw.WRONG_TYPE,
            ("ConnectionInit", "ConnectionAck", "Subscribe", 1006),
        ),
        # It runs operations with an empty id.
        Deviation("PRB-201", Flaw.WRONG_VALUE, ("ConnectionInit", "ConnectionAck", "Subscribe")),
    },
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_probe_finds_the_known_deviations_and_no_other(
    request: pytest.FixtureRequest, name: str
) -> None:
    url = request.getfixturevalue(name)
    report = asyncio.run(probe_server(f"{url}/graphql", ENDPOINT, settings=ProbeSettings(time=90)))
    assert {deviation(finding) for finding in report.findings} == KNOWN[name]
    assert report.complete
    missed = {(one.side, one.message) for one in report.coverage.missed}
    assert missed == {("server", "Ping"), ("server", "OperationError")}
