"""What a server says last is received: after a goodbye, and where it refuses in the opening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Closing, ConnectionLifecycle, OpeningStep, Side
from schematic.define import BoundEndpoint
from schematic.generate.websocket import module as written
from schematic.generate.websocket import websocket_client
from schematic_engine.asyncio import ServerConnection, serve
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    LocalIllegalMessage,
)
from schematic_engine.limits import Limits
from schematic_engine.mock import Close, MockServer
from support.colours import opened, settled
from support.generated import running
from support.lifecycles import bound, message

BLOCKING = pytest.mark.parametrize("colour", ["", "Sync"], ids=["asyncio", "sync"])
CLOSERS = pytest.mark.parametrize("by", [None, *Side], ids=["either", "client", "server"])
COUNTS = st.integers(0, 12)
SHORT = Limits(close_timeout=0.1)
LIMITS = st.sampled_from([Limits(), Limits(max_queue=2), Limits(max_queue=5)])


@cache
def endpoint(by: Side | None) -> BoundEndpoint:
    """The server may refuse in the opening, and says a last word after the client's."""
    client, server = Side
    lifecycle = ConnectionLifecycle(
        initialize=[
            OpeningStep(message("Hello", client)),
            OpeningStep(message("Challenge", server), message("Banned", server, final=True)),
            OpeningStep(message("Answer", client)),
            OpeningStep(message("Welcome", server), message("Rejected", server, final=True)),
        ],
        streaming_messages=[message("Say", client)],
        close=message("Stop", client),
        server_messages=[
            message("Note", server, ambient=True),
            message("Heard", server),
            message("Done", server, final=True, after="Stop"),
        ],
        closing=Closing(by=by),
    )
    return bound(lifecycle)


@cache
def source(by: Side | None) -> str:
    with mock.patch.object(written, "formatted", str):
        return websocket_client(endpoint(by), prefix="Any")


class Server:
    """A mock, and a client for it.

    Attributes:
        module: the generated client.
        says: what the mock answers next, by the client's messages.
    """

    def __init__(self, module: Any, running: MockServer, colour: str) -> None:
        self.module = module
        self.mock = running
        self.colour = colour
        self.says: dict[str, list[Any]] = {}
        for name in ("Hello", "Answer", "Say", "Stop"):
            running.on(name)(lambda call, message: [*map(self._said, self.says[message.id])])

    def _said(self, reply: Any) -> Any:
        return reply if isinstance(reply, Close) else (reply, {"type": reply})

    def surface(self, kind: str) -> Any:
        return getattr(self.module, f"{self.colour}Any{kind}")

    def serve(self, **says: list[Any]) -> None:
        self.says = {"Hello": ["Challenge"], "Answer": ["Welcome"], "Say": [], "Stop": [], **says}

    def connect(self, limits: Limits, kind: str = "Ws") -> Any:
        return opened(self.surface(kind).connect(url=self.mock.url, limits=limits))

    async def run(self, source: Any, limits: Limits, **options: Any) -> list[str]:
        """What handlers have heard once a conversation is over."""
        heard: list[str] = []
        self.heard = heard
        callbacks = self.surface("Callbacks")().on_other(lambda one: heard.append(name_of(one)))
        await settled(callbacks.run(source, url=self.mock.url, limits=limits, **options))
        return heard


@contextmanager
def serving(by: Side | None, colour: str) -> Iterator[Server]:
    with running(source(by)) as module, MockServer(endpoint(by)) as server:
        yield Server(module, server, colour)
        assert server.violations == []


def name_of(body: object) -> str:
    return type(body).__name__


