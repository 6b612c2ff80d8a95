"""Watching WebSockets of aiohttp: `ClientWebSocketResponse`, and `WebSocketResponse` of servers.

aiohttp answers a close frame within the call that receives it, by calling its own `close`. That
answer is written down after the close frame, as it was sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType
from aiohttp.web import BaseRequest, WebSocketResponse

from schematic.define import Side
from schematic_engine.conformance.ending import LOST
from schematic_engine.monitor.conversation import Opening
from schematic_engine.monitor.errors import NotWatchable
from schematic_engine.monitor.instance import Methods, claim
from schematic_engine.monitor.parts import as_text
from schematic_engine.monitor.watch import Watch

if TYPE_CHECKING:
    from schematic_engine.monitor.monitor import Monitor

    _Client: TypeAlias = ClientWebSocketResponse[Any]
    _Server: TypeAlias = WebSocketResponse[Any]

__all__ = ["watch_client", "watch_server"]

_NO_CODE = 1005


def watch_client(websocket: _Client, monitor: Monitor, url: str | None) -> None:
    """Watch a connection of `ClientSession.ws_connect`; see `Monitor.watch`.

    Raises:
        NotWatchable: it is watched already.
    """
    claim(websocket)
    watch = monitor.connection(Side.CLIENT)
    watch.asked(Opening.of(url))
    watch.accepted(websocket.protocol)
    _watch_talk(websocket, watch, Methods())
    monitor.end_with(websocket, watch)


def watch_server(websocket: _Server, monitor: Monitor, url: str | None) -> None:
    """Watch the response of a handler; see `Monitor.watch`.

    Raises:
        NotWatchable: it is watched already, or prepared, so that its request is not known.
    """
    if websocket.prepared:
        raise NotWatchable("this WebSocketResponse is prepared: watch it before prepare()")
    claim(websocket)
    watch = monitor.connection(Side.SERVER)
    methods = Methods()
    _watch_opening(websocket, watch, url, methods)
    _watch_talk(websocket, watch, methods)
    monitor.end_with(websocket, watch)


def _watch_talk(websocket: _Client | _Server, watch: Watch, methods: Methods) -> None:
    ear = _Ear(websocket, watch, methods)
    _watch_sent(websocket, watch, methods)
    _watch_close(websocket, ear)
    _watch_received(websocket, ear)


def _watch_opening(websocket: _Server, watch: Watch, url: str | None, methods: Methods) -> None:
    start = websocket.prepare

    async def prepare(request: BaseRequest) -> Any:
        was = websocket.prepared
        writer = await start(request)
        if not was:
            watch.asked(lambda: _opening(request) if url is None else Opening.of(url))
            watch.accepted(websocket.ws_protocol)
        return writer

    methods.replace(websocket, "prepare", prepare)


def _opening(request: BaseRequest) -> Opening:
    offers = request.headers.getall("Sec-WebSocket-Protocol", [])
    names = (name.strip() for offer in offers for name in offer.split(","))
    return Opening(
        target=request.raw_path,
        host=request.headers.get("Host", ""),
        offered=tuple(name for name in names if name),
        headers=tuple(request.headers.items()),
    )


def _watch_sent(websocket: _Client | _Server, watch: Watch, methods: Methods) -> None:
    transmit_str, transmit_bytes = websocket.send_str, websocket.send_bytes
    transmit_frame: Any = getattr(websocket, "send_frame", None)  # new in aiohttp 3.11

    async def send_str(data: str, *args: Any, **options: Any) -> None:
        with watch.sending(data):
            await transmit_str(data, *args, **options)

    async def send_bytes(data: bytes, *args: Any, **options: Any) -> None:
        with watch.sending(_copied(data)):
            await transmit_bytes(data, *args, **options)

    async def send_frame(message: bytes, opcode: WSMsgType, *args: Any, **options: Any) -> None:
        if opcode not in (WSMsgType.TEXT, WSMsgType.BINARY):
            await transmit_frame(message, opcode, *args, **options)
            return
        data = _copied(message)
        with watch.sending(data if opcode is WSMsgType.BINARY or data is None else as_text(data)):
            await transmit_frame(message, opcode, *args, **options)

    methods.replace(websocket, "send_str", send_str)
    methods.replace(websocket, "send_bytes", send_bytes)
    if transmit_frame is not None:
        methods.replace(websocket, "send_frame", send_frame)


def _copied(data: object) -> bytes | None:
    """Bytes as they are now; None for what aiohttp will refuse."""
    known = isinstance(data, bytes | bytearray | memoryview)
    return bytes(cast("bytes", data)) if known else None


class _Ear:
    """What a program gets of one connection.

    Attributes:
        watch: is told of it.
        methods: those that are replaced until nothing more is heard.
        reader: the task that waits for a message.
        answer: the code with which aiohttp has answered what that task received.
    """

    def __init__(self, websocket: _Client | _Server, watch: Watch, methods: Methods) -> None:
        self.watch, self.methods = watch, methods
        self.reader: asyncio.Task[Any] | None = None
        self.answer: int | None = None
        self._websocket = websocket
        self._has_heard_close = False

    def got(self, message: WSMessage) -> None:
        """What was received."""
        kind, data = message.type, message.data
        if kind is WSMsgType.TEXT:
            self.watch.received(data if isinstance(data, str) else as_text(data))
        elif kind is WSMsgType.BINARY:
            self.watch.received(bytes(data))
        elif kind is WSMsgType.CLOSE:
            self._closed(int(data or _NO_CODE), message.extra or "")
        elif kind is WSMsgType.ERROR or self._is_gone(kind):
            self._failed()

    def hears_no_more(self, *, alone: bool) -> None:
        """The program has closed the connection; what still came was dropped.

        Args:
            alone: whether nobody else was waiting for a message, so that the code that aiohttp
                tells is the other side's.
        """
        code = self._websocket.close_code
        if not self._has_heard_close:
            self.watch.unread()
            if alone and code == LOST:
                self.watch.lost()
            elif alone and code:
                self.watch.closed(int(code))
        self._end()

    def _is_gone(self, kind: WSMsgType) -> bool:
        """Whether the connection has ended, and not because the program has closed it."""
        return kind is WSMsgType.CLOSED and not self.watch.has_closed

    def _closed(self, code: int, reason: str) -> None:
        self._has_heard_close = True
        self.watch.closed(code, reason)
        if self.answer is not None:
            self.watch.has_sent_close(self.answer)
            self._end()

    def _failed(self) -> None:
        """Nothing more can be received."""
        if self.answer is not None and self._websocket.close_code != LOST:
            self.watch.has_sent_close(self.answer)
        self.watch.lost()
        self._end()

    def _end(self) -> None:
        self.watch.end()
        self.methods.put_back()


def _watch_close(websocket: _Client | _Server, ear: _Ear) -> None:
    finish = websocket.close

    async def close(*, code: int = 1000, message: bytes = b"", **options: Any) -> bool:
        if ear.reader is not None and ear.reader is asyncio.current_task():
            ear.answer = code
            return await finish(code=code, message=message, **options)
        if websocket.closed or ear.watch.is_over:
            return await finish(code=code, message=message, **options)
        alone = ear.reader is None
        with ear.watch.closing(code, _reason(message)):
            done = await finish(code=code, message=message, **options)
        ear.hears_no_more(alone=alone)
        return done

    ear.methods.replace(websocket, "close", close)


def _reason(message: object) -> str:
    """The reason of a close frame, which aiohttp takes as text, too."""
    if isinstance(message, bytes):
        return as_text(message)
    return message if isinstance(message, str) else ""


def _watch_received(websocket: _Client | _Server, ear: _Ear) -> None:
    get = websocket.receive

    async def receive(timeout: float | None = None) -> WSMessage:
        if ear.reader is not None:
            return await get(timeout)  # which is refused
        ear.reader, ear.answer = asyncio.current_task(), None
        try:
            message = await get(timeout)
        finally:
            ear.reader = None
        ear.got(message)
        return message

    ear.methods.replace(websocket, "receive", receive)
