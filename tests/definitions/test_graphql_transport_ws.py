"""GraphQL over WebSocket: how a conversation goes, and 62 recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schematic import Side
from schematic.compile import Phase, compile_endpoint
from schematic.compile.verify import verify
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
from schematic_engine.conformance import Severity, Trace, examine
from schematic_engine.connection import Connection
from schematic_engine.errors import IllegalMessage
from schematic_engine.events import Closed, Message, Violation
from schematic_engine.mock import MockServer
from schematic_engine.session import Session
from schematic_engine.sync import connect
from support.frames import TEXT, frame

ENDPOINT = compile_endpoint(graphql_transport_ws().endpoint())
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"
LABELS: dict[str, dict[str, Any]] = json.loads((TRACES / "gql_labels.json").read_text())

Breaches = list[tuple[int, str]]
"""Line and side of each."""

SUBSCRIBE = '{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}'
HELLO = SubscribePayload(query="subscription { hello }")


def sessions() -> tuple[Session, Session]:
    client, server = Session(ENDPOINT, Side.CLIENT), Session(ENDPOINT, Side.SERVER)
    tell(client, server, ConnectionInit(payload={"token": "t"}))
    tell(server, client, ConnectionAck())
    return client, server


def tell(speaker: Session, listener: Session, body: object) -> None:
    event = listener.receive(speaker.send(body))
    assert isinstance(event, Message)
    assert event.body == body


def test_two_operations_run_beside_each_other_and_end_each_in_its_way() -> None:
    client, server = sessions()
    tell(client, server, Subscribe(id="1", payload=HELLO))
    tell(client, server, Subscribe(id="2", payload=HELLO))
    tell(server, client, Next(id="2", payload={"data": {"hello": "a"}}))
    tell(server, client, Next(id="1", payload={"data": {"hello": "a"}}))
    tell(server, client, OperationError(id="2", payload=({"message": "no such field"},)))
    tell(server, client, Complete(id="1"))
    assert client.machine.channels[0].open == 0
    assert client.phase is Phase.STREAMING


def test_pings_come_at_any_time() -> None:
    client, server = Session(ENDPOINT, Side.CLIENT), Session(ENDPOINT, Side.SERVER)
    tell(client, server, Ping())
    tell(server, client, Pong())
    tell(client, server, ConnectionInit())
    tell(server, client, Ping(payload=None))


def test_nothing_is_asked_before_the_acknowledgement() -> None:
    client = Session(ENDPOINT, Side.CLIENT)
    client.send(ConnectionInit())
    with pytest.raises(IllegalMessage, match="wait until opening step 2"):
        client.send(Subscribe(id="1", payload=HELLO))


def test_an_id_in_use_opens_nothing() -> None:
    client, _ = sessions()
    client.send(Subscribe(id="1", payload=HELLO))
    with pytest.raises(IllegalMessage, match="Operation '1' is open already") as caught:
        client.send(Subscribe(id="1", payload=HELLO))
    assert caught.value.path == ((Side.CLIENT, "Complete"),)


def test_results_that_cross_a_complete_are_good_and_a_server_that_knows_sends_none() -> None:
    client, server = sessions()
    tell(client, server, Subscribe(id="1", payload=HELLO))
    crossing = server.send(Next(id="1", payload={"data": None}))
    done = client.send(Complete(id="1"))
    assert isinstance(client.receive(crossing), Message)
    assert isinstance(server.receive(done), Message)
    with pytest.raises(IllegalMessage, match="not to be sent any more"):
        server.send(Next(id="1", payload={"data": None}))


def test_late_results_under_an_id_that_is_used_again_are_no_proof_of_anything() -> None:
    client, server = sessions()
    tell(client, server, Subscribe(id="1", payload=HELLO))
    late = [server.send(Next(id="1", payload={})), server.send(Complete(id="1"))]
    client.send(Complete(id="1"))
    client.send(Subscribe(id="1", payload=HELLO))
    fresh = '{"type": "next", "id": "1", "payload": {"data": 2}}'
    events = [client.receive(payload) for payload in (*late, fresh)]
    assert not any(isinstance(event, Violation) for event in events)


def test_a_complete_for_an_unknown_id_is_no_breach_and_a_result_is() -> None:
    client, server = sessions()
    assert isinstance(server.receive('{"type": "complete", "id": "9"}'), Message)
    event = client.receive('{"type": "next", "id": "9", "payload": {}}')
    assert isinstance(event, Violation)


def test_the_verifier_names_the_race_of_ids() -> None:
    assert [f.rule for f in verify(ENDPOINT)] == ["unbounded-channels", "reuse-race"]


def test_the_mock_acknowledges_and_answers_an_operation() -> None:
    with MockServer(graphql_transport_ws()) as server:
        endpoint = graphql_transport_ws().endpoint()
        with connect(endpoint, url=server.url) as connection:
            connection.send(ConnectionInit())
            assert connection.receive() == Message(
                "ConnectionAck", ConnectionAck(), '{"type":"connection_ack"}'
            )
            connection.send(Subscribe(id="1", payload=HELLO))
            connection.send(Complete(id="1"))
            connection.send(Ping())
    assert server.violations == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (['{"type":"connection_init"}'] * 2, 4429),
        (['{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}'], 4401),
        (['{"type":"connection_init"}', SUBSCRIBE, SUBSCRIBE], 4409),
        (['{"type":"connection_init"}', '{"type":"never"}'], 4400),
        (['{"type":"connection_init"}', "{"], 4400),
        (['{"type":"connection_init"}', '{"type":"connection_ack"}'], 4400),
        (['{"type":"connection_init"}', '{"type":"complete","id":7}'], 4400),
    ],
)
def test_a_server_answers_each_breach_with_its_own_code(said: list[str], code: int) -> None:
    client = Connection.client(ENDPOINT)
    server = Connection.server()
    server.receive_data(client.data_to_send())
    server.accept(ENDPOINT)
    client.receive_data(server.data_to_send())
    for text in said:
        server.receive_data(frame(TEXT, text.encode(), masked=True))
        if text == '{"type":"connection_init"}' and "ConnectionAck" in server.allowed():
            server.send("ConnectionAck")
    closed = client.receive_data(server.data_to_send())[-1]
    assert isinstance(closed, Closed)
    assert closed.code == code
    assert closed.documented is not None


def test_a_complete_before_the_opening_is_borne() -> None:
    server = Session(ENDPOINT, Side.SERVER)
    assert server.receive('{"type":"complete","id":"1"}') is None
    assert isinstance(server.receive('{"type":"connection_init"}'), Message)


def judged(name: str, first: int = 0) -> Trace:
    """What the checker finds in a recording whose first lines are missing."""
    lines = (TRACES / name).read_bytes().splitlines(keepends=True)
    return examine(ENDPOINT, name, lines[first:])


def breaches(trace: Trace) -> Breaches:
    findings = [shown.finding for shown in trace.findings]
    return [
        (one.line, one.side.value)
        for one in findings
        if one.rule.severity is Severity.ERROR and one.side is not None
    ]


def labelled(name: str) -> Breaches:
    return [(breach["line"], breach["by"]) for breach in LABELS[name]["breaches"]]


@pytest.mark.parametrize("name", sorted(LABELS))
def test_a_recording_is_judged_as_its_label_says(name: str) -> None:
    trace = judged(name)
    assert breaches(trace) == labelled(name)
    accused = {side for _, side in breaches(trace)}
    for side in ("client", "server"):
        assert (LABELS[name][f"{side}_ok"] is False) == (side in accused)
    noted = any(shown.finding.rule.id == "SCH-904" for shown in trace.findings)
    assert noted == (LABELS[name]["server_ok"] is None)


@pytest.mark.parametrize("name", sorted(LABELS))
def test_a_recording_that_begins_anywhere_accuses_nobody_of_more(name: str) -> None:
    whole = breaches(judged(name))
    for first in range(1, len((TRACES / name).read_bytes().splitlines())):
        cut = breaches(judged(name, first))
        assert {(line + first, side) for line, side in cut} <= set(whole)


def test_every_recording_has_a_label() -> None:
    assert {path.name for path in TRACES.glob("gql_*.jsonl")} == set(LABELS)