def on_a_loop(talk: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(talk())


async def walked(server: Server, client: Any) -> None:
    """Says all of the opening as soon as it may be said."""
    await settled(client.send_hello())
    assert name_of(await settled(client.receive())) == "Challenge"
    await settled(client.send_answer())


# ---------------------------------------------------------------------------- after the goodbye


@BLOCKING
@CLOSERS
def test_goodbye_returns_all_that_was_not_received(by: Side | None, colour: str) -> None:
    with serving(by, colour) as server:

        @settings(max_examples=15)
        @given(COUNTS, COUNTS, LIMITS)
        def check(before: int, after: int, limits: Limits) -> None:
            heard = ["Heard"] * before, ["Heard"] * after
            server.serve(Say=heard[0], Stop=[*heard[1], "Done"])

            async def talk() -> None:
                async with server.connect(limits) as client:
                    await walked(server, client)
                    assert name_of(await settled(client.receive())) == "Welcome"
                    await settled(client.send_say())
                    rest = await settled(client.close())
                    assert [*map(name_of, rest)] == [*heard[0], *heard[1], "Done"]
                    assert client.closed.normal
                    assert await settled(client.close()) == []

            on_a_loop(talk)

        check()


@BLOCKING
def test_goodbye_returns_what_was_kept_too(colour: str) -> None:
    with serving(Side.CLIENT, colour) as server:
        server.serve(Answer=["Note", "Welcome", "Heard"], Stop=["Heard", "Done"])

        async def talk() -> None:
            async with server.connect(Limits()) as client:
                await walked(server, client)
                for kept in [await settled(client.receive()) for _ in range(2)]:
                    client.keep(kept)
                rest = await settled(client.close())
                assert [*map(name_of, rest)] == ["Note", "Welcome", "Heard", "Heard", "Done"]

        on_a_loop(talk)


@BLOCKING
def test_what_comes_before_a_loss_can_be_received_after_a_goodbye_that_fails(colour: str) -> None:
    with serving(None, colour) as server:
        server.serve(Stop=["Heard", "Heard", Close(1011, "lost")])

        async def talk() -> None:
            async with server.connect(Limits()) as client:
                await walked(server, client)
                client.keep(await settled(client.receive()))
                with pytest.raises(ConnectionClosed, match="lost"):
                    await settled(client.close())
                rest = [name_of(await settled(client.receive())) for _ in range(3)]
                assert rest == ["Welcome", "Heard", "Heard"]
                with pytest.raises(ConnectionClosed, match="lost"):
                    await settled(client.receive())

        on_a_loop(talk)


@BLOCKING
@CLOSERS
def test_handlers_hear_all_that_comes_after_the_goodbye(by: Side | None, colour: str) -> None:
    with serving(by, colour) as server:

        @settings(max_examples=15)
        @given(COUNTS, COUNTS, LIMITS)
        def check(before: int, after: int, limits: Limits) -> None:
            heard = ["Heard"] * before, ["Heard"] * after
            server.serve(Say=heard[0], Stop=[*heard[1], "Done"])

            async def talk() -> None:
                said = await server.run([server.module.Say()], limits)
                assert said == ["Challenge", "Welcome", *heard[0], *heard[1], "Done"]

            on_a_loop(talk)

        check()


# ------------------------------------------------------------------------- refused while opening


@BLOCKING
@CLOSERS
def test_handlers_hear_how_an_opening_was_refused(by: Side | None, colour: str) -> None:
    with serving(by, colour) as server:

        @settings(max_examples=10)
        @given(COUNTS, st.booleans(), st.booleans(), LIMITS)
        def check(notes: int, early: bool, closes: bool, limits: Limits) -> None:
            said = [*["Note"] * notes, "Banned" if early else "Rejected"]
            ends = [Close()] if closes or by is not Side.CLIENT else []
            server.serve(**{"Hello" if early else "Answer": [*said, *ends]})
            taken: list[int] = []

            async def talk() -> None:
                heard = await server.run(map(taken.append, [1]), limits)
                assert heard == [*([] if early else ["Challenge"]), *said]
                assert taken == []

            on_a_loop(talk)

        check()


@BLOCKING
@CLOSERS
def test_goodbye_to_a_server_that_has_refused_is_not_said(by: Side | None, colour: str) -> None:
    with serving(by, colour) as server:
        server.serve(Answer=["Note", "Rejected"])

        async def talk() -> None:
            async with server.connect(SHORT) as client:
                await walked(server, client)
                assert name_of(await settled(client.receive())) == "Note"
                assert name_of(await settled(client.receive())) == "Rejected"
                assert client.connection.unread == 0
                assert await settled(client.close()) == []
                assert client.closed.normal

        on_a_loop(talk)


@BLOCKING
def test_a_refusal_with_a_code_is_heard_and_then_raised(colour: str) -> None:
    with serving(Side.SERVER, colour) as server:
        server.serve(Answer=["Rejected", Close(4001, "go away")])
        with pytest.raises(ConnectionClosed, match="go away"):
            on_a_loop(lambda: ran(server, []))
        assert server.heard == ["Challenge", "Rejected"]


@BLOCKING
@pytest.mark.parametrize("step", ["Hello", "Answer"])
def test_a_server_that_hangs_up_in_the_opening_is_told(step: str, colour: str) -> None:
    with serving(None, colour) as server:
        server.serve(**{step: ["Note", Close(1000)]})
        with pytest.raises(ConnectionClosed, match="1000"):
            on_a_loop(lambda: ran(server, []))
        assert server.heard[-1] == "Note"


@BLOCKING
def test_a_server_that_never_goes_on_with_the_opening_is_left(colour: str) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.receive()
        await connection.send("Note", {})
        await connection.receive()

    async def talk(module: Any) -> None:
        heard: list[str] = []
        callbacks = getattr(module, f"{colour}AnyCallbacks")().on_note(heard.append)
        async with serve(endpoint(None).api, handler) as server:

            async def run() -> None:
                limits = Limits(open_timeout=0.3)
                await settled(callbacks.run([], url=server.url, limits=limits))

            with pytest.raises(DeadlineExceeded, match="initialize"):
                await (asyncio.to_thread(asyncio.run, run()) if colour else run())
        assert [*map(name_of, heard)] == ["Note"]

    with running(source(None)) as module:
        on_a_loop(lambda: talk(module))


@BLOCKING
def test_what_may_never_be_said_first_is_refused(colour: str) -> None:
    with serving(None, colour) as server:
        server.serve()
        with pytest.raises(LocalIllegalMessage, match="Hello"):
            on_a_loop(lambda: ran(server, [], answer=server.module.Hello()))


@BLOCKING
def test_what_making_the_first_message_raises_is_raised(colour: str) -> None:
    with serving(None, colour) as server:
        server.serve()
        callbacks = server.surface("Callbacks")
        with mock.patch.object(callbacks, "opening", ()), pytest.raises(TimeoutError, match="mine"):
            on_a_loop(lambda: ran(server, [], opening=lambda: iter(raising, None)))


def raising() -> None:
    raise TimeoutError("mine")


async def ran(server: Server, source: list[object], limits: Limits = SHORT, **options: Any) -> None:
    await server.run(source, limits, **options)
