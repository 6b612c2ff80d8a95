"""The monitor's middleware under uvicorn, whichever library speaks WebSocket there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from schematic import Side
from schematic_engine.conformance import rules
from schematic_engine.monitor import Monitor, MonitorMiddleware
from support.replays import Replay, found_in, recorded, unseen, verdict

NAMES = ["elevenlabs_stream_input", "deepgram_listen1_sync", "gql_node_pyclient_interleaved"]


class Served:
    """An application that says what the server of a replay said, when it said it."""

    def __init__(self) -> None:
        self.replay = recorded(NAMES[0])
        self.over: SimpleQueue[None] = SimpleQueue()

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.accept(self.replay.subprotocol)
        for side, said in self.replay.said:
            if side is Side.CLIENT:
                await websocket.receive()
            elif isinstance(said, str):
                await websocket.send_text(said)
            else:
                await websocket.send_bytes(said)
        closer, code, reason = self.replay.closes
        if closer is Side.SERVER:
            await websocket.close(code, reason)
        else:
            with pytest.raises(WebSocketDisconnect) as gone:
                await websocket.receive_text()
            assert (gone.value.code, gone.value.reason) == (code, reason)


@contextmanager
def serving(library: str, served: Served, monitor: Monitor) -> Iterator[str]:
    async def speak(websocket: WebSocket) -> None:
        try:
            await served(websocket)
        finally:
            served.over.put(None)

    app = Starlette(
        routes=[WebSocketRoute("/{path:path}", speak)],
        middleware=[Middleware(MonitorMiddleware, monitor=monitor)],
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, ws=library, log_config=None)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), name="uvicorn")
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def converse(url: str, replay: Replay, monitor: Monitor) -> None:
    """Say what the client of a replay said, when it said it."""
    offered = None if replay.subprotocol is None else [Subprotocol(replay.subprotocol)]
    with connect(url + replay.target, subprotocols=offered, proxy=None) as websocket:
        monitor.watch(websocket)
        for side, said in replay.said:
            if side is Side.CLIENT:
                websocket.send(said)
            else:
                assert websocket.recv(10) == said
        closer, code, reason = replay.closes
        if closer is Side.CLIENT:
            websocket.close(code, reason)
        with suppress(ConnectionClosed):
            websocket.recv(10)


@pytest.mark.parametrize("library", ["websockets-sansio", "wsproto"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("closer", list(Side))
def test_both_ends_are_judged_as_check_judges_them(library: str, name: str, closer: Side) -> None:
    whole = recorded(name)
    served = Served()
    for said in (whole.said, whole.said[1:], (*whole.said, whole.said[0])):
        replay = Replay(
            whole.endpoint, whole.target, whole.subprotocol, said, (closer, 4001, "that was all")
        )
        served.replay = replay
        client, server = Monitor(replay.endpoint), Monitor(replay.endpoint)
        with serving(library, served, server) as url:
            converse(url, replay, client)
            served.over.get(timeout=10)
        assert found_in(client.finish().traces[0].findings) == verdict(replay, Side.CLIENT)
        left_out = unseen(replay, found_in(server.finish().traces[0].findings))
        # How the client answers its close frame, an application is not told.
        assert left_out in ([], [rules.ANSWERED_OTHERWISE.id])
        assert closer is Side.SERVER or not left_out
        for monitor in (client, server):
            assert monitor.report().traces[0].connections[0].code == 4001
