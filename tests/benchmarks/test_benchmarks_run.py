"""The benchmarks work; how fast anything is, is not for a test to say.

One table of each kind is tried here. All of them are by ``python tests/benchmarks --try``. A
library to compare with that is not installed is left out; the command does not run without them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import page, results
from benchmarks.extras import HINT, have
from benchmarks.growth import CURVES
from benchmarks.measure import compare
from benchmarks.payloads.make import FILES
from benchmarks.tables import TABLES, measure
from benchmarks.traffic import payload

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "benchmarks.md"


@pytest.mark.parametrize(
    "name",
    ["receive-66", "send-client-66", "receive-generated-sync", "trips-sync", "check", "idle-cores"],
)
def test_a_table_can_be_measured(name: str) -> None:
    table = TABLES[name]
    only = None if table.rounds else table.reference  # each peer takes a process of its own
    measured = measure(table, rounds=0, share=0.001, only=only)
    assert table.reference in measured.figures
    assert page.table_of(table, measured).count("\n| ") == len(measured.figures) + 1


@pytest.mark.parametrize("name", ["batch", "vocabulary"])
def test_a_curve_can_be_followed(name: str) -> None:
    curve = CURVES[name]
    figures = compare(curve.peers(curve.points[0], 3), units=3, rounds=0)
    assert all(figure > 0 for (figure,) in figures.values())


@pytest.mark.parametrize("name", ["aiohttp", "picows", "pydantic", "uvloop"])
def test_a_library_to_compare_with_is_here(name: str) -> None:
    if not have(name):
        pytest.skip(f"its rows were not run, for {name} is not installed: {HINT}")


def test_every_target_is_for_rows_that_there_are() -> None:
    kept = results.load()
    assert set(kept.tables) <= set(TABLES)
    for name, measured in kept.tables.items():
        for target in TABLES[name].targets:
            assert {target.peer, *target.against} <= set(measured.figures)


def test_the_page_shows_what_was_measured() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert page.rendered(text, results.load()) == text


@pytest.mark.parametrize("name", FILES)
def test_a_payload_file_has_the_size_that_its_name_says(name: str) -> None:
    assert len(payload(name)) == int(name.partition("_")[2].partition(".")[0])
    assert payload(name) == FILES[name]()


def test_importing_the_engine_does_not_import_the_statechart_library() -> None:
    program = (
        "import sys, schematic_engine.sync, schematic_engine.asyncio, schematic_engine.mock;"
        "sys.exit('statemachine' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
