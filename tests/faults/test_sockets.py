"""Sessions of both adapters over sockets, with a faulty network between: nothing is left behind."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

import pytest
import trustme

from schematic_engine import sync
from schematic_engine.asyncio import Server, ServerConnection, connect, serve
from schematic_engine.errors import ConnectionClosed, RemoteProtocolError
from schematic_engine.events import Delivered, Message
from schematic_engine.limits import Limits
from schematic_engine.mock.loop_thread import LoopThread
from schematic_engine.testing import (
    Corrupt,
    Cut,
    FaultProxy,
    Garbage,
    HalfClose,
    HalfOpen,
    Plan,
    Reset,
    Stall,
)
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say
from support.loops import on_a_strict_loop

HONEST = (Cut, Reset, HalfClose, HalfOpen, Stall)
DAMAGE = (*HONEST, Corrupt, Garbage)
LIMITS = Limits(open_timeout=1.0, close_timeout=0.2)
CALM = Limits(open_timeout=30.0, close_timeout=30.0)
"""For the last client, which nothing disturbs: it is served as if nothing had happened."""
FILES = Path("/proc/self/fd")
DOCUMENTED = (ConnectionClosed, RemoteProtocolError, OSError)


def plans(sessions: int, *, damage: bool, within: int = 1500) -> list[Plan]:
    among = DAMAGE if damage else HONEST
    dice = (Plan.random(n, within=within, seconds=0.02, among=among) for n in range(sessions))
    return [*dice, Plan()]


def texts(session: int) -> list[str]:
    return [f"{session}.{number} {'x' * 40 * number}" for number in range(6)]


class Room:
    """What the server has heard, by session; and what its clients have."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {}
        self.answers: dict[int, list[str]] = {}
        self.clean: set[int] = set()
        self.ends: Counter[str] = Counter()

    async def repeat(self, connection: ServerConnection) -> None:
        heard: list[str] = []
        async for event in connection:
            match body(event):
                case Hello(name=name):
                    self.heard[name] = heard
                case Say(text=text):
                    heard.append(text)
                    await connection.send(Heard(text))
                case _:
                    await connection.send(Farewell())
                    return

    def hears(self, session: int, event: Delivered) -> bool:
        """A client has heard something; whether that was the last."""
        said = body(event)
        if isinstance(said, Heard):
            self.answers[session].append(said.text)
        return isinstance(said, Farewell)

    def check(self) -> None:
        """Nothing twice, nothing out of order; and all of it where the end was clean."""
        for name, heard in self.heard.items():
            assert heard == texts(int(name))[: len(heard)]
        for session, answers in self.answers.items():
            assert answers == texts(session)[: len(answers)]
            if session in self.clean:
                assert answers == self.heard[str(session)] == texts(session)


def patience(limits: Limits) -> float:
    """How long a client waits for an answer."""
    return 60.0 if limits is CALM else 0.4


def body(event: Delivered) -> object:
    return event.body if isinstance(event, Message) else None


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """No descriptor and no thread more than before."""
    descriptors, threads = set(FILES.iterdir()), set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == threads
    assert set(FILES.iterdir()) == descriptors


@pytest.mark.parametrize("damage", [False, True])
def test_a_hundred_asyncio_sessions_on_a_faulty_network(damage: bool) -> None:
    sessions = 100

    @on_a_strict_loop
    async def main() -> None:
        room = Room()
        async with (
            serve(TALK, room.repeat) as server,
            FaultProxy(server.url, *plans(sessions, damage=damage)) as proxy,
            asyncio.timeout(60),
        ):
            queue = iter(range(sessions))
            await asyncio.gather(*(talk_on(room, proxy.url, queue) for _ in range(50)))
            await talk(room, proxy.url, sessions, CALM)
        assert sum(room.ends.values()) == sessions + 1
        assert sessions in room.clean
        if not damage:
            room.check()

    with nothing_left_behind():
        main()


async def talk_on(room: Room, url: str, queue: Iterator[int]) -> None:
    for session in queue:
        await talk(room, url, session)


async def talk(room: Room, url: str, session: int, limits: Limits = LIMITS) -> None:
    room.answers[session] = []
    try:
        async with connect(TALK, url=url, auth="key", limits=limits) as connection:
            await connection.send(Hello(name=str(session)))
            for text in texts(session):
                await connection.send(Say(text))
            await connection.send(Bye())
            while not room.hears(session, await connection.receive(patience(limits))):
                pass
        assert connection.closed is not None
        if connection.closed.clean:
            room.clean.add(session)
        room.ends["normal" if connection.closed.clean else "lost"] += 1
    except DOCUMENTED as error:
        room.ends[type(error).__name__] += 1


@pytest.mark.parametrize("tls", [False, True])
def test_a_hundred_blocking_sessions_on_a_faulty_network(tls: bool) -> None:
    """Over TLS the network damages bytes as well, and none of it is ever taken for a message."""
    sessions, room = 100, Room()
    ours, theirs = contexts() if tls else (None, None)
    with (
        nothing_left_behind(),
        serving(room, ours) as url,
        FaultProxy(url, *plans(sessions, damage=tls, within=6000 if tls else 1500)) as proxy,
        ThreadPoolExecutor(40) as workers,
    ):
        to = proxy.url
        for done in [workers.submit(talk_blocking, room, to, n, theirs) for n in range(sessions)]:
            done.result(60)
        talk_blocking(room, to, sessions, theirs, CALM)
    assert sum(room.ends.values()) == sessions + 1
    assert sessions in room.clean
    room.check()


def contexts() -> tuple[SSLContext, SSLContext]:
    """The server's, and the clients'."""
    authority, ours = trustme.CA(), SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(ours)
    theirs = create_default_context()
    authority.configure_trust(theirs)
    return ours, theirs


@contextmanager
def serving(room: Room, ssl: SSLContext | None) -> Iterator[str]:
    """The room's server, in a thread; its URL."""
    thread, servers = LoopThread("server"), list[Server]()

    async def listen() -> None:
        servers.append(await serve(TALK, room.repeat, host="localhost", ssl=ssl))

    thread.run(listen())
    try:
        yield servers[0].url
    finally:
        thread.run(servers[0].close())
        thread.close()


def talk_blocking(
    room: Room, url: str, session: int, ssl: SSLContext | None, limits: Limits = LIMITS
) -> None:
    room.answers[session] = []
    try:
        with sync.connect(TALK, url=url, auth="key", ssl=ssl, limits=limits) as connection:
            connection.send(Hello(name=str(session)))
            for text in texts(session):
                connection.send(Say(text))
            connection.send(Bye())
            while not room.hears(session, connection.receive(patience(limits))):
                pass
        assert connection.closed is not None
        if connection.closed.clean:
            room.clean.add(session)
        room.ends["normal" if connection.closed.clean else "lost"] += 1
    except DOCUMENTED as error:
        room.ends[type(error).__name__] += 1
