"""Reading recorded conversations: JSON Lines, one object a line, into frozen records.

================  ================================================================================
key               meaning
================  ================================================================================
``conn``          number of the connection within the file (0 when left out)
``t``             seconds since the first line; not needed
``dir``           ``client`` or ``server``: who sent it
``kind``          ``open``, ``accepted``, ``rejected``, ``http``, ``text``, ``binary`` or ``close``
``path``          on ``open``: the request target, path and query
``subprotocols``  on ``open``: what the client offers, a list
``subprotocol``   on ``accepted``: what the server chose; null, or left out, for none
``data``          the payload of ``text`` as a string, of ``binary`` as base64
``code``          on ``close``: the close code; 1005 none given, 1006 lost without a close frame
``reason``        on ``close``: the reason given
================  ================================================================================

Other keys, such as ``headers``, may be there; they are not read, since credentials live in them.
What ``path`` and ``subprotocols`` hold is used; of it, a report shows nothing but the value of a
described parameter that does not fit, unless its name is that of a credential. A line that cannot
be read becomes a `BadLine`, and reading goes on.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from enum import Enum

import msgspec

from schematic.define import Side

__all__ = ["BadLine", "Record", "RecordKind", "read_line", "read_trace"]


class RecordKind(Enum):
    """What one line of a trace records."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HTTP = "http"
    TEXT = "text"
    BINARY = "binary"
    CLOSE = "close"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a trace.

    Attributes:
        line: its number in the file, from 1.
        connection: which connection of the file it belongs to.
        side: who sent it.
        kind: what it is.
        payload: ``str`` for text, ``bytes`` for binary, else None.
        code: the close code, on a close.
        reason: the reason given, on a close.
        target: the request target, on an ``open``; None where it was not recorded.
        offered: the subprotocols that the client offers, on an ``open``; None likewise.
        chosen: the subprotocol that the server chose, on an ``accepted``.
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
    data: str | None = None
    code: int | None = None
    reason: str | None = None
    path: str | None = None
    subprotocols: tuple[str, ...] | None = None
    subprotocol: str | None = None


class _Owner(msgspec.Struct):
    conn: int = 0


_decode = msgspec.json.Decoder(_Line).decode
_decode_owner = msgspec.json.Decoder(_Owner).decode


def read_trace(lines: Iterable[bytes]) -> Iterator[Record | BadLine]:
    """Read a trace line by line; empty lines are skipped.

    Args:
        lines: the lines as bytes, for example a file opened in binary mode.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield read_line(number, line)


def read_line(number: int, line: bytes) -> Record | BadLine:
    """Read one line, whose number in its file is ``number``."""
    try:
        read = _decode(line)
        payload = _payload(read)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return BadLine(line=number, connection=_owner(line), problem=str(error))
    except binascii.Error as error:
        return BadLine(line=number, connection=_owner(line), problem=f"not base64: {error}")
    return Record(
        line=number,
        connection=read.conn,
        side=read.dir,
        kind=read.kind,
        payload=payload,
        code=1005 if read.code is None else read.code,
        reason=read.reason or "",
        target=read.path,
        offered=read.subprotocols,
        chosen=read.subprotocol,
    )


def _payload(read: _Line) -> str | bytes | None:
    if read.kind is RecordKind.TEXT or read.kind is RecordKind.BINARY:
        if read.data is None:
            raise msgspec.ValidationError(f"a {read.kind.value} line needs the key `data`")
        if read.kind is RecordKind.TEXT:
            return read.data
        try:
            return base64.b64decode(read.data, validate=True)
        except ValueError as error:
            # A character outside ASCII is a plain ValueError, anything else a binascii.Error.
            raise binascii.Error(str(error)) from None
    return None


def _owner(line: bytes) -> int | None:
    try:
        return _decode_owner(line).conn
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
