"""Whole recordings: what there is very much of is counted, and not kept."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib import import_module

import pytest

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Report, Severity, Trace, examine
from schematic_engine.conformance.trace import lines_of
from support.recordings import closed, found, opened, said

ENDPOINT = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
CLIENT, SERVER = Side


def judged(lines: Iterable[str]) -> Trace:
    return examine(ENDPOINT, "trace.jsonl", (line.encode() for line in lines))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach."""
    for name, bound in (("_MOST_FINDINGS", 3), ("_MOST_CONNECTIONS", 2), ("_MOST_OVER", 2)):
        monkeypatch.setattr(import_module("schematic_engine.conformance.examine"), name, bound)


@pytest.mark.usefixtures("small")
def test_the_first_findings_of_each_severity_are_kept_and_all_are_counted() -> None:
    trace = judged([opened(), *[said(CLIENT, {"text": "Hi "})] * 9])
    assert found(trace, notes=True) == [
        (2, "SCH-101"),
        (3, "SCH-101"),
        (4, "SCH-101"),
        (10, "SCH-903"),
    ]
    assert trace.counts.findings == {Severity.ERROR: 9, Severity.WARNING: 0, Severity.NOTE: 1}
    report = Report(ENDPOINT.name, (trace,))
    assert report.count(Severity.ERROR) == 9
    assert "trace.jsonl: and 6 more findings" in report.as_text()


@pytest.mark.usefixtures("small")
def test_the_first_connections_are_kept_and_all_are_counted() -> None:
    trace = judged(opened(number) for number in range(5))
    assert [one.number for one in trace.connections] == [0, 1]
    assert trace.counts.connections == 5


@pytest.mark.usefixtures("small")
def test_a_connection_that_is_over_is_judged_on_until_many_others_are() -> None:
    late = said(CLIENT, {"text": "Hi "}, 0)
    over = [[opened(n), closed(SERVER, 1000, n), closed(CLIENT, 1000, n)] for n in range(4)]
    assert found(judged([*over[0], *over[1], late])) == [(7, "SCH-103")]
    let_go = judged([line for lines in over for line in lines] + [late])
    assert found(let_go, notes=True)[0] == (13, "SCH-902")
    assert let_go.counts.connections == 5


def test_a_number_that_is_opened_again_is_another_connection() -> None:
    ended = [opened(), closed(SERVER), closed(CLIENT)]
    assert judged(ended * 3).counts.connections == 3


def test_a_line_that_is_far_too_long_is_one_bad_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schematic_engine.conformance.trace._LONGEST", 8)
    stream = io.BytesIO(b"1234567\n12345678901234567890\n123\n")
    assert list(lines_of(stream)) == [b"1234567\n", b"12345678", b"123\n"]
