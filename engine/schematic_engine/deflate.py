"""permessage-deflate (RFC 7692): negotiated strictly, inflated within bounds.

The extension is wsproto's own kind of extension, so that wsproto stays the authority on frames.
Offers and answers are parsed by their grammar (RFC 6455, section 9.1): whatever is unknown,
repeated, out of range, or has a value where none belongs, makes an offer one to decline and an
answer one to fail on.
"""

from __future__ import annotations

import re
import zlib
from codecs import IncrementalDecoder, getincrementaldecoder
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeAlias

from wsproto.frame_protocol import (
    CloseReason,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    RsvBits,
)

from schematic_engine.compression import Compression
from schematic_engine.errors import RemoteProtocolError
from schematic_engine.guard import NO_BITS, FrameGuard
from schematic_engine.limits import DEFAULT_LIMITS

__all__ = ["Deflate", "Params", "choose", "parse_extensions"]

Params: TypeAlias = tuple[tuple[str, str | None], ...]
"""Parameters of one extension, in order; a flag has the value None."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_PARAM = rf';[ \t]*+({_TOKEN})[ \t]*+(?:=[ \t]*+(?:({_TOKEN})|"((?:[^"\\]|\\.)*+)")[ \t]*+)?'
_PARAMS = re.compile(_PARAM)
_NAME = re.compile(rf"({_TOKEN})[ \t]*+")
_GAP = re.compile(r"[ \t,]*+")

_NAME_OF_IT: Final = "permessage-deflate"
_TAIL: Final = b"\x00\x00\xff\xff"  # RFC 7692, section 7.2.1: cut off the end by the sender
_LAST_BLOCK: Final = b"\x01\x00\x00\xff\xff"  # an empty one: RFC 1951, section 3.2.4
_COMPRESSED: Final = RsvBits(True, False, False)
_FLAGS: Final = ("server_no_context_takeover", "client_no_context_takeover")
_WINDOWS: Final = ("server_max_window_bits", "client_max_window_bits")
_UTF8 = getincrementaldecoder("utf-8")
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


def choose(header: str) -> str | None:
    """The first offer of a request's header that a server can take, in plain form.

    Raises:
        ValueError: the header does not follow the grammar.
    """
    for name, params in parse_extensions(header):
        if name == _NAME_OF_IT and _terms(params, offer=True) is not None:
            return "; ".join([name, *(_written(*param) for param in params)])
    return None


def _written(name: str, value: object) -> str:
    return name if value is None else f"{name}={value}"


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...
    def copy(self) -> Self: ...


class _Deflater(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


class Deflate(FrameGuard):
    """permessage-deflate for one connection, in either role.

    The client offers what it wants, and ``client_max_window_bits``; it fails on an answer that
    takes more liberty than it offered. The server takes the first valid offer, grants what it
    asks for, and adds what it wants itself. A window of 8 bits is granted and obeyed by sending
    without compression, since zlib cannot compress into one.

    Args:
        max_message_size: bytes of one message after inflating; inflating stops at the first byte
            beyond.
        max_empty_fragments: fragments without content in one message, the last one not counted.
        options: what this side wants; None stands for the defaults.

    Attributes:
        min_size: bytes from which a message is compressed.
    """

    name = _NAME_OF_IT

    def __init__(
        self,
        max_message_size: int,
        max_empty_fragments: int = DEFAULT_LIMITS.max_empty_fragments,
        *,
        options: Compression | None = None,
    ) -> None:
        super().__init__(max_message_size, max_empty_fragments)
        self._options = options or Compression()
        self.min_size = self._options.min_size
        self._agreed = False
        self._ours: tuple[int, bool] = (15, False)  # window bits, whether each message starts anew
        self._theirs: tuple[int, bool] = (15, False)
        self._deflater: _Deflater | None = None
        self._inflater: _Inflater | None = None
        self._inflated = 0  # bytes of the current message so far
        self._decoder: IncrementalDecoder | None = None  # of the current message, if it is text

    def enabled(self) -> bool:
        """Whether both sides agreed on it."""
        return self._agreed

    def offer(self) -> bool | str:
        """The client's parameters (RFC 7692, section 7.1)."""
        params: list[tuple[str, object]] = [
            (flag, None) for flag in _FLAGS if getattr(self._options, flag)
        ]
        server, client = (getattr(self._options, window) for window in _WINDOWS)
        if server < 15:
            params.append(("server_max_window_bits", server))
        params.append(("client_max_window_bits", client if client < 15 else None))
        return "; ".join(_written(*param) for param in params)

    def accept(self, offer: str) -> bool | str | None:
        """Takes an offer that `choose` returned; returns the parameters of the answer."""
        ((_, params),) = parse_extensions(offer)
        terms, options = _terms(params, offer=True), self._options
        if terms is None:
            return None
        offered = {name for name, _ in params}
        server_fresh = terms.server_fresh or options.server_no_context_takeover
        client_fresh = terms.client_fresh or options.client_no_context_takeover
        server_bits = min(terms.server_bits, options.server_max_window_bits)
        client_bits = terms.client_bits
        if "client_max_window_bits" in offered:  # else the client may not be asked for it
            client_bits = min(client_bits, options.client_max_window_bits)
        self._ours, self._theirs = (server_bits, server_fresh), (client_bits, client_fresh)
        self._agreed = True
        granted: list[tuple[str, object]] = [
            (flag, None)
            for flag, fresh in zip(_FLAGS, (server_fresh, client_fresh), strict=True)
            if fresh
        ]
        granted += [
            (window, bits)
            for window, bits in zip(_WINDOWS, (server_bits, client_bits), strict=True)
            if bits < 15 or dict(params).get(window) is not None
        ]
        return "; ".join(_written(*param) for param in granted)

    def finalize(self, offer: str) -> None:
        """Takes the server's answer as the client.

        Raises:
            RemoteProtocolError: the answer is not valid, takes more than was offered, or is the
                second one.
        """
        try:
            ((_, params),) = parse_extensions(offer)
        except ValueError:
            params, terms = (), None
        else:
            terms = _terms(params, offer=False)
        if terms is None or self._agreed or not self._keeps_to_the_offer(terms, params):
            raise RemoteProtocolError("the server's answer to permessage-deflate is not valid")
        fresh = terms.client_fresh or self._options.client_no_context_takeover
        self._ours = (min(terms.client_bits, self._options.client_max_window_bits), fresh)
        self._theirs = (terms.server_bits, terms.server_fresh)
        self._agreed = True

    def _keeps_to_the_offer(self, terms: _Terms, params: Params) -> bool:
        """Whether an answer grants what was asked, and no more (RFC 7692, section 7.1)."""
        options = self._options
        asked = int(dict(params).get("client_max_window_bits") or 0)
        return (
            terms.server_fresh >= options.server_no_context_takeover
            and terms.server_bits <= options.server_max_window_bits
            and asked <= options.client_max_window_bits
        )

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
        if not first or verdict is not NO_BITS:
            return verdict
        if rsv.rsv1:
            self._decoder = _UTF8() if opcode is Opcode.TEXT else None
            self._inflater = self._inflater or self._new_inflater()
        return _COMPRESSED

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
        if self._inflater is not None and self._is_cut_off(self._inflater):
            return self._unfit()
        self._inflated = 0
        if self._theirs[1]:
            self._inflater = None
        return None

    def _is_cut_off(self, inflater: _Inflater) -> bool:
        """Whether the stream of a message stops within a block.

        Its end is put back, which is an empty block, and makes nothing. Within a block it would be
        the block's data. So would one more that is the last, which ends the stream otherwise.
        """
        try:
            if inflater.decompress(_TAIL, 1) or inflater.unused_data:
                return True
            probe = inflater.copy()
            return bool(probe.decompress(_LAST_BLOCK, 1)) or not probe.eof
        except zlib.error:
            return True

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
        if not whole or len(data) < self.min_size or bits == 8:
            return rsv, data
        deflater = self._deflater or self._new_deflater(bits)
        self._deflater = None if fresh else deflater
        packed = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
        return _COMPRESSED, packed[: -len(_TAIL)]

    def _new_inflater(self) -> _Inflater:
        return zlib.decompressobj(-self._theirs[0])

    def _new_deflater(self, bits: int) -> _Deflater:
        options = self._options
        return zlib.compressobj(options.level, zlib.DEFLATED, -bits, options.mem_level)

    def _inflate(self, data: bytes) -> bytes | CloseReason:
        """Inflates all of ``data``, or says why not; never makes more than the limit allows."""
        pieces: list[bytes] = []
        for start in range(0, len(data), _SLICE):
            part = data[start : start + _SLICE]
            while part:
                inflater = self._inflater or self._new_inflater()
                try:
                    piece = inflater.decompress(part, self._limit + 1 - self._inflated)
                    self._check_text(piece[: self._limit - self._inflated])
                except UnicodeDecodeError:
                    return CloseReason.INVALID_FRAME_PAYLOAD_DATA
                except zlib.error:
                    return self._unfit()
                self._inflated += len(piece)
                if self._inflated > self._limit:
                    return CloseReason.MESSAGE_TOO_BIG
                pieces.append(piece)
                # After a final block (BFINAL) comes a new stream: RFC 7692, section 7.2.3.4.
                self._inflater = None if inflater.eof else inflater
                part = inflater.unused_data
        return b"".join(pieces)

    def _unfit(self) -> CloseReason:
        self.problem = "a compressed payload cannot be inflated"
        return CloseReason.INVALID_FRAME_PAYLOAD_DATA

    def _check_text(self, piece: bytes) -> None:
        """Finds what is wrong with a text before its size is judged.

        wsproto would find it later, after the inflating of all that was read, so that the verdict
        would depend on the reads.

        Raises:
            UnicodeDecodeError: it is not UTF-8.
        """
        if self._decoder is not None:
            self._decoder.decode(piece)
