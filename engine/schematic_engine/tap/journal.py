"""`Journal`: records as lines of a recording, without secrets and of bounded length. Pure.

The format is that of `schematic_engine.conformance.trace`. A line holds what the reader of a
recording takes from it, and nothing else: of the headers of a request only ``Host``, since
credentials live in the others. Two keys are for people: ``size``, the bytes or characters of a
body that was cut, and ``status``, the HTTP status of an answer.

What is read back is judged like what was written, with two exceptions, which the checker calls
undecidable: a body that was cut, and one in which something was hidden that tells messages apart,
or that its schema would have looked at.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.secrets import Secrets
from schematic_engine.conformance.trace import Record, RecordKind

__all__ = ["MAX_BODY", "Journal"]

MAX_BODY: Final = 1 << 20
"""Bytes, or characters, of a body that are kept: 1 MiB."""


class Journal:
    """Writes the records of one connection.

    Args:
        endpoint: what the connection speaks, which says what is secret on it; None if that is not
            known.
        secrets: texts that are hidden wherever they stand, in any of their usual encodings.
        max_body: how much of a body is kept: bytes of a binary message, characters of a text.

    Attributes:
        secrets: what is hidden. It learns the credentials of a request from the request, and those
            in bodies from their fields.
    """

    def __init__(
        self,
        endpoint: CompiledEndpoint | None = None,
        *,
        secrets: Iterable[str] = (),
        max_body: int = MAX_BODY,
    ) -> None:
        self.secrets = Secrets(endpoint, secrets)
        self._most = max_body

    def line(self, record: Record) -> bytes:
        """The line of ``record``, with its end; the number of its line is not written."""
        record = self.secrets.hidden(record)
        line: dict[str, Any] = {"conn": record.connection}
        if record.time is not None:
            line["t"] = round(record.time, 6)
        line |= {"dir": record.side.value, "kind": record.kind.value}
        line |= self._said(record) if record.is_message else _told(record)
        return msgspec.json.encode(line) + b"\n"

    def _said(self, record: Record) -> dict[str, Any]:
        payload = record.payload
        if payload is None or (isinstance(payload, str) and not _is_writable(payload)):
            return {"truncated": True}
        kept = payload[: self._most]
        data = kept if isinstance(kept, str) else b64encode(kept).decode()
        if len(kept) == len(payload):
            return {"data": data}
        return {"data": data, "truncated": True, "size": len(payload)}


def _told(record: Record) -> dict[str, Any]:
    """What is written of a record that is no message."""
    kind = record.kind
    if kind is RecordKind.CLOSE:
        return {"code": record.code, "reason": _writable(record.reason)}
    if kind is RecordKind.LOST:
        return {"reason": _writable(record.reason)}
    fields: dict[str, Any] = {}
    if record.target is not None:
        fields["path"] = _writable(record.target)
    if record.host:
        fields["host"] = _writable(record.host)
    if record.offered is not None:
        fields["subprotocols"] = list(map(_writable, record.offered))
    if record.chosen is not None:
        fields["subprotocol"] = _writable(record.chosen)
    if record.status is not None:
        fields["status"] = record.status
    return fields


def _is_writable(text: str) -> bool:
    """Whether it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
