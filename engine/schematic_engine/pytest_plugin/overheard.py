"""`Overheard`: a core connection that writes down everything that passes, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from schematic.compile import CompiledEndpoint, narrow
from schematic.define import Side
from schematic_engine.arguments import HeaderLines
from schematic_engine.conformance import RecordKind
from schematic_engine.connection import Connection
from schematic_engine.endpoints import AnyEndpoint, resolve
from schematic_engine.errors import (
    DeadlineExceeded,
    IllegalMessage,
    InvalidMessage,
    RemoteProtocolError,
    UnknownMessage,
)
from schematic_engine.events import (
    Accepted,
    Ambiguous,
    Closed,
    Event,
    Message,
    Rejected,
    Request,
    Unknown,
    Violation,
)
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy
from schematic_engine.pytest_plugin.log import Log

__all__ = ["Overheard"]

_JUDGED = (IllegalMessage, InvalidMessage, UnknownMessage)
"""What the judge says better."""

_LOST = 1006


class Overheard(Connection):
    """A connection that keeps a `Log`; made by `at_client` or `at_server`.

    What its own side says by itself (an answer to a breach, a timer's message) is written down,
    too, after what it answers.
    """

    log: Log

    _own: list[bytes | str]
    _listening = False
    _request: Request | None = None

    @classmethod
    def at_server(cls, log: Log, *, limits: Limits, policy: Policy) -> Overheard:
        """A server's end that writes into ``log``; it compresses nothing."""
        core = cls.server(compression=False, limits=limits, policy=policy)
        assert isinstance(core, Overheard)  # of this class, by how `Connection` is made
        core.keep(log)
        return core

    @classmethod
    def at_client(cls, log: Log, endpoint: CompiledEndpoint, **options: Any) -> Overheard:
        """A client's end that writes into ``log``; ``options`` are those of `Connection.client`."""
        core = cls.client(endpoint, **options)
        assert isinstance(core, Overheard)
        core.keep(log)
        log.follow(endpoint)
        assert core.address is not None  # a client has one
        log.add(Side.CLIENT, RecordKind.OPEN, target=core.address.target)
        return core

    def keep(self, log: Log) -> None:
        """Write into ``log`` from here on."""
        self.log, self._own = log, []

    @property
    def is_open(self) -> bool:
        """Whether something can be said."""
        return self._wire is not None and self._wire.open

    # ---------------------------------------------------------------------------------- said

    def send(self, message: object, body: object = UNSET) -> None:
        """As `Connection.send`."""
        self._say(message, body)

    def say(self, payload: str | bytes) -> None:
        """Send ``payload`` as it stands, whether it is legal or not.

        Raises:
            LocalProtocolError: the connection is not open.
        """
        self._opened()
        is_text = isinstance(payload, str)
        self._write(payload.encode() if isinstance(payload, str) else payload, is_text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """As `Connection.close`."""
        was_open = self.is_open
        super().close(code, reason)
        if was_open:
            self.log.closed(self.role, code, reason)

    def accept(
        self,
        endpoint: AnyEndpoint,
        *,
        subprotocol: str | None = None,
        headers: HeaderLines = (),
        params: Mapping[str, object] | None = None,
    ) -> bool:
        """As `Connection.accept`."""
        self._asked_for(endpoint)
        agreed = super().accept(endpoint, subprotocol=subprotocol, headers=headers, params=params)
        self.log.add(Side.SERVER, RecordKind.ACCEPTED, chosen=self.subprotocol)
        return agreed

    def refuse(self, status: int, why: str, endpoint: AnyEndpoint | None = None) -> None:
        """Answer the request with an HTTP status, and words that say why."""
        if endpoint is not None:
            self._asked_for(endpoint)
        elif self._request is not None:
            self.log.asked(self._request)
        self.reject(status, headers=[("content-type", "text/plain")], body=why.encode())
        self.log.add(Side.SERVER, RecordKind.REJECTED)
        self.log.end()

    def _asked_for(self, endpoint: AnyEndpoint) -> None:
        request, self._request = self._request, None
        if request is not None:
            self.log.follow(narrow(resolve(endpoint), {}))
            self.log.asked(request)

    def _write(self, payload: bytes, is_text: bool) -> None:
        super()._write(payload, is_text)
        said = payload.decode() if is_text else payload
        if self._listening:
            self._own.append(said)
        else:
            self.log.said(self.role, said)

    # --------------------------------------------------------------------------------- heard

    def receive_data(self, data: bytes) -> list[Event]:
        """As `Connection.receive_data`."""
        self._listening = True
        try:
            events = super().receive_data(data)
        finally:
            self._listening = False
        self._note(events)
        return events

    def handle_timeout(self, now: float) -> list[Event]:
        """As `Connection.handle_timeout`."""
        self.log.tell_time(now)
        events = super().handle_timeout(now)
        self._note(events)
        return events

    def _note(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, (Message, Unknown, Ambiguous, Violation)):
                self.log.said(self.role.other, event.payload)
            if isinstance(event, Violation):
                self._note_answer(event)
            elif isinstance(event, Request):
                self._request = event
            elif isinstance(event, Accepted):
                self.log.add(Side.SERVER, RecordKind.ACCEPTED, chosen=event.subprotocol)
            elif isinstance(event, Rejected):
                self.log.add(Side.SERVER, RecordKind.REJECTED)
                self.log.rejected = event.status
                self.log.end()
            elif isinstance(event, Closed):
                self._note_end(event)
        self._note_own()

    def _note_answer(self, breach: Violation) -> None:
        """What its own side has answered to a breach."""
        if self._own:
            self.log.said(self.role, self._own.pop(0))
        if breach.closing:
            code = None if breach.answer is None else breach.answer.close_code
            self.log.closed(self.role, code or breach.error.close_code)

    def _note_own(self) -> None:
        own, self._own = self._own, []
        for payload in own:
            self.log.said(self.role, payload)

    def _note_end(self, closed: Closed) -> None:
        error = closed.error
        if isinstance(error, RemoteProtocolError) and not isinstance(error, DeadlineExceeded):
            if not isinstance(error, _JUDGED):
                self.log.wrong(f"the {self.role.other.value} broke the protocol: {error}")
            self.log.closed(self.role, error.close_code)
        if closed.code != _LOST or error is None:
            self.log.closed(self.role.other, closed.code, closed.reason)
            if closed.clean:
                self.log.closed(self.role, closed.code)
        self.log.end()
