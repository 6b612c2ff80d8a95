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

_LOST_CODE: Final = 1006

_MOST_WAITING: Final = 1 << 20
"""Bytes that are held back while nobody has answered."""

_FULL: Final = "the recording is full"


class _Owner(msgspec.Struct):
    conn: int = 0


_decode_owner = msgspec.json.Decoder(_Owner).decode


class JournalFile:
    """A file of lines to which records are added; a context manager that closes it.

    Each line is written at once and in one piece, so what a process leaves that was killed can be
    read, but for half a line at the most. Only its owner can read a file that is made, or begun
    anew. What a file holds that is begun anew stays until a server has answered, or requests
    without an answer fill 1 MiB; if that never happens, they are not written. A file that has grown
    to its limit says so for each connection, and takes nothing more; so the checker calls the rest
    undecidable.

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
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        found = os.fstat(self._file)
        self._is_old = not append and stat.S_ISREG(found.st_mode) and found.st_size > 0
        self._unanswered: list[bytes] = []
        if not append and not self._is_old and stat.S_ISREG(found.st_mode):
            self._keep_private()
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
        waits = _is_unanswered(record) and self._size + len(line) <= min(
            _MOST_WAITING, self._most // 2
        )
        if self._is_old and not waits:
            self._begin_anew()
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

    def _begin_anew(self) -> None:
        """Give up what was there, now that there is something to take its place."""
        self._keep_private()
        os.ftruncate(self._file, 0)
        self._is_old = False
        waiting, self._unanswered = b"".join(self._unanswered), []
        self._write(waiting)

    def _keep_private(self) -> None:
        if hasattr(os, "fchmod"):
            os.fchmod(self._file, 0o600)

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        if self._is_old:
            self._unanswered.append(data)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
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


def _is_unanswered(record: Record) -> bool:
    """Whether this may be all that there is of a connection that nobody has answered."""
    is_lost = record.kind is RecordKind.CLOSE and record.code == _LOST_CODE
    return is_lost or record.kind in (RecordKind.OPEN, RecordKind.HTTP, RecordKind.LOST)


def _lost(record: Record) -> Record:
    return Record(
        line=record.line,
        connection=record.connection,
        side=record.side,
        kind=RecordKind.LOST,
        time=record.time,
        reason=_FULL,
    )
