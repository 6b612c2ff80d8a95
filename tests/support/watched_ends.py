"""Both ends of a connection of somebody else's library, each watched by a monitor."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection as ThreadedClient
from websockets.sync.client import connect as connect_threads
from websockets.sync.server import ServerConnection as ThreadedServer
from websockets.sync.server import serve as serve_threads
from websockets.typing import Subprotocol

from schematic import Side
from schematic_engine.monitor import Monitor

__all__ = ["Coroutines", "Threads", "coroutines", "threads"]

PATIENCE = 10.0


class Coroutines:
    """The ends of a connection of `websockets.asyncio`."""

    def __init__(self, client: ClientConnection, server: ServerConnection) -> None:
        self.client, self.server = client, server
        self.ends = {Side.CLIENT: client, Side.SERVER: server}

    async def say(self, side: Side, said: str | bytes) -> None:
        await self.ends[side].send(said)
        assert await asyncio.wait_for(self.ends[side.other].recv(), PATIENCE) == said

    async def close(self, side: Side, code: int, reason: str) -> None:
        await self.ends[side].close(code, reason)
        with suppress(ConnectionClosed):
            await self.ends[side.other].recv()


@asynccontextmanager
async def coroutines(
    client: Monitor, server: Monitor, *, target: str = "/talk", subprotocol: str | None = None
) -> AsyncIterator[Coroutines]:
    """An open connection over loopback, with asyncio."""
    came: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()
    chosen = None if subprotocol is None else Subprotocol(subprotocol)

    async def handle(websocket: ServerConnection) -> None:
        came.set_result(server.watch(websocket))
        await over.wait()

    async with serve(
        handle, "127.0.0.1", 0, select_subprotocol=lambda *_: chosen, close_timeout=1
    ) as serving:
        host, port = serving.sockets[0].getsockname()[:2]
        offered = None if chosen is None else [chosen]
        async with connect(
            f"ws://{host}:{port}{target}", subprotocols=offered, proxy=None, close_timeout=1
        ) as websocket:
            try:
                yield Coroutines(client.watch(websocket), await came)
            finally:
                over.set()


class Threads:
    """The ends of a connection of `websockets.sync`, both used by the thread of the test."""

    def __init__(self, client: ThreadedClient, server: ThreadedServer) -> None:
        self.client, self.server = client, server
        self.ends = {Side.CLIENT: client, Side.SERVER: server}

    async def say(self, side: Side, said: str | bytes) -> None:
        self.ends[side].send(said)
        assert self.ends[side.other].recv(PATIENCE) == said

    async def close(self, side: Side, code: int, reason: str) -> None:
        self.ends[side].close(code, reason)
        with suppress(ConnectionClosed):
            self.ends[side.other].recv(PATIENCE)


@contextmanager
def threads(
    client: Monitor, server: Monitor, *, target: str = "/talk", subprotocol: str | None = None
) -> Generator[Threads]:
    """An open connection over loopback, with threads."""
    came: queue.SimpleQueue[ThreadedServer] = queue.SimpleQueue()
    over = threading.Event()
    chosen = None if subprotocol is None else Subprotocol(subprotocol)

    def handle(websocket: ThreadedServer) -> None:
        came.put(server.watch(websocket))
        over.wait(PATIENCE)

    with serve_threads(
        handle, "127.0.0.1", 0, select_subprotocol=lambda *_: chosen, close_timeout=1
    ) as serving:
        runner = threading.Thread(target=serving.serve_forever)
        runner.start()
        host, port = serving.socket.getsockname()[:2]
        offered = None if chosen is None else [chosen]
        try:
            with connect_threads(
                f"ws://{host}:{port}{target}", subprotocols=offered, proxy=None, close_timeout=1
            ) as websocket:
                try:
                    yield Threads(client.watch(websocket), came.get(timeout=PATIENCE))
                finally:
                    over.set()
        finally:
            serving.shutdown()
            runner.join(PATIENCE)
