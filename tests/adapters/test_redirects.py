"""Either adapter and servers that point elsewhere."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Thread

import pytest

from schematic_engine.asyncio import ServerConnection, serve
from schematic_engine.errors import DeadlineExceeded, HandshakeRejected
from schematic_engine.events import Request
from schematic_engine.limits import Limits
from support.either import ADAPTERS, Talker
from support.threaded_server import Peer, ThreadedServer

Pointing = Callable[[Request], str | None]
"""What a server answers: a Location, or 404 where there is none."""


@pytest.fixture(params=ADAPTERS)
def talk(request: pytest.FixtureRequest) -> Talker:
    return ADAPTERS[request.param]


@pytest.fixture(autouse=True, scope="module")
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


@contextmanager
def pointing(where: Pointing) -> Iterator[str]:
    """A server that answers with redirects, in a thread; its URL."""

    async def answer(connection: ServerConnection) -> None:
        location = where(connection.request)
        if location is None:
            await connection.reject(404)
        else:
            await connection.reject(307, [("location", location)])

    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        done = asyncio.Event()
        async with serve(answer) as server:
            started.set_result((server.url, asyncio.get_running_loop(), done))
            await done.wait()

    thread = Thread(target=lambda: asyncio.run(main()))
    thread.start()
    url, loop, done = started.result(30)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)


def echo(seen: list[Request]) -> Callable[[Peer], None]:
    def handler(peer: Peer) -> None:
        seen.append(peer.accept())
        peer.echo()

    return handler


def test_to_the_same_origin_everything_goes_along(talk: Talker) -> None:
    def where(request: Request) -> str | None:
        asked.append(request)
        return f"/hop/{len(asked)}?x=1" if len(asked) < 3 else None

    asked: list[Request] = []
    with pointing(where) as url, pytest.raises(HandshakeRejected, match="404"):
        talk(url=url, redirects=5, headers=[("x-own", "1")])
    assert [one.target for one in asked] == ["/talk/hall", "/hop/1?x=1", "/hop/2?x=1"]
    assert {(one.header("x-key"), one.header("x-own")) for one in asked} == {("open sesame", "1")}


def test_to_another_origin_no_credentials_go_and_the_conversation_is_held_there(
    talk: Talker,
) -> None:
    seen: list[Request] = []
    with ThreadedServer(echo(seen)) as server:
        location = server.url.replace("ws:", "http:") + "/elsewhere?a=%20b"
        with pointing(lambda _: location) as url:
            assert talk(url=url, redirects=1, headers=[("cookie", "a=b")]) == "a word"
    (request,) = seen
    assert request.target == "/elsewhere?a=%20b"
    assert (request.header("x-key"), request.header("cookie")) == (None, None)
    assert request.header("host") == server.url.removeprefix("ws://")


def test_a_redirect_is_not_followed_by_itself_and_the_error_says_how(talk: Talker) -> None:
    with (
        pointing(lambda _: "https://other.example/x") as url,
        pytest.raises(HandshakeRejected, match=r"wss://other\.example/x") as caught,
    ):
        talk(url=url)
    assert "redirects=1" in str(caught.value)
    assert (caught.value.status, dict(caught.value.headers)["location"]) == (
        307,
        "https://other.example/x",
    )


def test_what_a_redirect_repeats_of_a_secret_is_not_told_but_followed(talk: Talker) -> None:
    def where(request: Request) -> str | None:
        asked.append(request.target)
        return "/login/Hunter2" if len(asked) != 2 else None

    asked: list[str] = []
    with pointing(where) as url:
        with pytest.raises(HandshakeRejected, match="404"):
            talk(url=url, auth="Hunter2", redirects=1)
        with pytest.raises(HandshakeRejected, match="redirects=1") as caught:
            talk(url=url, auth="Hunter2")
    assert asked[1] == "/login/Hunter2"
    assert "Hunter2" not in f"{caught.value!r} {caught.value} {caught.value.headers}"


@pytest.mark.parametrize(
    ("location", "why"), [("/talk/hall", "has been"), ("http://a b", "not a URL")]
)
def test_loops_and_nonsense_are_refused(talk: Talker, location: str, why: str) -> None:
    with pointing(lambda _: location) as url, pytest.raises(HandshakeRejected, match=why):
        talk(url=url, redirects=9)


def test_the_time_to_open_covers_all_redirects_together(talk: Talker) -> None:
    over = Event()

    def redirect_for_ever(listener: socket.socket) -> None:
        for number in count():
            client, _ = listener.accept()
            with client, suppress(ConnectionError):
                if over.is_set():
                    return
                client.recv(65536)
                client.sendall(b"HTTP/1.1 307 On\r\nLocation: /%d\r\n\r\n" % number)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        thread = Thread(target=redirect_for_ever, args=(listener,))
        thread.start()
        try:
            with pytest.raises(DeadlineExceeded, match="open_timeout"):
                talk(
                    url=f"ws://127.0.0.1:{address[1]}",
                    redirects=1_000_000,
                    limits=Limits(open_timeout=0.2),
                )
        finally:
            over.set()
            socket.create_connection(address).close()
            thread.join(30)
