"""Endpoints found by URL: host and path, or the path alone where the host is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import BoundEndpoint, ConnectionLifecycle, Side, WebSocketApi, WebSocketEndpoint
from schematic_engine.conformance import Catalog, Record, RecordKind, examine
from support.recordings import line, said


def endpoints(name: str, base_url: str, *paths: str) -> list[BoundEndpoint]:
    api = WebSocketApi(
        name=name,
        base_url=base_url,
        endpoints=[
            WebSocketEndpoint(id=f"At{number}", path=path, lifecycle=ConnectionLifecycle())
            for number, path in enumerate(paths)
        ],
    )
    return [api.endpoint(one.id) for one in api.endpoints]


CATALOG = Catalog(
    [
        *endpoints("One", "wss://one.example/v1", "/rooms/{room}", "/rooms/new", "/same"),
        *endpoints("Two", "ws://two.example:9000", "/same", "/alone"),
    ]
)


def ask(host: str, target: str | None, kind: RecordKind = RecordKind.OPEN) -> str:
    first = Record(line=1, connection=0, side=Side.CLIENT, kind=kind, host=host, target=target)
    found = CATALOG.find(first)
    return found if isinstance(found, str) else found.name


@pytest.mark.parametrize(
    ("host", "target", "name"),
    [
        ("one.example", "/v1/rooms/7?speed=1", "One/At0"),
        ("ONE.example:443", "/v1/rooms/new", "One/At1"),
        ("one.example", "/rooms/7", "One/At0"),
        ("one.example", "/proxied/v1/rooms/7", "One/At0"),
        ("one.example", "/v1/same", "One/At2"),
        ("two.example:9000", "/same", "Two/At0"),
        ("127.0.0.1:1234", "/alone", "Two/At1"),
        ("127.0.0.1:1234", "/prefix/alone", "Two/At1"),
        ("", "/v1/rooms/new", "One/At1"),
    ],
)
def test_a_connection_finds_the_endpoint_that_it_asked_for(
    host: str, target: str, name: str
) -> None:
    assert ask(host, target) == name


@pytest.mark.parametrize(
    ("host", "target", "problem"),
    [
        ("127.0.0.1", "/same", "127.0.0.1/same, fits several endpoints: One/At2, Two/At0"),
        ("two.example:9000", "/rooms/7", "two.example:9000/rooms/7, is no endpoint of that host"),
        ("127.0.0.1", "/other?key=x", "127.0.0.1/other, is no endpoint that is known"),
        ("127.0.0.1", None, "not recorded"),
    ],
)
def test_where_none_or_several_fit_it_is_said_why(
    host: str, target: str | None, problem: str
) -> None:
    assert problem in ask(host, target)


def test_a_recording_without_its_request_leads_nowhere() -> None:
    assert "not recorded" in ask("one.example", "/same", RecordKind.TEXT)


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_request_whatever_is_more_than_unknown(host: str, target: str) -> None:
    assert ask(host, target)


def test_each_connection_of_a_file_is_judged_by_its_own_endpoint_or_not_at_all() -> None:
    lines = [
        line("open", Side.CLIENT, 0, path="/v1/same", host="one.example"),
        line("open", Side.CLIENT, 1, path="wss://two.example:9000/same"),
        line("open", Side.CLIENT, 2, path="/nowhere", headers=[["host", "one.example"]]),
        said(Side.CLIENT, {"any": "thing"}, 2),
        said(Side.CLIENT, {"any": "thing"}, 1),
    ]
    trace = examine(CATALOG, "trace.jsonl", (one.encode() for one in lines))
    assert [one.endpoint for one in trace.connections] == ["One/At2", "Two/At0", ""]
    assert trace.counts.endpoints == ("One/At2", "Two/At0")
    assert (trace.counts.connections, trace.counts.unjudged, trace.counts.messages) == (3, 1, 2)
    rules = {(shown.finding.connection, shown.finding.rule.id) for shown in trace.findings}
    assert {(2, "SCH-907"), (1, "SCH-201")} <= rules
    assert all(rule == "SCH-907" for number, rule in rules if number == 2)
