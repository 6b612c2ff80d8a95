"""The opening handshake (RFC 6455, section 4), either role, no I/O.

h11 reads and writes the HTTP, wsproto judges the upgrade. Both are fed whole header blocks only
(`schematic_engine.head`); what follows the block is kept in `trailing` for the frames' parser.
Where wsproto reads one line of a header that may be repeated, the lines are joined before it sees
them; what it lets through (HTTP/1.0, ill-formed keys, repeated headers, bodies) is refused here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

import h11
import msgspec
import wsproto.utilities
from wsproto import events as ws
from wsproto.connection import ConnectionType
from wsproto.handshake import H11Handshake

from schematic_engine.address import Address
from schematic_engine.arguments import HeaderLines
from schematic_engine.compression import Compression, wanted
from schematic_engine.deflate import Deflate, choose
from schematic_engine.errors import (
    ConnectionClosed,
    LocalProtocolError,
    MessageTooBig,
    RemoteProtocolError,
)
from schematic_engine.events import Accepted, Rejected, Request
from schematic_engine.head import (
    TOKEN,
    Head,
    Lines,
    checked_headers,
    header_text,
    joined_lines,
    refuse_folding,
    refuse_repeats,
    upgrade_lines,
)
from schematic_engine.limits import DEFAULT_LIMITS, Limits

__all__ = ["ClientHandshake", "ServerHandshake"]

_TARGET = re.compile(r"(?:(?:http|ws)s?://[^/?]+(?=[/?]|$)|(?=/))([^?]*)(?:\?(.*))?", re.IGNORECASE)
_ONCE: Final = frozenset({b"sec-websocket-key", b"sec-websocket-version"})
_ONCE_ANSWERED: Final = frozenset(
    {b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-protocol"}
)
_HIDDEN: Final = "[redacted]"
_BODILESS: Final = frozenset({204, 205, 304})

# What wsproto and h11 are known to raise over hostile headers; UnicodeError is a ValueError.
_HOSTILE: Final = (wsproto.utilities.RemoteProtocolError, h11.ProtocolError, ValueError, IndexError)


class ClientHandshake:
    """Asks a server for a WebSocket.

    Write `data_to_send` first, then feed `receive_data` until it returns the outcome. After
    `Accepted`, `trailing` and `deflate` are what the wire goes on with.

    Args:
        address: where the request goes.
        headers: further header lines, credentials among them.
        subprotocols: offered, most wanted first.
        secret: the one of them that holds a secret; an answer that repeats it is told without it.
        compression: whether, or with which options, permessage-deflate is offered.
        limits: `max_header_size`, `max_rejection_body` and `max_message_size` are used here.

    Raises:
        LocalProtocolError: something cannot be written into an HTTP request.
    """

    def __init__(
        self,
        address: Address,
        *,
        headers: HeaderLines = (),
        subprotocols: Sequence[str] = (),
        secret: str | None = None,
        compression: bool | Compression = True,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._limits = limits
        self._secret = secret
        self._head = Head(limits)
        self._upgrade = H11Handshake(ConnectionType.CLIENT)
        self._http = _http_client()
        self._offered = _deflate(limits, compression)
        self._rejection: Rejected | None = None
        self._out = self._request(address, checked_headers(headers), subprotocols)
        self.deflate: Deflate | None = None
        self.trailing = b""

    def _request(self, address: Address, headers: Lines, subprotocols: Sequence[str]) -> bytes:
        for name in subprotocols:
            if not TOKEN.fullmatch(name):
                raise LocalProtocolError(f"{name!r} is not a subprotocol name")
        if not re.fullmatch(r"/[\x21-\x7e]*", address.target):
            raise LocalProtocolError("the path or query holds a forbidden character")
        try:
            return self._upgrade.send(
                ws.Request(
                    host=address.authority,
                    target=address.target,
                    subprotocols=list(subprotocols),
                    extensions=[self._offered] if self._offered else [],
                    extra_headers=headers,
                )
            )
        except (h11.LocalProtocolError, UnicodeError):
            raise LocalProtocolError("the host cannot be written as a Host header") from None

    def data_to_send(self) -> bytes:
        """Takes the request."""
        data, self._out = self._out, b""
        return data

    def receive_data(self, data: bytes) -> Accepted | Rejected | None:
        """Takes what arrived, ``b""`` for the end of the stream; None while more is needed.

        Raises:
            RemoteProtocolError: the answer is not one to a WebSocket handshake.
            ConnectionClosed: the stream ended without an answer.
        """
        if self._rejection is not None:
            return self._body(data)
        if not data:
            raise ConnectionClosed(code=1006)
        self._head.add(data)
        while (block := self._next_block()) is not None:
            outcome = self._answer(block)
            if outcome is not None or self._rejection is not None:
                return outcome
        return None

    def _next_block(self) -> bytes | None:
        answering = self._http.their_state is h11.SEND_RESPONSE
        if answering and not self._head.starts_like(b"HTTP/"):
            raise RemoteProtocolError("the server's answer is not valid HTTP: no HTTP/ begins it")
        return self._head.take()

    def give_up(self) -> Rejected | None:
        """What is known of a rejection whose body has not ended."""
        return self._rejection

    def _answer(self, block: bytes) -> Accepted | Rejected | None:
        try:
            self._http.receive_data(block)
            answer = self._http.next_event()
            if isinstance(answer, h11.InformationalResponse):
                return self._switched(answer) if answer.status_code == 101 else None
        except _HOSTILE as error:
            raise RemoteProtocolError(f"the server's answer is not valid HTTP: {error}") from None
        assert isinstance(answer, h11.Response)
        self._rejection = Rejected(
            status=answer.status_code, headers=header_text(answer.headers), body=b""
        )
        rest = self._head.rest()
        return self._body(rest) if rest else self._read_body()

    def _body(self, data: bytes) -> Rejected | None:
        self._http.receive_data(data)
        return self._read_body()

    def _read_body(self) -> Rejected | None:
        """Adds to the rejection's body; returns it when the body has ended, one way or another."""
        assert self._rejection is not None
        body, limit = self._rejection.body, self._limits.max_rejection_body
        try:
            while isinstance(event := self._http.next_event(), h11.Data):
                body += event.data
            ended = event is not h11.NEED_DATA or len(body) >= limit
        except h11.RemoteProtocolError:
            ended = True
        self._rejection = msgspec.structs.replace(self._rejection, body=body[:limit])
        return self._rejection if ended else None

    def _switched(self, answer: h11.InformationalResponse) -> Accepted:
        """Puts a 101 before wsproto (RFC 6455, section 4.1)."""
        if answer.http_version != b"1.1":
            raise RemoteProtocolError("the server switched protocols without HTTP/1.1")
        lines = list(answer.headers)
        refuse_repeats(lines, _ONCE_ANSWERED)
        block = b"".join(b"%s: %s\r\n" % line for line in joined_lines(lines))
        try:
            self._upgrade.receive_data(b"HTTP/1.1 101 \r\n" + block + b"\r\n")
        except _HOSTILE as error:
            raise RemoteProtocolError(f"the server's answer is not valid: {error}") from None
        (event,) = self._upgrade.events()
        assert isinstance(event, ws.AcceptConnection)
        self.deflate = self._offered if event.extensions else None
        self.trailing = self._head.rest()
        chosen, headers = event.subprotocol, header_text(lines)
        if chosen is not None and chosen == self._secret:
            chosen = _HIDDEN
            headers = tuple((n, _HIDDEN if v.strip() == self._secret else v) for n, v in headers)
        return Accepted(
            subprotocol=chosen,
            headers=headers,
            compression=self.deflate is not None,
        )


