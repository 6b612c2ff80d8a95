"""Writing recordings by hand: lines of a trace, and judging them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from schematic import BoundEndpoint, Side
from schematic.compile import compile_endpoint
from schematic_engine.conformance import Trace, Vantage, examine


def line(kind: str, side: Side, conn: int = 0, **fields: Any) -> str:
    """One line of a trace."""
    return json.dumps({"conn": conn, "t": 0.0, "dir": side.value, "kind": kind, **fields})


def opened(conn: int = 0) -> str:
    """The client asks for a WebSocket."""
    return line("open", Side.CLIENT, conn, headers=[["xi-api-key", "sk-header"]])


def closed(side: Side, code: int = 1000, conn: int = 0) -> str:
    """A close frame."""
    return line("close", side, conn, code=code, reason="")


def said(side: Side, body: object, conn: int = 0) -> str:
    """A message: a text as it stands, bytes, or anything else as JSON."""
    if isinstance(body, bytes):
        return line("binary", side, conn, data=base64.b64encode(body).decode())
    text = body if isinstance(body, str) else json.dumps(body)
    return line("text", side, conn, data=text)


def judged(
    endpoint: BoundEndpoint, lines: Iterable[str], *, vantage: Vantage = Vantage.TAP
) -> Trace:
    """What the checker finds in these lines."""
    encoded = (one.encode() for one in lines)
    return examine(compile_endpoint(endpoint), "trace.jsonl", encoded, vantage=vantage)


def found(trace: Trace, *, notes: bool = False) -> list[tuple[int, str]]:
    """Line and rule of each finding, notes left out unless asked for."""
    findings = [shown.finding for shown in trace.findings]
    return [
        (finding.line, finding.rule.id)
        for finding in findings
        if notes or not finding.rule.id.startswith("SCH-9") or finding.rule.id == "SCH-901"
    ]


def found_in(
    endpoint: BoundEndpoint, path: Path, *, first: int = 0, notes: bool = False
) -> list[tuple[int, str]]:
    """Line and rule of each finding in a recorded file, read from its line ``first`` (from 0) on.

    Lines are numbered as in the whole file.
    """
    lines = path.read_bytes().splitlines(keepends=True)[first:]
    trace = examine(compile_endpoint(endpoint), path.stem, lines)
    return [(line + first, rule) for line, rule in found(trace, notes=notes)]
