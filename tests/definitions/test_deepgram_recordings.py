"""What Deepgram's SDK really said to the five endpoints, with verdicts worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schematic import BoundEndpoint
from schematic_definitions.deepgram import deepgram, deepgram_agent
from support.recordings import found_in

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

ENDPOINTS: dict[str, BoundEndpoint] = {
    "listen1": deepgram().endpoint("ListenV1"),
    "listen2": deepgram().endpoint("ListenV2"),
    "speak1": deepgram().endpoint("SpeakV1"),
    "speak2": deepgram().endpoint("SpeakV2"),
    "agent1": deepgram_agent().endpoint("AgentV1"),
    "probe": deepgram().endpoint("ListenV1"),
}
"""By the second word of a recording's name."""

VERDICTS: dict[str, list[tuple[int, str]]] = {
    **{
        f"deepgram_{name}_{flavour}": []
        for name in ("listen1", "listen2", "speak1", "speak2", "agent1")
        for flavour in ("sync", "async")
    },
    # Two connections, each with an unknown message; an error is announced, and 1011 follows.
    "deepgram_probe_1011": [(2, "SCH-201"), (7, "SCH-201")],
    "deepgram_probe_json_in_binary": [(2, "SCH-201")],
}


def endpoint_of(name: str) -> BoundEndpoint:
    return ENDPOINTS[name.split("_")[1]]


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_is_judged_as_it_was_by_hand(name: str) -> None:
    assert found_in(endpoint_of(name), TRACES / f"{name}.jsonl", notes=True) == VERDICTS[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_that_begins_anywhere_is_not_accused_of_more(name: str) -> None:
    path = TRACES / f"{name}.jsonl"
    for first in range(1, len(path.read_bytes().splitlines())):
        assert set(found_in(endpoint_of(name), path, first=first)) <= set(VERDICTS[name])


def test_an_idle_stream_is_closed_as_it_was_recorded() -> None:
    path = TRACES / "deepgram_probe_1011.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    recorded = {(line["code"], line["reason"]) for line in lines if line["kind"] == "close"}
    silence, _ = ENDPOINTS["listen1"].endpoint.lifecycle.timers
    assert recorded == {(silence.close_code, silence.close_reason)}


def test_no_recording_is_left_unjudged() -> None:
    assert {path.stem for path in TRACES.glob("deepgram_*.jsonl")} == set(VERDICTS)
