"""Reports as JUnit XML, which most continuous integration servers show.

A file is a test suite and a connection is a test case. Errors are failures, and so are warnings
if they are to count; what could not be judged is skipped, and a file that could not be read is an
error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.rules import Severity
from schematic_engine.conformance.shown import Connection, Shown, Trace, by_connection

__all__ = ["to_junit"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What cannot stand in XML 1.0, not even as a reference."""


def to_junit(report: Report, *, strict: bool = False) -> str:
    """The report as JUnit XML.

    Args:
        report: what was found.
        strict: whether warnings are failures, too.
    """
    root = ET.Element("testsuites", name=_text(f"schematic check: {report.name}"))
    for trace in report.traces:
        _suite(root, trace, strict=strict)
    for one in report.unusable:
        suite = ET.SubElement(root, "testsuite", name=_text(one.file), tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname="file", name=_text(one.file))
        ET.SubElement(case, "error", type="unusable", message=_text(one.problem))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(root: ET.Element, trace: Trace, *, strict: bool) -> None:
    suite = ET.SubElement(root, "testsuite", name=_text(trace.file))
    found = by_connection(trace)
    cases = [_case(suite, one, found.get(one, []), strict=strict) for one in trace.connections]
    lost = found.get(None, [])
    if lost:  # lines of which not even the connection could be read
        case = ET.SubElement(suite, "testcase", classname="file", name=_text(trace.file))
        cases.append(_fill(case, lost, strict=strict))
    for name, count in (
        ("tests", len(cases)),
        ("failures", cases.count("failure")),
        ("skipped", cases.count("skipped")),
        ("errors", 0),
    ):
        suite.set(name, str(count))


def _case(
    suite: ET.Element, connection: Connection, found: Sequence[Shown], *, strict: bool
) -> str:
    """Add a connection; what became of it."""
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_text(connection.endpoint or "no endpoint"),
        name=f"connection {connection.number} (line {connection.line})",
    )
    if not connection.endpoint:
        texts = [one.finding.text for one in found]
        ET.SubElement(case, "skipped", message=_text("; ".join(texts)))
        return "skipped"
    return _fill(case, found, strict=strict)


def _fill(case: ET.Element, found: Iterable[Shown], *, strict: bool) -> str:
    """Add findings; whether they make the case fail."""
    failed = False
    notes: list[str] = []
    for shown in found:
        finding = shown.finding
        rule = finding.rule
        counts = rule.severity is Severity.ERROR or (strict and rule.severity is Severity.WARNING)
        words = f"line {finding.line}: {rule.severity.value}[{rule.id}]: {finding.text}"
        if not counts:
            notes.append(words)
            continue
        failed = True
        failure = ET.SubElement(case, "failure", type=rule.id, message=_text(words))
        lines = [
            f"line {turn.line}: {turn.side} {turn.message} {turn.text}" for turn in shown.turns
        ]
        repair = [] if finding.repair is None else [f"shortest repair: {finding.repair.text}"]
        failure.text = _text("\n".join([*lines, *repair]))
    if notes:
        ET.SubElement(case, "system-out").text = _text("\n".join(notes))
    return "failure" if failed else "passed"


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
