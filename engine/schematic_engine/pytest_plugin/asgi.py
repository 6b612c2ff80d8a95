"""`AsgiHost`: the WebSockets of an ASGI application on a port of this machine, without a server.

It does what a test needs, and no more: the application's ``lifespan``, and one task for each
connection (ASGI specification, version 3.0, "WebSocket"). Requests other than for a WebSocket are
answered by wsproto with 4xx.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from schematic_engine.mock.loop_thread import LoopThread
from schematic_engine.pytest_plugin.sockets import settle

__all__ = ["App", "AsgiHost"]

Said: TypeAlias = MutableMapping[str, Any]
"""An event of ASGI."""

App: TypeAlias = Callable[
    [Said, Callable[[], Awaitable[Said]], Callable[[Said], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application."""

_READ: Final = 64 * 1024
_GOODBYE: Final = 0.5
"""Seconds for the client to answer a close frame."""

_LOST, _FAILED = 1006, 1011
_VERSION: Final = {"version": "3.0", "spec_version": "2.3"}


class AsgiHost:
    """Runs an application in a thread of its own until `close`.

    Args:
        app: the application.

    Attributes:
        port: the port that it listens on.
        errors: what the application raised while a client was there.
    """

    def __init__(self, app: App) -> None:
        self.port = 0
        self.errors: list[BaseException] = []
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self._lifespan: _Lifespan | None = None
        self._server: asyncio.Server | None = None
        self._thread = LoopThread("schematic-asgi")
        self._thread.run(self._start())

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"ws://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop, and end the application's lifespan."""
        try:
            self._thread.run(self._stop())
        finally:
            self._thread.close()

    async def _start(self) -> None:
        self._lifespan = _Lifespan(self._app)
        await self._lifespan.begin()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await settle()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._lifespan is not None:
            await self._lifespan.end()
        await settle()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = _Talk(self._app, reader, writer, self.port, self.errors.append)
        task = asyncio.ensure_future(talk.run())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # which was told when it was raised


