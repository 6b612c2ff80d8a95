"""Reports on probes for programs: JSON and JUnit XML.

The JSON form is stable. New keys may be added under the same ``schema``; anything else gets
another number::

    {"schema": "schematic.probe/1", "endpoint": "Captions/Live", "probed": "server", "seed": 0,
     "conforming": false, "complete": true, "stopped": false, "connections": 90, "seconds": 1.2,
     "summary": {"errors": 1, "warnings": 0, "notes": 0},
     "findings": [{"rule": "PRB-201", "name": "accepted", "severity": "error", "text": "the ...",
                   "expected": "the close code 4401", "came": "nothing ...", "message": "Line",
                   "flaw": "before its time", "likewise": ["Stop"], "length": 1,
                   "shown": 3, "replays": 3, "trace": "{...}", "script": "..."}],
     "coverage": {"client": {"seen": 12, "of": 12}, "server": {"seen": 8, "of": 15},
                  "never": [{"place": "connection", "side": "server", "row": "...",
                             "message": "Ping"}]},
     "illegal": [{"flaw": "before its time", "fates": {"refused": 4}}],
     "mute": {}}

``flaw`` is null for a legal conversation. ``trace`` is a recording that ``schematic check`` reads.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import msgspec

from schematic.define import Side
from schematic_engine.conformance import Severity
from schematic_engine.probing.reporting.report import ProbeFinding, ProbeReport
from schematic_engine.probing.talking.outcome import Fate

__all__ = ["SCHEMA", "as_json", "as_junit"]

SCHEMA = "schematic.probe/1"
"""What the JSON form calls itself."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What cannot stand in XML 1.0, not even as a reference."""


def as_json(report: ProbeReport) -> str:
    """The report as JSON, see the module's description."""
    coverage = report.coverage
    seen = {side.value: coverage.of(side) for side in Side}
    told: dict[str, object] = {
        "schema": SCHEMA,
        "endpoint": report.endpoint,
        "probed": report.probed.value,
        "seed": report.seed,
        "conforming": report.exit_code() == 0,
        "complete": report.complete,
        "stopped": report.stopped,
        "connections": report.connections,
        "seconds": round(report.seconds, 3),
        "summary": {f"{one.value}s": report.count(one) for one in Severity},
        "findings": [_finding(one) for one in report.findings],
        "coverage": {
            **{side: {"seen": number, "of": every} for side, (number, every) in seen.items()},
            "never": coverage.missed,
        },
        "illegal": [
            {
                "flaw": tally.flaw.value,
                "fates": {fate.value: tally.fates[fate] for fate in Fate if tally.fates[fate]},
            }
            for tally in report.tallies
        ],
        "mute": report.mute,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def as_junit(report: ProbeReport, *, strict: bool = False) -> str:
    """The report as JUnit XML: a test case for legal conversations, and one for each flaw.

    Args:
        report: what was found.
        strict: whether warnings are failures, too.
    """
    name = f"schematic probe: {report.endpoint}"
    root = ET.Element("testsuites", name=_text(name))
    suite = ET.SubElement(root, "testsuite", name=_text(report.endpoint))
    cases = {None: "legal conversations"} | {one.flaw: one.flaw.value for one in report.tallies}
    failures = 0
    for flaw, words in cases.items():
        case = ET.SubElement(suite, "testcase", classname=_text(report.endpoint), name=words)
        for finding in (one for one in report.findings if one.flaw is flaw):
            if finding.severity is Severity.WARNING and not strict:
                continue
            failures += 1
            text = f"{finding.severity.value}[{finding.rule.id}]: {finding.text}"
            failure = ET.SubElement(case, "failure", type=finding.rule.id, message=_text(text))
            failure.text = _text(
                f"expected: {finding.expected}\ncame: {finding.came}\n{finding.trace}"
            )
    for name, count in (("tests", len(cases)), ("failures", failures), ("errors", 0)):
        suite.set(name, str(count))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _finding(finding: ProbeFinding) -> dict[str, object]:
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "text": finding.text,
        "expected": finding.expected,
        "came": finding.came,
        "message": finding.message,
        "flaw": None if finding.flaw is None else finding.flaw.value,
        "likewise": finding.likewise,
        "length": finding.length,
        "shown": finding.shown,
        "replays": finding.replays,
        "trace": finding.trace,
        "script": finding.script,
    }


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
