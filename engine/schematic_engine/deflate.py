"""permessage-deflate (RFC 7692): negotiated strictly, inflated within bounds.

The extension is wsproto's own kind of extension, so that wsproto stays the authority on frames.
Offers and answers are parsed by their grammar (RFC 6455, section 9.1): whatever is unknown,
repeated, out of range, or has a value where none belongs, makes an offer one to decline and an
answer one to fail on.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from wsproto.frame_protocol import (
    CloseReason,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    RsvBits,
)

from schematic_engine.errors import RemoteProtocolError
from schematic_engine.guard import NO_BITS, FrameGuard
from schematic_engine.limits import DEFAULT_LIMITS

__all__ = ["MIN_COMPRESSED", "Deflate", "Params", "parse_extensions"]

MIN_COMPRESSED: Final = 1024
"""Bytes from which a message is compressed: as ``ws`` for Node.js has it; below, it rarely pays."""

Params: TypeAlias = tuple[tuple[str, str | None], ...]
"""Parameters of one extension, in order; a flag has the value None."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_PARAM = rf';[ \t]*+({_TOKEN})[ \t]*+(?:=[ \t]*+(?:({_TOKEN})|"((?:[^"\\]|\\.)*+)")[ \t]*+)?'
_PARAMS = re.compile(_PARAM)
_NAME = re.compile(rf"({_TOKEN})[ \t]*+")
_GAP = re.compile(r"[ \t,]*+")

_TAIL: Final = b"\x00\x00\xff\xff"  # RFC 7692, section 7.2.1: cut off the end by the sender
_COMPRESSED: Final = RsvBits(True, False, False)
_FLAGS: Final = ("server_no_context_takeover", "client_no_context_takeover")
_WINDOWS: Final = ("server_max_window_bits", "client_max_window_bits")
_BITS = re.compile(r"[89]|1[0-5]")
_SLICE: Final = 8192  # bytes inflated at a time, so that many tiny streams in a row stay cheap


def parse_extensions(header: str) -> list[tuple[str, Params]]:
    """Reads a ``Sec-WebSocket-Extensions`` value, quoted strings and all.

    Raises:
        ValueError: it does not follow the grammar (RFC 6455, section 9.1).
    """
    found: list[tuple[str, Params]] = []
    position = _end(_GAP, header, 0)
    while position < len(header):
        name = _NAME.match(header, position)
        if name is None:
            raise ValueError("malformed Sec-WebSocket-Extensions")
        position = name.end()
        params: list[tuple[str, str | None]] = []
        while param := _PARAMS.match(header, position):
            position = param.end()
            params.append((param[1], _value(param)))
        found.append((name[1], tuple(params)))
        if position < len(header) and header[position] != ",":
            raise ValueError("malformed Sec-WebSocket-Extensions")
        position = _end(_GAP, header, position)
    return found


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _value(param: re.Match[str]) -> str | None:
    quoted: str | None = param[3]
    return param[2] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What one header asks for or grants: windows, and whether each message starts anew."""

    server_fresh: bool
    client_fresh: bool
    server_bits: int
    client_bits: int


def _terms(params: Params, *, offer: bool) -> _Terms | None:
    """Reads parameters strictly (RFC 7692, section 7.1); None when one of them is not valid."""
    given = dict(params)
    if len(given) < len(params) or not given.keys() <= {*_FLAGS, *_WINDOWS}:
        return None
    if any(given.get(flag) is not None for flag in _FLAGS):
        return None
    if offer and given.get("client_max_window_bits", "") is None:
        del given["client_max_window_bits"]  # a bare hint that the client could obey a window
    if not all(_BITS.fullmatch(given[window] or "") for window in _WINDOWS if window in given):
        return None
    return _Terms(
        server_fresh="server_no_context_takeover" in given,
        client_fresh="client_no_context_takeover" in given,
        server_bits=int(given.get("server_max_window_bits") or 15),
        client_bits=int(given.get("client_max_window_bits") or 15),
    )


def _written(param: tuple[str, str | None]) -> str:
    name, value = param
    return name if value is None else f"{name}={value}"


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Deflater(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


class Deflate(FrameGuard):
    """permessage-deflate for one connection, in either role.

    The client offers ``client_max_window_bits`` and takes any valid answer. The server takes the
    first valid offer and grants what it asks for. A window of 8 bits is granted and obeyed by
    sending without compression, since zlib cannot compress into one.

    Args:
        max_message_size: bytes of one message after inflating; inflating stops at the first byte
            beyond.
        max_empty_fragments: fragments without content in one message, the last one not counted.
    """

    name = "permessage-deflate"

    def __init__(
        self,
        max_message_size: int,
        max_empty_fragments: int = DEFAULT_LIMITS.max_empty_fragments,
    ) -> None:
        super().__init__(max_message_size, max_empty_fragments)
        self._agreed = False
        self._ours: tuple[int, bool] = (15, False)  # window bits, whether each message starts anew
        self._theirs: tuple[int, bool] = (15, False)
        self._deflater: _Deflater | None = None
        self._inflater: _Inflater | None = None
        self._inflated = 0  # bytes of the current message so far

    def enabled(self) -> bool:
        """Whether both sides agreed on it."""
        return self._agreed

    def offer(self) -> bool | str:
        """The client's parameters."""
        return "client_max_window_bits"

    def choose(self, header: str) -> str | None:
        """The first offer of a request's header that the server can take, in plain form.

        Raises:
            ValueError: the header does not follow the grammar.
        """
        for name, params in parse_extensions(header):
            if name == self.name and _terms(params, offer=True) is not None:
                return "; ".join([name, *(_written(param) for param in params)])
        return None

    def accept(self, offer: str) -> bool | str | None:
        """Takes an offer that `choose` returned; returns the parameters of the answer."""
        ((_, params),) = parse_extensions(offer)
        terms = _terms(params, offer=True)
        if terms is None:
            return None
        self._ours = (terms.server_bits, terms.server_fresh)
        self._theirs = (terms.client_bits, terms.client_fresh)
        self._agreed = True
        granted = [param for param in params if param != ("client_max_window_bits", None)]
        return "; ".join(_written(param) for param in granted)

    def finalize(self, offer: str) -> None:
        """Takes the server's answer as the client.

        Raises:
            RemoteProtocolError: the answer is not valid, or the second one.
        """
        try:
            ((_, params),) = parse_extensions(offer)
        except ValueError:
            terms = None
        else:
            terms = _terms(params, offer=False)
        if terms is None or self._agreed:
            raise RemoteProtocolError("the server's answer to permessage-deflate is not valid")
        self._ours = (terms.client_bits, terms.client_fresh)
        self._theirs = (terms.server_bits, terms.server_fresh)
        self._agreed = True

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """Claims RSV1 for the first frame of a message (RFC 7692, section 6)."""
        verdict = super().frame_inbound_header(proto, opcode, rsv, payload_length)
        first = opcode is Opcode.TEXT or opcode is Opcode.BINARY
        return _COMPRESSED if first and verdict is NO_BITS else verdict

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Inflates data of compressed messages; control frames between them pass untouched."""
        if self._is_data and self._compressed:
            return self._inflate(data)
        return super().frame_inbound_payload_data(proto, data)

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """Inflates what the end of the message sets free."""
        verdict = super().frame_inbound_complete(proto, fin)
        if not (fin and self._is_data and self._compressed):
            return verdict
        # A message that ended with its stream (BFINAL) has left no inflater to be flushed.
        rest = self._inflate(_TAIL) if self._inflater else b""
        self._inflated = 0
        if self._theirs[1]:
            self._inflater = None
        return rest

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002  (wsproto's signature)
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """Compresses whole messages that are worth it; leaves all else alone."""
        bits, fresh = self._ours
        whole = fin and (opcode is Opcode.TEXT or opcode is Opcode.BINARY)
        if not whole or len(data) < MIN_COMPRESSED or bits == 8:
            return rsv, data
        deflater = self._deflater or zlib.compressobj(wbits=-bits, memLevel=5)
        self._deflater = None if fresh else deflater
        packed = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
        return _COMPRESSED, packed[: -len(_TAIL)]

    def _inflate(self, data: bytes) -> bytes | CloseReason:
        """Inflates all of ``data``, or says why not; never makes more than the limit allows."""
        pieces: list[bytes] = []
        for start in range(0, len(data), _SLICE):
            part = data[start : start + _SLICE]
            while part:
                inflater = self._inflater or zlib.decompressobj(-self._theirs[0])
                try:
                    piece = inflater.decompress(part, self._limit + 1 - self._inflated)
                except zlib.error:
                    return CloseReason.INVALID_FRAME_PAYLOAD_DATA
                self._inflated += len(piece)
                if self._inflated > self._limit:
                    return CloseReason.MESSAGE_TOO_BIG
                pieces.append(piece)
                # After a final block (BFINAL) comes a new stream: RFC 7692, section 7.2.3.4.
                self._inflater = None if inflater.eof else inflater
                part = inflater.unused_data
        return b"".join(pieces)
