"""From an HTTP response to what its endpoint returns, piece by piece and within bounds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import msgspec

from schematic.define.bodies import ResponseKind
from schematic.define.rest import Endpoint
from schematic.define.schema import Schema
from schematic_engine.blame import MessageTooBig
from schematic_engine.credentials import Pairs
from schematic_engine.hiding import without, without_bytes
from schematic_engine.rest.bodies import json_type
from schematic_engine.rest.errors import HttpError, InvalidResponse
from schematic_engine.rest.limits import DEFAULT_REST_LIMITS, RestLimits

__all__ = ["Answer"]

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_PIECE = 64 * 1024
_AUTOMATIC = zlib.MAX_WBITS | 32  # the head says whether it is gzip or zlib
_ENCODING = "content-encoding"
_DEFLATED = ("gzip", "x-gzip", "deflate")


class Answer:
    """Reads one response.

    Give it what arrives with `pieces`, for a stream; or with `take` until the end or until it is
    `full`, and then ask for the `result`.

    Args:
        endpoint: what was called.
        status: the HTTP status code.
        headers: the response's header lines.
        limits: how much is kept.
        secrets: what the server may repeat, and nobody is to see.
        inflated: the bytes come decompressed already.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        status: int,
        headers: Pairs,
        *,
        limits: RestLimits = DEFAULT_REST_LIMITS,
        secrets: tuple[str, ...] = (),
        inflated: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._status = status
        self._headers = tuple((name.lower(), value) for name, value in headers)
        self._limits = limits
        self._secrets = secrets
        self._body = bytearray()
        self._begun = False
        # Beyond what is kept of an error: no secret may be cut in two, and then not be found.
        self._most = limits.max_error_body + max(map(len, secrets), default=0)
        deflated = not inflated and self._is_deflated()
        self._inflate = zlib.decompressobj(_AUTOMATIC) if deflated else None

    @property
    def good(self) -> bool:
        """Whether the status says success."""
        return 200 <= self._status < 300

    @property
    def full(self) -> bool:
        """Whether more of the body would be dropped."""
        return not self.good and len(self._body) >= self._most

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What arrived, decompressed, in pieces of at most 64 KiB.

        Raises:
            InvalidResponse: it cannot be decompressed.
        """
        self._begun = self._begun or bool(data)
        if self._inflate is None:
            for start in range(0, len(data), _PIECE):
                yield data[start : start + _PIECE]
            return
        try:
            while data and not self._inflate.eof:
                piece = self._inflate.decompress(data, _PIECE)
                data = self._inflate.unconsumed_tail
                if piece:
                    yield piece
        except zlib.error:
            raise self._invalid("it cannot be decompressed") from None

    def finish(self) -> None:
        """Says that nothing more comes.

        Raises:
            InvalidResponse: what was compressed is cut off.
        """
        if self._inflate is not None and self._begun and not self._inflate.eof:
            raise self._invalid("it is compressed, and cut off")

    def take(self, data: bytes) -> None:
        """Keeps what arrived.

        Raises:
            MessageTooBig: the body is larger than ``max_response_size``.
            InvalidResponse: it cannot be decompressed.
        """
        if not self.good:
            self._take_error(data)
            return
        for piece in self.pieces(data):
            self._body += piece
            if len(self._body) > self._limits.max_response_size:
                raise MessageTooBig(limit="max_response_size", value=self._limits.max_response_size)

    def _take_error(self, data: bytes) -> None:
        """Keeps what can be read: the status is the news, whatever becomes of the body."""
        with suppress(InvalidResponse):
            for piece in self.pieces(data):
                self._body += piece
                if self.full:
                    return

    def result(self) -> Any:
        """What the endpoint returns: a value of its type, a text, bytes or None.

        Raises:
            HttpError: the status does not say success.
            InvalidResponse: the body is not what the description says.
        """
        if not self.good:
            raise self._error()
        self.finish()
        response = self._endpoint.response
        if response.kind is ResponseKind.EMPTY:
            return None
        if response.kind is ResponseKind.BINARY:
            return bytes(self._body)
        if response.kind is ResponseKind.TEXT:
            return self._text()
        return self._json(cast("Schema", response.schema))

    def _text(self) -> str:
        types = (value for name, value in self._headers if name == "content-type")
        found = _CHARSET.search(next(types, ""))
        charset = found[1] if found else "utf-8"
        try:
            return self._body.decode(charset)
        except LookupError:
            problem = f"its charset {charset[:40]!r} is not known"
        except ValueError:
            problem = f"it is not {charset[:40]}"
        raise self._invalid(problem)

    def _json(self, schema: Schema) -> Any:
        try:
            return msgspec.json.decode(self._body, type=json_type(schema))
        except (ValueError, RecursionError) as error:
            raise self._invalid(f"{schema.name}: {error}") from None

    def _invalid(self, problem: str) -> InvalidResponse:
        problem = without(problem, self._secrets)
        return InvalidResponse(endpoint=self._endpoint.id, status=self._status, problem=problem)

    def _error(self) -> HttpError:
        lines = tuple((name, without(value, self._secrets)) for name, value in self._headers)
        body = without_bytes(bytes(self._body[: self._limits.max_error_body]), self._secrets)
        return HttpError(endpoint=self._endpoint.id, status=self._status, headers=lines, body=body)

    def _is_deflated(self) -> bool:
        codings = [value.strip().lower() for name, value in self._headers if name == _ENCODING]
        if codings in ([], [""], ["identity"]):
            return False
        if len(codings) == 1 and codings[0] in _DEFLATED:
            return True
        if not self.good:
            return False  # the status counts; the body is for people
        raise self._invalid(f"its Content-Encoding {', '.join(codings)[:40]!r} was not asked for")
