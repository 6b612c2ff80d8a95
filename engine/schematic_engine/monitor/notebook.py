"""`Notebook`: the records of a program's connections in a recording on disk, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance import Catalog, Record
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.tap import Journal, JournalFile

__all__ = ["Headers", "Notebook"]

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""The headers of a request, by name and value."""


class Notebook:
    """Writes the records of several connections, each without what is secret on it.

    A file that cannot be written any more is left alone; judging goes on.
    """

    def __init__(
        self,
        file: JournalFile,
        speaks: Speaks,
        *,
        secrets: Iterable[str] = (),
        fail: Callable[[OSError], None],
    ) -> None:
        """Begin to write.

        Args:
            file: the recording.
            speaks: what the connections are supposed to speak, which says what is secret.
            secrets: what is hidden wherever it stands.
            fail: is told, once, why the file cannot be written.
        """
        self._file: JournalFile | None = file
        self._speaks = speaks
        self._secrets = tuple(secrets)
        self._fail = fail
        self._journals: dict[int, Journal] = {}
        self.connections = file.connections
        """The number of the first connection."""

    @property
    def lines(self) -> int:
        """How many lines the file has; 0 if it is left alone."""
        return 0 if self._file is None else self._file.lines

    def write(self, record: Record, headers: Headers = ()) -> None:
        """Write a record, whose request came with ``headers``."""
        if self._file is None:
            return
        journal = self._journals.get(record.connection)
        if journal is None:
            journal = Journal(self._endpoint(record), secrets=self._secrets)
            self._journals[record.connection] = journal
        if headers:
            journal.secrets.learn_headers(headers)
        try:
            self._file.write(journal, record)
        except OSError as error:
            self._file = None
            self._fail(error)

    def end(self, number: int) -> None:
        """A connection is over."""
        self._journals.pop(number, None)
        if self._file is not None:
            self._file.end(number)

    def _endpoint(self, first: Record) -> CompiledEndpoint | None:
        if not isinstance(self._speaks, Catalog):
            return self._speaks
        found = self._speaks.find(first)
        return None if isinstance(found, str) else found
