"""Watching WebSockets of ASGI applications: `MonitorMiddleware` for all of one, and Starlette's.

What passes is the same in both: the messages of the ASGI specification, "WebSocket".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from schematic.define import Side
from schematic_engine.conformance.ending import LOST
from schematic_engine.monitor.conversation import Opening
from schematic_engine.monitor.errors import NotWatchable
from schematic_engine.monitor.instance import Methods, claim
from schematic_engine.monitor.watch import Watch

if TYPE_CHECKING:
    from schematic_engine.monitor.monitor import Monitor

__all__ = ["MonitorMiddleware", "watch_starlette"]

_Message: TypeAlias = MutableMapping[str, Any]
_Scope: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_App: TypeAlias = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_NO_CODE = 1005


class MonitorMiddleware:
    """An ASGI application that watches every WebSocket of another one.

    Whatever is no WebSocket passes untouched. With Starlette or FastAPI:
    ``app.add_middleware(MonitorMiddleware, monitor=monitor)``; with any other:
    ``app = MonitorMiddleware(app, monitor)``.
    """

    def __init__(self, app: _App, monitor: Monitor) -> None:
        """Put it around an application.

        Args:
            app: an application of ASGI 3.
            monitor: judges its WebSockets.
        """
        self._app, self._monitor = app, monitor

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Serve one connection."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        watch = self._monitor.connection(Side.SERVER)
        watch.asked(lambda: _opening(scope))
        line = _Line(watch, receive, send)
        try:
            await self._app(scope, line.receive, line.send)
        finally:
            if not line.has_heard_all:
                watch.unread()
            watch.end()


def watch_starlette(websocket: object, monitor: Monitor, url: str | None) -> None:
    """Watch a `WebSocket` of Starlette; see `Monitor.watch`.

    Raises:
        NotWatchable: it is closed already.
    """
    starlette = cast("_Starlette", websocket)
    state = starlette.application_state.name
    if state not in ("CONNECTING", "CONNECTED"):
        raise NotWatchable("this WebSocket is closed already: watch it before accept()")
    claim(websocket)
    watch = monitor.connection(Side.SERVER)
    is_accepted = state == "CONNECTED"
    watch.asked(lambda: _opening_of(starlette.scope, url, is_accepted=is_accepted))
    line = _Line(watch, starlette.receive, starlette.send, is_accepted=is_accepted)
    methods = Methods()

    async def receive() -> _Message:
        message = await line.receive()
        if line.has_heard_all:
            methods.put_back()
        return message

    async def send(message: _Message) -> None:
        await line.send(message)

    methods.replace(websocket, "receive", receive)
    methods.replace(websocket, "send", send)
    monitor.end_with(websocket, watch)


def _opening_of(scope: _Scope, url: str | None, *, is_accepted: bool) -> Opening:
    """The opening of a `WebSocket`; if it is accepted already, nobody knows what was chosen."""
    opening = _opening(scope) if url is None else Opening.of(url)
    if is_accepted:
        return Opening(opening.target, opening.host, headers=opening.headers)
    return opening


class _State(Protocol):
    @property
    def name(self) -> str: ...


class _Starlette(Protocol):
    """What is used of Starlette's `WebSocket`; all its other methods call these two."""

    scope: _Scope
    application_state: _State

    async def receive(self) -> _Message: ...

    async def send(self, message: _Message) -> None: ...


def _opening(scope: _Scope) -> Opening:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in cast("Iterable[tuple[bytes, bytes]]", scope.get("headers", ()))
    )
    raw = cast("bytes | None", scope.get("raw_path"))
    path = cast("str", scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
    query = cast("bytes", scope.get("query_string", b"")).decode("latin-1")
    return Opening(
        target=f"{path}?{query}" if query else path,
        host=next((value for name, value in headers if name.lower() == "host"), ""),
        offered=tuple(cast("Iterable[str]", scope.get("subprotocols", ()))),
        headers=headers,
    )


class _Line:
    """The two callables of one connection.

    Attributes:
        has_heard_all: whether the application was told of the end.
    """

    def __init__(
        self, watch: Watch, receive: _Receive, send: _Send, *, is_accepted: bool = False
    ) -> None:
        self.has_heard_all = False
        self._watch = watch
        self._receive, self._send = receive, send
        self._is_accepted = is_accepted

    async def receive(self) -> _Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            text = message.get("text")
            self._watch.received(message.get("bytes") if text is None else text)
        elif message["type"] == "websocket.disconnect":
            self._disconnected(message)
        return message

    async def send(self, message: _Message) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            text = message.get("text")
            with self._watch.sending(message.get("bytes") if text is None else text):
                await self._send(message)
        elif kind == "websocket.close" and self._is_accepted:
            with self._watch.closing(message.get("code") or 1000, message.get("reason") or ""):
                await self._send(message)
        else:
            await self._send(message)
            self._answered(message)

    def _answered(self, message: _Message) -> None:
        """The server has answered the request."""
        kind = message["type"]
        if kind == "websocket.accept":
            self._is_accepted = True
            self._watch.accepted(message.get("subprotocol"))
        elif kind in ("websocket.close", "websocket.http.response.start"):
            self._watch.rejected()

    def _disconnected(self, message: _Message) -> None:
        """Nothing more comes; after a close frame of the application the code may be its own.

        ASGI servers answer a close frame by themselves with its code (RFC 6455, section 5.5.1).
        """
        self.has_heard_all = True
        code = message.get("code") or _NO_CODE
        if not self._watch.has_closed and self._is_accepted:
            if code == LOST:
                self._watch.lost()
            else:
                self._watch.closed(code, message.get("reason") or "")
                self._watch.has_sent_close(code)
        self._watch.end()
