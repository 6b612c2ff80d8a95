"""`Observer` and `Conversation`: connections as their programs see them, judged on the way.

No input, no output, no clock: whoever watches a connection says what its program does, and when.

A message counts as received when the program gets it, not when it reaches the machine: until then
the program cannot know of it. For the judge that is a slower network, and no fault of anybody. A
message counts as sent when its sending has begun, once it is certain that it was sent: it is
written down when the call has returned, or before the next message that is received, since that
may be the answer. So what is written down has the order in which the program could see it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from schematic.define import Side
from schematic_engine.conformance import Finding, Format, Record, RecordKind, Trace, Vantage
from schematic_engine.conformance.catalog import Speaks
from schematic_engine.conformance.ending import LOST
from schematic_engine.conformance.follow import Following, Setting
from schematic_engine.conformance.part import merged
from schematic_engine.conformance.trace import host_and_target
from schematic_engine.monitor.notebook import Headers, Notebook

__all__ = ["Conversation", "Observer", "Opening", "Sending"]

_VANTAGES = {Side.CLIENT: Vantage.CLIENT, Side.SERVER: Vantage.SERVER}


class Opening(msgspec.Struct, frozen=True):
    """How a client asks for a WebSocket.

    Attributes:
        target: path and query; None where that is not known.
        host: host and port; empty where that is not known.
        offered: the subprotocols that it offers; None where that is not known.
        headers: its headers, from which the journal learns what is secret; they are not kept.
    """

    target: str | None = None
    host: str = ""
    offered: tuple[str, ...] | None = None
    headers: Headers = ()

    @classmethod
    def of(cls, url: str | None) -> Opening:
        """What a URL, or its path and query alone, says of it."""
        if url is None:
            return cls()
        host, target = host_and_target(url)
        return cls(target, host)

    def __repr__(self) -> str:
        """Nothing of it: a query and a subprotocol may be credentials."""
        return "Opening(...)"


class Sending:
    """Something that a program is sending.

    Attributes:
        findings: what was wrong with it, once it is written down.
    """

    __slots__ = ("at", "code", "findings", "kind", "payload", "reason", "written")

    def __init__(
        self,
        kind: RecordKind,
        at: float,
        *,
        payload: str | bytes | None = None,
        code: int = 1005,
        reason: str = "",
    ) -> None:
        self.kind, self.at, self.payload = kind, at, payload
        self.code, self.reason = code, reason
        self.findings: tuple[Finding, ...] = ()
        self.written = False


class Observer:
    """The connections of one program."""

    def __init__(
        self,
        speaks: Speaks,
        *,
        transcribe: int = 0,
        vantage: Vantage | None = None,
        notebook: Notebook | None = None,
        tell: Callable[[Finding], None],
    ) -> None:
        """Begin to observe.

        Args:
            speaks: what the connections are supposed to speak.
            transcribe: how many lines of each conversation are kept to be shown.
            vantage: where the records pass; by default at the program's own end.
            notebook: writes all records down.
            tell: is called with everything that is found, at once.
        """
        self._following = Following(Setting(speaks, transcribe=transcribe))
        self._vantage = vantage
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

    # -------------------------------------------------------------------- only for `Conversation`

    def next_line(self) -> int:
        """The number of the next record: the one that it will have in the recording, if any."""
        before = 0 if self._notebook is None else self._notebook.lines
        self._lines = max(self._lines, before) + 1
        return self._lines

    def take(self, record: Record, own: Side, headers: Headers = ()) -> tuple[Finding, ...]:
        """Judge the next record, which is written down first.

        A record that tells of a loss says that its sender may have said more; its end is judged
        all the same, as far as that can be.
        """
        if self._notebook is not None:
            self._notebook.write(record, headers)
        if record.kind is RecordKind.LOST:
            self._following.miss_on(record.connection, record.side)
            return ()
        vantage = self._vantage or _VANTAGES[own]
        return self._told(self._following.take(record, vantage=vantage))

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


class Conversation:
    """One connection of a program.

    Times are in seconds since any moment. What is told after the end is not judged.

    Attributes:
        number: which of the program's connections it is, from 0.
        side: the side on which the program is.
        has_closed: whether a close frame of the program is written down.
        is_over: whether it has ended.
    """

    def __init__(self, observer: Observer, number: int, side: Side) -> None:
        self.number, self.side = number, side
        self.has_closed = self.is_over = False
        self._observer = observer
        self._pending: deque[Sending] = deque()

    # ------------------------------------------------------------------------------ the opening

    def asked(self, opening: Opening, at: float) -> tuple[Finding, ...]:
        """The client asked for a WebSocket."""
        return self._take(
            Side.CLIENT,
            RecordKind.OPEN,
            at,
            headers=opening.headers,
            target=opening.target,
            host=opening.host,
            offered=opening.offered,
        )

    def accepted(self, chosen: str | None, at: float) -> tuple[Finding, ...]:
        """The server accepted, with a subprotocol or without."""
        return self._take(Side.SERVER, RecordKind.ACCEPTED, at, chosen=chosen)

    def rejected(self, at: float) -> tuple[Finding, ...]:
        """The server did not accept."""
        found = self._take(Side.SERVER, RecordKind.REJECTED, at)
        return (*found, *self.end())

    # ------------------------------------------------------------------------------ what is said

    def sending(self, payload: str | bytes | None, at: float, *, text: bool = True) -> Sending:
        """The program begins to send a message.

        Args:
            payload: a text, or the bytes of a binary message; None if it is not known in full.
            at: when.
            text: for a payload that is None, whether it is text.
        """
        is_text = text if payload is None else isinstance(payload, str)
        kind = RecordKind.TEXT if is_text else RecordKind.BINARY
        return self._begun(Sending(kind, at, payload=payload))

    def closing(self, code: int, reason: str, at: float) -> Sending:
        """The program begins to send a close frame."""
        return self._begun(Sending(RecordKind.CLOSE, at, code=code, reason=reason))

    def sent(self, sending: Sending) -> tuple[Finding, ...]:
        """It was sent, and all whose sending had begun before it."""
        while not sending.written and self._pending:
            self._write_down(self._pending.popleft())
        return sending.findings

    def unsent(self, sending: Sending) -> None:
        """It was not sent."""
        if not sending.written:
            self._pending.remove(sending)

    def doubted(self, sending: Sending) -> None:
        """Nobody knows whether it was sent."""
        sending.payload = None
        self.sent(sending)

    def received(
        self, payload: str | bytes | None, at: float, *, text: bool = True
    ) -> tuple[Finding, ...]:
        """The program got a message; the arguments are those of `sending`."""
        self._write_down_all()
        is_text = text if payload is None else isinstance(payload, str)
        kind = RecordKind.TEXT if is_text else RecordKind.BINARY
        return self._take(self.side.other, kind, at, payload=payload)

    def received_bytes(self, said: bytes, at: float) -> tuple[Finding, ...]:
        """The program got a message of which it is not known whether it is text."""
        is_text = self._observer.is_text(self.number, self.side.other, said)
        return self.received(said.decode() if is_text else said, at)

    # ------------------------------------------------------------------------------- the end

    def closed(self, code: int, reason: str, at: float) -> tuple[Finding, ...]:
        """The program learned that the other side sent a close frame."""
        self._write_down_all()
        return self._take(self.side.other, RecordKind.CLOSE, at, code=code, reason=reason)

    def lost(self, at: float) -> tuple[Finding, ...]:
        """The program learned that the connection is gone, without a close frame of the other."""
        return self.closed(LOST, "", at)

    def unread(self, at: float) -> tuple[Finding, ...]:
        """The program will not read to the end: the other side may have said more."""
        self._write_down_all()
        why = "the program did not read to the end"
        return self._take(self.side.other, RecordKind.LOST, at, reason=why)

    def end(self) -> tuple[Finding, ...]:
        """Nothing more will come."""
        if self.is_over:
            return ()
        self._write_down_all()
        self.is_over = True
        return self._observer.end(self.number)

    # ----------------------------------------------------------------------- only for this class

    def _begun(self, sending: Sending) -> Sending:
        self._pending.append(sending)
        return sending

    def _write_down_all(self) -> None:
        while self._pending:
            self._write_down(self._pending.popleft())

    def _write_down(self, sending: Sending) -> None:
        sending.written = True
        if sending.kind is RecordKind.CLOSE:
            self.has_closed = True
        sending.findings = self._take(
            self.side,
            sending.kind,
            sending.at,
            payload=sending.payload,
            code=sending.code,
            reason=sending.reason,
        )

    def _take(
        self,
        side: Side,
        kind: RecordKind,
        at: float,
        *,
        headers: Headers = (),
        payload: str | bytes | None = None,
        code: int = 1005,
        reason: str = "",
        chosen: str | None = None,
        target: str | None = None,
        host: str = "",
        offered: tuple[str, ...] | None = None,
    ) -> tuple[Finding, ...]:
        """Judge what happened, unless nothing is judged any more."""
        if self.is_over or self._observer.is_finished:
            return ()
        record = Record(
            line=self._observer.next_line(),
            connection=self.number,
            side=side,
            kind=kind,
            payload=payload,
            code=code,
            reason=reason,
            target=target,
            offered=offered,
            chosen=chosen,
            host=host,
            time=at,
        )
        return self._observer.take(record, self.side, headers)
