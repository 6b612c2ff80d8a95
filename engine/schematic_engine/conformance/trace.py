"""Reading recorded conversations: JSON Lines, one object a line, into frozen records.

================  ================================================================================
key               meaning
================  ================================================================================
``conn``          number of the connection within the file (0 when left out)
``t``             seconds since the first line; not needed
``dir``           ``client`` or ``server``: who sent it
``kind``          ``open``, ``accepted``, ``rejected``, ``http``, ``text``, ``binary``, ``close``,
                  or ``lost`` where the recorder could not follow the connection any further
``path``          on ``open``: the request target, path and query, or a whole URL
``host``          on ``open``: host and port that were asked; the header ``Host`` will do
``subprotocols``  on ``open``: what the client offers, a list
``subprotocol``   on ``accepted``: what the server chose; null, or left out, for none
``data``          the payload of ``text`` as a string, of ``binary`` as base64
``status``        on ``accepted`` and ``rejected``: the HTTP status of the answer; not needed
``truncated``     true where ``data`` is not all of it; then it may be left out
``code``          on ``close``: the close code; 1005 none given, 1006 lost without a close frame
``reason``        on ``close``: the reason given; on ``lost``: why it could not be followed
================  ================================================================================

Other keys may be there. Of ``headers`` only ``Host`` is read, since credentials live in the others.
What ``path`` and ``subprotocols`` hold is used; of it, a report shows nothing but the value of a
described parameter that does not fit, unless its name is that of a credential, and the words of a
path that is no endpoint's. A line that cannot
be read becomes a `BadLine`, and reading goes on.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, BinaryIO

import msgspec

from schematic.define import Side

__all__ = [
    "WHOLE",
    "BadLine",
    "Record",
    "RecordKind",
    "Share",
    "decoded",
    "host_and_target",
    "lines_of",
    "read_line",
    "read_trace",
]

_LONGEST = 1 << 26
"""Bytes of a line that are read: 64 MiB, four times the longest message that the engine takes."""


class RecordKind(Enum):
    """What one line of a trace records."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HTTP = "http"
    TEXT = "text"
    BINARY = "binary"
    CLOSE = "close"
    LOST = "lost"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a trace.

    Attributes:
        line: its number in the file, from 1.
        connection: which connection of the file it belongs to.
        side: who sent it.
        kind: what it is.
        payload: ``str`` for text, ``bytes`` for binary, else None; None, too, for a message that
            is not recorded in full.
        code: the close code, on a close.
        reason: the reason given, on a close; why the recorder lost track, on a ``lost``.
        target: the request target, on an ``open``; None where it was not recorded.
        offered: the subprotocols that the client offers, on an ``open``; None likewise.
        chosen: the subprotocol that the server chose, on an ``accepted``.
        host: host and port that the client asked, on an ``open``; empty where that was not
            recorded.
        time: seconds since any moment that the file has chosen; None where that was not recorded.
        status: the HTTP status of the server's answer; None where that was not recorded.
    """

    line: int
    connection: int
    side: Side
    kind: RecordKind
    payload: str | bytes | None = None
    code: int = 1005
    reason: str = ""
    target: str | None = None
    offered: tuple[str, ...] | None = None
    chosen: str | None = None
    host: str = ""
    time: float | None = None
    status: int | None = None

    @property
    def is_message(self) -> bool:
        """Whether it is what a side said, in a text or in a binary frame."""
        return self.kind is RecordKind.TEXT or self.kind is RecordKind.BINARY

    def __repr__(self) -> str:
        """Where it stands and what it is: the rest may hold credentials."""
        return f"Record({self.line}, {self.connection}, {self.side.value}, {self.kind.value})"


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that cannot be read.

    Attributes:
        line: its number in the file, from 1.
        connection: the connection it belongs to, where that much could be read.
        problem: what is wrong with it; never holds the line itself.
    """

    line: int
    connection: int | None
    problem: str


class _Line(msgspec.Struct):
    """The keys that are read, as JSON has them."""

    dir: Side
    kind: RecordKind
    conn: int = 0
    t: float | None = None
    data: str | None = None
    truncated: bool = False
    code: int | None = None
    reason: str | None = None
    path: str | None = None
    host: str | None = None
    headers: msgspec.Raw = msgspec.Raw()
    subprotocols: tuple[str, ...] | None = None
    subprotocol: str | None = None
    status: Any = None


