"""Reports on judged recordings: as text for people, as JSON for programs.

The JSON form is stable. New keys may be added under the same ``schema``; anything else gets
another number::

    {"schema": "schematic.check/1",
     "endpoint": "ElevenLabs/StreamTextToSpeech",
     "conforming": false,
     "summary": {"errors": 1, "warnings": 0, "notes": 0, "messages": 6, "connections": 1},
     "files": [{"file": "trace.jsonl", "records": 9,
                "connections": [{"connection": 0, "line": 1, "complete": true, "messages": 6,
                                 "code": 1000, "endpoint": "ElevenLabs/StreamTextToSpeech"}]}],
     "findings": [{"rule": "SCH-101", "name": "illegal-order", "severity": "error",
                   "file": "trace.jsonl", "line": 6, "connection": 0, "side": "client",
                   "message": "SendText", "state": "CLOSING", "text": "SendText from ...",
                   "allowed": [], "path": [{"side": "client", "message": "..."}],
                   "because": {"line": 5, "side": "client", "message": "CloseConnection"},
                   "repair": {"action": "move", "text": "move it before line 5 (...)",
                              "line": 5, "steps": []},
                   "turns": [{"line": 5, "side": "client", "kind": "text",
                              "message": "CloseConnection", "text": "..."}]}],
     "unusable": [{"file": "other.jsonl", "problem": "no record in it can be read"}]}

``conforming`` is false where there is an error, or something that could not be judged at all;
``endpoint`` names several, with commas, where each connection has found its own, and for a
connection is empty where none was found; ``summary`` counts everything, and where there was very
much, the lists hold the first of it;
``complete`` is false where the recording begins in mid-connection; ``code`` and ``connection`` are
null where unknown; ``side`` is null where nobody is to blame; ``message`` is empty where there is
none; ``path`` is null unless the rule is about order and the message can still become legal;
``because`` is null where no earlier message is to blame, ``repair`` where nothing can be said.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from schematic.define import Side
from schematic_engine.conformance.findings import Because, Finding, Repair
from schematic_engine.conformance.redact import printable
from schematic_engine.conformance.rules import ILLEGAL_ORDER, Severity
from schematic_engine.conformance.shown import Shown, Trace, Turn

__all__ = ["SCHEMA", "Report", "Teller", "Unusable"]

SCHEMA = "schematic.check/1"
"""What the JSON form calls itself."""

_MOST_SEEN = 10_000
"""Findings of which it is remembered that they were explained; reports hold fewer."""

_ARROWS = {"client": "client ->", "server": "server <-"}


class Unusable(msgspec.Struct, frozen=True):
    """A file that could not be judged at all, and why."""

    file: str
    problem: str


class Report(msgspec.Struct, frozen=True):
    """What was found in some files that are supposed to speak one endpoint.

    Attributes:
        endpoint: its name, ``API/Endpoint``; empty if each connection finds its own.
        traces: the judged files.
        unusable: the files that could not be judged.
    """

    endpoint: str
    traces: tuple[Trace, ...]
    unusable: tuple[Unusable, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings of ``severity`` there are."""
        return sum(trace.counts.findings[severity] for trace in self.traces)

    @property
    def name(self) -> str:
        """The endpoints that were spoken, or supposed to be."""
        spoken = dict.fromkeys(name for trace in self.traces for name in trace.counts.endpoints)
        return self.endpoint or ", ".join(sorted(spoken)) or "no endpoint"

    @property
    def is_judged(self) -> bool:
        """Whether every file could be read, and some connection judged if there was any."""
        counts = [trace.counts for trace in self.traces]
        nothing = counts and all(one.unjudged == one.connections for one in counts)
        return not self.unusable and not (nothing and any(one.unjudged for one in counts))

    @property
    def outcome(self) -> str:
        """``conforming``, ``not conforming`` or ``not judged``, and why."""
        if self.count(Severity.ERROR):
            return "not conforming"
        if self.unusable:
            return f"not judged: {_number(len(self.unusable), 'unusable file')}"
        return "conforming" if self.is_judged else "not judged"

    @property
    def figures(self) -> str:
        """How much was found, and in how much."""
        found = ", ".join(
            _number(self.count(severity), severity.value)
            for severity in Severity
            if self.count(severity)
        )
        counts = [trace.counts for trace in self.traces]
        judged = (
            f"{_number(sum(one.messages for one in counts), 'message')} in "
            f"{_number(sum(one.connections for one in counts), 'connection')}"
        )
        unjudged = sum(one.unjudged for one in counts)
        judged += f", {unjudged:,} of them not judged" if unjudged else ""
        return f"{found or 'nothing found'} ({judged})"

    def exit_code(self, *, strict: bool = False) -> int:
        """0 conforming, 1 not, 2 if it is not `is_judged`; ``strict`` counts warnings."""
        if not self.is_judged:
            return 2
        bad = self.count(Severity.ERROR) + (self.count(Severity.WARNING) if strict else 0)
        return 1 if bad else 0

    def as_json(self) -> str:
        """The report as JSON, see the module's description."""
        summary: dict[str, int] = {f"{s.value}s": self.count(s) for s in Severity}
        summary["messages"] = sum(trace.counts.messages for trace in self.traces)
        summary["connections"] = sum(trace.counts.connections for trace in self.traces)
        report = {
            "schema": SCHEMA,
            "endpoint": self.name,
            "conforming": self.count(Severity.ERROR) == 0 and self.is_judged,
            "summary": summary,
            "files": [
                {
                    "file": trace.file,
                    "records": trace.records,
                    "connections": [
                        {
                            "connection": one.number,
                            "line": one.line,
                            "complete": one.complete,
                            "messages": one.messages,
                            "code": one.code,
                            "endpoint": one.endpoint,
                        }
                        for one in trace.connections
                    ],
                }
                for trace in self.traces
            ],
            "findings": [
                _as_json(trace.file, shown) for trace in self.traces for shown in trace.findings
            ],
            "unusable": self.unusable,
        }
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()

    def as_text(self) -> str:
        """The report as a compiler would write it: place, severity, rule, what, and where."""
        return "\n".join([*self._lines(), f"{self.name}: {self.outcome}; {self.figures}"])

    def _lines(self) -> Iterator[str]:
        teller = Teller()
        for trace in self.traces:
            teller.another()
            for shown in trace.findings:
                yield from teller.lines(trace.file, shown)
            left = sum(trace.counts.findings.values()) - len(trace.findings)
            if left:
                more = f"{_number(left, 'more finding')} of the same severities"
                yield f"{printable(trace.file)}: and {more}"
        for one in self.unusable:
            yield f"{printable(one.file)}: unusable: {one.problem}"


