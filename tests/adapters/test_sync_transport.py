"""A socket that never waits and says what to wait for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE
from ssl import SSLWantReadError, SSLWantWriteError

import pytest

from schematic_engine.sync.transport import Transport


@pytest.fixture
def ends() -> Iterator[tuple[Transport, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Transport(ours), theirs


def test_reading_gives_what_is_there_then_nothing_then_the_end(
    ends: tuple[Transport, socket.socket],
) -> None:
    transport, peer = ends
    peer.send(b"abc")
    assert transport.receive() == b"abc"
    assert transport.receive() is None
    peer.close()
    assert transport.receive() == b""


def test_writing_takes_what_fits_and_then_nothing(ends: tuple[Transport, socket.socket]) -> None:
    transport, _ = ends
    data = bytearray(50_000_000)
    assert 0 < transport.send(data) < len(data)
    while transport.send(data):
        pass
    assert transport.writes_on == EVENT_WRITE


def test_a_closed_transport_says_so(ends: tuple[Transport, socket.socket]) -> None:
    transport, _ = ends
    assert not transport.closed
    assert transport.fileno() >= 0
    transport.close()
    transport.close()
    assert transport.closed


class _Contrary(socket.socket):
    """TLS that has to write before it can read, and the other way round."""

    willing = False

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        if self.willing:
            return b"data"
        raise SSLWantWriteError

    def send(self, data: object, flags: int = 0) -> int:
        if self.willing:
            return 1
        raise SSLWantReadError


def test_tls_may_turn_the_directions_round_for_a_while() -> None:
    with _Contrary() as sock:
        transport = Transport(sock)
        assert transport.receive() is None
        assert transport.send(bytearray(b"x")) == 0
        assert (transport.reads_on, transport.writes_on) == (EVENT_WRITE, EVENT_READ)
        sock.willing = True
        assert transport.receive() == b"data"
        assert transport.send(bytearray(b"x")) == 1
        assert (transport.reads_on, transport.writes_on) == (EVENT_READ, EVENT_WRITE)