class _Owner(msgspec.Struct):
    conn: int = 0


_decode = msgspec.json.Decoder(_Line).decode
_decode_owner = msgspec.json.Decoder(_Owner).decode


_decode_headers = msgspec.json.Decoder(list[tuple[str, str]]).decode

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>[^/?#]*)(?P<target>[^#]*)")


class Share(msgspec.Struct, frozen=True):
    """Some of the connections of a file: one of several processes reads them.

    Attributes:
        index: which share, from 0.
        of: how many there are.
    """

    index: int = 0
    of: int = 1

    def has(self, connection: int | None) -> bool:
        """Whether a connection is in it; what is of no known connection is in all."""
        return connection is None or connection % self.of == self.index


WHOLE = Share()
"""All connections."""


def read_trace(lines: Iterable[bytes], share: Share = WHOLE) -> Iterator[Record | BadLine]:
    """Read a trace line by line; empty lines are skipped.

    Args:
        lines: the lines as bytes, for example a file opened in binary mode; `lines_of` bounds
            their length.
        share: the connections that are read.
    """
    for number, line in enumerate(lines, 1):
        if line.strip() and (share.of == 1 or share.has(_owner(line))):
            yield read_line(number, line)


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is longer than 64 MiB only so much, and no more of it."""
    while line := stream.readline(_LONGEST):
        yield line
        while len(line) == _LONGEST and not line.endswith(b"\n"):
            line = stream.readline(_LONGEST)  # it cannot be read, so it need not be kept


def read_line(number: int, line: bytes) -> Record | BadLine:
    """Read one line, whose number in its file is ``number``."""
    if len(line) >= _LONGEST and not line.endswith(b"\n"):
        return BadLine(
            line=number, connection=None, problem=f"it is longer than {_LONGEST >> 20} MiB"
        )
    try:
        read = _decode(line)
        payload = _payload(read)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return BadLine(line=number, connection=_owner(line), problem=str(error))
    except binascii.Error as error:
        return BadLine(line=number, connection=_owner(line), problem=f"not base64: {error}")
    host, target = _asked(read) if read.kind is RecordKind.OPEN else ("", read.path)
    return Record(
        line=number,
        connection=read.conn,
        side=read.dir,
        kind=read.kind,
        payload=payload,
        code=1005 if read.code is None else read.code,
        reason=read.reason or "",
        target=target,
        offered=read.subprotocols,
        chosen=read.subprotocol,
        host=host,
        time=read.t,
        status=read.status if isinstance(read.status, int) else None,
    )


def host_and_target(url: str) -> tuple[str, str]:
    """Host and port, and path and query, of a URL of any scheme; a path alone has no host."""
    found = _URL.match(url)
    return ("", url) if found is None else (found["host"], found["target"] or "/")


def decoded(data: str) -> bytes:
    """The bytes that base64 stands for.

    Raises:
        binascii.Error: it is not base64.
    """
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as error:
        # A character outside ASCII is a plain ValueError, anything else a binascii.Error.
        raise binascii.Error(str(error)) from None


def _asked(read: _Line) -> tuple[str, str | None]:
    """Host and target of an ``open``."""
    host, target = read.host or "", read.path
    if target is not None:
        there, target = host_and_target(target)
        host = host or there
    return host or _host_in(read.headers), target


def _host_in(headers: msgspec.Raw) -> str:
    """The header ``Host``; empty if there is none, or the headers are written in another way."""
    try:
        lines: Any = _decode_headers(headers) if headers else []
    except msgspec.DecodeError:
        return ""
    return next((value for name, value in lines if name.lower() == "host"), "")


def _payload(read: _Line) -> str | bytes | None:
    if read.truncated or not (read.kind is RecordKind.TEXT or read.kind is RecordKind.BINARY):
        return None
    if read.data is None:
        raise msgspec.ValidationError(f"a {read.kind.value} line needs the key `data`")
    return read.data if read.kind is RecordKind.TEXT else decoded(read.data)


def _owner(line: bytes) -> int | None:
    try:
        return _decode_owner(line).conn
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
