"""Whole recordings: what there is very much of is counted, and not kept."""

from __future__ import annotations

import gc
import io
import pickle
import tracemalloc
from collections.abc import Iterable, Iterator
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Format, Report, Severity, Trace, examine, read_trace
from schematic_engine.conformance.examine import examine_part
from schematic_engine.conformance.part import merged
from schematic_engine.conformance.trace import Share, lines_of
from support.recordings import closed, found, opened, said

ENDPOINT = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
CLIENT, SERVER = Side


def judged(lines: Iterable[str]) -> Trace:
    return examine(ENDPOINT, "trace.jsonl", (line.encode() for line in lines))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach."""
    following = import_module("schematic_engine.conformance.follow")
    examining = import_module("schematic_engine.conformance.examine")
    keeping = import_module("schematic_engine.conformance.part")
    monkeypatch.setattr(keeping, "_MOST_FINDINGS", 3)
    monkeypatch.setattr(keeping, "_MOST_CONNECTIONS", 2)
    monkeypatch.setattr(following, "_REMEMBERED", 6)
    monkeypatch.setattr(examining, "SILENCE", 9)


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
def test_a_connection_that_is_over_is_judged_on_for_some_lines() -> None:
    late = said(CLIENT, {"text": "Hi "}, 0)
    over = [[opened(n), closed(SERVER, 1000, n), closed(CLIENT, 1000, n)] for n in range(4)]
    assert found(judged([*over[0], *over[1], late])) == [(7, "SCH-103")]
    let_go = judged([line for lines in over for line in lines] + [late])
    assert found(let_go, notes=True)[0] == (13, "SCH-902")
    assert let_go.counts.connections == 5


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ends", [[], [closed(SERVER)]])
def test_a_connection_that_goes_on_after_a_long_silence_is_told_once(ends: list[str]) -> None:
    silent = [opened(), said(CLIENT, {"text": " "}), *ends]
    others = [said(SERVER, {"isFinal": True}, 1)] * 10
    late = [said(CLIENT, {"text": 5})] * 3
    once = judged([*silent, opened(1), *others, *late])
    told = [shown.finding for shown in once.findings if shown.finding.rule.id == "SCH-908"]
    assert [(one.line, one.connection) for one in told] == [(len(silent) + 12, 0)]
    assert "after more than 9 lines without a word of it" in told[0].text
    assert once.counts.connections == 2
    assert once.counts.messages == 14
    never = judged([*silent, opened(1), *others])
    assert [one for one in found(once, notes=True) if one[1] != "SCH-908"] == found(
        never, notes=True
    )
    again = judged([*silent, opened(1), *others, opened(), *late])
    assert "SCH-908" not in [rule for _, rule in found(again, notes=True)]
    assert again.counts.connections == 3


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ends", [0, 1, 2])
def test_memory_does_not_grow_with_connections_however_they_end(ends: int) -> None:
    def lines(connections: int) -> Iterator[str]:
        for n in range(connections):
            talk = [opened(n), said(CLIENT, {"text": " "}, n)]
            yield from talk + [closed(side, 1000, n) for side in Side][:ends]
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    kept: list[int] = []
    for connections in (20, 100, 400):
        tracemalloc.start()
        judged(lines(connections))
        tracemalloc.stop()
    assert kept[2] < 1.3 * kept[1]


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_shares_of_a_file_put_together_are_what_the_whole_is(data: st.DataObject) -> None:
    numbers = st.integers(0, 4)
    bodies = st.sampled_from([{"text": " "}, {"text": "Hi "}, {"text": ""}, {"isFinal": True}, 5])
    line = st.one_of(
        st.builds(opened, numbers),
        st.builds(said, st.sampled_from(Side), bodies, numbers),
        st.builds(closed, st.sampled_from(Side), st.sampled_from([1000, 1006, 1011]), numbers),
        st.sampled_from(["{", "", '{"conn": 3}', '{"conn": 1, "dir": "cli{"conn": 2}']),
    )
    burst = st.builds(lambda one, times: [one] * times, line, st.sampled_from([1, 1, 1, 1, 10]))
    lines = [one.encode() for many in data.draw(st.lists(burst, max_size=40)) for one in many]
    whole = examine(ENDPOINT, "trace.jsonl", lines)
    of = data.draw(st.integers(1, 4))
    parts = [
        examine_part(ENDPOINT, read_trace(lines, share), share=share)
        for share in (Share(index, of) for index in range(of))
    ]
    parts = [pickle.loads(pickle.dumps(part)) for part in parts]
    assert merged("trace.jsonl", Format.JSONL, parts) == whole


def test_a_number_that_is_opened_again_is_another_connection() -> None:
    ended = [opened(), closed(SERVER), closed(CLIENT)]
    assert judged(ended * 3).counts.connections == 3


def test_a_line_that_is_far_too_long_is_one_bad_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schematic_engine.conformance.trace._LONGEST", 8)
    stream = io.BytesIO(b"1234567\n12345678901234567890\n123\n")
    assert list(lines_of(stream)) == [b"1234567\n", b"12345678", b"123\n"]
