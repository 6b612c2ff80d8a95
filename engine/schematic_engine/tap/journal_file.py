"""`JournalFile`: a recording on disk that is whole up to its last line, whatever happens."""

from __future__ import annotations

import os
import stat
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from schematic_engine.conformance.trace import Record, RecordKind, lines_of
from schematic_engine.tap.journal import Journal

__all__ = ["MAX_FILE", "JournalFile"]

MAX_FILE: Final = 1 << 30
"""Bytes that a recording may grow to: 1 GiB."""

_RESERVE: Final = 256
"""Bytes that are kept free for each connection, to say that the file is full."""

_FULL: Final = "the recording is full"


class _Owner(msgspec.Struct):
    conn: int = 0


_decode_owner = msgspec.json.Decoder(_Owner).decode


class JournalFile:
    """A file of lines to which records are added; a context manager that closes it.

    Each line is written at once and in one piece, so what a process leaves that was killed can be
    read, but for half a line at the most. Only its owner can read a file that is made, or begun
    anew. A file that has grown to its limit says so for each connection, and takes nothing more;
    so the checker calls the rest undecidable.

    Args:
        path: the file.
        append: whether to go on with a file that is there. Its connections and lines are counted
            first, so that numbers go on, too.
        max_size: bytes that the file may grow to.

    Attributes:
        lines: how many lines it has.
        connections: the number that the next connection should have: higher than all in it.
        is_full: whether it has reached its limit.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(
        self, path: str | PathLike[str], *, append: bool = False, max_size: int = MAX_FILE
    ) -> None:
        self.lines = self.connections = self._size = 0
        self.is_full = False
        self._most = max_size
        self._live: set[int] = set()
        torn = append and self._count(Path(path))
        anew = 0 if append else os.O_TRUNC
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | anew, 0o600)
        if not append and hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(self._file).st_mode):
            os.fchmod(self._file, 0o600)
        if torn:
            self._put(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, journal: Journal, record: Record) -> bool:
        """Add a record; whether it is in the file now, as its line `lines`.

        Args:
            journal: that of the record's connection.
            record: what passed.

        Raises:
            OSError: it cannot be written, for want of space say.
        """
        number = record.connection
        known = number in self._live
        if self.is_full and not known:
            return False
        line = journal.line(record)
        ends = len(self._live | {number}) * _RESERVE
        if self.is_full or self._size + len(line) + ends > self._most:
            self.is_full = True
            if known:
                self._add(journal.line(_lost(record)))
            self._live.discard(number)
            return False
        self._live.add(number)
        self._add(line)
        return True

    def end(self, connection: int) -> None:
        """Nothing more will come of a connection."""
        self._live.discard(connection)

    def close(self) -> None:
        """Close it; nothing can be written any more."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _add(self, line: bytes) -> None:
        self._put(line)
        self.lines += 1

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        while data:
            data = data[os.write(self._file, data) :]

    def _count(self, path: Path) -> bool:
        """Look at what is there; whether its last line has no end."""
        try:
            with path.open("rb") as stream:
                return self._count_in(stream)
        except FileNotFoundError:
            return False

    def _count_in(self, stream: BinaryIO) -> bool:
        last = b"\n"
        for last in lines_of(stream):
            self.lines += 1
            try:
                number = _decode_owner(last).conn
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            self.connections = max(self.connections, number + 1)
        self._size = stream.tell()
        return not last.endswith(b"\n") and self._size > 0


def _lost(record: Record) -> Record:
    return Record(
        line=record.line,
        connection=record.connection,
        side=record.side,
        kind=RecordKind.LOST,
        time=record.time,
        reason=_FULL,
    )
