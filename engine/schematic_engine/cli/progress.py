"""A progress bar on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType

from rich import progress
from rich.console import Console

__all__ = ["Progress"]

_LEAST = 1 << 22
"""Bytes that are read at once, as far as anybody notices: 4 MiB."""


class Progress:
    """Shows how many of so many bytes have been read, while its ``with`` block runs.

    Nothing is shown, and nothing remains, where nobody would see it: on no terminal, and for
    little to read.

    Args:
        size: all bytes that will be read; 0 if that is not known.
    """

    def __init__(self, size: int) -> None:
        self._bar: progress.Progress | None = None
        self._size = size

    def __enter__(self) -> Progress:
        """Show the bar."""
        if self._size >= _LEAST and sys.stderr.isatty():
            self._bar = progress.Progress(
                progress.TextColumn("checking"),
                progress.BarColumn(),
                progress.DownloadColumn(binary_units=True),
                progress.TransferSpeedColumn(),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("checking", total=self._size)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def advance(self, count: int) -> None:
        """So many bytes more have been read."""
        if self._bar is not None:
            self._bar.update(self._task, advance=count)
