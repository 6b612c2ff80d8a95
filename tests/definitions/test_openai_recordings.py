"""What OpenAI's SDK really said, and what it put up with, with verdicts worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from schematic_definitions.openai import openai
from support.recordings import found_in

ENDPOINT = openai().endpoint()
TRACES = Path(__file__).parent.parent / "fixtures" / "traces"

VERDICTS: dict[str, list[tuple[int, str]]] = {
    "openai_realtime_sync": [],
    "openai_realtime_async": [],
    "openai_realtime_transcription": [],
    "openai_realtime_expired": [],
    # The first of two connections has a message of tomorrow.
    "openai_realtime_reconnect": [(4, "SCH-201")],
    # A session without its type, and text by its old name.
    "openai_realtime_beta": [(2, "SCH-202"), (5, "SCH-201")],
    # The client speaks before the greeting, which it may. Then: JSON in a binary frame, a response
    # that is done without saying which, a message of tomorrow, an array, and no JSON.
    "tolerance_openai": [
        (4, "SCH-201"),
        (5, "SCH-202"),
        (6, "SCH-201"),
        (7, "SCH-201"),
        (8, "SCH-203"),
    ],
}


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_is_judged_as_it_was_by_hand(name: str) -> None:
    assert found_in(ENDPOINT, TRACES / f"{name}.jsonl", notes=True) == VERDICTS[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_a_recording_that_begins_anywhere_is_not_accused_of_more(name: str) -> None:
    path = TRACES / f"{name}.jsonl"
    for first in range(1, len(path.read_bytes().splitlines())):
        assert set(found_in(ENDPOINT, path, first=first)) <= set(VERDICTS[name])


def test_no_recording_is_left_unjudged() -> None:
    assert {path.stem for path in TRACES.glob("*openai*.jsonl")} == set(VERDICTS)
