"""Real recordings of the vendor's SDK, with the verdicts that were worked out for them by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import examine
from support.recordings import found

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

VERDICTS: dict[str, list[tuple[int, str]]] = {
    "elevenlabs_stream_input": [],
    "elevenlabs_stream_input_tls": [],
    "elevenlabs_stream_input_error": [],
    "elevenlabs_probe_final_no_close": [],
    "elevenlabs_probe_space_chunk": [(8, "SCH-301")],
    "elevenlabs_probe_close_no_final": [(6, "SCH-301")],
    "elevenlabs_probe_empty_text": [(5, "SCH-301")],
    "elevenlabs_probe_abrupt": [(6, "SCH-302")],
    "elevenlabs_probe_close_1011": [(6, "SCH-302")],
    "elevenlabs_probe_unknown_message": [(6, "SCH-201")],
}


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_is_judged_as_it_was_by_hand(name: str) -> None:
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    with (TRACES / f"{name}.jsonl").open("rb") as lines:
        trace = examine(endpoint, name, lines)
    assert found(trace, notes=True) == VERDICTS[name]


def test_no_recording_is_left_unjudged() -> None:
    recorded = [*TRACES.glob("elevenlabs_stream_*.jsonl"), *TRACES.glob("elevenlabs_probe_*.jsonl")]
    assert {path.stem for path in recorded} == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_that_begins_anywhere_is_not_accused_of_more(name: str) -> None:
    endpoint = compile_endpoint(elevenlabs().endpoint("StreamTextToSpeech"))
    lines = (TRACES / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
    for first in range(1, len(lines)):
        trace = examine(endpoint, name, lines[first:])
        assert {(line + first, rule) for line, rule in found(trace)} <= set(VERDICTS[name])
