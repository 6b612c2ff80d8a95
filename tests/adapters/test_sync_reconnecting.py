"""The sync client connects again: on real sockets, without waiting."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
from msgspec import UNSET

from schematic.compile import Phase
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    LocalIllegalMessage,
    LocalProtocolError,
)
from schematic_engine.events import Closed, Message, Request
from schematic_engine.limits import Limits
from schematic_engine.retry import Again, Reconnect
from schematic_engine.sync import ClientConnection, Reconnecting, connect
from support.dialling import dial
from support.echo import TALK, Bye, Heard, Hello, Say
from support.lifecycles import LOGIN, bound
from support.threaded_server import Peer, ThreadedServer

AT_ONCE = Reconnect(first_delay=0, max_retries=5)
NEVER = Reconnect(first_delay=1e6, max_delay=1e6)


@pytest.fixture(autouse=True)
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()  # an unclosed socket warns, and a warning is an error


Script = Callable[[Peer], object]


def reject(status: int, *headers: tuple[str, str]) -> Script:
    def script(peer: Peer) -> None:
        assert isinstance(peer.next(), Request)
        peer.core.reject(status, headers=headers)
        peer.flush()

    return script


def close(code: int) -> Script:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.core.close(code)
        peer.flush()
        peer.until_closed()

    return script


def die(peer: Peer) -> None:
    peer.accept()
    peer.hear()


class Echo:
    """Answers until the client closes; `ends` are how its clients did."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.rooms: list[str] = []

    def __call__(self, peer: Peer) -> None:
        self.rooms.append(peer.accept().path)
        self.ends.append(peer.echo().code)


def loop_to(server: ThreadedServer, reconnect: Reconnect = AT_ONCE, **options: Any) -> Reconnecting:
    given: dict[str, Any] = {"url": server.url, "auth": "key", "opening": lambda: [Hello()]}
    return connect(TALK, reconnect=reconnect, **(given | options))


def chat(connection: ClientConnection) -> None:
    connection.send(Say("hi"))
    event = connection.receive()
    assert isinstance(event, Message)
    assert event.body == Heard("hi")


def chat_on_each(loop: Reconnecting) -> int:
    rounds = 0
    for connection in loop:
        rounds += 1
        with connection:
            chat(connection)
    return rounds


# The loop


def test_a_lost_connection_is_followed_by_another_and_the_opening_is_said_on_each() -> None:
    names: list[str] = []

    def hello() -> list[object]:
        names.append(f"client {len(names)}")
        return [Hello(name=names[-1])]

    echo = Echo()
    with ThreadedServer(die, close(1012), reject(503), echo) as server:
        assert chat_on_each(loop_to(server, opening=hello)) == 3
    assert len(names) == 3
    assert echo.ends == [1000]


def test_a_body_may_catch_the_loss_itself_and_continue() -> None:
    ends: list[int] = []
    with ThreadedServer(die, close(1013), Echo()) as server:
        for connection in loop_to(server):
            try:
                chat(connection)
            except ConnectionClosed as error:
                ends.append(error.code)
                continue
    assert ends == [1006, 1013]


def test_an_end_that_another_attempt_would_meet_too_is_raised() -> None:
    with ThreadedServer(die, close(1008)) as server, pytest.raises(ConnectionClosed) as caught:
        chat_on_each(loop_to(server))
    assert caught.value.code == 1008
    assert caught.value.__notes__ == ["tried again once before"]


def test_a_normal_end_ends_the_loop() -> None:
    with ThreadedServer(close(1000)) as server:
        loop = loop_to(server)
        assert [list(connection) for connection in loop] == [[]]
        assert list(loop) == []


def test_a_refusal_that_may_pass_is_tried_again_and_another_is_raised() -> None:
    again = reject(503, ("retry-after", "0"))
    with (
        ThreadedServer(again, reject(429), reject(401)) as server,
        pytest.raises(HandshakeRejected) as caught,
    ):
        next(loop_to(server))
    assert caught.value.status == 401


