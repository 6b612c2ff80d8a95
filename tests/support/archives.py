"""Recordings in the formats of other programs, written from records."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from schematic import Side
from schematic_engine.conformance import Record, RecordKind

__all__ = ["chrome_har", "flow_file", "json_lines", "tnetstring"]


def json_lines(records: Iterable[Record]) -> bytes:
    """The format of this project."""
    return b"".join(json.dumps(_line(record)).encode() + b"\n" for record in records)


def _line(record: Record) -> dict[str, Any]:
    line: dict[str, Any] = {
        "conn": record.connection,
        "dir": record.side.value,
        "kind": record.kind.value,
        "t": record.time,
    }
    if record.kind is RecordKind.OPEN:
        line |= {"path": record.target, "subprotocols": record.offered, "host": record.host}
    elif record.kind is RecordKind.ACCEPTED:
        line |= {"subprotocol": record.chosen}
    elif record.kind is RecordKind.CLOSE:
        line |= {"code": record.code, "reason": record.reason}
    elif isinstance(record.payload, bytes):
        line |= {"data": base64.b64encode(record.payload).decode()}
    elif record.is_message:
        line |= {"data": record.payload, "truncated": record.payload is None}
    return line


def chrome_har(records: Iterable[Record]) -> bytes:
    """An archive as Chrome exports it: no close frames; each connection by itself."""
    return json.dumps({"log": {"version": "1.2", "entries": _entries(records)}}).encode()


def _entries(records: Iterable[Record]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for _, grouped in groupby(_apart(records), lambda record: record.connection):
        asked, *others = grouped
        answer = [one for one in others if one.kind is RecordKind.ACCEPTED]
        headers = [{"name": "Sec-WebSocket-Key", "value": "made up"}]
        offered = [{"name": "Sec-WebSocket-Protocol", "value": ", ".join(asked.offered or ())}]
        chosen = [{"name": "Sec-WebSocket-Protocol", "value": one.chosen} for one in answer]
        entries.append(
            {
                "_resourceType": "websocket",
                "request": {
                    "method": "GET",
                    "url": f"wss://{asked.host}{asked.target}",
                    "headers": headers + (offered if asked.offered else []),
                },
                "response": {
                    "status": 101 if answer else 0,
                    "headers": [one for one in chosen if one["value"] is not None],
                },
                "_webSocketMessages": [_frame(one) for one in others if one.is_message],
            }
        )
    return entries


def _frame(record: Record) -> dict[str, Any]:
    payload = record.payload
    frame: dict[str, Any] = {
        "type": "send" if record.side is Side.CLIENT else "receive",
        "time": record.time,
        "opcode": 1 if record.kind is RecordKind.TEXT else 2,
    }
    if payload is not None:
        if isinstance(payload, bytes):
            payload = base64.b64encode(payload).decode()
        frame["data"] = payload
    return frame


def flow_file(records: Iterable[Record]) -> bytes:
    """Flows as mitmproxy saves them, without what is not read; one close frame at most."""
    flows = [
        tnetstring(_flow(list(grouped)))
        for _, grouped in groupby(_apart(records), lambda record: record.connection)
    ]
    return b"".join(flows)


def _flow(records: Sequence[Record]) -> dict[str, Any]:
    asked, answer = records[0], records[1]
    close = next((one for one in records if one.kind is RecordKind.CLOSE), None)
    return {
        "version": 21,
        "type": "http",
        "request": {
            "host": asked.host,
            "port": 443,
            "authority": b"",
            "path": (asked.target or "/").encode(),
            "headers": [[b"Host", asked.host.encode()], *_protocols(asked.offered or ())],
            "timestamp_start": asked.time,
        },
        "response": {
            "headers": _protocols([answer.chosen] if answer.chosen else []),
            "timestamp_start": answer.time,
        },
        "websocket": {
            "messages": [_message(one) for one in records if one.is_message],
            "closed_by_client": None if close is None else close.side is Side.CLIENT,
            "close_code": None if close is None else close.code,
            "close_reason": None if close is None else close.reason,
            "timestamp_end": None if close is None else close.time,
        },
    }


def _protocols(names: Sequence[str]) -> list[list[bytes]]:
    return [[b"Sec-WebSocket-Protocol", name.encode()] for name in names]


def _message(record: Record) -> list[Any]:
    assert record.payload is not None
    is_text = isinstance(record.payload, str)
    content = record.payload.encode() if isinstance(record.payload, str) else record.payload
    return [1 if is_text else 2, record.side is Side.CLIENT, content, record.time, False, False]


def _apart(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.connection)


def tnetstring(value: Any) -> bytes:
    """A value as a tnetstring."""
    kind, data = _tagged(value)
    return b"%d:%s%s" % (len(data), data, kind)


_PLAIN: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    type(None): (b"~", lambda _: b""),
    bool: (b"!", lambda value: str(value).lower().encode()),
    int: (b"#", lambda value: str(value).encode()),
    float: (b"^", lambda value: str(value).encode()),
    bytes: (b",", lambda value: value),
    str: (b";", lambda value: value.encode()),
}


def _tagged(value: Any) -> tuple[bytes, bytes]:
    if isinstance(value, list):
        return b"]", b"".join(map(tnetstring, value))
    if isinstance(value, dict):
        return b"}", b"".join(tnetstring(one) for pair in value.items() for one in pair)
    kind, write = _PLAIN[type(value)]
    return kind, write(value)
