"""Watching connections of ``websockets``: asyncio and threads, client and server.

What is sent is seen where frames are made, in the connection's sans-I/O `Protocol`: in the order in
which they are written, those of `broadcast` and fragments too, and nothing that was not sent. What
is received is seen where the program gets it, since that is when it knows, and since a greeting may
have been read before anybody could watch.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.protocol import SERVER, Protocol
from websockets.sync.connection import Connection as ThreadedConnection

from schematic.define import Side
from schematic_engine.monitor.conversation import Opening
from schematic_engine.monitor.instance import Methods, claim
from schematic_engine.monitor.parts import Parts, as_text
from schematic_engine.monitor.watch import Watch

if TYPE_CHECKING:
    from schematic_engine.monitor.monitor import Monitor

__all__ = ["watch_asyncio", "watch_threads"]

_Bytes: TypeAlias = bytes | bytearray | memoryview
_Data: TypeAlias = str | bytes


def watch_asyncio(websocket: Connection, monitor: Monitor, url: str | None) -> None:
    """Watch a connection of `websockets.asyncio`; see `Monitor.watch`.

    Raises:
        NotWatchable: it is watched already.
    """
    claim(websocket)
    _replace_coroutines(websocket, _begin(websocket, monitor, url))


def watch_threads(websocket: ThreadedConnection, monitor: Monitor, url: str | None) -> None:
    """Watch a connection of `websockets.sync`; see `Monitor.watch`.

    Raises:
        NotWatchable: it is watched already.
    """
    claim(websocket)
    _replace_functions(websocket, _begin(websocket, monitor, url))


def _begin(websocket: Connection | ThreadedConnection, monitor: Monitor, url: str | None) -> _Ear:
    """Tell of the opening, see what is sent from here on, and be ready for what is received."""
    protocol = websocket.protocol
    watch = monitor.connection(Side.SERVER if protocol.side is SERVER else Side.CLIENT)
    watch.asked(lambda: _opening(websocket.request, url))
    watch.accepted(protocol.subprotocol)
    methods = Methods()
    _watch_sent(protocol, watch, methods)
    monitor.end_with(websocket, watch)
    return _Ear(protocol, watch, methods)


def _opening(request: Request | None, url: str | None) -> Opening:
    if url is not None or request is None:
        return Opening.of(url)
    headers = request.headers
    offers = headers.get_all("Sec-WebSocket-Protocol")
    names = (name.strip() for offer in offers for name in offer.split(","))
    return Opening(
        target=request.path,
        host=next(iter(headers.get_all("Host")), ""),
        offered=tuple(name for name in names if name),
        headers=tuple(headers.raw_items()),
    )


def _watch_sent(protocol: Protocol, watch: Watch, methods: Methods) -> None:
    """See each frame that is made of what the program says."""
    under_way: list[Parts] = []

    def first(make: Callable[..., None], *, text: bool) -> Callable[..., None]:
        def send(data: _Bytes, fin: bool = True) -> None:
            make(data, fin)
            if fin:
                said = bytes(data)
                watch.has_sent(as_text(said) if text else said)
            else:
                under_way[:] = [Parts(text=text)]
                under_way[0].add(data)

        return send

    make_continuation, make_close = protocol.send_continuation, protocol.send_close

    def send_continuation(data: _Bytes, fin: bool) -> None:
        make_continuation(data, fin)
        for parts in under_way:
            parts.add(data)
        if fin and under_way:
            parts = under_way.pop()
            watch.has_sent(parts.message, text=parts.text)

    def send_close(code: int | None = None, reason: str = "") -> None:
        make_close(code, reason)
        watch.has_sent_close(1005 if code is None else int(code), reason)

    methods.replace(protocol, "send_text", first(protocol.send_text, text=True))
    methods.replace(protocol, "send_binary", first(protocol.send_binary, text=False))
    methods.replace(protocol, "send_continuation", send_continuation)
    methods.replace(protocol, "send_close", send_close)


class _Ear:
    """What a program gets of one connection; a block in which a call waits for that.

    Attributes:
        watch: is told of it.
        methods: those that are replaced until nothing more is heard.
        waiting: how many calls wait.
    """

    def __init__(self, protocol: Protocol, watch: Watch, methods: Methods) -> None:
        self.watch, self.methods = watch, methods
        self.waiting = 0
        self._protocol = protocol

    def __enter__(self) -> None:
        self.waiting += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.waiting -= 1
        if isinstance(error, ConnectionClosed):
            self.hears_no_more(unread=False)

    def got(self, said: _Data, decode: bool | None) -> None:
        """A message; ``decode`` is what it was asked for as."""
        if decode is None:
            self.watch.received(said)
        else:  # then its type does not tell of which frame it was
            self.watch.received_bytes(said.encode() if isinstance(said, str) else said)

    def hears_no_more(self, *, unread: bool) -> None:
        """The connection is closed."""
        if self.watch.is_over:
            return
        if unread:
            self.watch.unread()
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        ours = () if sent is None or self.watch.has_closed else (sent,)
        first, last = ((), ours) if self._protocol.close_rcvd_then_sent else (ours, ())
        for frame in first:
            self.watch.has_sent_close(frame.code, frame.reason)
        if received is None:
            self.watch.lost()
        else:
            self.watch.closed(received.code, received.reason)
        for frame in last:
            self.watch.has_sent_close(frame.code, frame.reason)
        self.watch.end()
        self.methods.put_back()


class _InParts:
    """A block in which a message is received in parts."""

    def __init__(self, watch: Watch, decode: bool | None) -> None:
        self._watch, self._decode = watch, decode
        self._parts: Parts | None = None

    def add(self, part: _Data) -> None:
        """The next part."""
        if self._parts is None:
            self._parts = Parts(text=isinstance(part, str))
        self._parts.add(part)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        parts = self._parts
        if parts is None:
            return
        data = parts.data if error is None else None
        if data is None:
            self._watch.received(None, text=parts.text)
        elif self._decode is None:
            self._watch.received(as_text(data) if parts.text else data)
        else:
            self._watch.received_bytes(data)


def _replace_coroutines(websocket: Connection, ear: _Ear) -> None:
    receive, stream = websocket.recv, websocket.recv_streaming
    transmit, finish = websocket.send, websocket.close

    async def recv(decode: bool | None = None) -> _Data:
        with ear:
            said = await receive(decode)
        ear.got(said, decode)
        return said

    async def recv_streaming(decode: bool | None = None) -> AsyncIterator[_Data]:
        parts = _InParts(ear.watch, decode)
        incoming = cast("AsyncGenerator[_Data]", stream(decode))
        with ear, parts:
            async with aclosing(incoming):
                async for part in incoming:
                    parts.add(part)
                    yield part

    async def send(*message: Any, **options: Any) -> None:
        with ear.watch.sends():
            await transmit(*message, **options)

    async def close(*code: Any, **options: Any) -> None:
        with ear.watch.sends():
            await finish(*code, **options)
        if not ear.waiting:
            ear.hears_no_more(unread=not _is_all_read(websocket))

    for method in (recv, recv_streaming, send, close):
        ear.methods.replace(websocket, method.__name__, method)


def _replace_functions(websocket: ThreadedConnection, ear: _Ear) -> None:
    receive, stream = websocket.recv, websocket.recv_streaming
    transmit, finish = websocket.send, websocket.close

    def recv(timeout: float | None = None, decode: bool | None = None) -> _Data:
        with ear:
            said = receive(timeout, decode)
        ear.got(said, decode)
        return said

    def recv_streaming(decode: bool | None = None) -> Iterator[_Data]:
        parts = _InParts(ear.watch, decode)
        incoming = cast("Generator[_Data]", stream(decode))
        with ear, parts, closing(incoming):
            for part in incoming:
                parts.add(part)
                yield part

    def send(*message: Any, **options: Any) -> None:
        with ear.watch.sends():
            transmit(*message, **options)

    def close(*code: Any, **options: Any) -> None:
        with ear.watch.sends():
            finish(*code, **options)
        if not ear.waiting:
            ear.hears_no_more(unread=not _is_all_read(websocket))

    for method in (recv, recv_streaming, send, close):
        ear.methods.replace(websocket, method.__name__, method)


def _is_all_read(websocket: Connection | ThreadedConnection) -> bool:
    """Whether nothing waits to be read on a closed connection; False if that cannot be told."""
    frames = getattr(getattr(websocket, "recv_messages", None), "frames", None)
    size = getattr(frames, "qsize", None) or getattr(frames, "__len__", None)
    return size is not None and size() == 0
