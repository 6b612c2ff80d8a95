"""`Recorder`: judges what passes on any number of connections, and writes it down.

What is judged is what was said; secrets are hidden in what is written and shown. The recording,
when it is checked again, gets the verdicts that were given while it was made, except where the
checker calls it undecidable, since what was hidden would have decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import structs

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.catalog import Catalog, Speaks
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.follow import Following, Setting
from schematic_engine.conformance.part import merged
from schematic_engine.conformance.reports.report import Report
from schematic_engine.conformance.shown import Shown
from schematic_engine.conformance.sources import Format
from schematic_engine.conformance.trace import Record, RecordKind
from schematic_engine.conformance.vantage import Vantage
from schematic_engine.tap.journal import MAX_BODY, Journal
from schematic_engine.tap.journal_file import JournalFile

__all__ = ["LIVE", "Recorder"]

LIVE: Final = "live"
"""The name of a recording that is not written to a file."""


class Recorder:
    """Judges, and writes down, the records of any number of connections.

    It is not for several threads at once.

    Args:
        speaks: the endpoint that the connections speak, or those among which each finds its own.
        file: where the records are written; None for nowhere. It is the caller's to close.
        name: what reports call the recording, such as the name of the file.
        vantage: where the records pass.
        secrets: texts that are hidden wherever they stand, in any of their usual encodings.
        max_body: how much of a body is written.
        tell: called with each finding when it is found.

    Attributes:
        problem: why nothing is written any more; empty while all is.
        rejected: how many requests the server has rejected.
        last_status: the HTTP status with which it did so last; 0 if it never did.
    """

    def __init__(
        self,
        speaks: Speaks,
        *,
        file: JournalFile | None = None,
        name: str = LIVE,
        vantage: Vantage = Vantage.TAP,
        secrets: Iterable[str] = (),
        max_body: int = MAX_BODY,
        tell: Callable[[Shown], object] | None = None,
    ) -> None:
        self._speaks, self._file, self._name = speaks, file, name
        self._secrets, self._max_body = tuple(secrets), max_body
        self._tell = tell
        self._following = Following(Setting(speaks, vantage))
        self._journals: dict[int, Journal] = {}
        self._line = 0 if file is None else file.lines
        self._next = 0 if file is None else file.connections
        self.problem = ""
        self.rejected = self.last_status = 0

    def connect(self) -> int:
        """The number of a connection that begins."""
        number = self._next
        self._next += 1
        return number

    def take(self, record: Record, headers: Iterable[tuple[str, str]] = ()) -> tuple[Finding, ...]:
        """Judge a record and write it down.

        Args:
            record: what passed; its ``line`` is given to it here.
            headers: the header lines of the request, where it is one: what they hold of secrets
                is hidden from then on. They are not written.

        Returns:
            what is wrong with it.
        """
        journal = self._journal(record)
        journal.secrets.learn_headers(headers)
        self._line += 1
        record = structs.replace(record, line=self._line)
        shown = journal.secrets.hidden(record)
        self._write(journal, shown)
        if record.kind is RecordKind.REJECTED:
            self.rejected, self.last_status = self.rejected + 1, record.status or 0
        judged = record if record.is_message else shown
        return self._found(self._following.take(judged, secrets=journal.secrets))

    def end(self, connection: int) -> tuple[Finding, ...]:
        """Nothing more will come of a connection; what is to be said of its end."""
        self._journals.pop(connection, None)
        if self._file is not None:
            self._file.end(connection)
        return self._found(self._following.end(connection))

    def report(self) -> Report:
        """What was found until now."""
        trace = merged(self._name, Format.JSONL, [self._following.so_far])
        name = "" if isinstance(self._speaks, Catalog) else self._speaks.name
        return Report(name, (trace,))

    def _journal(self, record: Record) -> Journal:
        number = record.connection
        journal = self._journals.get(number)
        if journal is None or record.kind is RecordKind.OPEN:
            speaks = self._speaks
            found = speaks.find(record) if isinstance(speaks, Catalog) else speaks
            endpoint = found if isinstance(found, CompiledEndpoint) else None
            journal = self._journals[number] = Journal(
                endpoint, secrets=self._secrets, max_body=self._max_body
            )
        return journal

    def _write(self, journal: Journal, record: Record) -> None:
        if self._file is None or self.problem:
            return
        try:
            self._file.write(journal, record)
        except OSError as error:
            self.problem = error.strerror or str(error)

    def _found(self, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        if self._tell is not None:
            for finding in found:
                number = finding.connection
                turns = () if number is None else self._following.recent(number)
                self._tell(Shown(finding, turns))
        return found
