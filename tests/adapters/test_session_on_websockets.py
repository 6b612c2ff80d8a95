"""`Session` on top of the `websockets` library: typed, ordered messages over its sockets."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from schematic import Side
from schematic_engine.errors import RemoteIllegalMessage
from schematic_engine.events import Message, Violation
from schematic_engine.session import Session
from support.apis import SPEECH, AudioOutput, CloseConnection, FinalOutput, Initialize, SendText

pytestmark = pytest.mark.asyncio


async def speak(websocket: ServerConnection) -> None:
    """A server: answers every text with audio, and closes when the order is broken."""
    session = Session(SPEECH, Side.SERVER)
    async for payload in websocket:
        match session.receive(payload):
            case Message(body=SendText(text=text)):
                await websocket.send(session.send(AudioOutput(audio=text.upper())))
            case Message(body=CloseConnection()):
                await websocket.send(session.send(FinalOutput(is_final=True)))
                return
            case Violation(error=error):
                await websocket.close(error.close_code, error.args[0][:123])
                return
            case _:
                pass


async def test_a_client_and_a_server_stream_typed_messages() -> None:
    session = Session(SPEECH, Side.CLIENT)
    heard: list[object] = []
    async with serve(speak, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        async with connect(f"ws://{host}:{port}") as websocket:
            for body in (Initialize(), SendText("one "), SendText("two "), CloseConnection()):
                await websocket.send(session.send(body))
            async for payload in websocket:
                event = session.receive(payload)
                assert isinstance(event, Message)
                heard.append(event.body)
    assert heard == [AudioOutput("ONE "), AudioOutput("TWO "), FinalOutput(is_final=True)]
    assert session.expected() == ()


async def test_a_client_that_breaks_the_order_is_told_and_closed() -> None:
    async with serve(speak, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        async with connect(f"ws://{host}:{port}") as websocket:
            await websocket.send('{"text":"no opening first"}')
            await asyncio.wait_for(websocket.wait_closed(), 10)
            assert websocket.close_code == RemoteIllegalMessage.close_code
            assert "SendText from the client is illegal" in (websocket.close_reason or "")
