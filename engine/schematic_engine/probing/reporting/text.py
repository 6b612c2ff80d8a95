"""Reports on probes as a compiler would write them, for people."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import Record, RecordKind, Severity
from schematic_engine.conformance.redact import excerpt, printable
from schematic_engine.probing.reporting.report import ProbeFinding, ProbeReport
from schematic_engine.probing.talking.outcome import Fate

__all__ = ["as_text", "finding_in_words", "name_of", "summary", "turns_of"]

_ARROWS = {Side.CLIENT: "client ->", Side.SERVER: "server <-"}
_MOST_MISSED = 12
_LOST = 1006


def as_text(report: ProbeReport) -> str:
    """The report: findings, then what was covered, then one line that says it all."""
    lines: list[str] = []
    for finding in report.findings:
        lines += [*finding_in_words(report.coverage.endpoint, finding), ""]
    lines += _coverage(report)
    lines += _refusals(report)
    lines += [f"never said: {name}: {why}" for name, why in report.mute.items()]
    return "\n".join([*lines, summary(report)])


def summary(report: ProbeReport) -> str:
    """One line: what was probed, what was found, and in how much."""
    found = ", ".join(
        f"{report.count(severity)} {severity.value}{'' if report.count(severity) == 1 else 's'}"
        for severity in Severity
        if report.count(severity)
    )
    why = "it was stopped" if report.stopped else "the time was up"
    rest = "" if report.complete else f"; {why} before all of it was tried"
    return (
        f"{report.endpoint}: the {report.probed.value} {'does not keep' if found else 'keeps'} to "
        f"the description; {found or 'nothing found'} ({report.connections} connections in "
        f"{report.seconds:.1f} s, seed {report.seed}){rest}"
    )


def turns_of(endpoint: CompiledEndpoint, records: tuple[Record, ...]) -> Iterator[tuple[str, ...]]:
    """Who said what, and in short: for each line of a conversation three texts."""
    for record in records:
        if record.is_message:
            yield _ARROWS[record.side], name_of(endpoint, record), _payload(record)
        elif record.kind is RecordKind.CLOSE:
            reason = f" {printable(record.reason)}" if record.reason else ""
            lost = record.code == _LOST
            how = "is gone, without a close frame" if lost else f"closes with {record.code}{reason}"
            yield _ARROWS[record.side], "", how


def name_of(endpoint: CompiledEndpoint, record: Record) -> str:
    """The message that a record looks like most, of its sender or else of the other side."""
    assert record.payload is not None
    is_text = isinstance(record.payload, str)
    for side in (record.side, record.side.other):
        try:
            found = codecs_of(endpoint)[side].recogniser.find(record.payload, is_text=is_text)
        except (ValueError, RecursionError):
            return "?"
        if found:
            return found[0].id
    return "?"


def finding_in_words(endpoint: CompiledEndpoint, finding: ProbeFinding) -> Iterator[str]:
    """A finding, and the conversation that shows it, line by line."""
    rule = finding.rule
    yield f"{finding.severity.value}[{rule.id}]: {printable(finding.text)}"
    count = f"{finding.length} message{'' if finding.length == 1 else 's'}"
    flaky = "flaky, " if finding.is_flaky else ""
    seen = f"{flaky}seen in {finding.shown} of {finding.replays} replays"
    yield f"  --> {count}; {seen if finding.replays else 'not replayed'}"
    turns = list(turns_of(endpoint, finding.conversation))
    width = max((len(name) for _, name, _ in turns), default=0)
    for number, (arrow, name, payload) in enumerate(turns, 1):
        yield f"   {number:>3} | {arrow} {name:<{width}}  {payload}".rstrip()
    yield f"   = expected: {printable(finding.expected)}"
    yield f"   = came: {printable(finding.came)}"
    if finding.likewise:
        yield f"   = the same with: {', '.join(finding.likewise)}"
    yield f"   = {rule.name}: {rule.summary}"


def _payload(record: Record) -> str:
    assert record.payload is not None
    if isinstance(record.payload, str):
        return excerpt(record.payload, 60)
    shown = record.payload[:12].hex(" ")
    return f"<{len(record.payload)} bytes> {shown}".rstrip()


def _coverage(report: ProbeReport) -> Iterator[str]:
    coverage = report.coverage
    yield "transitions seen:"
    for side in Side:
        seen, every = coverage.of(side)
        yield f"  {side.value:<8} {seen:>3} of {every}"
    missed = coverage.missed
    for one in missed[:_MOST_MISSED]:
        yield f"    never: {one.message} from the {one.side} ({one.place}, {one.row})"
    if len(missed) > _MOST_MISSED:
        yield f"    never: {len(missed) - _MOST_MISSED} more"


def _refusals(report: ProbeReport) -> Iterator[str]:
    if not report.tallies:
        return
    yield "illegal steps:"
    width = max(len(tally.flaw.value) for tally in report.tallies)
    for tally in report.tallies:
        fates = [f"{tally.fates[fate]} {fate.value}" for fate in Fate if tally.fates[fate]]
        yield f"  {tally.flaw.value:<{width}}  {', '.join(fates)}"
