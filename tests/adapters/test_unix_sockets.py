"""Either client, and the server, on Unix sockets."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import trustme

from schematic_engine import sync
from schematic_engine.asyncio import ServerConnection, connect, serve
from schematic_engine.errors import DeadlineExceeded, LocalProtocolError
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from support.echo import TALK, Hello, Say
from support.either import ADAPTERS, Talker
from support.loops import on_a_strict_loop

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


@pytest.fixture(params=ADAPTERS)
def talk(request: pytest.FixtureRequest) -> Talker:
    return ADAPTERS[request.param]


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory() as folder:  # a short path: the system's limit is about 100 bytes
        yield Path(folder) / "s"


@pytest.fixture(autouse=True, scope="module")
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


async def note_host(connection: ServerConnection) -> None:
    """Answer with the Host header."""
    async for event in connection:
        if isinstance(event, Message) and event.id == "Say":
            await connection.send("Heard", {"text": connection.request.header("host")})


async def ask_blocking(**options: Any) -> str:
    def ask() -> str:
        with sync.connect(TALK, auth="key", **options) as connection:
            connection.send(Hello())
            connection.send(Say("who?"))
            event = connection.receive(30)
            assert isinstance(event, Message)
            return str(event.body.text)

    return await asyncio.to_thread(ask)


async def ask_on_the_loop(**options: Any) -> str:
    async with connect(TALK, auth="key", **options) as connection:
        await connection.send(Hello())
        await connection.send(Say("who?"))
        event = await connection.receive(30)
        assert isinstance(event, Message)
        return str(event.body.text)


ASKING = [ask_blocking, ask_on_the_loop]


@on_a_strict_loop
async def test_host_and_tls_name_come_from_the_url() -> None:
    # In debug mode asyncio's server says that the doubtful client has left.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: None)
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    with TemporaryDirectory() as folder:
        path = f"{folder}/s"
        async with serve(TALK, note_host, unix=path, ssl=server_side) as server:
            assert (server.url, server.port) == ("wss://localhost", 0)
            for ask in ASKING:
                with pytest.raises(ssl.SSLCertVerificationError):
                    await ask(url=server.url, unix=path, ssl=client_side)
                url = "wss://api.example:8443"
                assert await ask(url=url, unix=path, ssl=client_side) == "api.example:8443"


def test_a_conversation_on_a_path_and_the_file_is_gone_afterwards(path: Path) -> None:
    @on_a_strict_loop
    async def run() -> None:
        async with serve(TALK, note_host, unix=path) as server:
            assert path.is_socket()
            for ask in ASKING:
                assert await ask(url=server.url, unix=path) == "localhost"
        assert not path.exists()
        async with serve(TALK, note_host, unix=str(path)) as server:
            path.unlink()  # somebody else did it
        assert not path.exists()

    run()


def test_what_a_server_that_is_gone_has_left_is_replaced_and_nothing_else(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))

    @on_a_strict_loop
    async def run() -> None:
        async with serve(TALK, note_host, unix=path) as server:
            assert await ask_on_the_loop(url=server.url, unix=path) == "localhost"
            with pytest.raises(OSError, match="another server listens") as caught:
                await serve(TALK, note_host, unix=path)
            assert caught.value.errno == errno.EADDRINUSE
            assert await ask_on_the_loop(url=server.url, unix=path) == "localhost"
        path.write_text("a file of somebody's")
        with pytest.raises(OSError, match="in use"):
            await serve(TALK, note_host, unix=path)
        assert path.read_text() == "a file of somebody's"

    run()


def test_the_file_of_a_successor_is_left_alone(path: Path) -> None:
    @on_a_strict_loop
    async def run() -> None:
        first = await serve(TALK, note_host, unix=path)
        path.unlink()
        async with serve(TALK, note_host, unix=path) as second:
            await first.close()
            assert await ask_on_the_loop(url=second.url, unix=path) == "localhost"

    run()


def test_a_full_socket_counts_as_served(path: Path) -> None:
    @on_a_strict_loop
    async def run() -> None:
        with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
            busy.bind(str(path))
            busy.listen(0)
            waiting.connect(str(path))
            with pytest.raises(OSError, match="another server listens"):
                await serve(TALK, note_host, unix=path)

    run()


def test_where_nobody_listens_is_an_os_error_and_silence_a_deadline(
    talk: Talker, path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        talk(url="ws://localhost", unix=path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        with pytest.raises(ConnectionRefusedError):
            talk(url="ws://localhost", unix=path)
        silent.listen()
        with pytest.raises(DeadlineExceeded, match="open_timeout"):
            talk(url="ws://localhost", unix=path, limits=Limits(open_timeout=0.05))


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse, or wait")
def test_a_server_that_takes_no_more_is_an_os_error_that_says_so(talk: Talker, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(BlockingIOError, match="takes no more connections now") as caught:
            talk(url="ws://localhost", unix=path)
    assert caught.value.filename == str(path)


@on_a_strict_loop
async def test_a_system_without_unix_sockets_says_so() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(socket, "AF_UNIX")
        with pytest.raises(LocalProtocolError, match="no Unix sockets"):
            await connect(TALK, url="ws://localhost", auth="key", unix="x")
        with pytest.raises(LocalProtocolError, match="no Unix sockets"):
            sync.connect(TALK, url="ws://localhost", auth="key", unix="x")
        with pytest.raises(LocalProtocolError, match="no Unix sockets"):
            await serve(TALK, note_host, unix="x")
