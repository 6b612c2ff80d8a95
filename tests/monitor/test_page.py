"""The application in the guide to the monitor runs, and is watched."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from schematic_engine.conformance import rules
from support.pages import blocks

PAGE = Path(__file__).parents[2] / "docs" / "monitor.md"


@pytest.mark.asyncio
async def test_the_application_of_the_page_is_watched() -> None:
    (source,) = (b.text for b in blocks(PAGE.read_text("utf-8")) if b.argument == "app.py")
    named: dict[str, Any] = {}
    exec(source, named)
    texts = ['{"text":" "}', '{"text":""}', '{"text":"late "}']
    incoming: list[MutableMapping[str, Any]] = [{"type": "websocket.connect"}]
    incoming += [{"type": "websocket.receive", "text": text} for text in texts]
    incoming += [{"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> MutableMapping[str, Any]:
        return incoming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    sent: list[str] = []
    path = "/v1/text-to-speech/rachel/stream-input"
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": []}
    await named["app"](scope, receive, send)
    assert sent == ["websocket.accept", *["websocket.send"] * 3]
    found = [finding.rule for finding in named["monitor"].findings]
    assert found == [rules.ILLEGAL_ORDER, rules.NO_FINAL_MESSAGE]
