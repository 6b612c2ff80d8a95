"""What is kept of a recording, or of a share of it that one process judges: `Kept`, `Part`.

What is kept is bounded, whatever the size of a recording: of each severity the first thousand
findings, the first ten thousand connections, and how many there were of either. What comes first
is decided by lines alone, so the shares of several processes put together say what one process
would have said.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterable
from copy import copy
from typing import TypeAlias

import msgspec

from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.rules import Severity
from schematic_engine.conformance.shown import Connection, Counts, Shown, Trace, Transcript, Turn
from schematic_engine.conformance.sketch import Sketch
from schematic_engine.conformance.sources import Format

__all__ = ["Kept", "Part", "When", "merged"]

_MOST_FINDINGS = 1000
_MOST_CONNECTIONS = 10_000
_MOST_STEPS = 20_000


class When(msgspec.Struct, frozen=True, order=True):
    """When something was found.

    Attributes:
        line: the line that was read then; infinity for the end of the recording.
        first: where its connection begins; 0 where there is none.
        number: how many were found before it.
    """

    line: float
    first: int
    number: int


class Part(msgspec.Struct, frozen=True):
    """What was found in a share of a file.

    Attributes:
        records: how many of its lines could be read.
        connections: those of its connections that are kept.
        findings: those that are kept, each with when it was found, in that order.
        transcripts: its conversations.
        counts: how much there was.
    """

    records: int
    connections: tuple[Connection, ...]
    findings: tuple[tuple[When, Shown], ...]
    transcripts: tuple[Transcript, ...]
    counts: Counts


_Found: TypeAlias = tuple[When, Finding, list[Turn]]


class Kept:
    """Collects what is kept.

    Attributes:
        line: the line that is being read.
    """

    def __init__(self) -> None:
        self.line: float = 0
        self._findings: dict[Severity, list[_Found]] = {severity: [] for severity in Severity}
        self._connections: list[tuple[int, int, Connection]] = []
        self._sketches: list[tuple[Sketch, int]] = []
        self._found: Counter[Severity] = Counter()
        self._connected = self._unjudged = self._messages = 0
        self._endpoints: set[str] = set()
        self._steps = _MOST_STEPS

    def twin(self) -> Kept:
        """The same, to go on by itself."""
        twin = copy(self)
        twin.part_ways()
        return twin

    def part_ways(self) -> None:
        """Share nothing with what this is a copy of."""
        self._findings = {severity: list(found) for severity, found in self._findings.items()}
        self._connections = list(self._connections)
        self._sketches = list(self._sketches)
        self._found = Counter(self._found)
        self._endpoints = set(self._endpoints)

    def end(self) -> None:
        """The recording is over."""
        self.line = math.inf

    def add(self, finding: Finding, turns: list[Turn], first: int = 0) -> bool:
        """Keep a finding of the connection that begins at ``first``; whether there was room."""
        severity = finding.rule.severity
        self._found[severity] += 1
        when = When(self.line, first, sum(self._found.values()))
        found = self._findings[severity]
        if len(found) == _MOST_FINDINGS and found[-1][0] < when:
            return False
        insort(found, (when, finding, turns), key=_when)
        del found[_MOST_FINDINGS:]
        return True

    def say(self, messages: int) -> None:
        """Messages passed on a connection that is over."""
        self._messages += messages

    def room(self) -> bool:
        """Take the room for one more line of a conversation, if there is any left."""
        self._steps -= 1
        return self._steps >= 0

    def close(self, connection: Connection, sketch: Sketch, length: int) -> None:
        """A connection of ``length`` lines is over."""
        if len(sketch):
            self._sketches.append((sketch, length))
        self._connected += 1
        self._messages += connection.messages
        if connection.endpoint:
            self._endpoints.add(connection.endpoint)
        else:
            self._unjudged += 1
        insort(self._connections, (connection.line, self._connected, connection))
        del self._connections[_MOST_CONNECTIONS:]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that are kept, in the order in which they were found."""
        return tuple(finding for _, finding, _ in self._in_order)

    @property
    def _in_order(self) -> list[_Found]:
        return sorted((one for found in self._findings.values() for one in found), key=_when)

    def part(self, records: int) -> Part:
        """All that was kept of ``records`` lines that could be read."""
        return Part(
            records,
            tuple(connection for _, _, connection in self._connections),
            tuple((when, Shown(finding, tuple(turns))) for when, finding, turns in self._in_order),
            tuple(sketch.transcript(length) for sketch, length in self._sketches),
            Counts(
                self._connected,
                self._unjudged,
                self._messages,
                {severity: self._found[severity] for severity in Severity},
                tuple(sorted(self._endpoints)),
            ),
        )


def merged(file: str, form: Format, parts: Iterable[Part]) -> Trace:
    """The shares of one file, put together."""
    parts = tuple(parts)
    counts = [part.counts for part in parts]
    connections = sorted((one for part in parts for one in part.connections), key=_begins)
    transcripts = sorted((one for part in parts for one in part.transcripts), key=_begins)
    return Trace(
        file,
        sum(part.records for part in parts),
        tuple(connections[:_MOST_CONNECTIONS]),
        tuple(sorted(_first(parts), key=lambda shown: shown.finding.line)),
        Counts(
            sum(one.connections for one in counts),
            sum(one.unjudged for one in counts),
            sum(one.messages for one in counts),
            {severity: sum(one.findings[severity] for one in counts) for severity in Severity},
            tuple(sorted({name for one in counts for name in one.endpoints})),
        ),
        form,
        tuple(transcripts),
    )


def _when(found: _Found) -> When:
    return found[0]


def _begins(one: Connection | Transcript) -> int:
    return one.line


def _first(parts: Iterable[Part]) -> list[Shown]:
    """Of each severity those findings that were found first."""
    found = sorted((one for part in parts for one in part.findings), key=lambda one: one[0])
    left = dict.fromkeys(Severity, _MOST_FINDINGS)
    first: list[Shown] = []
    for _, shown in found:
        severity = shown.finding.rule.severity
        left[severity] -= 1
        if left[severity] >= 0:
            first.append(shown)
    return first
