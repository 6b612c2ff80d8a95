"""Waiting for a socket, and being woken."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE
from threading import Thread

import pytest

from schematic_engine.sync.watch import Watch


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def watch(pair: tuple[socket.socket, socket.socket]) -> Iterator[Watch]:
    watch = Watch(pair[0])
    yield watch
    watch.close()


def test_a_socket_that_is_ready_ends_the_wait(
    watch: Watch, pair: tuple[socket.socket, socket.socket]
) -> None:
    watch.wait(EVENT_WRITE, None)
    pair[1].send(b"!")
    watch.wait(EVENT_READ, None)
    watch.wait(EVENT_READ | EVENT_WRITE, None)


def test_a_time_that_is_over_ends_the_wait(watch: Watch) -> None:
    watch.wait(EVENT_READ, 0)
    watch.wait(0, 0)


def test_another_thread_ends_the_wait(watch: Watch) -> None:
    waker = Thread(target=watch.wake)
    waker.start()
    watch.wait(0, None)
    waker.join()


def test_any_number_of_calls_wakes_once_and_none_of_them_blocks(watch: Watch) -> None:
    for _ in range(5_000):
        watch.wake()
    for _ in range(100):
        watch.wait(0, 0)
