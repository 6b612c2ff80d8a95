"""Reports as SARIF 2.1.0, which GitHub and editors show beside the lines of a file.

The format is OASIS's "Static Analysis Results Interchange Format". Recordings that have no lines,
such as a HAR, are named with a place within them instead of a region.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from schematic_engine.conformance.findings import Because
from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.rules import RULES, Rule, Severity
from schematic_engine.conformance.shown import Shown, Trace
from schematic_engine.conformance.sources import Format

__all__ = ["to_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def to_sarif(report: Report) -> str:
    """The report as SARIF: one run, a result for each finding that is kept."""
    rules = list(RULES.values())
    run = {
        "tool": {
            "driver": {
                "name": "schematic check",
                "version": version("schematic-ws"),
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.unusable,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": one.problem},
                        "locations": [_place(one.file)],
                    }
                    for one in report.unusable
                ],
            }
        ],
        "results": [one for trace in report.traces for one in _results(trace, rules)],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(trace: Trace, rules: list[Rule]) -> Iterator[dict[str, Any]]:
    for shown in trace.findings:
        finding = shown.finding
        result: dict[str, Any] = {
            "ruleId": finding.rule.id,
            "ruleIndex": rules.index(finding.rule),
            "level": _LEVELS[finding.rule.severity],
            "message": {"text": _words(shown)},
            "locations": [_at(trace, finding.line, finding.connection)],
            "properties": {
                "connection": finding.connection,
                "side": None if finding.side is None else finding.side.value,
                "message": finding.message,
                "state": finding.state,
                "allowed": finding.allowed,
            },
        }
        if finding.because is not None:
            result["relatedLocations"] = [_cause(trace, finding.because, finding.connection)]
        yield result


def _words(shown: Shown) -> str:
    finding = shown.finding
    repair = "" if finding.repair is None else f". Shortest repair: {finding.repair.text}"
    return finding.text + repair


def _cause(trace: Trace, because: Because, connection: int | None) -> dict[str, Any]:
    place = _at(trace, because.line, connection)
    return {**place, "message": {"text": because.words}}


def _at(trace: Trace, line: int, connection: int | None) -> dict[str, Any]:
    place = _place(trace.file)
    if trace.form is Format.JSONL:
        place["physicalLocation"]["region"] = {"startLine": line}
    else:
        place["logicalLocations"] = [{"name": f"connection {connection}, record {line}"}]
    return place


def _place(file: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}


def _uri(file: str) -> str:
    """A file as SARIF names it: a relative reference, or a URL."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
