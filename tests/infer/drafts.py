"""Recordings written by hand, and what is drafted of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schematic import MessageSchema, Side, WebSocketEndpoint
from schematic_engine.conformance import read_trace
from schematic_engine.infer import Gathering, definition_of
from support.recordings import closed, line, said

CLIENT, SERVER = Side

Turn = tuple[Side, Any]


def recording(turns: Iterable[Turn], *, path: str = "/talk", ended_by: Side = SERVER) -> list[str]:
    """The lines of one connection."""
    return [
        line("open", CLIENT, path=path),
        *(said(side, body) for side, body in turns),
        closed(ended_by),
        closed(ended_by.other),
    ]


def gathered(*recordings: Iterable[str]) -> Gathering:
    """Recordings, each as a file of its own."""
    gathering = Gathering()
    for number, lines in enumerate(recordings):
        gathering.add(f"{number}.jsonl", read_trace(one.encode() for one in lines))
    return gathering


def drafted(*recordings: Iterable[str]) -> WebSocketEndpoint:
    """The one endpoint that recordings come to."""
    [endpoint] = definition_of(gathered(*recordings)).api.endpoints
    return endpoint


def messages(endpoint: WebSocketEndpoint) -> dict[str, MessageSchema]:
    """All messages of an endpoint by their ids."""
    return {one.id: one for one in endpoint.lifecycle.every_message}


def tagged(kind: str, **fields: Any) -> dict[str, Any]:
    """A body with a tag."""
    return {"type": kind, **fields}
