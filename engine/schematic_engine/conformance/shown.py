"""What is shown of a judged recording: findings, connections and conversations, ready to be read.

Everything here is safe to show: secrets are hidden and control characters escaped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

import msgspec

from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.rules import Severity
from schematic_engine.conformance.sources import Format

__all__ = ["Connection", "Counts", "Shown", "Step", "Trace", "Transcript", "Turn", "by_connection"]


class Turn(msgspec.Struct, frozen=True):
    """One line of a conversation, ready to be shown.

    Attributes:
        line: where it stands in the file.
        side: ``client`` or ``server``.
        kind: ``text``, ``binary``, ``close`` or another kind of line.
        message: the id of the message; empty if it is none, or an unknown one.
        text: the payload on one line, secrets hidden.
    """

    line: int
    side: str
    kind: str
    message: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """A finding and the conversation around it."""

    finding: Finding
    turns: tuple[Turn, ...]


class Connection(msgspec.Struct, frozen=True):
    """What was seen of one connection.

    Attributes:
        number: its number in the file.
        line: where it begins.
        complete: whether the recording has it from its beginning.
        messages: how many messages passed in both directions.
        code: the close code with which its end began; None if it did not end.
        endpoint: what it speaks, ``API/Endpoint``; empty if that is not known, and so it was not
            judged.
    """

    number: int
    line: int
    complete: bool
    messages: int
    code: int | None
    endpoint: str


class Counts(msgspec.Struct, frozen=True):
    """How much there was in a file, whether it is kept or not.

    Attributes:
        connections: all of them.
        unjudged: those of which the endpoint is not known.
        messages: what was said on all of them.
        findings: by severity.
        endpoints: the names of those that were spoken, in alphabetical order.
    """

    connections: int
    unjudged: int
    messages: int
    findings: dict[Severity, int]
    endpoints: tuple[str, ...]


class Step(msgspec.Struct, frozen=True):
    """One line of a conversation, to be shown with all that is around it.

    Attributes:
        number: which of the connection's lines it is, from 1; where numbers are missing, lines
            were left out.
        turn: the line.
        body: what was said, over several lines, secrets hidden.
        phase: where the conversation stood after it, such as ``STREAMING``.
        time: seconds since any moment; None where that was not recorded.
    """

    number: int
    turn: Turn
    body: str
    phase: str
    time: float | None


class Transcript(msgspec.Struct, frozen=True):
    """A conversation, or the beginning of a long one and what is around its findings.

    Attributes:
        connection: its number in the file.
        line: where it begins.
        endpoint: what it speaks.
        steps: its lines, in order.
        length: how many lines it has, those that are left out too.
    """

    connection: int
    line: int
    endpoint: str
    steps: tuple[Step, ...]
    length: int


class Trace(msgspec.Struct, frozen=True):
    """What was found in one file.

    Attributes:
        file: its name.
        records: how many of its lines could be read.
        connections: what it holds, in order of appearance.
        findings: everything that was found, in the order of lines.
        counts: how much there was, more than is kept here where there was very much.
        form: what the file is.
        transcripts: the conversations, if they were asked for.
    """

    file: str
    records: int
    connections: tuple[Connection, ...]
    findings: tuple[Shown, ...]
    counts: Counts
    form: Format = Format.JSONL
    transcripts: tuple[Transcript, ...] = ()


def by_connection(trace: Trace) -> dict[Connection | None, list[Shown]]:
    """The findings of each connection that is kept; under None those that belong to none.

    A number may be used again, so it is the last one of that number that had begun by then.
    """
    known: dict[int, list[Connection]] = defaultdict(list)
    for connection in trace.connections:
        known[connection.number].append(connection)
    found: dict[Connection | None, list[Shown]] = defaultdict(list)
    for shown in trace.findings:
        finding = shown.finding
        same = known.get(finding.connection, []) if finding.connection is not None else []
        owner = bisect_right(same, finding.line, key=lambda one: one.line) - 1
        found[same[owner] if owner >= 0 else None].append(shown)
    return found
