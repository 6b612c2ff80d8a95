"""What passed on one connection, judged as it passes: `Log`, and `Logs` of several connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Final

from schematic.compile import CompiledEndpoint
from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import Finding, Judge, Record, RecordKind, Vantage
from schematic_engine.conformance.rules import KEY_REUSED_EARLY, MID_CONNECTION
from schematic_engine.events import Message, Request

__all__ = ["Log", "Logs"]

_HARMLESS: Final = (MID_CONNECTION, KEY_REUSED_EARLY)
"""What may be found about a message that was in order."""

_VANTAGE: Final = {Side.CLIENT: Vantage.CLIENT, Side.SERVER: Vantage.SERVER}


class Log:
    """One connection, recorded at the end of ``role``.

    Args:
        number: the connection's, from 1.
        role: whose end it is; the other side is under test.
        changed: called after each record.

    Attributes:
        number: the connection's.
        role: whose end it is.
        endpoint: what is spoken; None while that is not known.
        records: what passed, in order.
        findings: what the judge says of it.
        problems: what else is wrong, in words.
        heard: the messages of the other side that were in order.
        names: the ids of the messages that each line may be.
        is_over: whether nothing more can come.
        rejected: the HTTP status with which the server rejected, if it did.
    """

    def __init__(self, number: int, role: Side, changed: Callable[[], None]) -> None:
        self.number = number
        self.role = role
        self.endpoint: CompiledEndpoint | None = None
        self.records: list[Record] = []
        self.findings: list[Finding] = []
        self.problems: list[str] = []
        self.heard: list[Message] = []
        self.names: dict[int, tuple[str, ...]] = {}
        self.is_over = False
        self.rejected: int | None = None
        self._judge: Judge | None = None
        self._changed = changed
        self._closed: set[Side] = set()
        self._start: float | None = None
        self._now = 0.0

    @property
    def vantage(self) -> Vantage:
        """Where it is recorded."""
        return _VANTAGE[self.role]

    def tell_time(self, now: float) -> None:
        """It is ``now``, in seconds of any clock."""
        self._start = now if self._start is None else self._start
        self._now = now - self._start

    def follow(self, endpoint: CompiledEndpoint) -> None:
        """The connection speaks ``endpoint``."""
        self.endpoint = endpoint
        self._judge = Judge(endpoint, self.number, vantage=self.vantage)

    def asked(self, request: Request) -> None:
        """A client asks for the WebSocket."""
        self.add(
            Side.CLIENT,
            RecordKind.OPEN,
            target=request.target,
            offered=request.subprotocols,
            host=request.header("host") or "",
        )

    def said(self, side: Side, payload: str | bytes) -> None:
        """A message passed."""
        kind = RecordKind.TEXT if isinstance(payload, str) else RecordKind.BINARY
        self.add(side, kind, payload=payload)

    def closed(self, side: Side, code: int, reason: str = "") -> None:
        """A close frame of ``side`` passed, or with 1006 the connection was lost."""
        if side not in self._closed:
            self._closed.add(side)
            self.add(side, RecordKind.CLOSE, code=code, reason=reason)

    def add(
        self,
        side: Side,
        kind: RecordKind,
        *,
        payload: str | bytes | None = None,
        code: int = 1005,
        reason: str = "",
        target: str | None = None,
        offered: tuple[str, ...] | None = None,
        chosen: str | None = None,
        host: str = "",
    ) -> None:
        """Something passed."""
        record = Record(
            line=len(self.records) + 1,
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
            time=self._now,
        )
        self.records.append(record)
        if self._judge is not None:
            verdict = self._judge.feed(record)
            self.names[record.line] = tuple(verdict.message.split("|")) if verdict.message else ()
            self.findings += verdict.findings
            is_sound = all(one.rule in _HARMLESS for one in verdict.findings)
            if side is not self.role and payload is not None and is_sound:
                self._hear(verdict.message, payload)
        self._changed()

    def _hear(self, name: str, payload: str | bytes) -> None:
        """A message of the other side, which was in order; one of two that look alike is none."""
        assert self.endpoint is not None  # the judge knows it
        kind = codecs_of(self.endpoint)[self.role.other].kinds.get(name)
        if kind is not None:
            key = kind.key_in(payload)
            body = kind.decode(payload)
            self.heard.append(Message(id=name, body=body, payload=payload, key=key))

    def end(self) -> None:
        """Nothing more can come."""
        self.is_over = True
        self._changed()

    def wrong(self, problem: str) -> None:
        """Something is wrong that no rule names."""
        self.problems.append(problem)
        self._changed()


class Logs:
    """The connections of one mock or client; may be asked from another thread than fills it.

    Args:
        role: whose ends are recorded.
    """

    def __init__(self, role: Side) -> None:
        self.role = role
        self._all: list[Log] = []
        self._condition = threading.Condition()

    def __iter__(self) -> Iterator[Log]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def begin(self) -> Log:
        """Another connection."""
        log = Log(len(self._all) + 1, self.role, self._changed)
        self._all.append(log)
        return log

    def wait(self, until: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds, as far as the records show it; whether it does."""
        with self._condition:
            return self._condition.wait_for(until, timeout)

    def _changed(self) -> None:
        with self._condition:
            self._condition.notify_all()
