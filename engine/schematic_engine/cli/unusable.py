"""How the command line says that it cannot go on: whose line it was, and no trace of ours."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import click

__all__ = ["Absent", "Blame", "Unusable"]


class Unusable(click.ClickException):
    """What the user named cannot be used. The process exits with 2."""

    exit_code = 2


class Absent(Unusable):
    """There is nothing of the name, or nothing of the kind that was wanted."""


class Blame:
    """Reports what goes wrong inside a ``with`` block as a fault of code that is not ours.

    Args:
        place: what to call the code: a file, an entry point.
        file: its file; the line in it is named.
    """

    def __init__(self, place: str, file: Path | None = None) -> None:
        self._place, self._file = place, file

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Turn any exception of theirs into `Unusable`; leave interrupts and exits alone."""
        if isinstance(error, Exception) and not isinstance(error, click.ClickException):
            raise Unusable(self._told(error, trace)) from error

    def _told(self, error: Exception, trace: TracebackType | None) -> str:
        what = f"{type(error).__name__}: {error}"
        if isinstance(error, SyntaxError) and error.filename is not None:
            name, number, source = error.filename, error.lineno or 0, error.text or ""
            what = f"{type(error).__name__}: {error.msg}"
        elif (frame := self._frame(trace)) is not None:
            name, number = frame
            source = linecache.getline(name, number)
        else:
            return f"{self._place}: {what}"
        place = self._place if self._is_file(name) else name
        return f"{place}, line {number}: {what}" + (f"\n    {source.strip()}" if source else "")

    def _frame(self, trace: TracebackType | None) -> tuple[str, int] | None:
        """File and line of the innermost frame in their file."""
        frames: list[Any] = list(traceback.walk_tb(trace))
        for frame, number in reversed(frames):
            if self._is_file(frame.f_code.co_filename):
                return frame.f_code.co_filename, number
        return None

    def _is_file(self, name: str) -> bool:
        return self._file is not None and Path(name) == self._file
