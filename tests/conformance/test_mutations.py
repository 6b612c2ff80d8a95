"""Every legal recorded conversation, changed by one step: judged as its description demands.

What is demanded is worked out by the machine alone, without the judge: it follows one state, and
its first refusal is the first breach.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from schematic import WebSocketApi
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.assemblyai import assemblyai
from schematic_definitions.deepgram import deepgram, deepgram_agent
from schematic_definitions.elevenlabs import elevenlabs, elevenlabs_agents
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_definitions.openai import openai
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import (
    Judge,
    Record,
    RecordKind,
    Severity,
    Vantage,
    examine_records,
    read_trace,
)
from schematic_engine.conformance.request import judge_request
from schematic_engine.machine import Machine

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

APIS: dict[str, tuple[WebSocketApi, str]] = {
    "elevenlabs_stream_input": (elevenlabs(), "StreamTextToSpeech"),
    "elevenlabs_probe": (elevenlabs(), "StreamTextToSpeech"),
    "elevenlabs_stt": (elevenlabs(), "SpeechToText"),
    "elevenlabs_convai": (elevenlabs_agents(), "Conversation"),
    "deepgram_listen1": (deepgram(), "ListenV1"),
    "deepgram_listen2": (deepgram(), "ListenV2"),
    "deepgram_speak1": (deepgram(), "SpeakV1"),
    "deepgram_speak2": (deepgram(), "SpeakV2"),
    "deepgram_agent1": (deepgram_agent(), "AgentV1"),
    "openai_realtime": (openai(), "Realtime"),
    "assemblyai_v3": (assemblyai(), "StreamingV3"),
    "gql_node": (graphql_transport_ws(), "TransportWs"),
}
"""What is spoken in the recordings whose names begin so."""

BREACHES = {"SCH-101": "order", "SCH-905": "order", "SCH-102": "kind", "SCH-201": "kind"}
BREACHES |= {"SCH-202": "body", "SCH-203": "kind"}


def legal() -> Iterator[tuple[str, CompiledEndpoint, list[Record]]]:
    """The recordings of one connection in which both sides are right, according to their labels."""
    labels = json.loads((TRACES / "gql_labels.json").read_text(encoding="utf-8"))
    for path in sorted(TRACES.glob("*.jsonl")):
        named = [one for prefix, one in APIS.items() if path.stem.startswith(prefix)]
        label = labels.get(path.stem, labels.get(path.name, {}))
        if not named or not (label.get("client_ok", True) and label.get("server_ok", True)):
            continue
        api, endpoint = named[0]
        compiled = compile_endpoint(api.endpoint(endpoint))
        records = [r for r in read_trace(path.read_bytes().splitlines()) if isinstance(r, Record)]
        if len({record.connection for record in records}) == 1 and not accused(compiled, records):
            yield path.stem, compiled, records


def accused(
    endpoint: CompiledEndpoint, records: list[Record], vantage: Vantage = Vantage.TAP
) -> list[tuple[int, str]]:
    """Line and rule of every error."""
    trace = examine_records(endpoint, "trace", records, vantage=vantage)
    return [
        (shown.finding.line, shown.finding.rule.id)
        for shown in trace.findings
        if shown.finding.rule.severity is Severity.ERROR
    ]


def first_breach(endpoint: CompiledEndpoint, records: list[Record]) -> tuple[int, str] | None:
    """The first breach that the judge finds, and of which sort it is."""
    judge = Judge(endpoint)
    for record in records:
        for finding in judge.feed(record).findings:
            if finding.rule.id in BREACHES:
                return record.line, BREACHES[finding.rule.id]
    return None


def demanded(endpoint: CompiledEndpoint, records: list[Record]) -> tuple[int, str] | None:
    """The first breach, by the machine: the most specific of the kinds that are legal is meant."""
    for record in records:
        if record.kind is RecordKind.OPEN and record.target is not None:
            endpoint = judge_request(endpoint, record.target).endpoint
    machine = Machine(endpoint.table)
    for record in records:
        if not record.is_message:
            continue
        told = take(endpoint, machine, record)
        if told is not None:
            return record.line, told
    return None


def take(endpoint: CompiledEndpoint, machine: Machine, record: Record) -> str | None:
    """Move ``machine`` by a message; what sort of breach it is, if it is one."""
    payload, side = record.payload, record.side
    assert payload is not None
    try:
        kinds = codecs_of(endpoint)[side].recogniser.find(payload, is_text=isinstance(payload, str))
    except ValueError:
        return "kind"
    if not kinds:
        return "kind"
    for kind in kinds:
        try:
            key, ticket = kind.key_in(payload), kind.ticket_in(payload)
        except ValueError:
            return "body"
        step = machine.move(side, kind.id, key)
        if step is None:
            continue
        try:
            kind.decode(payload)
        except ValueError:
            return "body"
        machine.apply(side, step, ticket)
        return None
    return "order"


def mutations(records: list[Record]) -> Iterator[list[Record]]:
    """Every conversation that differs by one step: one left out, said twice, moved, or turned.

    Moves are to the next three places and to either end; further ones differ from those only in
    what they pass.
    """
    said = [number for number, record in enumerate(records) if record.is_message]
    for number in said:
        record = records[number]
        yield [*records[:number], *records[number + 1 :]]
        yield [*records[:number], record, *records[number:]]
        turned = structs.replace(record, side=record.side.other)
        yield [*records[:number], turned, *records[number + 1 :]]
        others = [*records[:number], *records[number + 1 :]]
        for place in {said[0], said[-1], *(number + step for step in (1, 2, 3))} - {number}:
            if said[0] <= place <= said[-1]:
                yield [*others[:place], record, *others[place:]]


def numbered(records: list[Record]) -> list[Record]:
    return [structs.replace(record, line=line) for line, record in enumerate(records, 1)]


RECORDED = {name: (endpoint, records) for name, endpoint, records in legal()}


def test_there_are_legal_recordings_of_every_endpoint() -> None:
    assert all(any(name.startswith(prefix) for name in RECORDED) for prefix in APIS)
    assert len(RECORDED) > 50


@pytest.mark.parametrize("name", RECORDED)
def test_no_original_is_accused_at_any_vantage_that_it_can_have(name: str) -> None:
    """Those of GraphQL were made in between, where the end of an operation may be late."""
    endpoint, records = RECORDED[name]
    for vantage in (Vantage.TAP,) if name.startswith("gql") else Vantage:
        assert accused(endpoint, records, vantage) == []


@pytest.mark.parametrize("name", RECORDED)
def test_one_changed_step_is_judged_as_the_description_demands(name: str) -> None:
    endpoint, records = RECORDED[name]
    for mutated in map(numbered, mutations(records)):
        assert first_breach(endpoint, mutated) == demanded(endpoint, mutated)