def test_a_server_that_is_not_there_is_tried_as_often_as_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"ws://127.0.0.1:{nobody.getsockname()[1]}"
    seen: list[Exception] = []
    policy = Reconnect(first_delay=0, max_retries=2)
    loop = connect(TALK, url=url, auth="key", reconnect=policy, resume=seen.append)
    with pytest.raises(ConnectionRefusedError) as caught:
        next(loop)
    assert caught.value.__notes__ == ["tried again 2 times in a row before"]
    assert [type(error) for error in seen] == [ConnectionRefusedError] * 2
    assert list(loop) == []


# Leaving


def test_a_body_that_comes_to_its_end_is_done_with_its_connection() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server:
        for connection in loop_to(server):
            chat(connection)
    assert echo.ends == [1000]


@pytest.mark.parametrize(("error", "code"), [(None, 1000), (ZeroDivisionError, 1011)])
def test_leaving_the_body_closes_the_connection_that_was_entered(
    error: type[Exception] | None, code: int
) -> None:
    echo = Echo()
    with ThreadedServer(echo) as server:
        try:
            for connection in loop_to(server):
                with connection:
                    if error is not None:
                        raise error
                    break
        except ZeroDivisionError:
            assert error is not None
    assert echo.ends == [code]


def test_leaving_the_block_around_the_loop_closes_the_connection() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server, loop_to(server) as connections:
        connection = next(connections)
        chat(connection)
        assert connection.closed is None
    assert echo.ends == [1000]


def test_a_connection_that_is_left_behind_is_dropped_when_its_loop_is_forgotten() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server:
        connection = next(loop_to(server))
        assert connection.closed == Closed(code=1006)
        with pytest.raises(ConnectionClosed):
            connection.send(Say("hi"))
    assert echo.ends == [1001]


def test_a_forgotten_loop_leaves_a_connection_alone_on_which_a_thread_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    echo, waits = Echo(), Event()
    with ThreadedServer(echo) as server:
        loop = loop_to(server)
        connection = next(loop)
        wait = connection._link._watch.wait

        def noted(interest: int, timeout: float | None) -> None:
            waits.set()
            wait(interest, timeout)

        monkeypatch.setattr(connection._link._watch, "wait", noted)
        reader = Thread(target=list, args=(connection,))
        reader.start()
        assert waits.wait(30)
        del loop
        assert connection.closed is None
        connection.close()
        reader.join(30)
    assert echo.ends == [1000]


def test_closing_with_a_code_that_is_worth_it_asks_for_another_connection() -> None:
    echo = Echo()
    with ThreadedServer(echo, echo) as server:
        for number, connection in enumerate(loop_to(server)):
            connection.close((1012, 3000)[number])
    assert echo.ends == [1012, 3000]


# Ending the loop from outside


def test_closing_a_loop_that_waits_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Event()

    def random() -> float:
        waits.set()
        return 0.999

    monkeypatch.setattr("schematic_engine.sync.reconnecting.random", random)
    with ThreadedServer(reject(503)) as server:
        loop, got = loop_to(server, NEVER), list[ClientConnection]()
        waiting = Thread(target=lambda: got.extend(loop))
        waiting.start()
        assert waits.wait(30)
        loop.close()
        waiting.join(30)
        assert not waiting.is_alive()
        assert got == []


def test_closing_a_loop_closes_its_connection() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server:
        loop = loop_to(server)
        connection = next(loop)
        with pytest.raises(LocalProtocolError):
            loop.close(1006)
        assert connection.closed is None
        loop.close(4000, "enough")
        assert list(loop) == []
    assert echo.ends == [4000]


def test_a_loop_may_leave_its_connection_while_another_thread_closes_it() -> None:
    class Leaving(Reconnecting):
        """Its thread leaves the connection as soon as another has looked for it."""

        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name == "_connection":
                self._connection = None
            return found

    echo = Echo()
    with ThreadedServer(echo) as server:
        loop = loop_to(server)
        loop.__class__ = Leaving
        connection = next(loop)
        loop.close(4000)
        assert connection.closed is not None
    assert echo.ends == [4000]