class Teller:
    """Says findings one after the other, and explains nothing twice."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._seen: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def another(self) -> None:
        """Another recording begins."""
        self._seen.clear()

    def lines(self, file: str, shown: Shown) -> Iterator[str]:
        """One finding as a compiler would write it.

        Args:
            file: the name of the recording.
            shown: the finding, with the conversation around it.
        """
        finding = shown.finding
        yield _headline(file, finding)
        alike = (finding.connection, finding.rule.id, finding.message, finding.text)
        if alike in self._seen:
            return
        self._seen[alike] = None
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        yield from _details(shown)
        if finding.rule.id not in self._told and finding.rule.severity is not Severity.NOTE:
            self._told.add(finding.rule.id)
            yield f"   = {finding.rule.name}: {finding.rule.summary}"


def _headline(file: str, finding: Finding) -> str:
    rule = finding.rule
    what = f"{rule.severity.value}[{rule.id}]: {printable(finding.text)}"
    return f"{printable(file)}:{finding.line}: {what}"


def _details(shown: Shown) -> Iterator[str]:
    """What stands below the headline of a finding."""
    finding = shown.finding
    if finding.connection is not None:
        where = f"connection {finding.connection}"
        yield f"  --> {where}, {finding.state}" if finding.state else f"  --> {where}"
    if finding.rule.severity is not Severity.NOTE:
        yield from _conversation(shown)
    if (
        finding.rule.severity is Severity.ERROR
        and finding.side is not None
        and not finding.rule.is_of_handshake
    ):
        now = ", ".join(finding.allowed) or "nothing"
        yield f"   = legal now from the {finding.side.value}: {now}"
    if finding.path:
        steps = ", then ".join(f"{name} from the {side.value}" for side, name in finding.path)
        yield f"   = {finding.message} is legal after {steps}"
    elif finding.rule is ILLEGAL_ORDER and finding.path is None:
        yield f"   = {finding.message} cannot become legal again on this connection"
    if finding.because is not None:
        yield f"   = because of {finding.because.words} on line {finding.because.line}"
    if finding.repair is not None and finding.rule.severity is not Severity.NOTE:
        yield f"   = shortest repair: {finding.repair.text}"


def _conversation(shown: Shown) -> Iterator[str]:
    width = max((len(turn.message) for turn in shown.turns), default=0)
    digits = max((len(str(turn.line)) for turn in shown.turns), default=0)
    for turn in shown.turns:
        mark = ">" if turn.line == shown.finding.line else " "
        yield f"   {mark} {turn.line:>{digits}} | {_turn(turn, width)}"


def _turn(turn: Turn, width: int) -> str:
    name = turn.message or ("?" if turn.kind in ("text", "binary") else "")
    return f"{_ARROWS[turn.side]} {name:<{width}}  {turn.text}".rstrip()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _as_json(file: str, shown: Shown) -> dict[str, object]:
    finding = shown.finding
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.rule.severity.value,
        "file": file,
        "line": finding.line,
        "connection": finding.connection,
        "side": None if finding.side is None else finding.side.value,
        "message": finding.message,
        "state": finding.state,
        "text": finding.text,
        "allowed": finding.allowed,
        "path": None if finding.path is None else _path(finding.path),
        "because": None if finding.because is None else _because(finding.because),
        "repair": None if finding.repair is None else _repair(finding.repair),
        "turns": shown.turns,
    }


def _path(path: Sequence[tuple[Side, str]]) -> list[dict[str, str]]:
    return [{"side": side.value, "message": name} for side, name in path]


def _because(because: Because) -> dict[str, object]:
    return {"line": because.line, "side": because.side.value, "message": because.message}


def _repair(repair: Repair) -> dict[str, object]:
    return {
        "action": repair.action,
        "text": repair.text,
        "line": repair.line,
        "steps": _path(repair.steps),
    }
