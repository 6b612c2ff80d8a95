"""One blocking connection in many threads: nothing mixed, nothing lost, nobody left waiting."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest

from schematic import Side
from schematic_engine.errors import ConnectionClosed, DeadlineExceeded
from schematic_engine.events import Delivered, Message
from schematic_engine.limits import Limits
from schematic_engine.mock import MockServer
from schematic_engine.sync import ClientConnection, connect
from schematic_engine.testing import (
    Cut,
    FaultProxy,
    Garbage,
    HalfClose,
    HalfOpen,
    Reset,
    Stall,
    Strike,
)
from support.dialling import dial
from support.echo import TALK, Heard, Hello, Say
from support.threaded_server import Peer, ThreadedServer

SECONDS = 30


def text(event: Delivered) -> str:
    assert isinstance(event, Message)
    assert isinstance(event.body, Heard)
    return event.body.text


def echo(peer: Peer) -> None:
    peer.accept()
    peer.hear()
    peer.echo()


def waits(connection: ClientConnection) -> bool:
    """Whether a thread waits for the network."""
    return connection._link._watching is not None


def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    tick = Event()
    for _ in range(SECONDS * 1000):
        if condition():
            return
        tick.wait(0.001)
    raise AssertionError("it never came")


class Call(Thread):
    """A call in a thread, and what came of it."""

    def __init__(self, call: Callable[..., object], *args: Any) -> None:
        super().__init__(daemon=True)
        self._call, self._args = call, args
        self.result: object = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._call(*self._args)
        except BaseException as error:  # noqa: BLE001  # looked at by the test
            self.error = error

    def done(self) -> Call:
        """Wait for its end."""
        self.join(SECONDS)
        assert not self.is_alive(), "it hangs"
        return self


def test_threads_that_send_and_ping_together_mix_nothing_and_lose_nothing() -> None:
    page = "x" * 5000

    def send(connection: ClientConnection, name: str) -> None:
        for number in range(40):
            connection.send(Say(f"{name} {number} {page}"))
            connection.ping()

    with ThreadedServer(echo) as server, dial(server) as connection:
        connection.send(Hello())
        senders = [Call(send, connection, name) for name in "abcdef"]
        heard = [text(connection.receive(SECONDS)) for _ in range(240)]
        assert [sender.done().error for sender in senders] == [None] * 6
    for name in "abcdef":
        mine = [one for one in heard if one.startswith(name)]
        assert mine == [f"{name} {number} {page}" for number in range(40)]


def test_each_of_two_threads_that_receive_gets_what_the_other_does_not() -> None:
    with ThreadedServer(echo) as server, dial(server) as connection:
        connection.send(Hello())
        readers = [Call(connection.receive, SECONDS) for _ in range(2)]
        until(lambda: waits(connection))
        connection.send(Say("1"))
        connection.send(Say("2"))
        events = [reader.done().result for reader in readers]
        assert sorted(event.body.text for event in events if isinstance(event, Message)) == [
            "1",
            "2",
        ]


def test_threads_that_close_send_and_receive_at_once_all_come_to_an_end() -> None:
    def send(connection: ClientConnection) -> None:
        while True:
            connection.send(Say("x" * 1000))

    def receive(connection: ClientConnection) -> None:
        while True:
            connection.receive()

    with MockServer(TALK) as server:
        for _ in range(20):
            connection = connect(TALK, url=server.url, auth="key")
            connection.send(Hello())
            calls = [Call(work, connection) for work in (receive, send, receive, send)]
            connection.ping()
            closing = [Call(connection.close) for _ in range(3)]
            assert [call.done().error for call in closing] == [None] * 3
            errors = [call.done().error for call in calls]
            assert [type(error) for error in errors] == [ConnectionClosed] * 4
            assert connection.closed is not None
            assert connection.closed.clean


@pytest.mark.parametrize(
    "fault",
    [Cut(), Reset(), HalfClose(), HalfOpen(), Stall(), Garbage()],
    ids=lambda f: type(f).__name__,
)
def test_a_close_ends_all_that_other_threads_do_whatever_the_network_does(fault: Strike) -> None:
    def send(connection: ClientConnection) -> None:
        while True:
            connection.send(Say("x" * 100_000))

    def receive(connection: ClientConnection) -> None:
        while True:
            connection.receive()

    limits = Limits(close_timeout=0.2)
    for toward in Side:
        with MockServer(TALK) as server, FaultProxy(server.url) as proxy:
            connection = connect(TALK, url=proxy.url, auth="key", limits=limits)
            connection.send(Hello())
            calls = [Call(work, connection) for work in (receive, send, receive, send)]
            until(partial(waits, connection))
            proxy.strike(fault, toward)
            assert Call(connection.close).done().error is None
            assert [type(call.done().error) for call in calls] == [ConnectionClosed] * 4


def test_a_ping_of_another_thread_lets_the_one_that_waits_look_for_the_pong_in_time() -> None:
    limits = Limits(ping_interval=None, ping_timeout=0.2, close_timeout=0.2)
    with MockServer(TALK) as server, FaultProxy(server.url) as proxy:
        connection = connect(TALK, url=proxy.url, auth="key", limits=limits)
        reader = Call(connection.receive)
        until(lambda: waits(connection))
        proxy.strike(HalfOpen())
        connection.ping()
        error = reader.done().error
        assert isinstance(error, ConnectionClosed)
        assert isinstance(error.error, DeadlineExceeded)
        assert error.error.deadline == "ping_timeout"
        connection.close()


class Interrupted(Exception):
    """What the handler of a signal raises."""


def test_a_receive_that_a_signal_ends_has_taken_nothing() -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with ThreadedServer(echo) as server, dial(server) as connection:
            connection.send(Hello())
            for number in range(5):
                signal.setitimer(signal.ITIMER_REAL, 0.01)
                with pytest.raises(Interrupted):
                    connection.receive()
                connection.send(Say(str(number)))
                assert text(connection.receive(SECONDS)) == str(number)
    finally:
        signal.signal(signal.SIGALRM, before)
