"""HAR: the archives that Chrome and mitmproxy export, as records.

A WebSocket is an entry with the field ``_webSocketMessages``, a list of objects with ``type``
(``send`` by the client, ``receive``, or Chrome's ``error``), ``time`` (seconds since 1970),
``opcode`` and ``data``: text as it is, binary as base64. Neither program writes how the WebSocket
was closed, so such a connection counts as one whose end was not recorded. Where an archive has
frames with the opcode 8 and a ``code``, those are its close frames.

Each entry is a connection, numbered from 0 in the order of the file. An archive has no lines:
records are numbered from 1 as they are made: the request, the answer, then each message.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from schematic.define import Side
from schematic_engine.conformance.sources.headers import listed
from schematic_engine.conformance.sources.unreadable import UnreadableSourceError
from schematic_engine.conformance.trace import (
    BadLine,
    Record,
    RecordKind,
    decoded,
    host_and_target,
)

__all__ = ["read_har"]

_ACCEPTED = (101, 200)
"""How servers say yes: over HTTP/1.1, and over HTTP/2 (RFC 8441)."""

_SUBPROTOCOL = "sec-websocket-protocol"
_TEXT, _BINARY, _CLOSE = 1, 2, 8
_SIDES = {"send": Side.CLIENT, "receive": Side.SERVER}


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _Har(msgspec.Struct):
    log: _Log


class _Header(msgspec.Struct):
    name: str
    value: str


class _Request(msgspec.Struct):
    url: str
    headers: list[_Header] = []


class _Response(msgspec.Struct):
    status: int = 0
    headers: list[_Header] = []


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response | None = None
    resource: str | None = msgspec.field(default=None, name="_resourceType")
    messages: list[msgspec.Raw] | None = msgspec.field(default=None, name="_webSocketMessages")


class _Message(msgspec.Struct):
    type: str
    opcode: float = 1
    time: float | None = None
    data: str | None = None
    truncated: bool = False
    code: int | None = None
    reason: str | None = None


_decode_har = msgspec.json.Decoder(_Har).decode
_decode_entry = msgspec.json.Decoder(_Entry).decode
_decode_message = msgspec.json.Decoder(_Message).decode


def read_har(content: bytes) -> Iterator[Record | BadLine]:
    """The WebSocket connections of an archive; its other entries are passed over.

    Raises:
        UnreadableSourceError: it is no archive.
    """
    try:
        entries = _decode_har(content).log.entries
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableSourceError(f"it is no HAR: {error}") from None
    reader = _Reader()
    for entry in entries:
        yield from reader.entry(entry)


class _Reader:
    """Numbers records and connections as they come."""

    def __init__(self) -> None:
        self._line = 0
        self._connection = -1

    def entry(self, raw: msgspec.Raw) -> Iterator[Record | BadLine]:
        try:
            entry = _decode_entry(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._connection += 1
            yield self._bad(f"an entry of the archive: {error}")
            return
        if not _is_websocket(entry):
            return
        self._connection += 1
        yield from self._handshake(entry.request, entry.response)
        for message in entry.messages or ():
            yield from self._message(message)

    def _handshake(self, asked: _Request, answer: _Response | None) -> Iterator[Record]:
        host, target = host_and_target(asked.url)
        headers = _pairs(asked.headers)
        # Chrome sometimes has only the headers that the page had set, and not the handshake's.
        whole = any(name.lower() == "sec-websocket-key" for name, _ in headers)
        yield self._record(
            Side.CLIENT,
            RecordKind.OPEN,
            host=host,
            target=target,
            offered=listed(headers, _SUBPROTOCOL) if whole else None,
        )
        if answer is None or answer.status <= 0:
            return  # it was never answered, or that was not recorded
        if answer.status in _ACCEPTED:
            chosen = listed(_pairs(answer.headers), _SUBPROTOCOL)
            yield self._record(Side.SERVER, RecordKind.ACCEPTED, chosen=next(iter(chosen), None))
        else:
            yield self._record(Side.SERVER, RecordKind.REJECTED)

    def _message(self, raw: msgspec.Raw) -> Iterator[Record | BadLine]:
        try:
            message = _decode_message(raw)
            if message.type == "error":
                yield self._record(Side.SERVER, RecordKind.CLOSE, code=1006, time=message.time)
                return
            yield from self._frame(_SIDES[message.type], message)
        except KeyError:
            yield self._bad("a message of the archive has a type that is not send or receive")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error) as error:
            yield self._bad(f"a message of the archive: {error}")

    def _frame(self, side: Side, message: _Message) -> Iterator[Record | BadLine]:
        opcode, data = message.opcode, None if message.truncated else message.data
        if opcode == _TEXT:
            yield self._record(side, RecordKind.TEXT, payload=data, time=message.time)
        elif opcode == _BINARY:
            payload = None if data is None else decoded(data)
            yield self._record(side, RecordKind.BINARY, payload=payload, time=message.time)
        elif opcode == _CLOSE and message.code is not None:
            yield self._record(
                side,
                RecordKind.CLOSE,
                code=message.code,
                reason=message.reason or "",
                time=message.time,
            )
        elif opcode == 0:
            yield self._bad("a message of the archive is a fragment, and not said to be which")
        # What is left are pings, pongs, and close frames of which nobody wrote down the code.

    def _record(self, side: Side, kind: RecordKind, **fields: Any) -> Record:
        self._line += 1
        return Record(line=self._line, connection=self._connection, side=side, kind=kind, **fields)

    def _bad(self, problem: str) -> BadLine:
        self._line += 1
        return BadLine(line=self._line, connection=self._connection, problem=problem)


def _is_websocket(entry: _Entry) -> bool:
    scheme = entry.request.url.partition(":")[0].lower()
    return entry.messages is not None or entry.resource == "websocket" or scheme in ("ws", "wss")


def _pairs(headers: Sequence[_Header]) -> list[tuple[str, str]]:
    return [(header.name, header.value) for header in headers]
