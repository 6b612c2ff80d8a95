"""Reports as one HTML page: a sequence diagram for each connection, to be read without network.

Everything that comes from a recording is hostile here. It gets into the page as text and nothing
else: never into a tag, an attribute, a script or a style. Besides, the page forbids itself every
script and style but its own two, and every request, by a Content-Security-Policy that names their
hashes. Without scripts, all is there but the search.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.redact import printable
from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.rules import ILLEGAL_ORDER, Severity
from schematic_engine.conformance.shown import (
    Connection,
    Shown,
    Step,
    Trace,
    Transcript,
    by_connection,
)

__all__ = ["to_html"]

_PHASES = frozenset({"CONNECTING", "INITIALIZING", "STREAMING", "CLOSING", "CLOSED"})


def to_html(report: Report) -> str:
    """The report as a page of HTML.

    Conversations are drawn where they were transcribed, see `examine_records`; findings are listed
    in any case.
    """
    style, script = _own("page.css"), _own("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(report.name)}: {_text(report.outcome)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_head(report),
        *(part for number, trace in enumerate(report.traces) for part in _file(number, trace)),
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    """``text`` on one line, as it may stand in a page."""
    return escape(printable(text))


def _own(name: str) -> str:
    return files("schematic_engine.conformance.reports").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _head(report: Report) -> Iterator[str]:
    """The verdict, what could not be read, and the tools."""
    look = "bad" if report.count(Severity.ERROR) else "good" if report.is_judged else "unknown"
    yield f"<header><h1>{_text(report.name)}</h1>"
    yield f'<p><span class="verdict {look}">{_text(report.outcome)}</span>'
    yield f'<span class="faint"> · {_text(report.figures)}</span></p>'
    for one in report.unusable:
        yield f'<p class="warning">{_text(one.file)}: unusable: {_text(one.problem)}</p>'
    yield "</header>"
    yield (
        '<div class="tools"><input type="search" id="search" aria-label="Search" '
        'placeholder="Search messages, bodies, findings ( / )">'
        '<label><input type="checkbox" id="only"> only lines with findings</label>'
        '<span class="faint" id="count"></span></div>'
    )


def _file(number: int, trace: Trace) -> Iterator[str]:
    yield f"<h2>{_text(trace.file)}</h2>"
    drawn = {(one.connection, one.line) for one in trace.transcripts}
    yield from _contents(number, trace, drawn)
    found = by_connection(trace)
    transcripts = {(one.connection, one.line): one for one in trace.transcripts}
    for connection in trace.connections:
        transcript = transcripts.get((connection.number, connection.line))
        yield from _connection(number, connection, transcript, found.get(connection, []))
    left = trace.counts.connections - len(trace.connections)
    if left:
        yield f'<p class="faint">and {left:,} connections more</p>'


def _contents(number: int, trace: Trace, drawn: set[tuple[int, int]]) -> Iterator[str]:
    """A table of the findings, the worst first, each with a link to where it is drawn."""
    found = [one.finding for one in trace.findings]
    shown = [one for severity in Severity for one in found if one.rule.severity is severity]
    if not shown:
        return
    lines = {step.turn.line for one in trace.transcripts for step in one.steps}
    yield '<table class="findings">'
    for finding in shown:
        place = f"line {finding.line}"
        if drawn and finding.line in lines:
            place = f'<a href="#{_anchor(number, finding.line)}">{place}</a>'
        level = finding.rule.severity.value
        yield (
            f'<tr><td class="mono">{place}</td>'
            f'<td class="mono {level}">{level}[{finding.rule.id}]</td>'
            f"<td>{_text(finding.text)}</td></tr>"
        )
    yield "</table>"
    left = sum(trace.counts.findings.values()) - len(shown)
    if left:
        yield f'<p class="faint">and {left:,} findings more of the same severities</p>'


def _connection(
    number: int, connection: Connection, transcript: Transcript | None, found: Sequence[Shown]
) -> Iterator[str]:
    worst = _worst([one.finding for one in found])
    is_open = " open" if worst in ("error", "warning") else ""
    end = "end not recorded" if connection.code is None else f"closed with {connection.code}"
    yield f'<details class="connection"{is_open}><summary>'
    yield f'<h3 class="{worst}">connection {connection.number}</h3>'
    yield f"<span>{_text(connection.endpoint or 'not judged')}</span>"
    yield f'<span class="faint">{connection.messages:,} messages · {end}</span></summary>'
    if transcript is not None:
        yield '<div class="ends"><div></div><div><b>client</b><b>server</b></div></div>'
        yield from _drawn(number, transcript, found)
    yield "</details>"


def _drawn(number: int, transcript: Transcript, found: Sequence[Shown]) -> Iterator[str]:
    """The steps of a conversation, in bands of one state each."""
    by_line: dict[int, list[Finding]] = {}
    for one in found:
        by_line.setdefault(one.finding.line, []).append(one.finding)
    start = next((step.time for step in transcript.steps if step.time is not None), None)
    last = 0
    for phase, steps in groupby(transcript.steps, lambda step: step.phase):
        look = phase if phase in _PHASES else "OTHER"
        yield f'<div class="band {look}"><div class="phase">{_text(phase)}</div>'
        yield '<div class="rows">'
        for step in steps:
            yield from _gap(step.number - last - 1)
            last = step.number
            yield from _step(number, step, by_line.pop(step.turn.line, []), start)
        yield "</div></div>"
    yield from _gap(transcript.length - last)


def _gap(lines: int) -> Iterator[str]:
    if lines > 0:
        yield f'<div class="gap">{lines:,} lines left out</div>'


def _step(
    number: int, step: Step, findings: Sequence[Finding], start: float | None
) -> Iterator[str]:
    turn = step.turn
    worst = _worst(findings)
    marks = f" is-found is-{worst}" if worst else ""
    side = "client" if turn.side == "client" else "server"
    is_message = turn.kind in ("text", "binary")
    name = turn.message or ("?" if is_message else turn.text)
    passed = "" if start is None or step.time is None else f" · {step.time - start:.3f} s"
    short = f'<span class="short mono">{_text(turn.text)}</span>' if is_message else ""
    yield f'<div class="entry{marks}">'
    yield f'<details class="step {side}{marks}" id="{_anchor(number, turn.line)}"><summary>'
    yield f'<span class="at mono">{turn.line}{passed}</span>'
    yield f'<span class="lane"><span class="name">{_text(name)}</span>{short}</span></summary>'
    yield f'<pre class="body">{escape(step.body)}</pre></details>'
    for finding in findings:
        yield from _finding(number, finding)
    yield "</div>"


def _finding(number: int, finding: Finding) -> Iterator[str]:
    rule = finding.rule
    yield f'<div class="finding {rule.severity.value}">'
    yield f'<b class="mono {rule.severity.value}">{rule.id} {rule.name}</b> '
    yield f"{_text(finding.text)}<dl>"
    for term, text in _facts(finding):
        yield f"<dt>{term}</dt><dd>{_text(text)}</dd>"
    if finding.because is not None:
        because = finding.because
        link = f'<a href="#{_anchor(number, because.line)}">line {because.line}</a>'
        yield f"<dt>because of</dt><dd>{_text(because.words)} on {link}</dd>"
    yield "</dl></div>"


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.state:
        yield "state", finding.state
    if finding.rule.severity is Severity.ERROR and not finding.rule.is_of_handshake:
        yield "legal now", ", ".join(finding.allowed) or "nothing"
    if finding.path:
        steps = ", then ".join(f"{name} from the {side.value}" for side, name in finding.path)
        yield "legal after", steps
    elif finding.rule is ILLEGAL_ORDER and finding.path is None:
        yield "legal after", "nothing: it cannot become legal again on this connection"
    if finding.repair is not None and finding.rule.severity is not Severity.NOTE:
        yield "shortest repair", finding.repair.text


def _worst(findings: Sequence[Finding]) -> str:
    """The worst severity; empty for no findings."""
    found = {finding.rule.severity for finding in findings}
    return next((one.value for one in Severity if one in found), "")


def _anchor(number: int, line: int) -> str:
    return f"f{number}-l{line}"
