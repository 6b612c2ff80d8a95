"""Judging a whole recording: each of its connections alone, findings with their surroundings."""

from __future__ import annotations

from collections.abc import Iterable

from schematic_engine.conformance.catalog import Speaks
from schematic_engine.conformance.follow import SILENCE, Following, Setting
from schematic_engine.conformance.part import Part, merged
from schematic_engine.conformance.shown import Trace
from schematic_engine.conformance.sources import Format
from schematic_engine.conformance.trace import WHOLE, BadLine, Record, Share, read_trace
from schematic_engine.conformance.vantage import Vantage

__all__ = ["Trace", "examine", "examine_part", "examine_records"]


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
    run = Following(Setting(endpoint, vantage, transcribe, share, SILENCE))
    for record in records:
        if isinstance(record, BadLine):
            run.miss(record)
        else:
            run.take(record)
    return run.finish()
