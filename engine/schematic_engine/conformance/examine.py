"""Judging a whole recording: each of its connections alone, findings with their surroundings.

What is kept is bounded, see `schematic_engine.conformance.part`, and a connection that is over is
let go some thousand lines later.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence

import msgspec

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.part import Kept, Part, merged
from schematic_engine.conformance.redact import excerpt, laid_out, printable, redact_text
from schematic_engine.conformance.rules import BAD_LINE, NO_ENDPOINT
from schematic_engine.conformance.shown import (
    Connection,
    Step,
    Trace,
    Transcript,
    Turn,
)
from schematic_engine.conformance.sources import Format
from schematic_engine.conformance.trace import (
    WHOLE,
    BadLine,
    Record,
    RecordKind,
    Share,
    read_trace,
)
from schematic_engine.conformance.vantage import Vantage

__all__ = ["Trace", "examine", "examine_part", "examine_records"]

BEFORE = 3
"""Lines of the conversation that are shown before a finding."""

AFTER = 1
"""Lines of the conversation that are shown after a finding."""

_REMEMBERED = 20_000
"""Lines for which a connection that is over is remembered, so that what is late is noticed."""


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
    form: Format = Format.JSONL,
    vantage: Vantage = Vantage.TAP,
    transcribe: int = 0,
) -> Trace:
    """The same for a recording of any kind, see `schematic_engine.conformance.sources`.

    Args:
        endpoint: what the connections are supposed to speak.
        file: the name to report.
        records: what the file holds.
        form: what the file is, for reports.
        vantage: where it was recorded.
        transcribe: how many lines of each conversation are kept to be shown; what is around
            findings is kept besides.

    Raises:
        UnreadableSourceError: what yields the records raises it.
    """
    part = examine_part(endpoint, records, vantage=vantage, transcribe=transcribe)
    return merged(file, form, [part])


def examine_part(
    endpoint: Speaks,
    records: Iterable[Record | BadLine],
    *,
    vantage: Vantage = Vantage.TAP,
    transcribe: int = 0,
    share: Share = WHOLE,
) -> Part:
    """Judge some of the connections of a recording, to be put together with the others.

    Args:
        endpoint: what the connections are supposed to speak.
        records: the records of those connections, and all lines that cannot be read.
        vantage: where it was recorded.
        transcribe: see `examine_records`.
        share: which of the connections they are. Lines of which not even the connection could be
            read are findings of the first share.

    Raises:
        UnreadableSourceError: what yields the records raises it.
    """
    run = _Run(_Setting(endpoint, vantage, transcribe, share))
    for record in records:
        if isinstance(record, BadLine):
            run.miss(record)
        else:
            run.take(record)
    return run.finish()


class _Setting(msgspec.Struct, frozen=True):
    """By what connections are judged, and how much of them is kept."""

    endpoint: Speaks
    vantage: Vantage
    transcribe: int
    share: Share


class _Run:
    """The connections of one file that are being followed."""

    def __init__(self, setting: _Setting) -> None:
        self._setting = setting
        self._records = 0
        self._current: dict[int, _Followed] = {}
        self._over: OrderedDict[int, int] = OrderedDict()
        self._kept = Kept()
        self._is_to_be_found = isinstance(setting.endpoint, Catalog)

    def take(self, record: Record) -> None:
        self._records += 1
        self._kept.line = record.line
        if self._over:
            self._forget(record.line)
        number = record.connection
        one = self._current.get(number)
        if one is None and record.kind is RecordKind.HTTP and self._is_to_be_found:
            return  # it leads to no endpoint; the request for a WebSocket is still to come
        if one is None or (record.kind is RecordKind.OPEN and one.has_begun):
            one = self._begin(record, one)
        one.take(record)
        if one.is_over and number not in self._over:
            self._over[number] = record.line

    def miss(self, bad: BadLine) -> None:
        self._kept.line = bad.line
        if bad.connection is not None or self._setting.share.index == 0:
            self._kept.add(
                Finding(
                    rule=BAD_LINE,
                    line=bad.line,
                    connection=bad.connection,
                    text=redact_text(bad.problem),
                ),
                [],
            )
        numbers = self._current if bad.connection is None else (bad.connection,)
        for number in numbers:
            if number in self._current:
                self._current[number].miss()

    def finish(self) -> Part:
        self._kept.end()
        for number, one in list(self._current.items()):
            self._let_go(number, one)
        return self._kept.part(self._records)

    def _begin(self, first: Record, before: _Followed | None) -> _Followed:
        """Another connection begins, under a number that had another before or not."""
        number = first.connection
        if before is not None:
            self._over.pop(number, None)
            self._let_go(number, before)
        one = self._current[number] = _Followed(self._setting, first, self._kept)
        return one

    def _forget(self, line: int) -> None:
        """Let go of connections that have long been over."""
        while self._over:
            number = next(iter(self._over))
            if self._over[number] >= line - _REMEMBERED:
                return
            del self._over[number]
            self._let_go(number, self._current[number])

    def _let_go(self, number: int, one: _Followed) -> None:
        del self._current[number]
        one.finish()


class _Followed:
    """One connection: its judge, and the conversation around what the judge finds."""

    def __init__(self, setting: _Setting, first: Record, kept: Kept) -> None:
        endpoint = setting.endpoint
        found = endpoint.find(first) if isinstance(endpoint, Catalog) else endpoint
        self._judge: Judge | None = None
        self._endpoint, self._secret = "", frozenset[str]()
        self._first, self._kept = first, kept
        self._messages = self._length = 0
        self._transcribe = setting.transcribe
        self._steps: dict[int, Step] = {}
        self._code: int | None = None
        self._recent: deque[tuple[Record, str]] = deque(maxlen=BEFORE + 1)
        self._open: list[tuple[int, list[Turn]]] = []
        if isinstance(found, str):
            finding = Finding(
                rule=NO_ENDPOINT, line=first.line, connection=first.connection, text=found
            )
            kept.add(finding, [], first.line)
            return
        self._judge = Judge(found, first.connection, vantage=setting.vantage)
        self._endpoint, self._secret = found.name, _secret_fields(found)

    @property
    def has_begun(self) -> bool:
        """Whether another ``open`` under its number is another connection."""
        return self._judge is None or self._judge.has_begun

    @property
    def is_over(self) -> bool:
        return self._code is not None if self._judge is None else self._judge.is_over

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
        after = bool(self._open)
        if after:
            for _, turns in self._open:
                turns.append(_turn(record, verdict.message, self._secret))
            self._open = [(left - 1, turns) for left, turns in self._open if left > 1]
        self._recent.append((record, verdict.message))
        self._length += 1
        if self._transcribe:
            self._write_down(after, verdict.findings)
        if verdict.findings:
            self._add(verdict.findings)

    def finish(self) -> None:
        judge = self._judge
        if judge is not None:
            findings = judge.finish()
            self._add(findings)
            if self._transcribe and findings:
                self._write_down(after=False, findings=findings)
        self._kept.close(
            Connection(
                self._first.connection,
                self._first.line,
                judge is not None and judge.is_complete,
                self._messages,
                self._code,
                self._endpoint,
            ),
            Transcript(
                self._first.connection,
                self._first.line,
                self._endpoint,
                tuple(self._steps.values()),
                self._length,
            ),
        )

    def _write_down(self, after: bool, findings: Sequence[Finding]) -> None:
        """Keep the last line to be shown: one of the first, or one after or with ``findings``."""
        if self._length <= self._transcribe or after:
            self._keep(self._length, *self._recent[-1])
        if findings:
            first = self._length - len(self._recent) + 1
            for number, (record, message) in enumerate(self._recent, first):
                self._keep(number, record, message)

    def _keep(self, number: int, record: Record, message: str) -> None:
        if number in self._steps or not self._kept.room():
            return
        assert self._judge is not None
        turn, payload = _turn(record, message, self._secret), record.payload
        body = turn.text if payload is None else laid_out(payload, secret=self._secret)
        self._steps[number] = Step(number, turn, body, self._judge.phase, record.time)

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            turns: list[Turn] = []
            if self._kept.add(finding, turns, self._first.line):
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
        text = f"close {record.code} {printable(redact_text(record.reason))}".rstrip()
    else:
        text = record.kind.value
    return Turn(record.line, record.side.value, record.kind.value, message, text)