def test_what_comes_of_an_attempt_after_the_loop_was_closed_is_closed() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server:

        def opening() -> list[object]:
            loop.close()
            return [Hello()]

        loop = loop_to(server, opening=opening)
        assert list(loop) == []
    assert echo.ends == [1000]


# What is different about the next attempt


def test_a_hook_sees_how_it_ended_and_changes_the_next_attempt_alone() -> None:
    ends: list[object] = []

    def resume(error: Exception) -> Again | None:
        assert isinstance(error, ConnectionClosed)
        ends.append(error.code)
        return Again(params={"room": "resumed"}) if len(ends) == 1 else None

    echo = Echo()
    with ThreadedServer(echo, echo, echo) as server:
        for number, connection in enumerate(loop_to(server, resume=resume)):
            connection.close((1012, 1012, 1000)[number])
    assert ends == [1012, 1012]
    assert echo.rooms == ["/talk/hall", "/talk/resumed", "/talk/hall"]


def test_a_hook_that_fails_for_a_while_is_a_failed_attempt() -> None:
    errors: list[Exception] = []

    def resume(error: Exception) -> None:
        errors.append(error)
        if len(errors) == 1:
            raise TimeoutError("no token yet")

    with ThreadedServer(reject(503), Echo()) as server:
        assert chat_on_each(loop_to(server, resume=resume)) == 1
    assert [type(error) for error in errors] == [HandshakeRejected, TimeoutError]


def test_a_hook_without_a_loop_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="reconnect"):
        connect(TALK, resume=lambda _: None)  # type: ignore[call-overload]  # what is tested


# The opening


def test_an_opening_is_said_on_a_single_connection_too() -> None:
    with (
        ThreadedServer(Echo()) as server,
        dial(server, opening=lambda: [("Hello", {"name": "Ann"})]) as connection,
    ):
        chat(connection)


def test_an_opening_that_is_not_legal_is_refused_and_leaves_nothing_behind() -> None:
    echo = Echo()
    with ThreadedServer(echo) as server, pytest.raises(LocalIllegalMessage):
        dial(server, opening=lambda: [Bye()])
    assert echo.ends == [1006]


def accept_login(peer: Peer) -> None:
    assert isinstance(peer.next(), Request)
    peer.core.accept(bound(LOGIN))
    peer.flush()


def test_a_connection_is_handed_out_when_the_server_has_said_what_all_wait_for() -> None:
    def script(peer: Peer) -> None:
        accept_login(peer)
        for heard, said in (("Hello", "Challenge"), ("Answer", "Welcome")):
            assert peer.hear().id == heard
            peer.core.send(said)
            peer.flush()
        peer.until_closed()

    opening = [("Hello", UNSET), ("Answer", UNSET)]
    with (
        ThreadedServer(script) as server,
        connect(bound(LOGIN), url=server.url, opening=lambda: opening) as connection,
    ):
        assert connection.state is Phase.STREAMING
        came = [connection.receive() for _ in range(2)]
    assert [event.id for event in came if isinstance(event, Message)] == ["Challenge", "Welcome"]


def test_a_server_that_does_not_go_on_with_the_opening_runs_into_the_open_timeout() -> None:
    def script(peer: Peer) -> None:
        accept_login(peer)
        peer.until_closed()

    opening = [("Hello", UNSET), ("Answer", UNSET)]
    with (
        ThreadedServer(script) as server,
        connect(bound(LOGIN), url=server.url) as connection,
    ):
        link = connection._link
        link.limits = Limits(open_timeout=0.01)
        with link._changed, pytest.raises(DeadlineExceeded, match=r"not finished within 0\.01 s"):
            link._greet(lambda: opening)


def test_a_connection_that_is_lost_during_the_opening_is_a_failed_attempt() -> None:
    def script(peer: Peer) -> None:
        accept_login(peer)
        peer.hear()
        peer.core.close(1008, "no")
        peer.flush()
        peer.until_closed()

    with ThreadedServer(script) as server, pytest.raises(ConnectionClosed) as caught:
        connect(bound(LOGIN), url=server.url, opening=lambda: [("Hello", UNSET)])
    assert (caught.value.code, caught.value.reason) == (1008, "no")
