"""Which kind of recording a file is, and reading it: `format_of`, `read_source`."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import BinaryIO, cast

from schematic_engine.conformance.sources.flows import read_flows
from schematic_engine.conformance.sources.har import read_har
from schematic_engine.conformance.sources.unreadable import UnreadableSourceError
from schematic_engine.conformance.trace import (
    WHOLE,
    BadLine,
    Record,
    Share,
    lines_of,
    read_trace,
)

__all__ = ["Format", "Source", "UnreadableSourceError", "format_of", "read_source"]

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_HAR = re.compile(rb'\s*\{\s*"log"\s*:')
_FLOW = re.compile(rb"[0-9]{1,12}:")

_LOOKED_AT = 4096
"""Bytes at the beginning of a file that tell its kind."""


class Format(Enum):
    """The kinds of recordings.

    Attributes:
        JSONL: a line of JSON for each message, see `schematic_engine.conformance.trace`.
        HAR: an HTTP archive, as Chrome and mitmproxy export it.
        MITMPROXY: a file of flows, as mitmproxy saves it.
    """

    JSONL = "jsonl"
    HAR = "har"
    MITMPROXY = "mitmproxy"


def format_of(start: bytes) -> Format:
    """The kind of a recording that begins with ``start``, a few hundred bytes of it."""
    start = start.removeprefix(_BOM)
    if _HAR.match(start):
        return Format.HAR
    return Format.MITMPROXY if _FLOW.match(start) else Format.JSONL


class Source:
    """A recording that is being read: its records, once, and what it is.

    Attributes:
        form: what the file is.
    """

    def __init__(self, stream: _Peekable, form: Format, share: Share) -> None:
        self._stream, self._share = stream, share
        self.form = form

    def __iter__(self) -> Iterator[Record | BadLine]:
        """What passed, in the order in which it did on each connection.

        Raises:
            UnreadableSourceError: it is not what it is said, or seems, to be.
        """
        with _compressed():
            if self.form is Format.HAR:
                yield from read_har(self._stream.read())
            elif self.form is Format.MITMPROXY:
                yield from read_flows(self._stream)
            else:
                yield from read_trace(lines_of(self._stream), self._share)


def read_source(
    stream: BinaryIO | io.RawIOBase, form: Format | None = None, share: Share = WHOLE
) -> Source:
    """Read a recording: JSON Lines, HAR or flows of mitmproxy, plain or compressed.

    JSON Lines are read as they are asked for, and so are flows; a HAR is read as a whole. What
    stands for a line in files that have none is said in the module that reads them.

    Args:
        stream: the file, opened in binary mode.
        form: what it is; None to tell that from its content.
        share: the connections that are read, of JSON Lines.

    Raises:
        UnreadableSourceError: it is compressed, and broken.
    """
    with _compressed():
        plain = _decompressed(_Peekable(stream))
        start = plain.peek(_LOOKED_AT)
        if start.startswith(_BOM):
            plain.read(len(_BOM))
    return Source(plain, form or format_of(start), share)


@contextmanager
def _compressed() -> Generator[None]:
    """What is wrong with compressed data is wrong with the file."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableSourceError(f"it is compressed, and broken: {error}") from error


def _decompressed(stream: _Peekable) -> _Peekable:
    """``stream`` without its compression, if it has any: gzip, or zlib as in mitmproxy's .zhar."""
    start = stream.peek(2)[:2]
    if start == _GZIP:
        return _Peekable(cast("BinaryIO", gzip.GzipFile(fileobj=stream)))
    if start in _ZLIB:
        return _Peekable(_Inflated(stream))
    return stream


class _Peekable(io.BufferedReader):
    """A file whose beginning can be looked at, wherever it comes from."""

    def __init__(self, stream: BinaryIO | io.RawIOBase) -> None:
        raw = stream if isinstance(stream, io.RawIOBase) else _Raw(stream)
        super().__init__(raw, 1 << 18)


class _Raw(io.RawIOBase):
    """A file as `io.BufferedReader` wants it, which is not closed when that is forgotten."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._read = getattr(stream, "read1", stream.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        data: bytes = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Inflated(io.RawIOBase):
    """What a zlib stream holds."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._inflate = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        data = b""
        while not data and not self._inflate.eof:
            fed = self._inflate.unconsumed_tail or self._stream.read(1 << 16)
            if not fed:
                raise EOFError("it ends too early")
            data = self._inflate.decompress(fed, len(buffer))
        buffer[: len(data)] = data
        return len(data)
