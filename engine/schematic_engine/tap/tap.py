"""`Tap`: follows one connection by the bytes that pass, and says what passed. Pure.

A tap is told of the bytes that either side has sent, in the order in which they passed, and gives
out records: the request, the answer, each message, close frames, and the end. It passes nothing
on, answers nothing and never raises. What it holds is bounded by `Limits`. Where it cannot follow
the connection any further, since frames break RFC 6455 or compressed data cannot be inflated, it
says so once, in a record of the kind ``lost``, and nothing from then on. So it does of bytes that
it has not read when all is over, such as half a message.

Either side may end before the other, as TCP lets it: what the other one says is still heard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from schematic.define import Side
from schematic_engine.conformance.trace import Record, RecordKind, host_and_target
from schematic_engine.errors import MessageTooBig, RemoteProtocolError
from schematic_engine.head import Head
from schematic_engine.limits import DEFAULT_LIMITS, Limits
from schematic_engine.tap.frames import Closing, FrameReader, frame_readers
from schematic_engine.tap.upgrade import Answer, Asked, read_answer, read_request

__all__ = ["MAX_HEAD", "Tap"]

MAX_HEAD: Final = 1 << 16
"""Bytes of a header block that are read: 64 KiB, since servers take more than clients send."""

_LOST_CODE: Final = 1006


class Tap:
    """Follows one connection.

    Args:
        connection: its number, for its records.
        limits: `max_message_size` and `max_empty_fragments` bound what is held of a message.

    Attributes:
        asked: the head of the request, once it is read.
        is_open: whether frames are being read.
        is_done: whether nothing more will be said: it was no WebSocket, it was rejected, the tap
            has lost track, or all is over.
    """

    def __init__(self, connection: int = 0, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._connection = connection
        self._limits = limits
        self._heads = {side: Head(replace(limits, max_header_size=MAX_HEAD)) for side in Side}
        self._early = bytearray()  # what the client sent before it was answered
        self._readers: dict[Side, FrameReader] | None = None
        self._closed: set[Side] = set()
        self._ended: list[Side] = []
        self.asked: Asked | None = None
        self.is_done = False

    @property
    def is_open(self) -> bool:
        """Whether frames are being read."""
        return self._readers is not None and not self.is_done

    def from_client(self, data: bytes, now: float | None = None) -> list[Record]:
        """The client has sent ``data``; see `receive`."""
        return self.receive(Side.CLIENT, data, now)

    def from_server(self, data: bytes, now: float | None = None) -> list[Record]:
        """The server has sent ``data``; see `receive`."""
        return self.receive(Side.SERVER, data, now)

    def receive(self, side: Side, data: bytes, now: float | None = None) -> list[Record]:
        """What has passed with ``data``, oldest first.

        Args:
            side: who sent it.
            data: what was sent; what is empty says nothing, see `eof`.
            now: the time of the records, in seconds since any moment.

        Returns:
            records whose ``line`` is 0: it is for whoever writes them down to number them.
        """
        passed = _Passed(self._connection, now)
        if data and not self.is_done:
            try:
                self._receive(side, data, passed)
            except (RemoteProtocolError, MessageTooBig) as error:
                self._lose(side, str(error), passed)
        return passed.records

    def eof(self, side: Side, now: float | None = None) -> list[Record]:
        """Nothing more comes from ``side``; the other may go on. If neither does, see `end`."""
        if side not in self._ended:
            self._ended.append(side)
        return self.end(now) if len(self._ended) == len(Side) else []

    def end(self, now: float | None = None) -> list[Record]:
        """All is over, if a side has ended; without a close frame of its own, that is a loss.

        Args:
            now: the time of the records, in seconds since any moment.

        Returns:
            the loss, told once, of the side that ended first; then what was not read.
        """
        passed = _Passed(self._connection, now)
        if self.is_done or not self._ended:
            return passed.records
        lost = [side for side in self._ended if side not in self._closed]
        if lost and self.asked is not None:
            passed.add(lost[0], RecordKind.CLOSE, code=_LOST_CODE)
        unread = [(side, why) for side in Side if (why := self._unread(side))]
        if unread:
            self._lose(*unread[0], passed)
        self.is_done = True
        return passed.records

    def _unread(self, side: Side) -> str:
        """Why something of what ``side`` sent was not read; empty if all was."""
        if self._readers is not None:
            return "it ended within a message" if self._readers[side].within else ""
        if side is Side.CLIENT and self._early:
            return "it went on before it was answered, and never was"
        if not self._heads[side].rest():
            return ""
        return f"it ended within its {'request' if self.asked is None else 'answer'}"

    def _receive(self, side: Side, data: bytes, passed: _Passed) -> None:
        if self._readers is not None:
            self._hear(side, data, passed)
        elif self.asked is None:
            self._read_request(side, data, passed)
        elif side is Side.CLIENT:
            self._keep(data)
        else:
            self._read_answers(data, passed)

    # --------------------------------------------------------------------------- the handshake

    def _read_request(self, side: Side, data: bytes, passed: _Passed) -> None:
        """The client asks.

        Raises:
            RemoteProtocolError: it is not valid HTTP, or the server spoke first.
            MessageTooBig: it is too long.
        """
        if side is Side.SERVER:
            raise RemoteProtocolError("the server spoke before it was asked")
        head = self._heads[side]
        head.add(data)
        if head.starts_oddly():
            raise RemoteProtocolError("the client does not speak HTTP")
        block = head.take()
        if block is None:
            return
        asked = self.asked = read_request(block)
        host, target = host_and_target(asked.target)
        fields: dict[str, Any] = {"target": target, "host": host or asked.host}
        if not asked.is_for_websocket:
            self.is_done = True
            passed.add(side, RecordKind.HTTP, **fields)
            return
        offered = tuple(asked.values("sec-websocket-protocol"))
        passed.add(side, RecordKind.OPEN, offered=offered, **fields)
        self._keep(head.rest())

    def _keep(self, data: bytes) -> None:
        """The client goes on before it was answered, which few servers would bear for long.

        Raises:
            MessageTooBig: it is too much.
        """
        self._early += data
        if len(self._early) > MAX_HEAD:
            raise RemoteProtocolError(
                f"the client sent more than {MAX_HEAD:,} bytes before it was answered"
            )

    def _read_answers(self, data: bytes, passed: _Passed) -> None:
        """The server answers, perhaps after preliminary answers.

        Raises:
            RemoteProtocolError: it is not valid HTTP, or with extensions that are not known.
            MessageTooBig: it is too long.
        """
        head = self._heads[Side.SERVER]
        head.add(data)
        while not self.is_done and self._readers is None:
            if not head.starts_like(b"HTTP/"):
                raise RemoteProtocolError("the answer is not valid HTTP: no HTTP/ begins it")
            block = head.take()
            if block is None:
                return
            self._take_answer(read_answer(block), passed)
        early, rest = bytes(self._early), head.rest()
        self._early.clear()
        if self._readers is not None:
            for side, trailing in ((Side.CLIENT, early), (Side.SERVER, rest)):
                if trailing and not self.is_done:
                    self._hear(side, trailing, passed)

    def _take_answer(self, answer: Answer, passed: _Passed) -> None:
        if answer.is_preliminary:
            return
        if not answer.has_switched:
            self.is_done = True
            passed.add(Side.SERVER, RecordKind.REJECTED, status=answer.status)
            return
        chosen = answer.chosen
        passed.add(Side.SERVER, RecordKind.ACCEPTED, status=answer.status, chosen=chosen)
        self._readers = frame_readers(answer.extensions, self._limits)

    # --------------------------------------------------------------------------------- frames

    def _hear(self, side: Side, data: bytes, passed: _Passed) -> None:
        assert self._readers is not None
        reader = self._readers[side]
        for heard in reader.receive(data):
            if isinstance(heard, Closing):
                self._closed.add(side)
                passed.add(side, RecordKind.CLOSE, code=heard.code, reason=heard.reason)
            else:
                kind = RecordKind.TEXT if isinstance(heard, str) else RecordKind.BINARY
                passed.add(side, kind, payload=heard)
        if reader.problem:
            self._lose(side, reader.problem, passed)

    def _lose(self, side: Side, why: str, passed: _Passed) -> None:
        self.is_done = True
        passed.add(side, RecordKind.LOST, reason=f"from the {side.value}: {why}")


class _Passed:
    """The records of one call."""

    def __init__(self, connection: int, now: float | None) -> None:
        self._connection, self._now = connection, now
        self.records: list[Record] = []

    def add(self, side: Side, kind: RecordKind, **fields: Any) -> None:
        self.records.append(
            Record(
                line=0,
                connection=self._connection,
                side=side,
                kind=kind,
                time=self._now,
                **fields,
            )
        )
