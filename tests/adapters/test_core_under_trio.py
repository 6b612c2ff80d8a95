"""The core needs no asyncio: under sixty lines bring it to trio, in either role."""

from __future__ import annotations

import inspect
import math
from collections import deque

import pytest
import trio
import trio.testing
from msgspec import UNSET
from trio.testing import MockClock

from schematic_engine.connection import Connection
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.events import Accepted, Closed, Event, Message, Request
from schematic_engine.limits import Limits
from support.talk import API, Bye, Echo, End, Hello, Say


class TrioConnection:
    """A core connection on a trio stream, for one task."""

    def __init__(self, core: Connection, stream: trio.abc.Stream) -> None:
        self.core = core
        self.stream = stream
        self.events: deque[Event] = deque(core.handle_timeout(trio.current_time()))

    async def send(self, message: object, body: object = UNSET) -> None:
        self.core.send(message, body)
        await self.flush()

    async def close(self, code: int = 1000) -> None:
        self.events += self.core.handle_timeout(trio.current_time())
        self.core.close(code)
        while not isinstance(await self.receive(), Closed):
            pass

    async def receive(self) -> Event:
        await self.flush()
        while not self.events:
            await self.pump()
        return self.events.popleft()

    async def pump(self) -> None:
        deadline = self.core.next_deadline()
        data: bytes | None = None
        with trio.move_on_at(math.inf if deadline is None else deadline):
            try:
                data = bytes(await self.stream.receive_some(65_536))
            except trio.BrokenResourceError:
                data = b""
        self.events += self.core.handle_timeout(trio.current_time())
        if data is not None:
            self.events += self.core.receive_data(data)
        await self.flush()

    async def flush(self) -> None:
        data = self.core.data_to_send()
        if data:
            await self.stream.send_all(data)
        if self.core.close_expected():
            await self.stream.aclose()


def test_the_adapter_has_under_sixty_lines() -> None:
    assert len(inspect.getsource(TrioConnection).splitlines()) < 60


async def answer(stream: trio.SocketStream) -> None:
    """Be a server: echo what is said, say the end, and close."""
    connection = TrioConnection(Connection.server(), stream)
    assert isinstance(await connection.receive(), Request)
    connection.core.accept(API.endpoint())
    while not isinstance(event := await connection.receive(), Closed):
        assert isinstance(event, Message)
        if isinstance(event.body, Say):
            await connection.send(Echo(text=event.body.text))
        elif isinstance(event.body, Bye):
            await connection.send(End())
            await connection.close()
            return


def test_client_and_server_talk_over_trios_sockets() -> None:
    async def main() -> list[object]:
        bodies: list[object] = []
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, answer, [listener])
            port = listener.socket.getsockname()[1]
            core = Connection.client(
                API.endpoint(), params={"room": "trio"}, url=f"ws://127.0.0.1:{port}"
            )
            connection = TrioConnection(core, await trio.open_tcp_stream("127.0.0.1", port))
            assert isinstance(await connection.receive(), Accepted)
            for message in (Hello(), Say(text="one"), Say(text="two"), Bye()):
                await connection.send(message)
            while not isinstance(event := await connection.receive(), Closed):
                assert isinstance(event, Message)
                bodies.append(event.body)
            assert (event.code, event.clean) == (1000, True)
            nursery.cancel_scope.cancel()
        return bodies

    assert trio.run(main) == [Echo(text="one"), Echo(text="two"), End()]


@pytest.mark.parametrize("seconds", [5.0, 3600.0])
def test_the_cores_deadlines_run_on_trios_clock(seconds: float) -> None:
    async def main() -> float:
        ours, _ = trio.testing.memory_stream_pair()
        limits = Limits(open_timeout=seconds)
        core = Connection.client(API.endpoint(), params={"room": "trio"}, limits=limits)
        started = trio.current_time()
        connection = TrioConnection(core, ours)
        event = await connection.receive()
        assert isinstance(event, Closed)
        assert isinstance(event.error, DeadlineExceeded)
        return trio.current_time() - started

    waited = trio.run(main, clock=MockClock(autojump_threshold=0))
    assert waited == pytest.approx(seconds)
