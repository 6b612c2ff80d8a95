"""`Session` inside a Starlette application: the server's side, typed and in order.

The application is run as a server would run it, over the ASGI interface, in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from schematic import Side
from schematic_engine.events import Message, Violation
from schematic_engine.session import Session
from support.apis import SPEECH, AudioOutput, CloseConnection, FinalOutput, Initialize, SendText

pytestmark = pytest.mark.asyncio


async def speak(websocket: WebSocket) -> None:
    session = Session(SPEECH, Side.SERVER)

    async def say(body: object) -> None:
        payload = session.send(body)
        await websocket.send({"type": "websocket.send", "text": payload})

    await websocket.accept()
    async for payload in websocket.iter_text():
        match session.receive(payload):
            case Message(body=SendText(text=text)):
                await say(AudioOutput(audio=text.upper()))
            case Message(body=CloseConnection()):
                await say(FinalOutput(is_final=True))
                await websocket.close()
                break
            case Violation(error=error):
                await websocket.close(error.close_code, str(error)[:123])
                break
            case _:
                pass


app = Starlette(routes=[WebSocketRoute("/talk", speak)])


async def run(texts: Iterable[str | bytes]) -> list[dict[str, Any]]:
    """What the application sends to a client that sends ``texts`` and then leaves."""
    incoming: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    incoming += [{"type": "websocket.receive", "text": text} for text in texts]
    incoming += [{"type": "websocket.disconnect", "code": 1000}]
    outgoing: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        outgoing.append(dict(message))

    scope = {"type": "websocket", "path": "/talk", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return outgoing


async def test_a_starlette_route_speaks_a_described_protocol() -> None:
    session = Session(SPEECH, Side.CLIENT)
    said = [session.send(body) for body in (Initialize(), SendText("hi "), CloseConnection())]
    accepted, audio, final, closed = await run(said)
    assert accepted["type"] == "websocket.accept"
    assert session.receive(audio["text"]) == Message(
        "AudioOutput", AudioOutput("HI "), audio["text"]
    )
    assert session.receive(final["text"]) == Message(
        "FinalOutput", FinalOutput(is_final=True), final["text"]
    )
    assert (closed["type"], closed["code"]) == ("websocket.close", 1000)


async def test_a_starlette_route_closes_on_a_broken_order() -> None:
    *_, closed = await run(['{"text":""}'])
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert closed["reason"].startswith("CloseConnection from the client is illegal")
