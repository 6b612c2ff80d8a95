"""Following connections as their records go by: of a recording, or live. `Following`.

Each connection is judged alone, and what was found is kept with its surroundings. What is kept is
bounded, see `schematic_engine.conformance.part`, and a connection that is over is let go some
thousand records later, or when it is said to be. In a file, one of which nothing is heard for
long is let go as well; should it go on after all, that is said.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

import msgspec

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.gone import Gone
from schematic_engine.conformance.judge import Judge
from schematic_engine.conformance.part import Kept, Part
from schematic_engine.conformance.redact import redact_text
from schematic_engine.conformance.rules import BAD_LINE, NO_ENDPOINT, NOT_FOLLOWED
from schematic_engine.conformance.secrets import Secrets
from schematic_engine.conformance.shown import Connection, Turn
from schematic_engine.conformance.sketch import Sketch, turn_of
from schematic_engine.conformance.trace import WHOLE, BadLine, Record, RecordKind, Share
from schematic_engine.conformance.vantage import Vantage

__all__ = ["AFTER", "BEFORE", "SILENCE", "Following", "Setting"]

BEFORE = 3
"""Lines of the conversation that are shown before a finding."""

AFTER = 1
"""Lines of the conversation that are shown after a finding."""

_REMEMBERED = 20_000
"""Lines for which a connection that is over is remembered, so that what is late is noticed."""

SILENCE = 50_000
"""Lines of a file for which a connection may be silent before it is let go, its end unknown."""


class Setting(msgspec.Struct, frozen=True):
    """By what connections are judged, and how much of them is kept.

    Attributes:
        endpoint: what they are supposed to speak.
        vantage: where their records pass.
        transcribe: how many lines of each conversation are kept to be shown; what is around
            findings is kept besides.
        share: which of the connections of a file they are.
        silence: lines for which a connection is waited for before it is let go; None for ever,
            where somebody says when a connection ends.
    """

    endpoint: Speaks
    vantage: Vantage = Vantage.TAP
    transcribe: int = 0
    share: Share = WHOLE
    silence: int | None = None


class Following:
    """The connections of one file, or of one program, that are being followed."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._records = 0
        self._current: OrderedDict[int, _Followed] = OrderedDict()  # last heard comes last
        self._gone = Gone()
        self._over: OrderedDict[int, int] = OrderedDict()
        self._kept = Kept()
        self._is_to_be_found = isinstance(setting.endpoint, Catalog)

    def take(
        self, record: Record, *, vantage: Vantage | None = None, secrets: Secrets | None = None
    ) -> tuple[Finding, ...]:
        """Judge the next record, and keep what was wrong with it.

        Args:
            record: the record; its line is greater than that of the one before.
            vantage: for the first record of a connection, where its records pass, if that is
                another place than in the setting.
            secrets: for the first record of a connection, what is secret on it, if more is known
                than its records tell.

        Returns:
            What was wrong with it.
        """
        self._records += 1
        self._kept.line = record.line
        self._forget(record.line)
        number = record.connection
        one = self._current.get(number)
        if one is None and number in self._gone:
            if record.kind is not RecordKind.OPEN:
                return self._go_on(record)
            self._gone.discard(number)
        if one is None and record.kind is RecordKind.HTTP and self._is_to_be_found:
            return ()  # it leads to no endpoint; the request for a WebSocket is still to come
        if one is None or (record.kind is RecordKind.OPEN and one.has_begun):
            one = self._begin(record, one, vantage, secrets)
        findings = one.take(record)
        self._heard(number, record.line)
        if one.is_over and number not in self._over:
            self._over[number] = record.line
        return findings

    def recent(self, number: int) -> tuple[Turn, ...]:
        """The last lines of a connection that goes on, ready to be shown; few, and in order."""
        one = self._current.get(number)
        return () if one is None else one.recent

    def miss(self, bad: BadLine) -> None:
        """A line cannot be read, which is a finding."""
        self._kept.line = bad.line
        self._forget(bad.line)
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
        if bad.connection is not None and bad.connection in self._current:
            self._heard(bad.connection, bad.line)
        numbers = self._current if bad.connection is None else (bad.connection,)
        for number in numbers:
            if number in self._current:
                self._current[number].miss()

    def miss_on(self, number: int, side: Side) -> None:
        """``side`` may have said more on a connection than passed here."""
        if number in self._current:
            self._current[number].miss(side)

    def is_text(self, number: int, side: Side, said: bytes) -> bool:
        """Whether what ``side`` said on a connection is text, where only the bytes are known."""
        one = self._current.get(number)
        return _is_utf8(said) if one is None else one.is_text(side, said)

    def end(self, number: int) -> tuple[Finding, ...]:
        """Nothing more will come of a connection, which is let go; what was wrong with its end."""
        one = self._current.get(number)
        if one is None:
            return ()
        self._over.pop(number, None)
        return self._let_go(number, one)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong until now, as far as it is kept, without what is around it."""
        return self._kept.findings

    @property
    def so_far(self) -> Part:
        """What was found until now; the ends of connections that go on are not judged."""
        kept = self._kept.twin()
        for one in self._current.values():
            kept.close(*one.seen)
        return kept.part(self._records)

    def finish(self) -> Part:
        """Nothing more will come at all: all that was found."""
        self._kept.end()
        for number, one in list(self._current.items()):
            self._let_go(number, one)
        return self._kept.part(self._records)

    def _begin(
        self,
        first: Record,
        before: _Followed | None,
        vantage: Vantage | None,
        secrets: Secrets | None,
    ) -> _Followed:
        """Another connection begins, under a number that had another before or not."""
        number = first.connection
        if before is not None:
            self._over.pop(number, None)
            self._let_go(number, before)
        setting = self._setting
        if vantage is not None:
            setting = msgspec.structs.replace(setting, vantage=vantage)
        one = self._current[number] = _Followed(setting, first, self._kept, secrets)
        return one

    def _heard(self, number: int, line: int) -> None:
        self._current[number].heard = line
        self._current.move_to_end(number)

    def _forget(self, line: int) -> None:
        """Let go of connections that have long been over, or of which nothing has been heard."""
        while self._over:
            number = next(iter(self._over))
            if self._over[number] >= line - _REMEMBERED:
                break
            del self._over[number]
            self._let_go(number, self._current[number])
        silence = self._setting.silence
        while self._current and silence is not None:
            number, one = next(iter(self._current.items()))
            if one.heard >= line - silence:
                return
            self._give_up(number, one)

    def _give_up(self, number: int, one: _Followed) -> None:
        """Let go of a silent connection, and say of it what the end of the file would say."""
        self._over.pop(number, None)
        self._gone.add(number)
        if not one.is_judged:
            self._gone.tell(number)  # it was said that it is not
        line, self._kept.line = self._kept.line, math.inf
        self._let_go(number, one)
        self._kept.line = line

    def _go_on(self, record: Record) -> tuple[Finding, ...]:
        """A connection that was let go is heard of again."""
        self._kept.say(record.is_message)
        if not self._gone.tell(record.connection):
            return ()
        text = (
            f"it goes on after more than {self._setting.silence:,} lines without a word of it: "
            "it had been let go, since memory is limited, and is not judged from here"
        )
        finding = Finding(
            rule=NOT_FOLLOWED, line=record.line, connection=record.connection, text=text
        )
        self._kept.add(finding, [], record.line)
        return (finding,)

    def _let_go(self, number: int, one: _Followed) -> tuple[Finding, ...]:
        del self._current[number]
        return one.finish()


class _Followed:
    """One connection: its judge, and the conversation around what the judge finds."""

    def __init__(
        self, setting: Setting, first: Record, kept: Kept, secrets: Secrets | None
    ) -> None:
        endpoint = setting.endpoint
        found = endpoint.find(first) if isinstance(endpoint, Catalog) else endpoint
        self._judge: Judge | None = None
        self._compiled: CompiledEndpoint | None = None
        self._endpoint, self._secret = "", frozenset[str]()
        self._unjudged: tuple[Finding, ...] = ()
        self._secrets = secrets or Secrets(None if isinstance(found, str) else found)
        self._first, self._kept = first, kept
        self._messages = self._length = 0
        self.heard = first.line
        self._transcribe = setting.transcribe
        self._code: int | None = None
        self._recent: deque[tuple[Record, str]] = deque(maxlen=BEFORE + 1)
        self._open: list[tuple[int, list[Turn]]] = []
        if isinstance(found, str):
            self._sketch = Sketch(first, "", self._secret)
            finding = Finding(
                rule=NO_ENDPOINT, line=first.line, connection=first.connection, text=found
            )
            kept.add(finding, [], first.line)
            self._unjudged = (finding,)
            return
        self._compiled = found
        self._judge = Judge(
            found, first.connection, vantage=setting.vantage, shown=self._secrets.hidden
        )
        self._endpoint, self._secret = found.name, _secret_fields(found)
        self._sketch = Sketch(first, self._endpoint, self._secret)

    @property
    def has_begun(self) -> bool:
        """Whether another ``open`` under its number is another connection."""
        return self._judge is None or self._judge.has_begun

    @property
    def is_judged(self) -> bool:
        return self._judge is not None

    @property
    def is_over(self) -> bool:
        return self._code is not None if self._judge is None else self._judge.is_over

    def miss(self, side: Side | None = None) -> None:
        if self._judge is not None:
            self._judge.miss(side)

    def is_text(self, side: Side, said: bytes) -> bool:
        """Whether bytes are the text that they can be, and not rather a binary message."""
        if self._compiled is None or not _is_utf8(said):
            return _is_utf8(said)
        recogniser = codecs_of(self._compiled)[side].recogniser
        try:
            if recogniser.find(said.decode(), is_text=True):
                return True
            return not recogniser.find(said, is_text=False)
        except (ValueError, RecursionError):
            return True

    def take(self, record: Record) -> tuple[Finding, ...]:
        """Judge what was said; secrets are hidden when it is shown, as most never is."""
        self._secrets.learn(record)
        self._messages += record.is_message
        if record.kind is RecordKind.CLOSE and self._code is None:
            self._code = record.code
        if self._judge is None:
            findings, self._unjudged = self._unjudged, ()
            return findings
        verdict = self._judge.feed(record)
        findings = self._in_words(verdict.findings)
        after = bool(self._open)
        if after:
            for _, turns in self._open:
                turns.append(self._turn(record, verdict.message))
            self._open = [(left - 1, turns) for left, turns in self._open if left > 1]
        self._recent.append((record, verdict.message))
        self._length += 1
        if self._transcribe:
            self._write_down(after, findings)
        if findings:
            self._add(findings)
        return findings

    def _in_words(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The same, without secrets in their words."""
        if not findings or not self._secrets.forms:
            return findings
        return tuple(
            msgspec.structs.replace(one, text=self._secrets.in_words(one.text)) for one in findings
        )

    def finish(self) -> tuple[Finding, ...]:
        findings = () if self._judge is None else self._in_words(self._judge.finish())
        self._add(findings)
        if self._transcribe and findings:
            self._write_down(after=False, findings=findings)
        self._kept.close(*self.seen)
        return findings

    @property
    def recent(self) -> tuple[Turn, ...]:
        """The last lines."""
        return tuple(self._turn(record, message) for record, message in self._recent)

    def _turn(self, record: Record, message: str) -> Turn:
        return turn_of(self._shown(record), message, self._secret)

    def _shown(self, record: Record) -> Record:
        return self._secrets.hidden(record)

    @property
    def seen(self) -> tuple[Connection, Sketch, int]:
        """The connection as far as it has come, what is kept of it, and of how many lines."""
        judge = self._judge
        connection = Connection(
            self._first.connection,
            self._first.line,
            judge is not None and judge.is_complete,
            self._messages,
            self._code,
            self._endpoint,
        )
        return connection, self._sketch, self._length

    def _write_down(self, after: bool, findings: Sequence[Finding]) -> None:
        """Keep the last line to be shown: one of the first, or one after or with ``findings``."""
        if self._length <= self._transcribe or after:
            self._keep(self._length, *self._recent[-1])
        if findings:
            first = self._length - len(self._recent) + 1
            for number, (record, message) in enumerate(self._recent, first):
                self._keep(number, record, message)

    def _keep(self, number: int, record: Record, message: str) -> None:
        if number in self._sketch or not self._kept.room():
            return
        assert self._judge is not None
        self._sketch.keep(number, self._shown(record), message, self._judge.phase)

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            turns: list[Turn] = []
            if self._kept.add(finding, turns, self._first.line):
                turns += self.recent
                self._open.append((AFTER, turns))


def _is_utf8(said: bytes) -> bool:
    try:
        said.decode()
    except UnicodeDecodeError:
        return False
    return True


def _secret_fields(endpoint: CompiledEndpoint) -> frozenset[str]:
    """The names of the fields that hold credentials in messages."""
    fields = (way.field or "" for way in endpoint.api.auth.ways)
    return frozenset(path.rpartition(".")[2] for path in fields)
