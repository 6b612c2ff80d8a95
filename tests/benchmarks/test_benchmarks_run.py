"""The benchmarks work; how fast anything is, is not for a test to say."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.report import page


def test_every_benchmark_runs() -> None:
    text = page(rounds=1, scale=0.001)
    assert text.count("\n## ") == 10
    assert "schematic Connection" in text


def test_importing_the_engine_does_not_import_the_statechart_library() -> None:
    program = (
        "import sys, schematic_engine.sync, schematic_engine.asyncio, schematic_engine.mock;"
        "sys.exit('statemachine' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
