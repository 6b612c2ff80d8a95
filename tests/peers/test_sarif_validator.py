"""SARIF reports as the reference validator of the format reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from peers.node_packages import install
from schematic_definitions.deepgram import deepgram
from schematic_definitions.elevenlabs import elevenlabs
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.conformance import (
    Catalog,
    Report,
    Trace,
    Unusable,
    examine_records,
    read_source,
    to_sarif,
)

TRACES = Path(__file__).parent.parent / "fixtures" / "traces"
ON_PURPOSE = {
    "SARIF2002": "messages are sentences and not templates with arguments",
    "SARIF2003": "a recording is not under version control",
    "SARIF2005": "there is no address of the checker to give; its version is given",
    "SARIF2006": "the address of the schema is not asked for on a machine without network",
    "SARIF2010": "what was said stays in the recording, which a report may outlive",
    "SARIF2011": "the same holds for what was said around it",
    "SARIF2012": "rules have the names that the command line takes",
}
"""What the validator would do differently; none of it is an error."""


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that validates; npm's package of this system has it."""
    folder = install("sarif_multitool", tmp_path_factory.mktemp("sarif_multitool"))
    package = folder / "node_modules" / "@microsoft" / f"sarif-multitool-{sys.platform}"
    program = package / "Sarif.Multitool"
    program.chmod(0o755)
    return program


def validated(validator: Path, report: str, folder: Path) -> list[dict[str, str]]:
    """What it finds in a report, of any level."""
    file, found = folder / "report.sarif", folder / "found.sarif"
    file.write_text(report, encoding="utf-8")
    command = [validator, "validate", file, "--level", "Error;Warning;Note", "--output", found]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60)
    (run,) = json.loads(found.read_text(encoding="utf-8-sig"))["runs"]
    return [{"rule": one["ruleId"], "level": one.get("level", "warning")} for one in run["results"]]


@pytest.mark.parametrize("patterns", [["*"], ["elevenlabs_stream_*"], []], ids=str)
def test_the_validator_has_nothing_against_reports(
    validator: Path, patterns: Sequence[str], tmp_path: Path
) -> None:
    apis = (elevenlabs(), deepgram(), graphql_transport_ws())
    catalog = Catalog(api.endpoint(one.id) for api in apis for one in api.endpoints)
    files = sorted(path for pattern in patterns for path in TRACES.glob(f"{pattern}.jsonl"))
    traces = list[Trace]()
    for path in files:
        with path.open("rb") as stream:
            traces.append(examine_records(catalog, path.name, read_source(stream)))
    report = Report("everything", tuple(traces), (Unusable("gone.jsonl", "No such file"),))
    found = validated(validator, to_sarif(report), tmp_path)
    assert {one["rule"] for one in found} <= set(ON_PURPOSE)
    assert {one["rule"] for one in found if one["level"] != "note"} <= {"SARIF2005"}


def test_the_validator_would_find_what_is_wrong(validator: Path, tmp_path: Path) -> None:
    report = json.loads(to_sarif(Report("nothing", (), (Unusable("gone.jsonl", "Gone"),))))
    del report["runs"][0]["tool"]
    assert "error" in {one["level"] for one in validated(validator, json.dumps(report), tmp_path)}
