"""`Conversation`: a connection as its program sees it, judged on the way.

No input, no output, no clock: whoever watches a connection says what its program does, and when.

A message counts as received when the program gets it, not when it reaches the machine: until then
the program cannot know of it. For the judge that is a slower network, and no fault of anybody. A
message counts as sent when its sending has begun, once it is certain that it was sent: it is
written down when the call has returned, or before the next message that is received, since that
may be the answer. So what is written down has the order in which the program could see it.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import msgspec

from schematic.define import Side
from schematic_engine.conformance import Finding, Record, RecordKind, Severity
from schematic_engine.conformance.ending import LOST
from schematic_engine.conformance.trace import host_and_target
from schematic_engine.monitor.notebook import Headers

__all__ = ["Conversation", "Keeper", "Opening", "Sending"]


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


class Keeper(Protocol):
    """Who keeps what the conversations of a program are told, and has it judged."""

    most_findings: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is kept."""
        ...

    def next_line(self) -> int:
        """The number of the next record."""
        ...

    def take(self, record: Record, own: Side, headers: Headers = ()) -> tuple[Finding, ...]:
        """Keep a record that the side ``own`` saw; what is wrong with it."""
        ...

    def miss(self, record: Record) -> tuple[Finding, ...]:
        """Keep that something before ``record`` was not seen."""
        ...

    def end(self, number: int) -> tuple[Finding, ...]:
        """The conversation is over; what is wrong with its end."""
        ...

    def is_text(self, number: int, side: Side, said: bytes) -> bool:
        """Whether bytes that ``side`` said are more likely a text."""
        ...


class Conversation:
    """One connection of a program.

    Times are in seconds since any moment. What is told after the end is not judged.

    Attributes:
        number: which of the program's connections it is, from 0.
        side: the side on which the program is.
        has_closed: whether a close frame of the program is written down.
        is_over: whether it has ended.
    """

    def __init__(self, keeper: Keeper, number: int, side: Side) -> None:
        self.number, self.side = number, side
        self.has_closed = self.is_over = False
        self._keeper = keeper
        self._pending: deque[Sending] = deque()
        self._left = keeper.most_findings

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
        is_text = self._keeper.is_text(self.number, self.side.other, said)
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
        return self._take(self.side.other, RecordKind.LOST, at, reason=why, missed=True)

    def end(self) -> tuple[Finding, ...]:
        """Nothing more will come."""
        if self.is_over:
            return ()
        self._write_down_all()
        self.is_over = True
        return self._keeper.end(self.number)

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
        missed: bool = False,
    ) -> tuple[Finding, ...]:
        """Judge what happened, unless nothing is judged any more."""
        if self.is_over or self._left <= 0 or self._keeper.is_finished:
            return ()
        record = Record(
            line=self._keeper.next_line(),
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
        if missed:
            return self._keeper.miss(record)
        found = self._keeper.take(record, self.side, headers)
        return (*found, *self._give_up(at)) if found and self._is_enough(found) else found

    def _is_enough(self, found: tuple[Finding, ...]) -> bool:
        """Whether so much is wrong that nothing more is looked into."""
        self._left -= sum(one.rule.severity is not Severity.NOTE for one in found)
        return self._left <= 0

    def _give_up(self, at: float) -> tuple[Finding, ...]:
        """Say that nothing more is judged on this connection."""
        self._left = 1  # for this
        found = self._take(self.side, RecordKind.LOST, at, reason="too much was wrong before")
        self._left = 0
        return found
