"""What a finding says would have helped does help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from schematic import Side
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import Finding, Judge, Record, RecordKind, Severity, read_trace
from schematic_engine.mock.samples import sample

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"
SPEECH = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
LISTEN = compile_endpoint(deepgram().endpoint("ListenV1"))
GRAPHQL = compile_endpoint(graphql_transport_ws().endpoint("TransportWs"))


def recorded() -> Iterator[tuple[str, CompiledEndpoint, list[Record]]]:
    for pattern, endpoint in (
        ("elevenlabs_probe_*", SPEECH),
        ("deepgram_probe_*", LISTEN),
        ("gql_node_*", GRAPHQL),
    ):
        for path in sorted(TRACES.glob(f"{pattern}.jsonl")):
            with path.open("rb") as lines:
                records = [one for one in read_trace(lines) if isinstance(one, Record)]
            for number in sorted({one.connection for one in records}):
                talk = [one for one in records if one.connection == number]
                yield f"{path.stem}-{number}", endpoint, talk


RECORDED = {name: (endpoint, records) for name, endpoint, records in recorded()}


def findings(endpoint: CompiledEndpoint, records: Sequence[Record]) -> list[Finding]:
    judge = Judge(endpoint)
    fed = [finding for record in records for finding in judge.feed(record).findings]
    return [one for one in (*fed, *judge.finish()) if one.rule.severity is not Severity.NOTE]


@pytest.mark.parametrize("name", RECORDED)
def test_every_error_and_warning_about_recorded_traffic_has_a_repair(name: str) -> None:
    found = findings(*RECORDED[name])
    assert [one.text for one in found if one.repair is None] == []


def said(endpoint: CompiledEndpoint, side: Side, message: str, beside: Record) -> Record:
    """``message``, about the same operation as what is said ``beside`` it, if about any."""
    kind = codecs_of(endpoint)[side].kinds[message]
    described = endpoint.endpoint.lifecycle.every_message
    schema = next(one.schema for one in described if one.id == message)
    body = msgspec.json.decode(kind.encode(sample(schema)))
    if "id" in body and isinstance(beside.payload, str):
        body["id"] = msgspec.json.decode(beside.payload)["id"]
    text = msgspec.json.encode(body).decode()
    return structs.replace(beside, side=side, kind=RecordKind.TEXT, payload=text, code=None)


def repaired(
    endpoint: CompiledEndpoint, records: Sequence[Record], finding: Finding
) -> list[Record]:
    """The conversation after what ``finding`` says was done."""
    at = next(n for n, record in enumerate(records) if record.line == finding.line)
    before, it, after = list(records[:at]), records[at], list(records[at + 1 :])
    assert finding.repair is not None
    match finding.repair.action:
        case "insert":
            steps = finding.repair.steps
            return [*before, *(said(endpoint, *one, it) for one in steps), it, *after]
        case "leave-out":
            return [*before, *after]
        case "move":
            to = next(n for n, one in enumerate(before) if one.line == finding.repair.line)
            return [*before[:to], it, *before[to:], *after]
        case _:
            code = next(
                int(word) for word in finding.repair.text.split() if word.strip(",").isdigit()
            )
            return [*before, structs.replace(it, code=code), *after]


def can_be_done(finding: Finding) -> bool:
    """Whether it is said exactly what to do, so that a test can do it."""
    repair = finding.repair
    if repair is None:
        return False
    codes = repair.text.startswith("close with code")
    return repair.action in ("leave-out", "move") or bool(repair.steps) or codes


CASES = {
    f"{name}-{number}": (endpoint, records, one)
    for name, (endpoint, records) in RECORDED.items()
    for number, one in enumerate(findings(endpoint, records))
    if can_be_done(one)
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_found_is_gone_once_it_is_repaired(case: str) -> None:
    endpoint, records, finding = CASES[case]
    before, left = (
        Counter(one.text for one in findings(endpoint, conversation))
        for conversation in (records, repaired(endpoint, records, finding))
    )
    assert left[finding.text] < before[finding.text], left
