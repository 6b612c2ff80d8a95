"""Reports for programs: JUnit XML and SARIF, whatever was recorded."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import (
    RULES,
    Catalog,
    Format,
    Report,
    Unusable,
    examine_records,
    read_trace,
    to_junit,
    to_sarif,
)
from support.recordings import closed, judged, line, opened, said

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")
CLIENT, SERVER = Side

START = [opened(), said(CLIENT, {"text": " "}), said(CLIENT, {"text": ""})]
BROKEN = [*START, said(CLIENT, {"text": "More "})]
WARNED = [*START, closed(SERVER), closed(CLIENT)]


def report(*files: list[str]) -> Report:
    traces = tuple(judged(SPEECH, one) for one in files)
    return Report(
        "ElevenLabs/StreamTextToSpeech", traces, (Unusable("gone.jsonl", "No such file"),)
    )


@settings(max_examples=40)
@given(st.text(max_size=20))
def test_whatever_a_recording_says_the_reports_can_be_parsed(it: str) -> None:
    lines = [
        line("open", CLIENT, path=f"/{it}"),
        said(CLIENT, {it: it}),
        said(SERVER, {"audio": 5, it: it}),
        line("close", SERVER, code=1011, reason=it),
        "{" + it,
    ]
    trace = examine_records(compile_endpoint(SPEECH), it, read_trace(one.encode() for one in lines))
    made = Report(it, (trace,), (Unusable(it, it),))
    ET.fromstring(to_junit(made))
    json.loads(to_sarif(made))


# ---------------------------------------------------------------------------------------- JUnit


def test_a_connection_is_a_test_case_that_fails_with_its_errors() -> None:
    root = ET.fromstring(to_junit(report(BROKEN, WARNED)))
    first, second, gone = root
    assert first.attrib | {"name": ""} == {
        "name": "",
        "tests": "1",
        "failures": "1",
        "skipped": "0",
        "errors": "0",
    }
    (case,) = first
    assert case.attrib == {
        "classname": "ElevenLabs/StreamTextToSpeech",
        "name": "connection 0 (line 1)",
    }
    failure, out = case
    assert failure.attrib["type"] == "SCH-101"
    assert failure.attrib["message"].startswith("line 4: error[SCH-101]: SendText")
    assert "shortest repair: move it before line 3" in (failure.text or "")
    assert "note[SCH-903]" in (out.text or "")
    assert second.attrib["failures"] == "0"
    assert "warning[SCH-301]" in (second[0][0].text or "")
    assert gone.attrib["errors"] == "1"


def test_warnings_fail_when_they_are_to_count() -> None:
    root = ET.fromstring(to_junit(report(WARNED), strict=True))
    assert root[0].attrib["failures"] == "1"


def test_what_was_not_judged_is_skipped_and_a_line_of_no_connection_is_a_case_of_its_own() -> None:
    records = read_trace([opened().encode(), b"{"])
    trace = examine_records(Catalog([SPEECH]), "t.jsonl", records)
    (suite,) = ET.fromstring(to_junit(Report("", (trace,))))
    assert (suite.attrib["tests"], suite.attrib["skipped"]) == ("2", "1")
    assert [case.attrib["classname"] for case in suite] == ["no endpoint", "file"]


def test_a_number_used_twice_is_two_cases_with_their_own_findings() -> None:
    ended = [*BROKEN, closed(SERVER, 1006)]
    (suite,) = ET.fromstring(to_junit(Report("x", (judged(SPEECH, [*ended, *ended]),))))
    assert [len(case.findall("failure")) for case in suite] == [1, 1]


# ---------------------------------------------------------------------------------------- SARIF


def run_of(made: Report) -> dict[str, Any]:
    log = json.loads(to_sarif(made))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_the_log_has_what_the_standard_requires() -> None:
    run = run_of(report(BROKEN, WARNED))
    driver = run["tool"]["driver"]
    assert driver["name"]  # section 3.19.8
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == list(RULES)
    assert len(set(ids)) == len(ids)  # section 3.19.23
    for result in run["results"]:
        assert result["message"]["text"]  # section 3.27.11
        assert ids[result["ruleIndex"]] == result["ruleId"]  # section 3.27.6
        assert result["level"] in ("none", "note", "warning", "error")  # section 3.27.10
        for place in result["locations"] + result.get("relatedLocations", []):
            physical = place["physicalLocation"]
            assert physical["artifactLocation"]["uri"]
            assert physical["region"]["startLine"] >= 1  # section 3.30.5
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False  # section 3.20.14, required
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "No such file"


def test_a_result_names_the_line_the_cause_and_the_repair() -> None:
    first = run_of(report(BROKEN))["results"][0]
    assert first["ruleId"] == "SCH-101"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 4}
    assert "Shortest repair: move it before line 3" in first["message"]["text"]
    (related,) = first["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 3}
    assert related["message"]["text"] == "CloseConnection from the client"
    assert first["properties"]["state"] == "CLOSING"


def test_a_file_without_lines_has_places_and_no_regions() -> None:
    records = read_trace(one.encode() for one in BROKEN)
    trace = examine_records(compile_endpoint(SPEECH), "a b.har", records, form=Format.HAR)
    place = run_of(Report("x", (trace,)))["results"][0]["locations"][0]
    assert place["physicalLocation"] == {"artifactLocation": {"uri": "a%20b.har"}}
    assert place["logicalLocations"] == [{"name": "connection 0, record 4"}]


@pytest.mark.parametrize(
    ("file", "uri"),
    [("/tmp/a b.jsonl", "file:///tmp/a%20b.jsonl"), ("<stdin>", "%3Cstdin%3E")],
)
def test_a_file_is_named_by_a_uri(file: str, uri: str) -> None:
    trace = examine_records(
        compile_endpoint(SPEECH), file, read_trace(one.encode() for one in BROKEN)
    )
    place = run_of(Report("x", (trace,)))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == uri
