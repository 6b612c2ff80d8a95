"""Judging a whole recording: each of its connections alone, findings with their surroundings.

What is kept is bounded, whatever the size of a recording: of each severity the first thousand
findings, the first ten thousand connections, and how many there were of either. A connection that
is over is let go once a thousand others are over.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterable

import msgspec

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.redact import excerpt, redact_text
from schematic_engine.conformance.rules import BAD_LINE, NO_ENDPOINT, Severity
from schematic_engine.conformance.trace import BadLine, Record, RecordKind, read_trace
from schematic_engine.conformance.vantage import Vantage

__all__ = ["Connection", "Counts", "Shown", "Trace", "Turn", "examine", "examine_records"]

BEFORE = 3
"""Lines of the conversation that are shown before a finding."""

AFTER = 1
"""Lines of the conversation that are shown after a finding."""

_MOST_FINDINGS = 1000
_MOST_CONNECTIONS = 10_000
_MOST_OVER = 1000


class Turn(msgspec.Struct, frozen=True):
    """One line of a conversation, ready to be shown.

    Attributes:
        line: where it stands in the file.
        side: ``client`` or ``server``.
        kind: ``text``, ``binary``, ``close`` or another kind of line.
        message: the id of the message; empty if it is none, or an unknown one.
        text: the payload on one line, secrets hidden.
    """

    line: int
    side: str
    kind: str
    message: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """A finding and the conversation around it."""

    finding: Finding
    turns: tuple[Turn, ...]


class Connection(msgspec.Struct, frozen=True):
    """What was seen of one connection.

    Attributes:
        number: its number in the file.
        line: where it begins.
        complete: whether the recording has it from its beginning.
        messages: how many messages passed in both directions.
        code: the close code with which its end began; None if it did not end.
        endpoint: what it speaks, ``API/Endpoint``; empty if that is not known, and so it was not
            judged.
    """

    number: int
    line: int
    complete: bool
    messages: int
    code: int | None
    endpoint: str


class Counts(msgspec.Struct, frozen=True):
    """How much there was in a file, whether it is kept or not.

    Attributes:
        connections: all of them.
        unjudged: those of which the endpoint is not known.
        messages: what was said on all of them.
        findings: by severity.
        endpoints: the names of those that were spoken, in alphabetical order.
    """

    connections: int
    unjudged: int
    messages: int
    findings: dict[Severity, int]
    endpoints: tuple[str, ...]


class Trace(msgspec.Struct, frozen=True):
    """What was found in one file.

    Attributes:
        file: its name.
        records: how many of its lines could be read.
        connections: what it holds, in order of appearance.
        findings: everything that was found, in the order of lines.
        counts: how much there was, more than is kept here where there was very much.
    """

    file: str
    records: int
    connections: tuple[Connection, ...]
    findings: tuple[Shown, ...]
    counts: Counts


def examine(
    endpoint: Speaks, file: str, lines: Iterable[bytes], *, vantage: Vantage = Vantage.TAP
) -> Trace:
    """Judge every connection of a recording of JSON Lines.

    A number that is opened again is a new connection. Unreadable lines are findings, and never
    end the run.

    Args:
        endpoint: what the connections are supposed to speak.
        file: the name to report.
        lines: the file's lines, for example the file opened in binary mode.
        vantage: where it was recorded.
    """
    return examine_records(endpoint, file, read_trace(lines), vantage=vantage)


def examine_records(
    endpoint: Speaks,
    file: str,
    records: Iterable[Record | BadLine],
    *,
    vantage: Vantage = Vantage.TAP,
) -> Trace:
    """The same for a recording of any kind, see `schematic_engine.conformance.sources`.

    Raises:
        UnreadableSourceError: what yields the records raises it.
    """
    run = _Run(endpoint, vantage)
    for record in records:
        if isinstance(record, BadLine):
            run.miss(record)
        else:
            run.take(record)
    return run.finish(file)


class _Run:
    """The connections of one file that are being followed."""

    def __init__(self, endpoint: Speaks, vantage: Vantage) -> None:
        self._endpoint, self._vantage = endpoint, vantage
        self._records = 0
        self._current: dict[int, _Followed] = {}
        self._over: OrderedDict[int, _Followed] = OrderedDict()
        self._kept = _Kept()

    def take(self, record: Record) -> None:
        self._records += 1
        number = record.connection
        one = self._current.get(number)
        if one is None or (record.kind is RecordKind.OPEN and one.has_begun):
            one = self._begin(record, one)
        one.take(record)
        if one.is_over and number not in self._over:
            self._over[number] = one
            if len(self._over) > _MOST_OVER:
                self._let_go(*self._over.popitem(last=False))

    def miss(self, bad: BadLine) -> None:
        finding = Finding(
            rule=BAD_LINE, line=bad.line, connection=bad.connection, text=redact_text(bad.problem)
        )
        self._kept.add(finding, [])
        numbers = self._current if bad.connection is None else (bad.connection,)
        for number in numbers:
            if number in self._current:
                self._current[number].miss()

    def finish(self, file: str) -> Trace:
        for number, one in list(self._current.items()):
            self._let_go(number, one)
        return self._kept.trace(file, self._records)

    def _begin(self, first: Record, before: _Followed | None) -> _Followed:
        """Another connection begins, under a number that had another before or not."""
        number = first.connection
        if before is not None:
            self._over.pop(number, None)
            self._let_go(number, before)
        one = self._current[number] = _Followed(self._endpoint, first, self._kept, self._vantage)
        return one

    def _let_go(self, number: int, one: _Followed) -> None:
        del self._current[number]
        one.finish()


class _Kept:
    """What is kept of a file to be shown, and how much there was."""

    def __init__(self) -> None:
        self._findings: list[tuple[Finding, list[Turn]]] = []
        self._connections: list[Connection] = []
        self._found: Counter[Severity] = Counter()
        self._connected = self._unjudged = self._messages = 0
        self._endpoints: set[str] = set()

    def add(self, finding: Finding, turns: list[Turn]) -> bool:
        """Keep a finding; whether there was room for it."""
        severity = finding.rule.severity
        self._found[severity] += 1
        if self._found[severity] > _MOST_FINDINGS:
            return False
        self._findings.append((finding, turns))
        return True

    def close(self, connection: Connection) -> None:
        """A connection is over."""
        self._connected += 1
        self._messages += connection.messages
        if connection.endpoint:
            self._endpoints.add(connection.endpoint)
        else:
            self._unjudged += 1
        if len(self._connections) < _MOST_CONNECTIONS:
            self._connections.append(connection)

    def trace(self, file: str, records: int) -> Trace:
        shown = [Shown(finding, tuple(turns)) for finding, turns in self._findings]
        return Trace(
            file,
            records,
            tuple(sorted(self._connections, key=lambda one: one.line)),
            tuple(sorted(shown, key=lambda one: one.finding.line)),
            Counts(
                self._connected,
                self._unjudged,
                self._messages,
                {severity: self._found[severity] for severity in Severity},
                tuple(sorted(self._endpoints)),
            ),
        )


class _Followed:
    """One connection: its judge, and the conversation around what the judge finds."""

    def __init__(self, endpoint: Speaks, first: Record, kept: _Kept, vantage: Vantage) -> None:
        found = endpoint.find(first) if isinstance(endpoint, Catalog) else endpoint
        self._judge: Judge | None = None
        self._endpoint, self._secret = "", frozenset[str]()
        self._first, self._kept = first, kept
        self._messages = 0
        self._code: int | None = None
        self._recent: deque[tuple[Record, str]] = deque(maxlen=BEFORE + 1)
        self._open: list[tuple[int, list[Turn]]] = []
        if isinstance(found, str):
            finding = Finding(
                rule=NO_ENDPOINT, line=first.line, connection=first.connection, text=found
            )
            kept.add(finding, [])
            return
        self._judge = Judge(found, first.connection, vantage=vantage)
        self._endpoint, self._secret = found.name, _secret_fields(found)

    @property
    def has_begun(self) -> bool:
        """Whether another ``open`` under its number is another connection."""
        return self._judge is None or self._judge.has_begun

    @property
    def is_over(self) -> bool:
        return self._judge is not None and self._judge.is_over

    def miss(self) -> None:
        if self._judge is not None:
            self._judge.miss()

    def take(self, record: Record) -> None:
        self._messages += record.is_message
        if record.kind is RecordKind.CLOSE and self._code is None:
            self._code = record.code
        if self._judge is None:
            return
        verdict = self._judge.feed(record)
        if self._open:
            for _, turns in self._open:
                turns.append(_turn(record, verdict.message, self._secret))
            self._open = [(left - 1, turns) for left, turns in self._open if left > 1]
        self._recent.append((record, verdict.message))
        if verdict.findings:
            self._add(verdict.findings)

    def finish(self) -> None:
        judge = self._judge
        if judge is not None:
            self._add(judge.finish())
        self._kept.close(
            Connection(
                self._first.connection,
                self._first.line,
                judge is not None and judge.is_complete,
                self._messages,
                self._code,
                self._endpoint,
            )
        )

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            turns: list[Turn] = []
            if self._kept.add(finding, turns):
                turns += (_turn(record, message, self._secret) for record, message in self._recent)
                self._open.append((AFTER, turns))


def _secret_fields(endpoint: CompiledEndpoint) -> frozenset[str]:
    """The names of the fields that hold credentials in messages."""
    fields = (way.field or "" for way in endpoint.api.auth.ways)
    return frozenset(path.rpartition(".")[2] for path in fields)


def _turn(record: Record, message: str, secret: Collection[str]) -> Turn:
    if record.payload is not None:
        text = excerpt(record.payload, secret=secret)
    elif record.is_message:
        text = "[not recorded in full]"
    elif record.kind is RecordKind.CLOSE:
        text = f"close {record.code} {redact_text(record.reason)}".rstrip()
    else:
        text = record.kind.value
    return Turn(record.line, record.side.value, record.kind.value, message, text)
