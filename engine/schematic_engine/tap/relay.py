"""`Relay`: one connection through a proxy: what goes on to either side, and what is known of it.

It does no input and output. Told of what either side has sent, it has ready what is to be written
to the other: the same bytes, but for the head of the request (`schematic_engine.tap.rewriting`).
What passed is recorded and judged.

With ``enforce`` nothing goes on before it was judged. Frames wait until they are whole, and those
of a fragmented message until its last one has come, with any control frames between them; a close
frame lets what waits before it go. A message that breaks a rule does not go on: both sides get a
close frame with code 1008 that names the rule, and nothing else passes any more. A request that
breaks one is answered with 403, an answer with 502. Notes and warnings stop nothing, and neither
does what is found when a connection is closed. What cannot be followed is not held either: it
passes unjudged, see `Tap`. What is not whole when its sender ends does not go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

import msgspec
from wsproto.frame_protocol import FrameProtocol

from schematic.define import Side
from schematic_engine.address import Address
from schematic_engine.boundaries import Boundaries
from schematic_engine.conformance.findings import Finding
from schematic_engine.conformance.redact import printable
from schematic_engine.conformance.rules import BODY_UNKNOWN, Severity
from schematic_engine.conformance.trace import Record, RecordKind
from schematic_engine.errors import MessageTooBig, RemoteProtocolError
from schematic_engine.head import Head
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.notices import cut_reason
from schematic_engine.tap.recorder import Recorder
from schematic_engine.tap.rewriting import rewritten
from schematic_engine.tap.tap import MAX_HEAD, Tap
from schematic_engine.tap.upgrade import read_request

__all__ = ["Relay"]

_RELEASES: Final = (RecordKind.CLOSE, RecordKind.LOST)
_POLICY: Final = 1008  # RFC 6455, section 7.4.1: a message that violates a policy
_ASKED: Final = (RecordKind.OPEN, RecordKind.HTTP)
_JUDGED: Final = (RecordKind.OPEN, RecordKind.ACCEPTED, RecordKind.TEXT, RecordKind.BINARY)


class Relay:
    """One connection through a proxy.

    Args:
        recorder: judges it and writes it down.
        upstream: the server, with the prefix of its paths as its target.
        enforce: whether what breaks a rule is kept from the other side.
        keep_host: whether ``Host`` and ``Origin`` of requests stay as they are.
        limits: bounds on what is held of a message.
        began: the time at which the recording begins, in seconds.

    Attributes:
        closing: whether nothing goes on any more, since the relay has ended the conversation.
        finished: the sides to which nothing more will be written, once `data_to` is empty.
        answered: whether the server has answered, so that there is no hurry any more.
    """

    def __init__(
        self,
        recorder: Recorder,
        upstream: Address,
        *,
        enforce: bool = False,
        keep_host: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        began: float = 0.0,
    ) -> None:
        self._began = began
        self._recorder, self._upstream = recorder, upstream
        self._enforce, self._keep_host = enforce, keep_host
        self._number = recorder.connect()
        self._tap = Tap(self._number, limits=limits)
        self._heads = {side: Head(replace(limits, max_header_size=MAX_HEAD)) for side in Side}
        self._asked = False
        self._out = {side: bytearray() for side in Side}
        self._held = {side: bytearray() for side in Side}
        self._frames = {side: Boundaries() for side in Side}
        self._closed: set[Side] = set()
        self._ended: set[Side] = set()
        self._now: float | None = None
        self.closing = self.answered = False
        self.finished: set[Side] = set()

    def receive(self, side: Side, data: bytes, now: float | None = None) -> None:
        """``side`` has sent ``data``.

        Args:
            side: who sent it.
            data: what it sent.
            now: the time in seconds, on the clock of ``began``.
        """
        self._now = None if now is None else now - self._began
        if self.closing:
            self._await_close(side, data)
        elif side is Side.CLIENT and not self._asked:
            self._ask(data)
        else:
            self.answered |= side is Side.SERVER
            self._go_on(side, data)

    def eof(self, side: Side, now: float | None = None) -> None:
        """Nothing more comes from ``side``; what the other says still goes on."""
        self._now = None if now is None else now - self._began
        if side in self._ended:
            return
        self._ended.add(side)
        if self.closing:
            self._look_whether_closed()
            return
        if not self._enforce or self._tap.is_done:
            self._release(side)
        elif len(self._ended) == len(Side):
            self._tell_unread()
        self._take(self._tap.eof(side, self._now))
        self._finish()

    def give_up(self, status: int, why: str) -> None:
        """The server cannot be reached, or does not answer; see `refuse`."""
        self._tell_unread()
        for records in (self._tap.eof(Side.SERVER, self._now), self._tap.end(self._now)):
            self._take(records)
        self.refuse(status, why)

    def refuse(self, status: int, why: str) -> None:
        """Answer the client in place of the server, unless that has answered already.

        Args:
            status: the HTTP status.
            why: a sentence for people.
        """
        if not self.answered:
            phrase = HTTPStatus(status).phrase
            body = (printable(why) + "\n").encode()
            head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            self._out[Side.CLIENT] = bytearray(head.encode() + body)
        self.answered = self.closing = True
        self._out[Side.SERVER].clear()
        self.finished = set(Side)

    def stop(self) -> None:
        """Nothing goes on any more, and it is no fault of a side that has not ended yet."""
        self._end_tap()
        self.closing = True
        self.finished = set(Side)

    def data_to(self, side: Side) -> bytes:
        """Takes what is to be written to ``side`` now."""
        data = bytes(self._out[side])
        self._out[side].clear()
        return data

    def waiting(self, side: Side) -> int:
        """Bytes that wait to be taken for ``side``."""
        return len(self._out[side])

    def end(self) -> None:
        """Both sides are gone."""
        self._end_tap()
        self._recorder.end(self._number)

    # --------------------------------------------------------------------------- the handshake

    def _ask(self, data: bytes) -> None:
        """The client asks: its head goes on when it is whole."""
        head = self._heads[Side.CLIENT]
        head.add(data)
        block: bytes | None = None
        try:
            if not head.starts_oddly():
                block = head.take()
                if block is None:
                    return
                asked = read_request(block)
                block = rewritten(block, asked, self._upstream, keep_host=self._keep_host)
        except (RemoteProtocolError, MessageTooBig):
            pass  # the tap says so, and the server has to make what it can of it
        self._asked = True
        rest = head.rest()
        if block is None:
            block, rest = rest, b""
        errors = self._take(self._tap.receive(Side.CLIENT, block, self._now))
        if errors and self._enforce:
            self._refuse(403, errors[0])
            return
        self._pass(Side.CLIENT, block)
        self._go_on(Side.CLIENT, rest)

    def _answer(self, data: bytes) -> None:
        """The server answers, and each of its heads is judged before it goes on."""
        head = self._heads[Side.SERVER]
        head.add(data)
        while not (self._tap.is_open or self._tap.is_done):
            try:
                block = head.take() if head.starts_like(b"HTTP/") else head.rest()
            except MessageTooBig:
                block = head.rest()
            if block is None:
                return
            errors = self._take(self._tap.receive(Side.SERVER, block, self._now))
            if errors:
                self.answered = False  # not to the client
                self._refuse(502, errors[0])
                return
            self._pass(Side.SERVER, block)
        early = bytes(self._held[Side.CLIENT])
        self._held[Side.CLIENT].clear()
        for side, rest in ((Side.CLIENT, early), (Side.SERVER, head.rest())):
            if not self.closing:
                self._go_on(side, rest)
        if not self.closing:
            self._finish()

    def _refuse(self, status: int, finding: Finding) -> None:
        self._say_lost(finding, "refused")
        self.refuse(status, f"refused by the proxy: {_named(finding)}")

    # --------------------------------------------------------------------------------- passing

    def _go_on(self, side: Side, data: bytes) -> None:
        if not data:
            return
        if not self._enforce:
            self._pass(side, data)
            self._take(self._tap.receive(side, data, self._now))
        elif self._tap.is_done:
            self._release(side)
            self._pass(side, data)
        elif self._tap.is_open:
            self._gate(side, data)
        elif side is Side.SERVER:
            self._answer(data)
        else:
            self._hold_early(data)

    def _hold_early(self, data: bytes) -> None:
        """The client goes on before it was answered."""
        held = self._held[Side.CLIENT]
        held += data
        if len(held) > MAX_HEAD:  # which the tap does not bear either
            self._take(self._tap.receive(Side.CLIENT, bytes(held), self._now))
            self._release(Side.CLIENT)

    def _gate(self, side: Side, data: bytes) -> None:
        """Frames, one after the other: judged, and then passed on."""
        frames, at = self._frames[side], 0
        while at < len(data):
            if self._tap.is_done:
                self._pass(side, data[at:])
                return
            begin, at = at, at + frames.follow(data, at)
            piece = data[begin:at]
            self._held[side] += piece
            records = self._tap.receive(side, piece, self._now)
            errors = self._take(records)
            if errors:
                self._held[side].clear()
                self._close(errors[0])
                self._await_close(side, data[at:])
                return
            is_whole = not (frames.within or frames.joining)
            if is_whole or any(one.kind in _RELEASES for one in records):
                self._release(side)

    def _release(self, side: Side) -> None:
        """Pass on what was held back of what ``side`` has sent."""
        begun = self._heads[side].rest()  # of a request, which the tap gets when it is whole
        self._take(self._tap.receive(side, begun, self._now))
        self._pass(side, begun + bytes(self._held[side]))
        self._held[side].clear()

    def _pass(self, side: Side, data: bytes) -> None:
        self._out[side.other] += data

    def _take(self, records: Iterable[Record]) -> list[Finding]:
        """Record what passed; the violations that a message, or the handshake, is.

        So is a message that nobody can read: whether it is none cannot be known.
        """
        errors: list[Finding] = []
        for record in records:
            asked = self._tap.asked if record.kind in _ASKED else None
            found = self._recorder.take(record, () if asked is None else asked.headers)
            if record.kind is RecordKind.CLOSE:
                self._closed.add(record.side)
            if record.kind in _JUDGED:
                errors += [one for one in found if _is_bad(one, record)]
        return errors

    # --------------------------------------------------------------------------------- the end

    def _finish(self) -> None:
        """Say to whom nothing more will be written: not while anything waits to be judged."""
        waits = self._held[Side.CLIENT] and not (self._tap.is_open or self._tap.is_done)
        self.finished |= {one.other for one in self._ended if one is Side.SERVER or not waits}

    def _tell_unread(self) -> None:
        """Let the tap know what waits for an answer, or for its own end, that does not come."""
        if self._tap.is_open or self._tap.is_done:
            return
        for side in Side:
            waiting = self._heads[side].rest() + bytes(self._held[side])
            self._held[side].clear()
            self._take(self._tap.receive(side, waiting, self._now))

    def _end_tap(self) -> None:
        if self._ended and not self.closing:
            self._tell_unread()
            self._take(self._tap.end(self._now))

    def _close(self, finding: Finding) -> None:
        """End the conversation on both sides, for a violation."""
        self._say_lost(finding, "closed")
        self.closing = True
        reason = cut_reason(_named(finding))
        for side in Side:
            if side.other not in self._closed:  # after a close frame comes nothing
                frames = FrameProtocol(side is Side.SERVER, [])
                self._out[side] += frames.close(_POLICY, reason)
        self._look_whether_closed()

    def _say_lost(self, finding: Finding, what: str) -> None:
        self._recorder.take(
            Record(
                line=0,
                connection=self._number,
                side=finding.side or Side.CLIENT,
                kind=RecordKind.LOST,
                time=self._now,
                reason=f"the proxy {what} it for {finding.rule.id}",
            )
        )

    def _await_close(self, side: Side, data: bytes) -> None:
        """Nothing goes on any more; whether ``side`` has answered the close frame."""
        records = self._tap.receive(side, data) if data else []
        if self._tap.is_done or any(one.kind is RecordKind.CLOSE for one in records):
            self._has_closed(side)

    def _has_closed(self, side: Side) -> None:
        self._closed.add(side)
        self._look_whether_closed()

    def _look_whether_closed(self) -> None:
        if len(self._closed | self._ended) == len(Side):
            self.finished = set(Side)


def _named(finding: Finding) -> str:
    return f"{finding.rule.id} {finding.rule.name}: {finding.text}"


def _is_bad(finding: Finding, record: Record) -> bool:
    """Whether a finding is one for which ``record`` is kept from the other side."""
    if finding.rule is BODY_UNKNOWN and record.payload is not None:
        try:
            msgspec.json.decode(record.payload)
        except RecursionError:
            return True
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
    return finding.rule.severity is Severity.ERROR
