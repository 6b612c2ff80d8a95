"""The files of flows that mitmproxy saves, as records.

Such a file is a row of *tnetstrings*: a length, a colon, so many bytes, and a character that says
what they are (``,`` bytes, ``;`` text, ``#`` an integer, ``^`` a number, ``!`` true or false, ``~``
null, ``]`` a list, ``}`` a mapping). Each is one flow; one with ``websocket`` is a connection.

They are read here and not with mitmproxy itself, which wants older versions of h11 and wsproto
than this project, so that no environment can have both. Nothing but data comes of reading, and
nothing in a file is run. Files of mitmproxy 7 and later are read; earlier ones kept messages apart.

Each WebSocket is a connection, numbered from 0. A file of flows has no lines: records are numbered
from 1 as they are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, TypeAlias

from schematic.define import Side
from schematic_engine.conformance.sources.headers import listed
from schematic_engine.conformance.sources.unreadable import UnreadableSourceError
from schematic_engine.conformance.trace import BadLine, Record, RecordKind

__all__ = ["read_flows"]

_Value: TypeAlias = "bytes | str | int | float | bool | list[_Value] | dict[str, _Value] | None"

_DIGITS = 12
"""Digits of a length that are read: mitmproxy writes no more."""

_DEEPEST = 32
"""How deep values may be nested; those of mitmproxy go half as deep."""

_SUBPROTOCOL = "sec-websocket-protocol"
_TEXT, _BINARY = 1, 2


class _MalformedError(ValueError):
    """Bytes are no tnetstring, or a flow is not made as they are."""


def read_flows(stream: BinaryIO) -> Iterator[Record | BadLine]:
    """The WebSocket connections of a file of flows; other flows are passed over.

    A file that breaks off ends with a `BadLine`, and what came before is read.

    Raises:
        UnreadableSourceError: not even its first flow can be read.
    """
    reader = _Reader()
    first = True
    while True:
        try:
            flow = _load(stream)
        except _MalformedError as error:
            if first:
                raise UnreadableSourceError(f"it holds no flows of mitmproxy: {error}") from None
            yield reader.bad(None, f"the file breaks off, or is broken from here on: {error}")
            return
        if flow is None:
            return
        first = False
        yield from reader.flow(flow)


class _Reader:
    """Numbers records and connections as they come."""

    def __init__(self) -> None:
        self._line = 0
        self._connection = -1

    def flow(self, flow: Mapping[str, Any]) -> Iterator[Record | BadLine]:
        if flow.get("type") == "websocket":
            self._connection += 1
            problem = "the file was written by mitmproxy 6 or earlier; save it with a later one"
            yield self.bad(self._connection, problem)
        elif flow.get("type") == "http" and isinstance(flow.get("websocket"), dict):
            self._connection += 1
            try:
                yield from self._websocket(flow)
            except (_MalformedError, KeyError, TypeError, ValueError, AttributeError) as error:
                yield self.bad(self._connection, f"a flow: {type(error).__name__}")

    def _websocket(self, flow: Mapping[str, Any]) -> Iterator[Record | BadLine]:
        yield self._request(flow["request"])
        yield self._answer(flow["response"])
        websocket = flow["websocket"]
        for message in websocket["messages"]:
            yield self._message(message)
        by_client, code = websocket["closed_by_client"], websocket["close_code"]
        if code is not None:
            side = Side.SERVER if by_client is False else Side.CLIENT
            yield self._record(
                side,
                RecordKind.CLOSE,
                code=int(code),
                reason=str(websocket["close_reason"] or ""),
                time=websocket["timestamp_end"],
            )

    def _request(self, request: Mapping[str, Any]) -> Record:
        headers = _pairs(request["headers"])
        authority = _text(request["authority"]) or f"{request['host']}:{request['port']}"
        host = next((value for name, value in headers if name.lower() == "host"), authority)
        return self._record(
            Side.CLIENT,
            RecordKind.OPEN,
            host=host,
            target=_text(request["path"]),
            offered=listed(headers, _SUBPROTOCOL),
            time=request["timestamp_start"],
        )

    def _answer(self, response: Mapping[str, Any]) -> Record:
        chosen = listed(_pairs(response["headers"]), _SUBPROTOCOL)
        return self._record(
            Side.SERVER,
            RecordKind.ACCEPTED,
            chosen=next(iter(chosen), None),
            time=response["timestamp_start"],
        )

    def _message(self, message: Sequence[Any]) -> Record | BadLine:
        opcode, from_client, content, time = message[:4]
        side = Side.CLIENT if from_client else Side.SERVER
        if opcode == _BINARY:
            return self._record(side, RecordKind.BINARY, payload=bytes(content), time=time)
        try:
            payload = content.decode()
        except UnicodeDecodeError as error:
            return self.bad(self._connection, f"a text is not UTF-8: {error.reason}")
        return self._record(side, RecordKind.TEXT, payload=payload, time=time)

    def _record(self, side: Side, kind: RecordKind, **fields: Any) -> Record:
        self._line += 1
        return Record(line=self._line, connection=self._connection, side=side, kind=kind, **fields)

    def bad(self, connection: int | None, problem: str) -> BadLine:
        self._line += 1
        return BadLine(line=self._line, connection=connection, problem=problem)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _pairs(headers: Sequence[Sequence[bytes]]) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, value in headers]


# ------------------------------------------------------------------------------------ tnetstrings


def _load(stream: BinaryIO) -> dict[str, _Value] | None:
    """The next flow; None at the end of the file."""
    digits = b""
    while (char := stream.read(1)) != b":":
        if not char and not digits:
            return None
        if not char.isdigit() or len(digits) == _DIGITS:
            raise _MalformedError("a length is missing")
        digits += char
    if not digits:
        raise _MalformedError("a length is missing")
    length = int(digits)
    content, kind = _exactly(stream, length), stream.read(1)
    value = _value(kind, memoryview(content), 0)
    if not isinstance(value, dict):
        raise _MalformedError("a flow is no mapping")
    return value


def _exactly(stream: BinaryIO, length: int) -> bytes:
    """The next ``length`` bytes; read in pieces, since what a file claims need not be true."""
    pieces: list[bytes] = []
    while length:
        piece = stream.read(min(length, 1 << 20))
        if not piece:
            raise _MalformedError("it ends too early")
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _value(kind: bytes, data: memoryview, depth: int) -> _Value:
    if depth > _DEEPEST:
        raise _MalformedError("it is nested too deeply")
    try:
        if kind in (b"]", b"}"):
            return _compound(kind, data, depth)
        return _plain(kind, bytes(data))
    except UnicodeDecodeError:
        raise _MalformedError("a text is not UTF-8") from None


def _plain(kind: bytes, data: bytes) -> _Value:
    if kind == b",":
        return data
    if kind == b";":
        return data.decode()
    if kind == b"!" and data in (b"true", b"false"):
        return data == b"true"
    if kind == b"~" and not data:
        return None
    try:
        if kind == b"#" and len(data) < 32:
            return int(data)
        if kind == b"^":
            return float(data)
    except ValueError:
        raise _MalformedError("a number is none") from None
    raise _MalformedError("a value has no kind that is known")


def _compound(kind: bytes, data: memoryview, depth: int) -> _Value:
    values = list(_values(data, depth + 1))
    if kind == b"]":
        return values
    if len(values) % 2:
        raise _MalformedError("a key has no value")
    keys = [_text(key) for key in values[::2] if isinstance(key, bytes | str)]
    return dict(zip(keys, values[1::2], strict=False))


def _values(data: memoryview, depth: int) -> Iterator[_Value]:
    at = 0
    while at < len(data):
        head, colon, _ = bytes(data[at : at + _DIGITS + 1]).partition(b":")
        if not colon or not head.isdigit():
            raise _MalformedError("a length is missing")
        start = at + len(head) + 1
        end = start + int(head)
        if end >= len(data):
            raise _MalformedError("a value is longer than what holds it")
        yield _value(bytes(data[end : end + 1]), data[start:end], depth)
        at = end + 1
