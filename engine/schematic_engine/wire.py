"""Bytes to messages and back: the WebSocket protocol after the handshake, either role, no I/O.

wsproto is the authority on frames; whole plain ones take a lane past it (`schematic_engine.lane`).
Around it stand the things it leaves to its user: fragments are joined, messages bounded
(`schematic_engine.guard`), pings answered, the closing handshake completed, close codes checked,
and a parser that has failed is fed no more.

A `Wire` is driven like this: `receive_data` with what arrived, then write `data_to_send`. Its last
event is one `Closed`; from then on it accepts and reports nothing. Where a breach of the protocol
follows messages in one read, they can still be answered: nothing more is heard, but the breach is
told, and our close frame queued, by `break_off` only.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from typing import Final, TypeAlias

from wsproto import events as ws
from wsproto.connection import Connection, ConnectionState, ConnectionType

from schematic.define import Side
from schematic.define.close_codes import is_close_code
from schematic_engine.deflate import Deflate
from schematic_engine.errors import (
    LocalProtocolError,
    MessageTooBig,
    ProtocolError,
    RemoteInvalidMessage,
    RemoteProtocolError,
)
from schematic_engine.events import Closed, Ping, Pong
from schematic_engine.frames import masked, unmasked
from schematic_engine.guard import FrameGuard
from schematic_engine.lane import Lane
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.masking import masks
from schematic_engine.notices import MAX_REASON, cut_reason

__all__ = ["Wire", "WireEvent", "check_close"]

WireEvent: TypeAlias = str | bytes | Ping | Pong | Closed
"""A whole text message, a whole binary one, or what the control frames said."""

_MAX_CONTROL: Final = 125  # RFC 6455, section 5.5
_MAX_PONGS: Final = 64  # that wait to be taken; of more, the last are sent (section 5.5.3)
_TYPES: Final = {Side.CLIENT: ConnectionType.CLIENT, Side.SERVER: ConnectionType.SERVER}


def check_close(code: int, reason: str) -> None:
    """Checks what a user wants to send in a close frame.

    Raises:
        LocalProtocolError: the code is not one that an endpoint may send (RFC 6455, section 7.4,
            and the IANA registry), or the reason does not fit into the frame.
    """
    if not is_close_code(code):
        raise LocalProtocolError(
            f"close code {code} cannot be sent: use 1000-1003, 1007-1014 or 3000-4999"
        )
    try:
        size = len(reason.encode())
    except UnicodeEncodeError:
        raise LocalProtocolError("the close reason cannot be written as UTF-8") from None
    if size > MAX_REASON:
        raise LocalProtocolError(f"the close reason has {size} bytes; {MAX_REASON} are possible")


class Wire:
    """One open WebSocket.

    Attributes:
        open: whether messages can be sent.
        failing: whether the peer broke the protocol, which `break_off` has still to tell.
        end: where what is queued ends, in bytes since the beginning, `pongs` not counted.
        taken: how many bytes were taken.
        pongs: what is queued before all else.
        queued: what else is.
        frame: makes a frame of a payload that has fewer bytes than ``plain_below``.
        unread: what the last `receive_data` has left, since it was not to take in more.

    Args:
        side: our role.
        limits: `max_message_size` and `max_empty_fragments` are used here.
        deflate: permessage-deflate as the handshake agreed on it; None without.
        entropy: makes the masks of a client's frames.
        lane: False sends every frame through wsproto, which is slower and otherwise the same.
    """

    def __init__(
        self,
        side: Side,
        *,
        limits: Limits = DEFAULT_LIMITS,
        deflate: Deflate | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
        lane: bool = True,
    ) -> None:
        self._limits = limits
        self._guard = deflate or FrameGuard(limits.max_message_size, limits.max_empty_fragments)
        self._ws = Connection(_TYPES[side], [self._guard])
        self._lane = Lane(side, limits.max_message_size) if lane else None
        self.frame = masked(masks(entropy)) if side is Side.CLIENT else unmasked
        smallest_packed = sys.maxsize if deflate is None else deflate.min_size
        self.plain_below = smallest_packed if lane else 0  # bytes
        self.queued: list[bytes] = []
        self.end = self.taken = 0
        self.unread = b""
        self.pongs: list[bytes] = []
        self._partial = bytearray()  # the message whose fragments are arriving, text as UTF-8
        self.open = True
        self.failing = False
        self._close_sent = False
        self._closed = False
        self._failure: Closed | None = None  # which is not told yet

    @property
    def closed(self) -> bool:
        """Whether `Closed` was reported."""
        return self._closed

    def data_to_send(self) -> bytes:
        """Takes the bytes to write now."""
        if self.pongs:
            self.end += sum(map(len, self.pongs))
            self.queued[:0] = self.pongs
            self.pongs.clear()
        data = b"".join(self.queued)
        self.queued.clear()
        self.taken = self.end
        return data

    def send(self, payload: str | bytes) -> None:
        """Queues one message, text for ``str``, binary for ``bytes``.

        Raises:
            LocalProtocolError: the connection is closing, or the text holds lone surrogates.
        """
        self._check_open()
        if isinstance(payload, bytes):
            return self.send_frame(payload, is_text=False)
        try:
            encoded = payload.encode()
        except UnicodeEncodeError:
            raise LocalProtocolError("the text cannot be written as UTF-8") from None
        return self.send_frame(encoded, is_text=True)

    def send_frame(self, payload: bytes, *, is_text: bool) -> None:
        """Queues one message whose text is UTF-8 already.

        Raises:
            LocalProtocolError: the connection is closing.
        """
        if not self.open:
            self._check_open()
        if len(payload) < self.plain_below:
            data = self.frame(payload, is_text)
        elif is_text:
            data = self._ws.send(ws.TextMessage(payload.decode()))
        else:
            data = self._ws.send(ws.BytesMessage(payload))
        self.queued.append(data)
        self.end += len(data)

    def ping(self, payload: bytes = b"") -> None:
        """Queues a ping (RFC 6455, section 5.5.2).

        Raises:
            LocalProtocolError: the connection is closing, or the payload is over 125 bytes.
        """
        self._check_open()
        if len(payload) > _MAX_CONTROL:
            raise LocalProtocolError(f"a ping holds at most {_MAX_CONTROL} bytes")
        self._queue(ws.Ping(payload))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Queues our close frame and waits for the peer's; a second call changes nothing.

        Messages that the peer sent before its own close frame are still delivered.

        Raises:
            LocalProtocolError: see `check_close`.
        """
        check_close(code, reason)
        if self.open:
            self._send_close(code, reason)

    def fail(self, error: ProtocolError, code: int | None = None, reason: str = "") -> None:
        """Queues a close frame that says what the peer did wrong, cut to what fits.

        Args:
            error: what it did.
            code: the close code, if not the error's own.
            reason: the close reason, if not the error's own.
        """
        if self.open:
            code = error.close_code if code is None else code
            self._send_close(code, cut_reason(reason or error.close_reason))

    def receive_data(self, data: bytes, patience: float = math.inf) -> list[WireEvent]:
        """Takes what arrived; ``b""`` says that nothing more will come. Never raises.

        Args:
            data: what arrived.
            patience: frames that go to the parser, after which the rest is left as `unread`.
        """
        received: list[WireEvent] = []
        self.unread = b""
        failure = self._failure
        if self._closed or (failure is not None and data):
            return received
        if failure is not None:
            return [self.break_off()]
        if not data:
            self._stop()
            return [Closed(code=1006)]
        lane = self._lane
        for piece in lane.scan(data, received.append) if lane else (data,):
            if not self._feed(piece, received):
                break
            patience -= 1
            if patience <= 0 and lane:
                self.unread = data[lane.at :]
                break
        if self.failing and not any(isinstance(event, (str, bytes)) for event in received):
            received.append(self.break_off())
        return received

    def break_off(self) -> Closed:
        """Queues the close frame that answers a breach, and tells the end; see `failing`."""
        assert self._failure is not None
        closed, self._failure, self.failing = self._failure, None, False
        assert isinstance(closed.error, ProtocolError)
        self.fail(closed.error)
        self._stop()
        return closed

    def _feed(self, data: bytes, received: list[WireEvent]) -> bool:
        """The one place where bytes enter the parser; returns whether it takes more of them."""
        self._ws.receive_data(data)
        for event in self._ws.events():
            result = self._receive(event)
            if result is not None:
                received.append(result)
        return not self._closed and self._failure is None

    def _receive(self, event: ws.Event) -> WireEvent | None:
        if isinstance(event, (ws.TextMessage, ws.BytesMessage)):
            return self._join(event)
        if isinstance(event, ws.Ping):
            if self.open:  # no pong after our close frame: RFC 6455, section 5.5.1
                self.pongs.append(self._ws.send(event.response()))
                del self.pongs[:-_MAX_PONGS]
            return Ping(bytes(event.payload))
        if isinstance(event, ws.Pong):
            return Pong(bytes(event.payload))
        assert isinstance(event, ws.CloseConnection)
        by_peer = self._ws.state in (ConnectionState.REMOTE_CLOSING, ConnectionState.CLOSED)
        if not by_peer:
            self._failure, self.failing = self._failed(event), True
            return None
        self._stop()
        return self._closed_by_peer(event)

    def _join(self, event: ws.TextMessage | ws.BytesMessage) -> str | bytes | None:
        """Collects the pieces of a message, which come for each fragment and each read."""
        data = event.data
        if event.message_finished and not self._partial:
            return data if isinstance(data, str) else bytes(data)
        self._partial += data.encode() if isinstance(data, str) else data
        if not event.message_finished:
            return None
        whole, self._partial = self._partial, bytearray()
        return whole.decode() if isinstance(data, str) else bytes(whole)

    def _closed_by_peer(self, event: ws.CloseConnection) -> Closed:
        """Answers the peer's close frame with the same code (RFC 6455, section 5.5.1)."""
        code = self._guard.close_code or event.code
        if not self._close_sent:
            self._queue(ws.CloseConnection(code))
        return Closed(code=int(code), reason=event.reason or "", clean=True)

    def _failed(self, event: ws.CloseConnection) -> Closed:
        """Why the stream cannot be parsed further (RFC 6455, section 7.1.7)."""
        error: ProtocolError
        if event.code == 1009:
            limit = self._guard.exceeded
            unit = "fragments" if limit == "max_empty_fragments" else "bytes"
            error = MessageTooBig(limit=limit, value=getattr(self._limits, limit), unit=unit)
        elif event.code == 1007:
            unfit = self._guard.problem or "a text or a close reason is not valid UTF-8"
            error = RemoteInvalidMessage(message="", problem=unfit)
        else:
            problem = self._guard.problem or event.reason
            error = RemoteProtocolError(f"the peer broke the WebSocket protocol: {problem}")
        self._partial.clear()
        return Closed(code=1006, error=error)

    def _queue(self, event: ws.Event) -> None:
        data = self._ws.send(event)
        self.queued.append(data)
        self.end += len(data)

    def _send_close(self, code: int, reason: str) -> None:
        self._queue(ws.CloseConnection(code, reason))
        self._close_sent = True
        self.open = False

    def _stop(self) -> None:
        self._closed = True
        self.open = False

    def _check_open(self) -> None:
        if not self.open:
            raise LocalProtocolError("the connection is closing or closed; nothing can be sent")
