"""Drafts against the definitions written by hand: the figures that the docs show."""

from __future__ import annotations

from pathlib import Path

import pytest
from infer.endpoints import PATTERNS, recordings
from infer.figures import figures, row

from schematic.compile import compile_endpoint
from schematic.compile.verify import Severity, verify
from schematic_engine.conformance import read_trace
from schematic_engine.infer import Gathering, definition_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "infer.md"
LINES = PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_draft_accepts_the_recording_left_out_and_the_docs_say_what_it_refuses(name: str) -> None:
    counted = figures(name)
    assert counted.wrong == []
    assert counted.accepted == counted.judged > 0
    assert row(name, counted) in LINES, "run python tests/infer --write"


def test_of_what_is_refused_by_hand_drafts_refuse_four_of_five() -> None:
    [all_of_them] = [line for line in LINES if line.startswith("| all |")]
    assert int(all_of_them.rpartition("(")[2].partition(" ")[0]) >= 80


@pytest.mark.parametrize("name", PATTERNS)
def test_nothing_is_wrong_with_the_order_of_a_draft(name: str) -> None:
    gathering = Gathering()
    for path in recordings(name):
        with path.open("rb") as lines:
            gathering.add(path.name, read_trace(lines))
    api = definition_of(gathering).api
    for one in api.endpoints:
        found = verify(compile_endpoint(api.endpoint(one.id)))
        assert [finding.message for finding in found if finding.severity is Severity.ERROR] == []
