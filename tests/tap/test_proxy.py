"""A proxy between real sockets: bytes, ends, TLS, slow readers, and what is said of them."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import trustme

from schematic import Side
from schematic_engine import sync
from schematic_engine.asyncio import connect
from schematic_engine.conformance import Catalog, examine
from schematic_engine.conformance.shown import Shown
from schematic_engine.errors import ConnectionClosed, HandshakeRejected, IllegalMessage
from schematic_engine.limits import Limits
from schematic_engine.mock import MockServer
from schematic_engine.tap import Proxy
from schematic_engine.tap.proxy import is_loopback, speaks_of
from support.echo import TALK, Bye, Heard, Hello, Say
from support.frames import TEXT, frame
from support.loops import on_a_strict_loop
from support.upgrades import request, switching

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
ASK, ANSWER = request(first="GET /talk/hall HTTP/1.1"), switching("t")
BRIEF = Limits(open_timeout=0.05, close_timeout=0.05)


def rules(proxy: Proxy) -> list[str]:
    (trace,) = proxy.report().traces
    return [shown.finding.rule.id for shown in trace.findings]


def talk(url: str, **options: Any) -> None:
    """A short conversation that is in order."""
    with sync.connect(TALK, auth="open sesame", url=url, **options) as connection:
        for message in (Hello(), Say("1"), Bye()):
            connection.send(message)
        for _ in connection:
            pass


def test_a_conversation_passes_and_its_recording_gets_the_same_verdict(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    with MockServer(TALK) as server, Proxy(server.url, TALK, file=path) as proxy:
        talk(proxy.url)
        talk(proxy.url, compression=True)
        assert proxy.accepted == 2
        report = proxy.report()
    assert report.exit_code() == 0
    (trace,) = proxy.report().traces
    assert [one.code for one in trace.connections] == [1000, 1000]
    assert [one.endpoint for one in trace.connections] == ["Echo/Talk"] * 2
    assert "sesame" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("rb") as lines:
        assert examine(speaks_of(TALK), str(path), lines).counts == trace.counts


def test_a_second_run_can_go_on_with_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    for append in (False, True):
        with MockServer(TALK) as server, Proxy(server.url, TALK, file=path, append=append) as proxy:
            talk(proxy.url)
    with path.open("rb") as lines:
        trace = examine(speaks_of(TALK), str(path), lines)
    assert [one.number for one in trace.connections] == [0, 1]


@contextmanager
def dialled(proxy: Proxy, ask: bytes = ASK) -> Iterator[tuple[socket.socket, BinaryIO]]:
    """A client that has asked, and what it reads."""
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(ask)
        with client.makefile("rb") as reads:
            yield client, reads


def head(reads: BinaryIO) -> bytes:
    """The header block of an answer."""
    return b"".join(iter(reads.readline, b"\r\n"))


def short_frame(reads: BinaryIO) -> tuple[int, bytes]:
    """The first byte of a frame, and what it holds."""
    first, length = reads.read(2)
    return first, reads.read(length)


EARLY = frame(TEXT, b'{"type": "say", "text": "early"}', masked=True)


def test_findings_are_told_as_they_happen_and_with_their_surroundings() -> None:
    told: list[Shown] = []
    with MockServer(TALK, strict=False) as server, Proxy(server.url, TALK, tell=told.append) as one:
        with dialled(one) as (client, reads):
            head(reads)
            client.sendall(EARLY + frame(9, b"?", masked=True))
            assert short_frame(reads) == (0x8A, b"?")
            assert [shown.finding.rule.id for shown in told] == ["SCH-101"]
            assert [turn.kind for turn in told[0].turns] == ["open", "accepted", "text"]
        assert rules(one)[0] == "SCH-101"
    assert one.report().exit_code() == 1


def test_enforcement_ends_both_sides_properly_and_keeps_the_server_from_it() -> None:
    with MockServer(TALK) as server, Proxy(server.url, TALK, enforce=True) as proxy:
        talk(proxy.url)
        with dialled(proxy) as (client, reads):
            assert head(reads).startswith(b"HTTP/1.1 101")
            client.sendall(EARLY)
            first, close = short_frame(reads)
            assert (first, close[:2]) == (0x88, (1008).to_bytes(2, "big"))
            assert close[2:].startswith(b"SCH-101 illegal-order: Say")
            client.sendall(frame(8, close[:2], masked=True))
            assert reads.read() == b""
        assert server.violations == []
        with dialled(proxy, request(first="GET /nowhere HTTP/1.1")) as (client, reads):
            assert reads.read().startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert rules(proxy) == ["SCH-101", "SCH-908", "SCH-402", "SCH-908"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def test_tls_is_spoken_and_verified_on_both_sides(authority: trustme.CA) -> None:
    served, trusting = contexts(authority)
    with MockServer(TALK, ssl=served) as server:
        with Proxy(server.url, TALK, ssl=served, upstream_ssl=trusting, enforce=True) as proxy:
            assert proxy.url.startswith("wss://127.0.0.1:")
            talk(proxy.url, ssl=trusting)
        assert proxy.report().exit_code() == 0
        with Proxy(server.url, TALK) as proxy, pytest.raises(HandshakeRejected) as refused:
            talk(proxy.url)
        assert refused.value.status == 502
        assert b"certificate verify failed" in refused.value.body


def test_a_server_that_is_not_there_is_a_rejection_with_a_reason() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{free.getsockname()[1]}"
        with Proxy(url, TALK) as proxy, pytest.raises(HandshakeRejected) as refused:
            talk(proxy.url)
        assert refused.value.status == 502
        assert b"the proxy cannot reach 127.0.0.1" in refused.value.body


def test_more_connections_than_allowed_are_refused() -> None:
    with MockServer(TALK) as server, Proxy(server.url, TALK, max_connections=1) as proxy:
        with sync.connect(TALK, auth="x", url=proxy.url) as connection:
            with pytest.raises(HandshakeRejected, match="503"):
                talk(proxy.url)
            connection.send(Hello())
        assert proxy.accepted == 2


def test_what_is_open_when_the_proxy_stops_is_nobodys_fault() -> None:
    with MockServer(TALK) as server:
        with Proxy(server.url, TALK) as proxy:
            connection = sync.connect(TALK, auth="x", url=proxy.url)
            connection.send(Hello())
            while not proxy.report().traces[0].counts.messages:
                pass
        with pytest.raises(ConnectionClosed):
            connection.receive(30)
        connection.close()
    assert rules(proxy) == ["SCH-903"]


def test_what_a_client_said_before_it_left_can_be_waited_for() -> None:
    with MockServer(TALK, strict=False) as server, Proxy(server.url, TALK) as proxy:
        with dialled(proxy) as (client, reads):
            head(reads)
            client.sendall(EARLY)
        proxy.settle(30)
        (connection,) = proxy.report().traces[0].connections
        assert (connection.messages >= 1, connection.code) == (True, 1006)
        proxy.settle()
    proxy.settle()


@on_a_strict_loop
async def test_a_connection_that_goes_on_is_waited_for_no_longer_than_asked() -> None:
    async with raw() as (_, _, proxy):
        await proxy.settled(0.01)
        assert proxy.accepted == 1


def test_a_recording_is_not_begun_anew_where_nobody_can_connect(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("what was recorded before")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), Proxy("ws://x", TALK, port=port, file=path):
            pass
    assert path.read_text() == "what was recorded before"
    with pytest.raises(IsADirectoryError), Proxy("ws://x", TALK, file=tmp_path):
        pass


def test_it_has_no_address_and_no_report_before_it_runs() -> None:
    proxy = Proxy("ws://127.0.0.1:1", TALK)
    for ask in (lambda: proxy.url, proxy.report):
        with pytest.raises(RuntimeError, match="with statement"):
            ask()
    assert proxy.problem == ""


def test_an_api_of_several_endpoints_is_a_catalog_of_them() -> None:
    from schematic_definitions.elevenlabs import elevenlabs

    assert isinstance(speaks_of(elevenlabs()), Catalog)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "LocalHost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.1", "example.org")),
    ],
)
def test_only_loopback_addresses_are_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


# ------------------------------------------------------------------------------- bare sockets


@asynccontextmanager
async def raw(proxy_limits: Limits = Limits()) -> AsyncIterator[tuple[Streams, Streams, Proxy]]:  # noqa: B008
    """A client and a server that are connected through a proxy, after their handshake."""
    arrived: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()
    listener = await asyncio.start_server(
        lambda reader, writer: arrived.set_result((reader, writer)), "127.0.0.1", 0
    )
    port = listener.sockets[0].getsockname()[1]
    async with Proxy(f"ws://127.0.0.1:{port}", TALK, limits=proxy_limits) as proxy:
        client = await asyncio.open_connection("127.0.0.1", proxy.port)
        client[1].write(ASK)
        server = await arrived
        await server[0].readuntil(b"\r\n\r\n")
        server[1].write(ANSWER)
        await client[0].readuntil(b"\r\n\r\n")
        try:
            yield client, server, proxy
        finally:
            listener.close()
            for _, writer in (client, server):
                writer.close()


@on_a_strict_loop
async def test_any_bytes_pass_in_both_directions_at_once() -> None:
    dice = random.Random(6455)
    wanted = {side: dice.randbytes(1 << 20) for side in Side}
    async with raw() as (client, server, proxy):

        async def send(streams: Streams, data: bytes) -> None:
            at = 0
            while at < len(data):
                size = dice.choice((1, 10, 1000, 100_000))
                streams[1].write(data[at : at + size])
                await streams[1].drain()
                at += size
            streams[1].write_eof()

        *_, by_server, by_client = await asyncio.gather(
            send(client, wanted[Side.CLIENT]),
            send(server, wanted[Side.SERVER]),
            client[0].read(),
            server[0].read(),
        )
        assert (by_client, by_server) == (wanted[Side.CLIENT], wanted[Side.SERVER])
    assert rules(proxy) == ["SCH-908"]


@on_a_strict_loop
async def test_half_of_a_connection_can_end_before_the_other() -> None:
    async with raw() as (client, server, _):
        client[1].write(b"last words")
        client[1].write_eof()
        assert await server[0].read() == b"last words"
        server[1].write(b"and an answer")
        server[1].write_eof()
        assert await client[0].read() == b"and an answer"


@on_a_strict_loop
async def test_a_reset_is_a_reset_on_the_other_side() -> None:
    async with raw() as (client, server, _):
        server[1].get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        )
        server[1].transport.abort()
        with pytest.raises(ConnectionResetError):
            await client[0].read()


@on_a_strict_loop
@pytest.mark.parametrize("sender", Side)
async def test_whoever_reads_slowly_slows_the_other_side_down(sender: Side) -> None:
    async with raw() as (client, server, proxy):
        fast, slow = (client, server) if sender is Side.CLIENT else (server, client)
        most = 64 * 1024 * 1024
        written = 0
        piece = b"\x82\x7f" + b"\xff" * (1 << 16)  # no frame, and it passes all the same
        while written < most:
            fast[1].write(piece)
            written += len(piece)
            try:
                await asyncio.wait_for(fast[1].drain(), 0.2)
            except TimeoutError:
                break
        assert written < most
        fast[1].write_eof()
        size = 0
        while data := await slow[0].read(1 << 20):
            size += len(data)
        assert size == written
    assert "SCH-908" in rules(proxy)


@on_a_strict_loop
async def test_a_connection_that_is_never_opened_is_given_up() -> None:
    async with MockServer(TALK) as server, Proxy(server.url, TALK, limits=BRIEF) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 504 Gateway Timeout")
        writer.close()


@on_a_strict_loop
async def test_it_runs_in_a_loop_of_the_caller() -> None:
    async with MockServer(TALK) as server, Proxy(server.url, TALK) as proxy:
        async with connect(TALK, auth="x", url=proxy.url) as connection:
            await connection.send(Hello())
            await connection.send(Say("1"))
            assert isinstance((await connection.receive(30)).body, Heard)  # type: ignore[union-attr]
            with pytest.raises(IllegalMessage):
                await connection.send(Hello())
        assert proxy.report().exit_code() == 0
