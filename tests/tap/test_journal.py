"""What was written and read back is judged as what was written, and holds no secret."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from schematic import AuthStrategy, ConnectionLifecycle, Side, WebSocketApi
from schematic.compile import CompiledEndpoint, compile_endpoint, compile_lifecycle
from schematic_definitions.assemblyai import assemblyai
from schematic_definitions.deepgram import deepgram, deepgram_agent
from schematic_definitions.elevenlabs import elevenlabs, elevenlabs_agents
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_definitions.openai import openai
from schematic_engine.conformance import (
    Catalog,
    Finding,
    Record,
    RecordKind,
    examine_records,
    read_trace,
)
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.conformance.redact import HIDDEN
from schematic_engine.tap import Journal
from support.lifecycles import LOGIN, bound, channelled, lifecycles
from support.recordings import closed, line, opened, said
from support.walks import body, keys_of

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

APIS = (
    assemblyai(),
    deepgram(),
    deepgram_agent(),
    elevenlabs(),
    elevenlabs_agents(),
    graphql_transport_ws(),
    openai(),
)
EVERY = Catalog(api.endpoint(one.id) for api in APIS for one in api.endpoints)


def verdicts(speaks: Speaks, records: Iterable[Record]) -> list[Finding]:
    return [shown.finding for shown in examine_records(speaks, "trace", records).findings]


def written(journal: Journal, records: Iterable[Record]) -> list[Record]:
    """The records as they are read back."""
    read = list(read_trace(journal.line(record) for record in records))
    assert all(isinstance(one, Record) for one in read)
    return [one for one in read if isinstance(one, Record)]


def read(lines: Iterable[str]) -> list[Record]:
    found = list(read_trace(one.encode() for one in lines))
    return [one for one in found if isinstance(one, Record)]


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_recording_gets_the_same_verdicts_when_it_was_written_again(path: Path) -> None:
    records = [r for r in read_trace(path.read_bytes().splitlines()) if isinstance(r, Record)]
    records = [structs.replace(record, line=n) for n, record in enumerate(records, 1)]
    journals: dict[int, Journal] = {}
    again: list[bytes] = []
    for record in records:
        found = EVERY.find(record) if record.kind is RecordKind.OPEN else ""
        if record.connection not in journals:
            endpoint = found if isinstance(found, CompiledEndpoint) else None
            journals[record.connection] = Journal(endpoint)
        again.append(journals[record.connection].line(record))
    reread = [one for one in read_trace(again) if isinstance(one, Record)]
    assert len(reread) == len(records)
    assert verdicts(EVERY, reread) == verdicts(EVERY, records)


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled()), st.data())
def test_any_conversation_is_read_back_as_it_was_written(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    messages = [
        said(side, {"type": name, **body(key)})
        for side in Side
        for name in table.vocabulary(side)
        for key in (*keys_of(table, side, name, ("a", "b")), None)
    ]
    wrong = [said(Side.CLIENT, {"type": "nothing"}), "{", closed(Side.SERVER), said(Side.SERVER, 5)]
    wrong += [said(Side.CLIENT, b"\x00{"), line("lost", Side.SERVER, reason="why")]
    lines = data.draw(st.lists(st.sampled_from([*messages, *messages, *wrong, opened()])))
    records = [structs.replace(one, line=n) for n, one in enumerate(read(lines), 1)]
    endpoint = compile_endpoint(bound(lifecycle))
    again = written(Journal(endpoint), records)
    assert again == records
    assert verdicts(endpoint, again) == verdicts(endpoint, records)


def test_a_body_that_is_too_long_is_cut_and_called_undecidable() -> None:
    endpoint = compile_endpoint(bound(LOGIN))
    texts = ['{"type": "Hello", "pad": "' + "x" * 90 + '"}', "\x00" * 101, "y" * 100]
    records = read([said(Side.CLIENT, text) for text in texts])
    records.append(read([said(Side.CLIENT, b"\x00" * 101)])[0])
    journal = Journal(endpoint, max_body=100)
    lines = [json.loads(journal.line(record)) for record in records]
    assert [one.get("truncated") for one in lines] == [True, True, None, True]
    assert [one.get("size") for one in lines] == [len(texts[0]), 101, None, 101]
    assert lines[0]["data"] == texts[0][:100]
    assert [one.rule.id for one in verdicts(endpoint, written(journal, records[:1]))] == [
        "SCH-906",
        "SCH-903",
    ]


# ------------------------------------------------------------------------------------- secrets

KEY = "sk-5f3a/9 é"
WAYS = AuthStrategy.any_of(
    AuthStrategy.api_key(header="xi-odd"),
    AuthStrategy.api_key_query(name="tk"),
    AuthStrategy.subprotocol("chat", prefix="odd-"),
    AuthStrategy.in_message("Hello", field="payload.pass"),
)


def endpoint_with(auth: AuthStrategy) -> CompiledEndpoint:
    return compile_endpoint(bound(LOGIN, auth=auth))


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (line("open", Side.CLIENT, path="/only?a=1&tk=KEY&b=2"), "/only?a=1&tk=[redacted]&b=2"),
        (line("open", Side.CLIENT, path="ws://me:KEY@h/x?api%5Fkey=KEY"), "h"),
        (line("open", Side.CLIENT, path="/only", subprotocols=["chat", "odd-KEY"]), "odd-[redac"),
        (line("accepted", Side.SERVER, subprotocol="odd-KEY"), "odd-[redacted]"),
        (line("http", Side.CLIENT, path="/token?tk=KEY"), "/token?tk=[redacted]"),
        (said(Side.CLIENT, {"type": "Hello", "payload": {"pass": "KEY"}}), "Hello"),
        (said(Side.CLIENT, {"type": "Hello", "p": [{"x_api_key": ["KEY", {"a": "KEY"}]}]}), "p"),
        (said(Side.CLIENT, {"type": "Hello", "json": '{"token": "KEY"}'}), "Hello"),
        (said(Side.CLIENT, "token=KEY-without-end"), "token=[redacted]"),
        (said(Side.CLIENT, {"a\\u0062": 1, "to\u006ben": "KEY"}), "token"),
        (said(Side.CLIENT, '{"\\u0074oken": "KEY"}'), "[redacted]"),
        (said(Side.CLIENT, {"password": 12345678901}), "password"),
        (said(Side.CLIENT, b'{"password": "KEY"}'), "truncated"),
        (line("close", Side.SERVER, code=1008, reason="no such token: KEY"), "[redacted]"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_secret_is_not_written_wherever_it_stands(record: str, shown: str, known: bool) -> None:
    secret = "abc123XYZ-._~"
    journal = Journal(endpoint_with(WAYS), secrets=[secret] if known else [])
    (one,) = read([record.replace("KEY", secret)])
    text = journal.line(one).decode()
    assert secret not in text
    assert "12345678901" not in text
    assert shown in text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=20))
def test_a_known_secret_is_hidden_wherever_somebody_repeats_it(secret: str) -> None:
    assume(secret not in HIDDEN)
    records = [
        *read([said(Side.SERVER, {"error": f"no such key: {secret}!", secret: [secret]})]),
        *read([said(Side.SERVER, f"what is {secret}?"), said(Side.SERVER, secret.encode())]),
        *read([line("close", Side.SERVER, reason=secret)]),
    ]
    for escape in (True, False):
        text = json.dumps({"error": secret}, ensure_ascii=escape)
        records += read([said(Side.SERVER, text)])
    for one in records:
        told: dict[str, Any] = json.loads(Journal(secrets=[secret]).line(one))
        assert secret not in json.dumps(told, ensure_ascii=False)
        assert secret not in json.dumps(told.get("data", "") and _inner(told["data"]))


def _inner(data: str) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return data


def test_credentials_of_a_request_are_hidden_in_all_that_comes_after() -> None:
    journal = Journal(endpoint_with(WAYS))
    journal.secrets.learn_headers([("xi-odd", "from-header"), ("cookie", "a=from-cookie")])
    (asked,) = read([line("open", Side.CLIENT, path="/only?tk=from%20query")])
    assert "from" not in journal.line(asked).decode()
    for secret in ("from-header", "from-cookie", "from query", "from%20query"):
        (echo,) = read([said(Side.SERVER, {"error": f"bad key {secret}"})])
        assert json.loads(json.loads(journal.line(echo))["data"]) == {"error": f"bad key {HIDDEN}"}


def test_what_tells_messages_and_channels_apart_is_written_though_it_sounds_secret() -> None:
    api: WebSocketApi = graphql_transport_ws()
    journal = Journal(compile_endpoint(api.endpoint("TransportWs")))
    text = '{"type": "connection_init", "payload": {"Authorization": "Bearer abc", "n": "ok"}}'
    (one,) = read([said(Side.CLIENT, text)])
    shown = '{"type": "connection_init", "payload": {"Authorization": "[redacted]", "n": "ok"}}'
    assert json.loads(journal.line(one))["data"] == shown
    for lifecycle in (channel(),):
        endpoint = compile_endpoint(bound(lifecycle))
        (one,) = read([said(Side.CLIENT, {"type": "Kopen", "key": "context-number-1"})])
        assert Journal(endpoint).line(one) == Journal().line(one).replace(
            b"[redacted]", b"context-number-1"
        )


def channel() -> ConnectionLifecycle:
    from schematic import Channel, OpeningStep
    from support.lifecycles import keyed

    kind = Channel(
        id="Context",
        key="key",
        lifecycle=ConnectionLifecycle(initialize=[OpeningStep(keyed("Kopen", Side.CLIENT))]),
    )
    return ConnectionLifecycle(initialize=(), channels=[kind])


def test_a_recording_that_was_read_is_written_again_as_it_is() -> None:
    secret = line("open", Side.CLIENT, path="/only?tk=abcdefghi", subprotocols=["odd-abcdefghi"])
    lines = [secret, said(Side.CLIENT, {"token": "x", "list": [1, 2.50, {"key": None}]})]
    endpoint = endpoint_with(WAYS)
    once = [Journal(endpoint).line(one) for one in read(lines)]
    twice = [Journal(endpoint).line(one) for one in read(line.decode() for line in once)]
    assert twice == once
