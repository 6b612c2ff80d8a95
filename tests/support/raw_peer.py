"""A peer that knows WebSocket frames and nothing of any description: it says what it is told."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Request,
    TextMessage,
)

__all__ = ["RawPeer", "raw_client", "raw_server"]

Script = Callable[["RawPeer"], Awaitable[None]]


class RawPeer:
    """wsproto on a pair of streams."""

    def __init__(
        self, role: ConnectionType, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.ws = WSConnection(role)
        self.reader = reader
        self.writer = writer
        self.received = 0
        self._events: deque[Event] = deque()

    def put(self, *events: Event) -> None:
        """Write events, all in one go."""
        self.writer.write(b"".join(self.ws.send(event) for event in events))

    def put_json(self, *values: object) -> None:
        """Write JSON text messages, all in one go."""
        self.put(*(TextMessage(json.dumps(value)) for value in values))

    async def next(self) -> Event:
        """The next event; a lost connection is an ``EOFError``."""
        while not self._events:
            data = await self.reader.read(65536)
            if not data:
                raise EOFError
            self.ws.receive_data(data)
            self._events.extend(self.ws.events())
        return self._events.popleft()

    async def next_text(self) -> str:
        """The next event, which has to be a text message."""
        event = await self.next()
        assert isinstance(event, TextMessage), event
        return event.data

    async def upgrade(self) -> Request:
        """Accept the client's request."""
        request = await self.next()
        assert isinstance(request, Request)
        self.put(AcceptConnection())
        return request

    async def next_close(self) -> CloseConnection:
        """Skip messages up to the peer's close frame, and answer it."""
        event = await self.next()
        while not isinstance(event, CloseConnection):
            assert isinstance(event, (TextMessage, BytesMessage)), event
            event = await self.next()
        self.put(event.response())
        return event

    async def count_bytes(self) -> int:
        """Read binary messages up to the peer's close frame; how many bytes they held."""
        total = 0
        event = await self.next()
        while not isinstance(event, CloseConnection):
            assert isinstance(event, BytesMessage), event
            total += len(event.data)
            event = await self.next()
        self.put(event.response())
        return total

    async def until_gone(self) -> None:
        """Take whatever comes, until the peer has dropped the connection."""
        with suppress(EOFError, ConnectionResetError):
            while True:
                await self.next()

    async def hang_up(self) -> None:
        """Close the TCP connection."""
        self.writer.close()
        await self.writer.wait_closed()


@asynccontextmanager
async def raw_server(script: Script, ssl: SSLContext | None = None) -> AsyncIterator[str]:
    """A server that plays ``script`` to its client; its URL. The script has to come to its end."""
    playing: list[asyncio.Task[None]] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        playing.append(task)
        peer = RawPeer(ConnectionType.SERVER, reader, writer)
        try:
            await script(peer)
        finally:
            await peer.hang_up()

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=ssl)
    scheme = "ws" if ssl is None else "wss"
    try:
        yield f"{scheme}://localhost:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*playing)
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def raw_client(
    port: int, target: str, subprotocols: Sequence[str] = ()
) -> AsyncIterator[RawPeer]:
    """A client that has asked for ``target`` and not yet looked at the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    peer = RawPeer(ConnectionType.CLIENT, reader, writer)
    try:
        host = f"127.0.0.1:{port}"
        peer.put(Request(host=host, target=target, subprotocols=list(subprotocols)))
        yield peer
    finally:
        await peer.hang_up()