class _Lifespan:
    """The ``lifespan`` of an application; one that has none is as good."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._heard: asyncio.Queue[Said] = asyncio.Queue()
        self._said: asyncio.Queue[Said] = asyncio.Queue()
        self._task: asyncio.Future[None] | None = None

    async def begin(self) -> None:
        """Tell it to start up. Raises RuntimeError if it says that it cannot."""
        scope: Said = {"type": "lifespan", "asgi": _VERSION, "state": {}}
        self._task = asyncio.ensure_future(self._run(scope))
        answer = await self._tell("lifespan.startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application did not start: {answer.get('message', '')}")

    async def end(self) -> None:
        """Tell it to shut down."""
        if self._task is not None and not self._task.done():
            await self._tell("lifespan.shutdown")
            self._task.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, scope: Said) -> None:
        await self._app(scope, self._heard.get, self._said.put)

    async def _tell(self, what: str) -> Said | None:
        assert self._task is not None
        await self._heard.put({"type": what})
        answer = asyncio.ensure_future(self._said.get())
        both: set[asyncio.Future[Any]] = {answer, self._task}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return None


class _Talk:
    """One connection of an application.

    What the application raises is told at once, but for what it raises when its client has left:
    that is how frameworks tell it so.
    """

    def __init__(
        self,
        app: App,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        port: int,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._app, self._reader, self._writer, self._port = app, reader, writer, port
        self._failed = failed
        self._wire = WSConnection(ConnectionType.SERVER)
        self._heard: asyncio.Queue[Said] = asyncio.Queue()
        self._request: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        self._parts: list[str | bytes] = []
        self._is_open = self._is_over = False

    async def run(self) -> None:
        """Run the application; the connection ends with it, with 1011 if it raises."""
        listening = asyncio.ensure_future(self._listen())
        try:
            both: set[asyncio.Future[Any]] = {listening, self._request}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._request.done():
                await self._app(self._scope(self._request.result()), self._heard.get, self._say)
        except BaseException as error:
            if not self._is_over and not isinstance(error, asyncio.CancelledError):
                self._failed(error)
            self._close(_FAILED)
            raise
        else:
            self._close(1000)
        finally:
            # A socket that is closed with something unread is reset, and the close frame is lost.
            await asyncio.wait({listening}, timeout=_GOODBYE)
            listening.cancel()
            await self._hang_up()

    async def _hang_up(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one: a client that reads nothing is dropped
            self._writer.transport.abort()
            await asyncio.sleep(0)

    # ----------------------------------------------------------------------------------- heard

    async def _listen(self) -> None:
        while data := await self._reader.read(_READ):
            try:
                self._wire.receive_data(data)
                self._take(self._wire.events())
            except RemoteProtocolError as error:
                if error.event_hint is not None:
                    self._write(error.event_hint)
                break
            if self._is_over:
                break
        self._leave(_LOST)

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Request):
                self._request.set_result(event)
                self._heard.put_nowait({"type": "websocket.connect"})
            elif isinstance(event, (TextMessage, BytesMessage)):
                self._collect(event)
            elif isinstance(event, Ping):
                self._write(event.response())
            elif isinstance(event, CloseConnection):
                if not self._is_over and self._is_open:
                    self._write(event.response())
                self._leave(event.code)

    def _collect(self, event: TextMessage | BytesMessage) -> None:
        self._parts.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
        if not event.message_finished:
            return
        key = "text" if isinstance(event, TextMessage) else "bytes"
        empty: Any = "" if key == "text" else b""
        whole, self._parts = empty.join(self._parts), []
        self._heard.put_nowait({"type": "websocket.receive", key: whole})

    def _leave(self, code: int) -> None:
        if not self._is_over:
            self._is_over, self._is_open = True, False
            self._heard.put_nowait({"type": "websocket.disconnect", "code": code})

    # ------------------------------------------------------------------------------------ said

    async def _say(self, said: Said) -> None:
        kind = said["type"]
        if kind == "websocket.accept":
            headers = [(bytes(name), bytes(value)) for name, value in said.get("headers", ())]
            self._write(
                AcceptConnection(subprotocol=said.get("subprotocol"), extra_headers=headers)
            )
            self._is_open = True
        elif kind == "websocket.send" and self._is_open:
            text = said.get("text")
            data = said.get("bytes") or b""
            self._write(BytesMessage(data=data) if text is None else TextMessage(data=text))
        elif kind == "websocket.close":
            self._close(said.get("code", 1000), said.get("reason") or "")
        await self._writer.drain()

    def _close(self, code: int, reason: str = "") -> None:
        if self._is_open:
            self._write(CloseConnection(code=code, reason=reason))
        elif not self._is_over and self._request.done():
            self._is_over = True
            self._write(RejectConnection(status_code=403 if code != _FAILED else 500))
        self._is_open = False

    def _write(self, event: Event) -> None:
        try:
            self._writer.write(self._wire.send(event))
        except LocalProtocolError:
            self._is_open = False  # the other side has closed meanwhile

    def _scope(self, request: Request) -> Said:
        path, _, query = request.target.partition("?")
        return {
            "type": "websocket",
            "asgi": _VERSION,
            "http_version": "1.1",
            "scheme": "ws",
            "path": unquote(path),
            "raw_path": path.encode("ascii", "replace"),
            "query_string": query.encode("ascii", "replace"),
            "root_path": "",
            "headers": [(b"host", request.host.encode()), *_lines(request)],
            "client": self._writer.get_extra_info("peername")[:2],
            "server": ("127.0.0.1", self._port),
            "subprotocols": list(request.subprotocols),
            "state": {},
        }


def _lines(request: Request) -> list[tuple[bytes, bytes]]:
    return [(bytes(name).lower(), bytes(value)) for name, value in request.extra_headers]
