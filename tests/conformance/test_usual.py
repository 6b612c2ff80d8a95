"""The short way to the verdict on usual messages says what the long way does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side
from schematic.compile import CompiledEndpoint, compile_endpoint, compile_lifecycle
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import BadLine, Finding, Judge, Record, Vantage, Verdict
from schematic_engine.conformance.trace import read_line
from support.lifecycles import asked, bound, channelled, lifecycles
from support.recordings import closed, opened, said
from support.walks import body, keys_of

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"


class LongWay(Judge):
    """Judges every message in full."""

    def _usual(self, record: Record, kind: object) -> Verdict | None:
        return None


def outcome(judge: Judge, lines: Iterable[bytes]) -> list[Any]:
    """Everything that a judge says, line by line, and where it stands."""
    told: list[Verdict | tuple[Finding, ...] | str | None] = []
    for number, line in enumerate(lines, 1):
        record = read_line(number, line)
        if isinstance(record, BadLine):
            judge.miss()
        else:
            told += [judge.feed(record), judge.phase]
    return [*told, judge.finish()]


def agree(endpoint: CompiledEndpoint, lines: list[bytes], vantage: Vantage) -> None:
    short = outcome(Judge(endpoint, vantage=vantage), lines)
    assert short == outcome(LongWay(endpoint, vantage=vantage), lines)


@settings(max_examples=150)
@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_both_ways_agree_on_any_sequence_of_messages(
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
    start = [opened()] if data.draw(st.booleans()) else []
    picked = st.sampled_from([*messages, *messages, *messages, *wrong])
    lines = start + data.draw(st.lists(picked, max_size=25))
    vantage = data.draw(st.sampled_from(Vantage))
    agree(compile_endpoint(bound(lifecycle)), [line.encode() for line in lines], vantage)


@pytest.mark.parametrize("vantage", Vantage)
def test_both_ways_agree_on_what_was_recorded(vantage: Vantage) -> None:
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    for path in TRACES.glob("elevenlabs_*.jsonl"):
        agree(endpoint, path.read_bytes().splitlines(), vantage)
