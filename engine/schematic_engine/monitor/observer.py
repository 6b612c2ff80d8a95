"""`Observer`: all connections of one program, judged one by one and kept together."""

from __future__ import annotations

from collections.abc import Callable

from schematic.define import Side
from schematic_engine.conformance import Finding, Format, Record, Trace, Vantage
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.conformance.follow import Following, Setting
from schematic_engine.conformance.part import merged
from schematic_engine.monitor.conversation import Conversation
from schematic_engine.monitor.notebook import Headers, Notebook

__all__ = ["MAX_FINDINGS", "Observer"]

MAX_FINDINGS = 100
"""Errors and warnings of one connection that are looked into."""

_VANTAGES = {Side.CLIENT: Vantage.CLIENT, Side.SERVER: Vantage.SERVER}


class Observer:
    """The connections of one program.

    Attributes:
        most_findings: with how many errors and warnings a connection is not judged any more.
    """

    def __init__(
        self,
        speaks: Speaks,
        *,
        transcribe: int = 0,
        vantage: Vantage | None = None,
        max_findings: int = MAX_FINDINGS,
        notebook: Notebook | None = None,
        tell: Callable[[Finding], None],
    ) -> None:
        """Begin to observe.

        Args:
            speaks: what the connections are supposed to speak.
            transcribe: how many lines of each conversation are kept to be shown.
            vantage: where the records pass; by default at the program's own end.
            max_findings: with how many errors and warnings a connection is not judged any more.
            notebook: writes all records down.
            tell: is called with everything that is found, at once.
        """
        self._following = Following(Setting(speaks, transcribe=transcribe))
        self._vantage = vantage
        self.most_findings = max_findings
        self._notebook = notebook
        self._tell = tell
        self._lines = 0
        self._connections = 0 if notebook is None else notebook.connections
        self._open: dict[int, Conversation] = {}
        self._trace: Trace | None = None

    def begin(self, side: Side) -> Conversation:
        """Another connection, at whose end on ``side`` the program is."""
        number, self._connections = self._connections, self._connections + 1
        conversation = self._open[number] = Conversation(self, number, side)
        return conversation

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong until now, in order."""
        return self._following.findings

    def trace(self, name: str) -> Trace:
        """What was found until now, with the conversations around it."""
        if self._trace is not None:
            return self._trace
        return merged(name, Format.JSONL, [self._following.so_far])

    def finish(self, name: str) -> Trace:
        """Nothing more is judged; what was found in all."""
        if self._trace is None:
            for conversation in list(self._open.values()):
                conversation.end()
            self._trace = merged(name, Format.JSONL, [self._following.finish()])
        return self._trace

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is judged."""
        return self._trace is not None

    # ------------------------------------------------- as the `Keeper` of its conversations

    def next_line(self) -> int:
        """The number of the next record: the one that it will have in the recording, if any."""
        before = 0 if self._notebook is None else self._notebook.lines
        self._lines = max(self._lines, before) + 1
        return self._lines

    def take(self, record: Record, own: Side, headers: Headers = ()) -> tuple[Finding, ...]:
        """Judge the next record, which is written down first."""
        if self._notebook is not None:
            self._notebook.write(record, headers)
        vantage = self._vantage or _VANTAGES[own]
        return self._told(self._following.take(record, vantage=vantage))

    def miss(self, record: Record) -> tuple[Finding, ...]:
        """The sender of ``record``, which tells of that, may have said more on its connection.

        The end of the connection is judged all the same, as far as that can be.
        """
        if self._notebook is not None:
            self._notebook.write(record)
        self._following.miss_on(record.connection, record.side)
        return ()

    def end(self, number: int) -> tuple[Finding, ...]:
        """A connection is over."""
        del self._open[number]
        if self._notebook is not None:
            self._notebook.end(number)
        return self._told(self._following.end(number))

    def is_text(self, number: int, side: Side, said: bytes) -> bool:
        """Whether bytes that ``side`` said are text; see `Following.is_text`."""
        return self._following.is_text(number, side, said)

    def _told(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        for finding in findings:
            self._tell(finding)
        return findings
