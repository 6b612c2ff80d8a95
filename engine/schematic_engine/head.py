"""HTTP header blocks, as both sides of the opening handshake read and write them.

The end of a block is found before h11 sees a byte of it, within ``Limits.max_header_size``, so that
the outcome does not depend on how the bytes were cut into reads. Nothing that is written can
inject: names and values are checked for what RFC 9110, section 5.5 allows, and values refused are
not repeated in the error, since they may be secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from schematic_engine.arguments import HeaderLines, header_lines
from schematic_engine.errors import LocalProtocolError, MessageTooBig, RemoteProtocolError
from schematic_engine.events import Headers
from schematic_engine.limits import Limits

__all__ = [
    "TOKEN",
    "Head",
    "Lines",
    "checked_headers",
    "header_text",
    "joined_lines",
    "refuse_folding",
    "refuse_repeats",
    "upgrade_lines",
]

Lines: TypeAlias = list[tuple[bytes, bytes]]
"""Header lines as h11 has them."""

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A token of RFC 9110, section 5.6.2: header names and subprotocols are such."""

_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FOLD = re.compile(rb"\n[ \t]")
_BLOCK_END = re.compile(rb"\n\r?\n")
_OWN_HEADERS: Final = frozenset(
    {"host", "connection", "upgrade", "content-length", "transfer-encoding"}
)


def checked_headers(headers: HeaderLines) -> Lines:
    """Header lines ready to be written.

    Raises:
        LocalProtocolError: a name is not a token or is the handshake's own to set, or a value
            holds something other than printable ASCII, spaces and tabs.
        TypeError: they are not text, or not pairs.
    """
    lines: Lines = []
    for name, value in header_lines(headers):
        if not TOKEN.fullmatch(name):
            raise LocalProtocolError(f"{name!r} is not a header name")
        if name.lower() in _OWN_HEADERS or name.lower().startswith("sec-websocket-"):
            raise LocalProtocolError(f"header {name} is set by the handshake itself")
        if not _VALUE.fullmatch(value):
            raise LocalProtocolError(f"the value of header {name} holds a forbidden character")
        lines.append((name.encode(), value.strip(" \t").encode()))
    return lines


class Head:
    """Collects the bytes of header blocks, and of what follows them.

    Args:
        limits: `max_header_size` bounds one block.
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.max_header_size
        self._buffer = bytearray()

    def add(self, data: bytes) -> None:
        """Takes what arrived."""
        self._buffer += data

    def take(self) -> bytes | None:
        """The next block with its end, or None while it is incomplete.

        Raises:
            MessageTooBig: the block is longer than the limit.
        """
        end = _BLOCK_END.search(self._buffer)
        if len(self._buffer) > self._limit and (end is None or end.end() > self._limit):
            raise MessageTooBig(limit="max_header_size", value=self._limit)
        if end is None:
            return None
        block = bytes(self._buffer[: end.end()])
        del self._buffer[: end.end()]
        return block

    def starts_oddly(self) -> bool:
        """Whether the first byte cannot begin a request line, as when TLS meets a plain port."""
        return bool(self._buffer) and self._buffer[0] < 0x21

    def starts_like(self, start: bytes) -> bool:
        """Whether what is there begins with ``start``, as far as it goes."""
        return start.startswith(bytes(self._buffer[: len(start)]))

    def rest(self) -> bytes:
        """Takes all that is left."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data


def joined_lines(lines: Lines) -> Lines:
    """The same header lines with one line for ``Connection`` and one for ``Upgrade``.

    Both are lists, whose lines belong together in their order (RFC 9110, section 5.3).
    """
    names = (b"connection", b"upgrade")
    kept = [line for line in lines if line[0] not in names]
    for name in names:
        values = [value for key, value in lines if key == name]
        if values:
            kept.append((name, b", ".join(values)))
    return kept


def refuse_folding(block: bytes) -> None:
    """Raises `RemoteProtocolError` if a header goes on in the next line (RFC 9112, section 5.2)."""
    if _FOLD.search(block):
        raise RemoteProtocolError("a header is folded into two lines, which is obsolete")


def refuse_repeats(lines: Lines, once: frozenset[bytes]) -> None:
    """Raises `RemoteProtocolError` if a header of ``once`` is there twice."""
    names = [name for name, _ in lines if name in once]
    if len(set(names)) < len(names):
        raise RemoteProtocolError("a header that may stand once is repeated")


def upgrade_lines(lines: Lines) -> Lines:
    """`joined_lines`, with ``Upgrade: websocket`` alone where it is one of several offers."""
    joined = joined_lines(lines)
    upgrades = [value for name, value in joined if name == b"upgrade"]
    tokens = b",".join(upgrades).lower().split(b",")
    if b"websocket" not in (token.strip() for token in tokens):
        return joined
    return [line for line in joined if line[0] != b"upgrade"] + [(b"upgrade", b"websocket")]


def header_text(lines: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Header lines as events carry them."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in lines)