def _deflate(limits: Limits, compression: bool | Compression) -> Deflate | None:
    options = wanted(compression)
    if options is None:
        return None
    return Deflate(limits.max_message_size, limits.max_empty_fragments, options=options)


def _http_client() -> h11.Connection:
    """A reader of answers to an upgrade request."""
    http = h11.Connection(h11.CLIENT)
    upgrade = [("host", "host"), ("connection", "upgrade"), ("upgrade", "websocket")]
    http.send(h11.Request(method="GET", target="/", headers=upgrade))
    return http


class ServerHandshake:
    """Waits for a client to ask for a WebSocket.

    Feed `receive_data` until it returns the `Request`, then call `accept` or `reject` once, then
    write `data_to_send`. After `accept`, `trailing` and `deflate` are what the wire goes on with.

    Args:
        limits: `max_header_size` and `max_message_size` are used here.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._head = Head(limits)
        self._upgrade = H11Handshake(ConnectionType.SERVER)
        self._offer: str | None = None  # of permessage-deflate, which can be taken
        self._request: Request | None = None
        self._out = b""
        self._answered = False
        self.deflate: Deflate | None = None
        self.trailing = b""

    @property
    def offered(self) -> tuple[str, ...]:
        """The subprotocols that the client offers, most wanted first."""
        return self._request.subprotocols if self._request else ()

    @property
    def asked(self) -> bool:
        """Whether a request waits for its answer."""
        return self._request is not None and not self._answered

    def data_to_send(self) -> bytes:
        """Takes the response."""
        data, self._out = self._out, b""
        return data

    def receive_data(self, data: bytes) -> Request | None:
        """Takes what arrived, ``b""`` for the end of the stream; None while more is needed.

        Raises:
            RemoteProtocolError: the request is not one for a WebSocket; the HTTP response that
                says so is in `data_to_send`.
            ConnectionClosed: the stream ended.
        """
        if not data:
            raise ConnectionClosed(code=1006)
        if self._request is not None:
            self._keep(data)
            return None
        self._head.add(data)
        if self._head.starts_oddly():
            raise self._refusal(400, "the client does not speak HTTP")
        try:
            block = self._head.take()
        except MessageTooBig as error:
            self._respond(431, [], str(error).encode())
            raise
        if block is None:
            return None
        self._request = self._judged(block)
        self._keep(self._head.rest())
        return self._request

    def accept(
        self,
        *,
        subprotocol: str | None = None,
        headers: HeaderLines = (),
        compression: bool | Compression = True,
    ) -> None:
        """Switches to the WebSocket protocol (RFC 6455, section 4.2.2).

        Args:
            subprotocol: one of those the client offered, or None.
            headers: further header lines.
            compression: whether, or with which options, permessage-deflate is granted if the
                client offered it.

        Raises:
            LocalProtocolError: there is no request to answer, the client did not offer this
                subprotocol, or a header cannot be written.
        """
        request, lines = self._unanswered(), checked_headers(headers)
        if subprotocol is not None and subprotocol not in request.subprotocols:
            raise LocalProtocolError(f"the client did not offer the subprotocol {subprotocol!r}")
        self.deflate = _deflate(self._limits, compression) if self._offer else None
        self._out += self._upgrade.send(
            ws.AcceptConnection(
                subprotocol=subprotocol,
                extensions=[self.deflate] if self.deflate else [],
                extra_headers=lines,
            )
        )
        self._answered = True

    def reject(self, status: int, *, headers: HeaderLines = (), body: bytes = b"") -> None:
        """Answers with an ordinary HTTP response; the TCP connection is to be closed then.

        Raises:
            LocalProtocolError: there is no request to answer, the status is not a final one that
                may have a body, or a header cannot be written.
        """
        self._unanswered()
        if not 200 <= status < 600 or status in _BODILESS:
            raise LocalProtocolError(f"an upgrade cannot be rejected with status {status}")
        self._respond(status, checked_headers(headers), body)

    def give_up(self) -> None:
        """Tells a client that its request did not arrive in time (RFC 9110, section 15.5.9)."""
        self._respond(408, [], b"the request did not arrive in time")

    def _unanswered(self) -> Request:
        if self._request is None or self._answered:
            raise LocalProtocolError("there is no request that waits for an answer")
        return self._request

    def _keep(self, data: bytes) -> None:
        """Keeps frames that came before the answer; a client has no business sending many."""
        self.trailing += data
        if len(self.trailing) > self._limits.max_header_size:
            error = MessageTooBig(limit="max_header_size", value=self._limits.max_header_size)
            self._respond(400, [], str(error).encode())
            raise error

    def _respond(self, status: int, lines: Lines, body: bytes) -> None:
        typed = any(name.lower() == b"content-type" for name, _ in lines)
        kind = [] if typed or not body else [(b"content-type", b"text/plain; charset=utf-8")]
        framing = [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        head = ws.RejectConnection(
            status_code=status, headers=[*lines, *kind, *framing], has_body=True
        )
        self._out += self._upgrade.send(head) + self._upgrade.send(ws.RejectData(body))
        self._answered = True

    def _refusal(
        self, status: int, problem: str, lines: Sequence[tuple[bytes, bytes]] = ()
    ) -> RemoteProtocolError:
        self._respond(status, list(lines), problem.encode("utf-8", "replace"))
        return RemoteProtocolError(problem)

    def _judged(self, block: bytes) -> Request:
        """The request, if h11, this module and wsproto all find it in order."""
        http = h11.Connection(h11.SERVER)
        http.receive_data(block)
        try:
            asked = http.next_event()
        except h11.RemoteProtocolError as error:
            raise self._refusal(400, f"not valid HTTP: {error}") from None
        assert isinstance(asked, h11.Request)
        if asked.method != b"GET":
            raise self._refusal(405, "only GET can be upgraded", [(b"allow", b"GET")])
        lines = list(asked.headers)
        try:
            refuse_folding(block)
            _check_request(asked, lines)
            path, query = _split_target(asked.target.decode("ascii"))
            offer = self._chosen_offer(lines)
            upgrade = self._checked_upgrade(asked.target, lines, offer)
        except RemoteProtocolError as error:
            raise self._refusal(400, str(error)) from None
        except wsproto.utilities.RemoteProtocolError as error:
            hint = error.event_hint
            assert isinstance(hint, ws.RejectConnection)
            old = hint.status_code == 426
            problem = "the client has to send Sec-WebSocket-Version: 13" if old else str(error)
            raise self._refusal(hint.status_code, problem, hint.headers) from None
        except _HOSTILE as error:
            raise self._refusal(400, f"a header is malformed: {error}") from None
        return Request(
            target=asked.target.decode("ascii"),
            path=path,
            query=query,
            headers=header_text(lines),
            subprotocols=tuple(upgrade.subprotocols),
        )

    def _chosen_offer(self, lines: Lines) -> Lines:
        """Chooses among the extension offers; wsproto is shown the chosen one alone."""
        values = [value for name, value in lines if name == b"sec-websocket-extensions"]
        self._offer = choose(b", ".join(values).decode("ascii"))
        return [(b"sec-websocket-extensions", self._offer.encode())] if self._offer else []

    def _checked_upgrade(self, target: bytes, lines: Lines, offer: Lines) -> ws.Request:
        """Puts the request before wsproto (RFC 6455, section 4.2.1)."""
        shown = [line for line in upgrade_lines(lines) if line[0] != b"sec-websocket-extensions"]
        self._upgrade.initiate_upgrade_connection(shown + offer, target.decode("ascii"))
        (event,) = self._upgrade.events()
        assert isinstance(event, ws.Request)
        for name in event.subprotocols:
            if not TOKEN.fullmatch(name):
                raise RemoteProtocolError("a subprotocol's name is malformed")
        return event


def _check_request(asked: h11.Request, lines: Lines) -> None:
    """Refuses what wsproto lets through."""
    if asked.http_version != b"1.1":
        raise RemoteProtocolError("the upgrade takes HTTP/1.1")
    refuse_repeats(lines, _ONCE)
    for name, value in lines:
        if name == b"transfer-encoding" or (name == b"content-length" and int(value)):
            raise RemoteProtocolError("an upgrade request has no body")
        if name == b"sec-websocket-key" and not _is_key(value):
            raise RemoteProtocolError("Sec-WebSocket-Key is not 16 bytes in base64")


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False


def _split_target(target: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Path and decoded query of a target in origin or absolute form (RFC 9112, section 3.2)."""
    parts = _TARGET.fullmatch(target)
    if parts is None:
        raise RemoteProtocolError("the request target is neither a path nor a URL")
    query = parse_qsl(parts[2] or "", keep_blank_values=True)
    return parts[1] or "/", tuple(query)
