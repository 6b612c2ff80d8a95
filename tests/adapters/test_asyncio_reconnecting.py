"""The asyncio client connects again: on real sockets, without waiting."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec import UNSET
from wsproto.events import CloseConnection

from schematic.compile import Phase
from schematic_engine.asyncio import (
    ClientConnection,
    Reconnecting,
    ServerConnection,
    connect,
    serve,
)
from schematic_engine.asyncio.greeting import greet
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    LocalIllegalMessage,
    LocalProtocolError,
)
from schematic_engine.events import Closed, Message
from schematic_engine.retry import Again, Reconnect
from support.lifecycles import LOGIN, bound
from support.loops import on_a_strict_loop, step_into
from support.raw_peer import RawPeer, raw_server
from support.talk import API, Bye, Echo, Hello, Say

AT_ONCE = Reconnect(first_delay=0, max_retries=5)
NEVER = Reconnect(first_delay=1e6, max_delay=1e6)
Visit = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class Visits:
    """What a server saw: it plays one script for each client, and notes how each ended."""

    url: str
    names: list[str] = field(default_factory=list)
    rooms: list[object] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    most: int = 0


@asynccontextmanager
async def server_of(*scripts: Visit) -> AsyncIterator[Visits]:
    """A server that plays the scripts, each to its client, and waits until they are played."""
    left, here, seen = list(scripts), 0, Visits("")
    played = asyncio.Event()

    async def visit(connection: ServerConnection) -> None:
        nonlocal here
        here += 1
        seen.most = max(seen.most, here)
        seen.rooms.append(connection.request.path)
        try:
            await left.pop(0)(connection)
        except ConnectionClosed:
            pass
        finally:
            here -= 1
            if connection.endpoint is not None:
                await connection.close()
                assert connection.closed is not None
                seen.codes.append(connection.closed.code)
            if not left:
                played.set()

    async with serve(visit) as server:
        seen.url = server.url
        yield seen
        await played.wait()


def reject(status: int, *headers: tuple[str, str]) -> Visit:
    async def script(connection: ServerConnection) -> None:
        await connection.reject(status, headers)

    return script


def close(code: int) -> Visit:
    async def script(connection: ServerConnection) -> None:
        await accept(connection)
        await connection.receive()
        await connection.close(code)

    return script


async def die(connection: ServerConnection) -> None:
    await accept(connection)
    await connection.receive()
    connection._driver.abort()


async def echo(connection: ServerConnection) -> None:
    """Answer until the client closes."""
    await accept(connection)
    async for event in connection:
        if isinstance(event, Message) and isinstance(event.body, Say):
            await connection.send(Echo(text=event.body.text))


async def accept(connection: ServerConnection) -> None:
    await connection.accept(API.endpoint(), params={"room": "lobby"})


def loop_to(url: str, reconnect: Reconnect = AT_ONCE, **options: Any) -> Reconnecting:
    given: dict[str, Any] = {"params": {"room": "lobby"}, "opening": lambda: [Hello()]}
    return connect(API, url=url, reconnect=reconnect, **(given | options))


async def chat(connection: ClientConnection) -> None:
    await connection.send(Say(text="hi"))
    event = await connection.receive()
    assert isinstance(event, Message)
    assert event.body == Echo(text="hi")


async def chat_on_each(loop: Reconnecting) -> None:
    async for connection in loop:
        async with connection:
            await chat(connection)


# The loop


@on_a_strict_loop
async def test_a_lost_connection_is_followed_by_another_and_the_opening_is_said_on_each() -> None:
    names: list[str] = []

    def hello() -> list[object]:
        names.append(f"client {len(names)}")
        return [Hello(name=names[-1])]

    rounds = 0
    async with server_of(die, close(1012), reject(503), echo) as seen:
        async for connection in loop_to(seen.url, opening=hello):
            rounds += 1
            async with connection:
                await chat(connection)
    assert (rounds, len(names), seen.most) == (3, 3, 1)
    assert seen.codes == [1006, 1012, 1000]


@on_a_strict_loop
async def test_a_body_may_catch_the_loss_itself_and_continue() -> None:
    ends: list[int] = []
    async with server_of(die, close(1013), echo) as seen:
        async for connection in loop_to(seen.url):
            try:
                await chat(connection)
            except ConnectionClosed as error:
                ends.append(error.code)
                continue
    assert ends == [1006, 1013]
    assert seen.codes == [1006, 1013, 1000]


@on_a_strict_loop
async def test_an_end_that_another_attempt_would_meet_too_is_raised() -> None:
    async with server_of(die, close(1008)) as seen:
        with pytest.raises(ConnectionClosed) as caught:
            await chat_on_each(loop_to(seen.url))
        assert caught.value.code == 1008
        assert caught.value.__notes__ == ["tried again once before"]


@on_a_strict_loop
async def test_a_normal_end_ends_the_loop() -> None:
    async with server_of(close(1000)) as seen:
        loop = loop_to(seen.url)
        rounds = [[event async for event in connection] async for connection in loop]
        assert rounds == [[]]
        assert [connection async for connection in loop] == []


@on_a_strict_loop
async def test_a_refusal_that_may_pass_is_tried_again_and_another_is_raised() -> None:
    again = reject(503, ("retry-after", "0"))
    async with server_of(again, reject(429), reject(401)) as seen:
        with pytest.raises(HandshakeRejected) as caught:
            await anext(loop_to(seen.url))
    assert caught.value.status == 401


@on_a_strict_loop
async def test_a_server_that_is_not_there_is_tried_as_often_as_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    seen: list[Exception] = []
    loop = loop_to(
        f"ws://127.0.0.1:{port}", Reconnect(first_delay=0, max_retries=2), resume=seen.append
    )
    with pytest.raises(ConnectionRefusedError) as caught:
        await anext(loop)
    assert caught.value.__notes__ == ["tried again 2 times in a row before"]
    assert [type(error) for error in seen] == [ConnectionRefusedError] * 2
    with pytest.raises(StopAsyncIteration):
        await anext(loop)


@on_a_strict_loop
async def test_a_mistake_of_the_user_is_not_tried_again() -> None:
    with pytest.raises(LocalProtocolError, match="room"):
        await anext(loop_to("ws://127.0.0.1:9", params={}))


# Leaving


@on_a_strict_loop
async def test_a_body_that_comes_to_its_end_is_done_with_its_connection() -> None:
    async with server_of(echo) as seen:
        async for connection in loop_to(seen.url):
            await chat(connection)
    assert seen.codes == [1000]


@pytest.mark.parametrize(("error", "code"), [(None, 1000), (ZeroDivisionError, 1011)])
def test_leaving_the_body_closes_the_connection_that_was_entered(
    error: type[Exception] | None, code: int
) -> None:
    @on_a_strict_loop
    async def run() -> None:
        async with server_of(echo) as seen:
            try:
                async for connection in loop_to(seen.url):
                    async with connection:
                        if error is not None:
                            raise error
                        break
            except ZeroDivisionError:
                assert error is not None
        assert seen.codes == [code]

    run()


@on_a_strict_loop
async def test_leaving_the_block_around_the_loop_closes_the_connection() -> None:
    async with server_of(echo) as seen, loop_to(seen.url) as connections:
        connection = await anext(connections)
        await chat(connection)
        assert connection.closed is None
    assert seen.codes == [1000]


@on_a_strict_loop
async def test_a_connection_that_is_left_behind_is_closed_when_its_loop_is_forgotten() -> None:
    async with server_of(echo) as seen:
        connection = await anext(loop_to(seen.url))
        await connection._driver.gone
    assert seen.codes == [1001]


@on_a_strict_loop
async def test_errors_of_others_pass_through_the_block_of_a_connection() -> None:
    """A ConnectionClosed says nothing about a connection that is open."""

    async def run(connection: ClientConnection) -> None:
        async with connection:
            raise ConnectionClosed(code=1012)

    async with server_of(echo) as seen:
        connection = await anext(loop_to(seen.url))
        with pytest.raises(ConnectionClosed):
            await run(connection)
    assert seen.codes == [1011]


@on_a_strict_loop
async def test_closing_with_a_code_that_is_worth_it_asks_for_another_connection() -> None:
    async with server_of(echo, echo) as seen:
        rounds = 0
        async for connection in loop_to(seen.url):
            rounds += 1
            await connection.close(1012 if rounds == 1 else 3000)
    assert seen.codes == [1012, 3000]


# Ending the loop from outside


def in_the_background(loop: Reconnecting) -> asyncio.Task[list[ClientConnection]]:
    async def collect() -> list[ClientConnection]:
        return [connection async for connection in loop]

    return asyncio.create_task(collect())


async def waiting(
    url: str, patch: pytest.MonkeyPatch
) -> tuple[Reconnecting, asyncio.Task[list[ClientConnection]]]:
    """A loop that waits a week for its next attempt."""
    waits = asyncio.Event()

    def random() -> float:
        waits.set()
        return 0.999

    patch.setattr("schematic_engine.asyncio.reconnecting.random", random)
    loop = loop_to(url, NEVER)
    task = in_the_background(loop)
    await waits.wait()
    await step_into(task)
    return loop, task


@on_a_strict_loop
async def test_closing_a_loop_that_waits_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server_of(reject(503)) as seen:
        loop, task = await waiting(seen.url, monkeypatch)
        await loop.close()
        assert await task == []


@on_a_strict_loop
async def test_cancelling_a_task_that_waits_ends_it_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with server_of(reject(503)) as seen:
        loop, task = await waiting(seen.url, monkeypatch)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [connection async for connection in loop] == []


@on_a_strict_loop
async def test_closing_a_loop_that_connects_gives_up_the_attempt() -> None:
    asked = asyncio.Event()

    async def script(peer: RawPeer) -> None:
        await peer.next()
        asked.set()
        await peer.until_gone()

    async with raw_server(script) as url:
        loop = loop_to(url)
        task = in_the_background(loop)
        await asked.wait()
        await loop.close()
        assert await task == []


@on_a_strict_loop
async def test_closing_a_loop_closes_its_connection() -> None:
    async with server_of(echo) as seen:
        loop = loop_to(seen.url)
        connection = await anext(loop)
        await loop.close(4000, "enough")
        assert connection.closed is not None
        with pytest.raises(StopAsyncIteration):
            await anext(loop)
    assert seen.codes == [4000]


@on_a_strict_loop
async def test_a_cancelled_close_has_ended_the_loop_and_dropped_its_connection() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.until_gone()  # and never answers the close

    async with raw_server(script) as url:
        loop = loop_to(url)
        connection = await anext(loop)
        with pytest.raises(LocalProtocolError):
            await loop.close(1006)
        assert connection.closed is None
        closing = asyncio.create_task(loop.close(1012))  # worth another connection
        await step_into(closing)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(StopAsyncIteration):
            await anext(loop)
        await connection.close()  # the socket is closed in a few turns
    assert connection.closed == Closed(code=1006)


# What is different about the next attempt


@on_a_strict_loop
async def test_a_hook_sees_how_it_ended_and_changes_the_next_attempt_alone() -> None:
    ends: list[object] = []

    async def resume(error: Exception) -> Again | None:
        assert isinstance(error, ConnectionClosed)
        ends.append(error.code)
        if len(ends) > 1:
            return None
        return Again(params={"room": "resumed"}, opening=lambda: [Hello(name="again")])

    names: list[object] = []

    async def note(connection: ServerConnection) -> None:
        await accept(connection)
        event = await connection.receive()
        assert isinstance(event, Message)
        names.append(event.body)
        await connection.close(1012 if len(names) < 3 else 1000)

    async with server_of(note, note, note) as seen:
        async for connection in loop_to(seen.url, resume=resume):
            async with connection:
                await connection.receive()
    assert ends == [1012, 1012]
    assert names == [Hello(), Hello(name="again"), Hello()]
    assert seen.rooms == ["/rooms/lobby", "/rooms/resumed", "/rooms/lobby"]


@on_a_strict_loop
async def test_a_hook_that_fails_for_a_while_is_a_failed_attempt() -> None:
    errors: list[Exception] = []

    def resume(error: Exception) -> None:
        errors.append(error)
        if len(errors) == 1:
            raise TimeoutError("no token yet")

    async with server_of(reject(503), echo) as seen:
        async for connection in loop_to(seen.url, resume=resume):
            await chat(connection)
    assert [type(error) for error in errors] == [HandshakeRejected, TimeoutError]


def test_a_hook_without_a_loop_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="reconnect"):
        connect(API, resume=lambda _: None)  # type: ignore[call-overload]  # what is tested


# The opening


@on_a_strict_loop
async def test_an_opening_is_said_on_a_single_connection_too() -> None:
    async with server_of(echo) as seen:
        options: dict[str, Any] = {"url": seen.url, "params": {"room": "lobby"}}
        async with connect(API, opening=lambda: [("Hello", {"name": "Ann"})], **options) as one:
            await chat(one)


@on_a_strict_loop
async def test_an_opening_that_is_not_legal_is_refused_and_leaves_nothing_behind() -> None:
    async with server_of(echo) as seen:
        options: dict[str, Any] = {"url": seen.url, "params": {"room": "lobby"}}
        with pytest.raises(LocalIllegalMessage):
            await connect(API, opening=lambda: [Bye()], **options)
    assert seen.codes == [1006]


@on_a_strict_loop
async def test_a_connection_is_handed_out_when_the_server_has_said_what_all_wait_for() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        peer.put_json({"type": "Note"})
        assert await peer.next_text() == '{"type":"Hello","number":0}'
        peer.put_json({"type": "Challenge"})
        assert await peer.next_text() == '{"type":"Answer","number":0}'
        peer.put_json({"type": "Welcome"})
        await peer.next_close()

    async with raw_server(script) as url:
        opening = [("Hello", UNSET), ("Answer", UNSET)]
        async with connect(bound(LOGIN), url=url, opening=lambda: opening) as connection:
            assert connection.state is Phase.STREAMING
            came = [await connection.receive() for _ in range(3)]
    assert [event.id for event in came if isinstance(event, Message)] == [
        "Note",
        "Challenge",
        "Welcome",
    ]


@on_a_strict_loop
async def test_a_server_that_does_not_go_on_with_the_opening_runs_into_the_open_timeout() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.until_gone()

    async with raw_server(script) as url, connect(bound(LOGIN), url=url) as connection:
        opening = [("Hello", UNSET), ("Answer", UNSET)]
        with pytest.raises(DeadlineExceeded, match=r"not finished within 0\.01 s"):
            await greet(connection._driver, lambda: opening, 0.01)
        connection._driver.abort()


@on_a_strict_loop
async def test_a_connection_that_is_lost_during_the_opening_is_a_failed_attempt() -> None:
    async def script(peer: RawPeer) -> None:
        await peer.upgrade()
        await peer.next_text()
        peer.put(CloseConnection(1008, "no"))
        await peer.until_gone()

    async with raw_server(script) as url:
        with pytest.raises(ConnectionClosed) as caught:
            await connect(bound(LOGIN), url=url, opening=lambda: [("Hello", UNSET)])
    assert (caught.value.code, caught.value.reason) == (1008, "no")


@on_a_strict_loop
async def test_a_time_limit_of_the_users_own_is_not_taken_for_ours() -> None:
    def opening() -> list[object]:
        raise TimeoutError("no token")

    async with server_of(echo) as seen:
        options: dict[str, Any] = {"url": seen.url, "params": {"room": "lobby"}}
        with pytest.raises(TimeoutError, match="no token"):
            await connect(API, opening=opening, **options)
