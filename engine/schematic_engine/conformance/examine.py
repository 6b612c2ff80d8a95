"""Judging a whole recording: each of its connections alone, findings with their surroundings."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator

import msgspec

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.redact import excerpt, redact_text
from schematic_engine.conformance.rules import BAD_LINE
from schematic_engine.conformance.trace import BadLine, Record, RecordKind, read_trace

__all__ = ["Connection", "Shown", "Trace", "Turn", "examine"]

BEFORE = 3
"""Lines of the conversation that are shown before a finding."""

AFTER = 1
"""Lines of the conversation that are shown after a finding."""


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
    """

    number: int
    line: int
    complete: bool
    messages: int
    code: int | None


class Trace(msgspec.Struct, frozen=True):
    """What was found in one file.

    Attributes:
        file: its name.
        records: how many of its lines could be read.
        connections: what it holds, in order of appearance.
        findings: everything that was found, in the order of lines.
    """

    file: str
    records: int
    connections: tuple[Connection, ...]
    findings: tuple[Shown, ...]


def examine(endpoint: CompiledEndpoint, file: str, lines: Iterable[bytes]) -> Trace:
    """Judge every connection of a recording.

    A number that is opened again is a new connection. Unreadable lines are findings, and never
    end the run.

    Args:
        endpoint: what the connections are supposed to speak.
        file: the name to report.
        lines: the file's lines, for example the file opened in binary mode.
    """
    run = _Run(endpoint)
    records = 0
    for read in read_trace(lines):
        if isinstance(read, BadLine):
            run.miss(read)
        else:
            records += 1
            run.take(read)
    followed = [*run.finished, *run.current.values()]
    for one in followed:
        one.finish()
    shown = [*run.unread, *(shown for one in followed for shown in one.shown())]
    return Trace(
        file,
        records,
        tuple(one.summary() for one in followed),
        tuple(sorted(shown, key=lambda one: one.finding.line)),
    )


class _Run:
    """The connections of one file that are being followed."""

    def __init__(self, endpoint: CompiledEndpoint) -> None:
        self._endpoint = endpoint
        self.current: dict[int, _Followed] = {}
        self.finished: list[_Followed] = []
        self.unread: list[Shown] = []

    def take(self, record: Record) -> None:
        number = record.connection
        known = self.current.get(number)
        if known is not None and record.kind is RecordKind.OPEN and known.judge.has_begun:
            self.finished.append(self.current.pop(number))
        if number not in self.current:
            self.current[number] = _Followed(self._endpoint, record)
        self.current[number].take(record)

    def miss(self, bad: BadLine) -> None:
        finding = Finding(
            rule=BAD_LINE, line=bad.line, connection=bad.connection, text=redact_text(bad.problem)
        )
        self.unread.append(Shown(finding, ()))
        for number, one in self.current.items():
            if bad.connection in (None, number):
                one.judge.miss()


class _Followed:
    """One connection: its judge, and the conversation around what the judge finds."""

    def __init__(self, endpoint: CompiledEndpoint, first: Record) -> None:
        self.judge = Judge(endpoint, first.connection)
        fields = (way.field or "" for way in endpoint.api.auth.ways)
        self._secret = frozenset(path.rpartition(".")[2] for path in fields)
        self._first = first
        self._messages = 0
        self._code: int | None = None
        self._recent: deque[tuple[Record, str]] = deque(maxlen=BEFORE + 1)
        self._findings: list[tuple[Finding, list[Turn]]] = []
        self._open: list[tuple[int, list[Turn]]] = []

    def take(self, record: Record) -> None:
        verdict = self.judge.feed(record)
        self._messages += record.payload is not None
        if record.kind is RecordKind.CLOSE and self._code is None:
            self._code = record.code
        for _, turns in self._open:
            turns.append(_turn(record, verdict.message, self._secret))
        self._open = [(left - 1, turns) for left, turns in self._open if left > 1]
        self._recent.append((record, verdict.message))
        self._add(verdict.findings)

    def finish(self) -> None:
        self._add(self.judge.finish())

    def shown(self) -> Iterator[Shown]:
        for finding, turns in self._findings:
            yield Shown(finding, tuple(turns))

    def summary(self) -> Connection:
        return Connection(
            self._first.connection,
            self._first.line,
            self.judge.is_complete,
            self._messages,
            self._code,
        )

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            turns = [_turn(record, message, self._secret) for record, message in self._recent]
            self._findings.append((finding, turns))
            self._open.append((AFTER, turns))


def _turn(record: Record, message: str, secret: Collection[str]) -> Turn:
    if record.payload is not None:
        text = excerpt(record.payload, secret=secret)
    elif record.kind is RecordKind.CLOSE:
        text = f"close {record.code} {redact_text(record.reason)}".rstrip()
    else:
        text = record.kind.value
    return Turn(record.line, record.side.value, record.kind.value, message, text)
