"""The sync client over TLS: verified by default, and never stuck between reads and writes."""

from __future__ import annotations

import gc
import ssl
from collections.abc import Iterator

import pytest
import trustme

from schematic_engine.errors import DeadlineExceeded, LocalProtocolError
from schematic_engine.events import Message
from schematic_engine.limits import Limits
from schematic_engine.sync import connect
from support.dialling import dial
from support.echo import TALK, Heard, Hello, Say
from support.threaded_server import Peer, ThreadedServer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(autouse=True)
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


def serving(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def echo(peer: Peer) -> None:
    peer.accept()
    peer.echo()


def test_a_server_with_a_trusted_certificate_is_spoken_to(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with (
        ThreadedServer(echo, tls=serving(authority)) as server,
        dial(server, ssl=trusting) as connection,
    ):
        connection.send(Hello())
        connection.send(Say("psst"))
        event = connection.receive()
        assert isinstance(event, Message)
        assert event.body == Heard("psst")
        connection.close()
        assert connection.closed is not None
        assert connection.closed.clean


def test_everything_may_be_sent_before_anything_is_read(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    page = "x" * 10_000
    with (
        ThreadedServer(echo, tls=serving(authority), small=True) as server,
        dial(server, ssl=trusting, compression=False) as connection,
    ):
        connection.send(Hello())
        for number in range(300):
            connection.send(Say(f"{number} {page}"))
        for number in range(300):
            event = connection.receive()
            assert isinstance(event, Message)
            assert event.body == Heard(f"{number} {page}")


def test_an_untrusted_certificate_is_refused(authority: trustme.CA) -> None:
    with (
        ThreadedServer(echo, tls=serving(authority)) as server,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        dial(server)


def test_a_certificate_for_another_name_is_refused(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with (
        ThreadedServer(echo, tls=serving(authority, "elsewhere.example")) as server,
        pytest.raises(ssl.SSLCertVerificationError, match="localhost"),
    ):
        dial(server, ssl=trusting)


def test_a_server_that_stalls_in_the_tls_handshake_is_given_up(trusting: ssl.SSLContext) -> None:
    def stall(peer: Peer) -> None:
        while peer.sock.recv(4096):
            pass

    limits = Limits(open_timeout=0.05)
    with ThreadedServer(stall) as server, pytest.raises(DeadlineExceeded, match="open_timeout"):
        dial(server, url=server.url.replace("ws:", "wss:"), ssl=trusting, limits=limits)


def test_a_context_for_a_plain_connection_is_a_mistake_and_said_to_be_one(
    trusting: ssl.SSLContext,
) -> None:
    with pytest.raises(LocalProtocolError, match="ws://"):
        connect(TALK, url="ws://127.0.0.1:9", auth="key", ssl=trusting)
