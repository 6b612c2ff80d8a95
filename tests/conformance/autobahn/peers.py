"""What is tested: an echo of any text and any bytes, as a server and as a client, both adapters."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import Final

import schematic_engine.asyncio as on_a_loop
import schematic_engine.sync as blocking
from schematic import (
    ConnectionLifecycle,
    ConnectionParam,
    MessageDirection,
    MessageSchema,
    ParamType,
    Schema,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.compression import Compression
from schematic_engine.connection import Connection
from schematic_engine.errors import ConnectionClosed, HandshakeRejected, RemoteProtocolError
from schematic_engine.events import Message, Request
from schematic_engine.limits import Limits
from schematic_engine.sync.link import Link
from schematic_engine.sync.transport import READ_SIZE, Transport

__all__ = ["ALL", "CLIENTS", "SERVERS"]

AGENT: Final = "schematic"
ALL: Final = Compression(min_size=0)
"""Small messages are compressed, too: that is what the cases are about."""

QUIET: Final = Limits(ping_interval=None)
"""The suite takes a ping that it did not ask for as the end of what it waits for."""

_GONE = (ConnectionClosed, RemoteProtocolError, HandshakeRejected, OSError)
"""How a case may end; what it was worth is for the suite to say."""


def _endpoint(path: str, *params: str) -> WebSocketEndpoint:
    both = MessageDirection.BIDIRECTIONAL
    return WebSocketEndpoint(
        id=path.strip("/"),
        path=path,
        connection_params=tuple(
            ConnectionParam(name=name, param_type=ParamType.STRING, required=True)
            for name in params
        ),
        lifecycle=ConnectionLifecycle(
            streaming_messages=(
                MessageSchema(id="Text", direction=both, schema=Schema.text()),
                MessageSchema(id="Bytes", direction=both, schema=Schema.binary()),
            )
        ),
    )


API = WebSocketApi(
    name="Autobahn",
    base_url="ws://127.0.0.1",
    endpoints=(
        _endpoint("/echo"),
        # What a fuzzing server offers to the clients that it tests.
        _endpoint("/getCaseCount"),
        _endpoint("/runCase", "case", "agent"),
        _endpoint("/updateReports", "agent"),
    ),
)
ECHO, COUNT, RUN, REPORTS = (API.endpoint(one.id) for one in API.endpoints)


# ---------------------------------------------------------------------------------------- servers


async def _answer(connection: on_a_loop.BaseConnection) -> None:
    async for event in connection:
        assert isinstance(event, Message)
        await connection.send(event.id, event.body)


@contextmanager
def _serve_on_a_loop() -> Iterator[str]:
    """A server in a thread with a loop of its own; its URL."""
    url: list[str] = []
    listening, done = Event(), asyncio.Event()

    async def listen() -> None:
        async with on_a_loop.serve(ECHO, _answer, compression=ALL, limits=QUIET) as server:
            url.append(f"{server.url}/echo")
            listening.set()
            await done.wait()

    with asyncio.Runner() as runner:
        thread = Thread(target=runner.run, args=(listen(),))
        thread.start()
        listening.wait()
        try:
            yield url[0]
        finally:
            runner.get_loop().call_soon_threadsafe(done.set)
            thread.join()


def _read(sock: socket.socket) -> bytes:
    """What has come next; the end is an error."""
    data = sock.recv(READ_SIZE)
    if not data:
        raise ConnectionResetError
    return data


def _answer_blocking(sock: socket.socket) -> None:
    """One connection of the core in the server's role, on the blocking adapter's own layers."""
    core = Connection.server(compression=ALL, limits=QUIET)
    with sock, suppress(*_GONE):
        while not any(isinstance(event, Request) for event in core.receive_data(_read(sock))):
            pass
        core.accept(ECHO)
        link = Link(core, Transport(sock), QUIET)
        while True:
            event = link.receive(None)
            assert isinstance(event, Message)
            link.send(event.id, event.body)


@contextmanager
def _serve_blocking() -> Iterator[str]:
    """A server with a thread for each connection; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    Thread(target=_answer_blocking, args=(sock,), daemon=True).start()

        Thread(target=listen, daemon=True).start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/echo"
        listener.shutdown(socket.SHUT_RDWR)


# ---------------------------------------------------------------------------------------- clients


def _run_on_a_loop(url: str, compression: Compression) -> None:
    """Goes through all cases of a fuzzing server."""
    connect = partial(on_a_loop.connect, url=url, proxy=None, compression=compression, limits=QUIET)

    async def run() -> None:
        async with connect(COUNT) as connection:
            count = await connection.receive()
        assert isinstance(count, Message)
        for case in range(1, int(count.body) + 1):
            with suppress(*_GONE):
                async with connect(RUN, params={"case": case, "agent": AGENT}) as connection:
                    await _answer(connection)
        async with connect(REPORTS, params={"agent": AGENT}):
            pass

    asyncio.run(run())


def _run_blocking(url: str, compression: Compression) -> None:
    """Goes through all cases of a fuzzing server."""
    connect = partial(blocking.connect, url=url, proxy=None, compression=compression, limits=QUIET)
    with connect(COUNT) as connection:
        count = connection.receive()
    assert isinstance(count, Message)
    for case in range(1, int(count.body) + 1):
        with suppress(*_GONE), connect(RUN, params={"case": case, "agent": AGENT}) as connection:
            for event in connection:
                assert isinstance(event, Message)
                connection.send(event.id, event.body)
    with connect(REPORTS, params={"agent": AGENT}):
        pass


SERVERS: Final[dict[str, Callable[[], AbstractContextManager[str]]]] = {
    "asyncio": _serve_on_a_loop,
    "sync": _serve_blocking,
}
"""By adapter: a context in which an echo server runs at the URL."""

CLIENTS: Final[dict[str, Callable[[str, Compression], None]]] = {
    "asyncio": _run_on_a_loop,
    "sync": _run_blocking,
}
"""By adapter: goes through all cases of the fuzzing server at a URL."""
