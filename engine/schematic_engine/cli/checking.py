"""Judging files for ``schematic check``: one after the other, or in several processes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO

import click

from schematic.define import BoundEndpoint
from schematic_engine.cli.progress import Progress
from schematic_engine.cli.resolve import installed, load, resolve_endpoints
from schematic_engine.cli.unusable import Unusable as CannotGoOn
from schematic_engine.conformance import (
    Catalog,
    Format,
    Trace,
    UnreadableSourceError,
    Unusable,
    Vantage,
    read_source,
)
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.conformance.examine import examine_part
from schematic_engine.conformance.part import Part, merged
from schematic_engine.conformance.sources import format_of
from schematic_engine.conformance.trace import WHOLE, Share
from schematic_engine.endpoints import resolve

__all__ = ["STANDARD_INPUT", "Setting", "cores", "judge_files", "speaks"]

STANDARD_INPUT = "-"

_LEAST_SHARE = 1 << 24
"""Bytes of a file that are worth a process of their own: 16 MiB."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How files are read, and by what they are judged.

    Attributes:
        references: the endpoints or APIs that were named; empty for all that are installed.
        form: what the files are; None to tell that from their content.
        vantage: where they were recorded.
        transcribe: how many lines of each conversation are kept.
        jobs: how many processes work at once.
    """

    references: tuple[str, ...]
    form: Format | None
    vantage: Vantage
    transcribe: int
    jobs: int


@dataclass(frozen=True, slots=True)
class _Task:
    """A share of a file."""

    file: str
    share: Share
    size: int


_Done = tuple[Part, Format] | str
"""What was found in a share, and in what; or why the file cannot be used."""


@cache
def speaks(references: tuple[str, ...]) -> Speaks:
    """What is judged by: one endpoint, or those among which each connection finds its own.

    Raises:
        CannotGoOn: there is no such thing; the message says what there is.
    """
    endpoints = [one for reference in references for one in resolve_endpoints(reference)]
    if len(endpoints) == 1:
        return resolve(endpoints[0])
    return Catalog(endpoints if references else _every_endpoint())


def _every_endpoint() -> Iterator[BoundEndpoint]:
    """The endpoints of all installed APIs."""
    for entry in installed().values():
        try:
            api = load(entry)
        except CannotGoOn as error:  # another package's fault must not keep the others from it
            click.echo(f"left out: {error.message}", err=True)
            continue
        yield from (api.endpoint(one.id) for one in api.endpoints)


def judge_files(setting: Setting, files: Sequence[str]) -> list[Trace | Unusable]:
    """Judge ``files``; what was found in them, in the same order, however many processes work."""
    speaks(setting.references)  # what is wrong with it is said once, and here
    tasks = [task for file in files for task in _tasks(setting, file)]
    with Progress(sum(task.size for task in tasks)) as progress:
        alone = setting.jobs == 1 or len(tasks) == 1
        done = _alone(setting, tasks, progress) if alone else _together(setting, tasks, progress)
    at = 0
    judged: list[Trace | Unusable] = []
    for file in files:
        name = "<stdin>" if file == STANDARD_INPUT else file
        shares = tasks[at].share.of
        judged.append(_joined(name, done[at : at + shares]))
        at += shares
    return judged


def _tasks(setting: Setting, file: str) -> list[_Task]:
    """The shares in which ``file`` is judged: several if it is long and made of lines."""
    if file == STANDARD_INPUT:
        return [_Task(file, WHOLE, 0)]
    try:
        size = Path(file).stat().st_size
        with Path(file).open("rb") as stream:
            start = stream.read(4096)
    except OSError:  # which is said where it is judged
        return [_Task(file, WHOLE, 0)]
    lines = (setting.form or format_of(start)) is Format.JSONL and not setting.transcribe
    shares = max(1, min(setting.jobs, size // _LEAST_SHARE)) if lines else 1
    return [_Task(file, Share(index, shares), size // shares) for index in range(shares)]


def _alone(setting: Setting, tasks: Sequence[_Task], progress: Progress) -> list[_Done]:
    return [_judge(setting, task, progress.advance) for task in tasks]


def _together(setting: Setting, tasks: Sequence[_Task], progress: Progress) -> list[_Done]:
    """In processes that are started anew, which is the same on every system."""
    done: dict[_Task, _Done] = {}
    workers = min(setting.jobs, len(tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: dict[Future[_Done], _Task] = {}
        for task in tasks:
            if task.file != STANDARD_INPUT:
                running[pool.submit(_judge, setting, task)] = task
        for task in tasks:
            if task.file == STANDARD_INPUT:
                done[task] = _judge(setting, task)
        for future in as_completed(running):
            task = running[future]
            done[task] = future.result()
            progress.advance(task.size)
    return [done[task] for task in tasks]


def _judge(setting: Setting, task: _Task, advance: Callable[[int], None] | None = None) -> _Done:
    """Judge a share of a file; ``advance`` is told of the bytes that were read."""
    try:
        if task.file == STANDARD_INPUT:
            return _read(setting, task, sys.stdin.buffer)
        with Path(task.file).open("rb", buffering=0) as stream:
            return _read(setting, task, _Watched(stream, advance))
    except OSError as error:
        return error.strerror or str(error)
    except UnreadableSourceError as error:
        return str(error)


def _read(setting: Setting, task: _Task, stream: BinaryIO | _Watched) -> _Done:
    source = read_source(stream, setting.form, task.share)
    part = examine_part(
        speaks(setting.references),
        source,
        vantage=setting.vantage,
        transcribe=setting.transcribe,
        share=task.share,
    )
    return part, source.form


def _joined(name: str, done: Sequence[_Done]) -> Trace | Unusable:
    """The shares of one file."""
    parts: list[Part] = []
    form = Format.JSONL
    for one in done:
        if isinstance(one, str):
            return Unusable(name, one)
        part, form = one
        parts.append(part)
    trace = merged(name, form, parts)
    return trace if trace.records else Unusable(name, _empty(trace))


def _empty(trace: Trace) -> str:
    """Why a file in which nothing could be read is of no use."""
    problem = "it holds no record of a connection"
    if not trace.findings:
        return problem
    first = trace.findings[0].finding
    return f"{problem}; line {first.line}: {first.text}"


class _Watched(io.RawIOBase):
    """A file that tells how much of it has been read."""

    def __init__(self, stream: io.RawIOBase, advance: Callable[[int], None] | None) -> None:
        super().__init__()
        self._stream, self._advance = stream, advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # any buffer
        count: int | None = self._stream.readinto(buffer)
        if count and self._advance is not None:
            self._advance(count)
        return count


def cores() -> int:
    """How many processes can work at once on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
