"""The sync client against a server in a thread, on real sockets."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from schematic import Side
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    LocalIllegalMessage,
    LocalProtocolError,
    MissingCredentials,
    ReceiveLimitExceeded,
    RemoteIllegalMessage,
    RemoteProtocolError,
)
from schematic_engine.events import Closed, Delivered, Message, Ping, Pong, Request, Violation
from schematic_engine.limits import Limits
from schematic_engine.policy import Policy
from schematic_engine.sync import ClientConnection, connect, reach
from support.dialling import dial
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say
from support.frames import TEXT, frame
from support.threaded_server import Peer, ThreadedServer, shrink

PAGE = "x" * 10_000
"""Big enough that a few hundred fill any buffer between two processes."""


@pytest.fixture(autouse=True)
def _no_socket_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()  # an unclosed socket warns, and a warning is an error


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the client's buffers small."""
    connect = reach._to

    def connect_small(family: int, where: object, deadline: float | None) -> socket.socket:
        sock = connect(family, where, deadline)
        shrink(sock)
        return sock

    monkeypatch.setattr(reach, "_to", connect_small)


def echo(peer: Peer) -> None:
    peer.accept()
    peer.echo()


def stall(peer: Peer) -> None:
    """Says nothing until the client is gone."""
    while peer.sock.recv(4096):
        pass


def where(connection: ClientConnection) -> str:
    return connection.state.name


def heard(event: Delivered) -> str:
    assert isinstance(event, Message), event
    assert isinstance(event.body, Heard)
    return event.body.text


# Opening


def test_what_the_two_sides_tell_each_other_in_the_handshake_arrives() -> None:
    requests: list[Request] = []

    def handler(peer: Peer) -> None:
        requests.append(peer.accept(subprotocol="v2"))
        peer.until_closed()

    with (
        ThreadedServer(handler) as server,
        dial(
            server,
            params={"room": "a/b"},
            headers=(("x-more", "yes"),),
            subprotocols=("v1", "v2"),
        ) as connection,
    ):
        assert connection.subprotocol == "v2"
        assert ("x-served-by", "thread") in connection.response_headers
        assert connection.closed is None
        assert repr(connection) == "<ClientConnection INITIALIZING>"
    (request,) = requests
    assert request.path == "/talk/a%2Fb"
    assert request.header("X-Key") == "open sesame"
    assert request.header("x-more") == "yes"
    assert request.subprotocols == ("v1", "v2")


def test_the_secret_is_found_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_KEY", "from the environment")
    seen: list[str | None] = []

    def handler(peer: Peer) -> None:
        seen.append(peer.accept().header("x-key"))
        peer.until_closed()

    with ThreadedServer(handler) as server, dial(server, auth=None):
        pass
    assert seen == ["from the environment"]


def test_without_a_secret_nothing_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECHO_KEY", raising=False)
    with pytest.raises(MissingCredentials, match="ECHO_KEY"):
        connect(TALK, url="ws://127.0.0.1:9")


def test_a_rejection_is_raised_with_status_headers_and_body() -> None:
    def handler(peer: Peer) -> None:
        assert isinstance(peer.next(), Request)
        peer.core.reject(401, headers=(("x-why", "key"),), body=b"who are you?")
        peer.flush()

    with ThreadedServer(handler) as server, pytest.raises(HandshakeRejected) as caught:
        dial(server)
    assert caught.value.status == 401
    assert caught.value.body == b"who are you?"
    assert ("x-why", "key") in caught.value.headers


def test_a_server_that_hangs_up_during_the_handshake_is_an_error() -> None:
    with (
        ThreadedServer(lambda peer: peer.next()) as server,
        pytest.raises((ConnectionClosed, RemoteProtocolError)),
    ):
        dial(server)


def test_a_server_that_speaks_something_else_is_an_error() -> None:
    def handler(peer: Peer) -> None:
        peer.next()
        peer.sock.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    with ThreadedServer(handler) as server, pytest.raises(RemoteProtocolError):
        dial(server)


def test_a_server_that_does_not_answer_is_given_up_after_open_timeout() -> None:
    with (
        ThreadedServer(stall) as server,
        pytest.raises(DeadlineExceeded, match="open_timeout"),
    ):
        dial(server, limits=Limits(open_timeout=0.05))


def test_nobody_there_is_the_operating_systems_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        connect(TALK, url=f"ws://127.0.0.1:{port}", auth="key")


# Messages


def test_messages_go_both_ways_and_the_iteration_ends_with_a_clean_close() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        assert peer.hear().body == Hello("me")
        peer.say(Heard("welcome"))
        assert peer.hear().body == Say("well?")
        peer.say(Heard("well."))
        assert peer.hear().id == "Bye"
        peer.say(Farewell())
        peer.core.close(1001)
        peer.flush()
        assert peer.until_closed().clean

    with ThreadedServer(handler) as server, dial(server) as connection:
        assert where(connection) == "INITIALIZING"
        assert connection.session.role is Side.CLIENT
        assert connection.allowed() == ("Hello",)
        connection.send("Hello", {"name": "me"})
        assert where(connection) == "STREAMING"
        assert connection.expected() == ("Heard", "Farewell")
        assert heard(connection.receive()) == "welcome"
        connection.send(Say("well?"))
        connection.send(Bye())
        assert where(connection) == "CLOSING"
        assert [event.id for event in connection if isinstance(event, Message)] == [
            "Heard",
            "Farewell",
        ]
        assert connection.closed == Closed(code=1001, clean=True)
        assert where(connection) == "CLOSED"
        with pytest.raises(ConnectionClosed) as caught:
            connection.receive()
        assert (caught.value.code, caught.value.clean) == (1001, True)
        with pytest.raises(ConnectionClosed):
            connection.send(Say("anybody?"))


def test_a_refused_message_leaves_the_connection_as_it_was() -> None:
    with ThreadedServer(echo) as server, dial(server) as connection:
        with pytest.raises(LocalIllegalMessage):
            connection.send(Say("too early"))
        connection.send(Hello())
        connection.send(Say("now"))
        assert heard(connection.receive()) == "now"


def test_a_receive_that_times_out_loses_nothing() -> None:
    may_speak = Event()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        may_speak.wait(30)
        peer.say(Heard("at last"))
        peer.until_closed()

    with ThreadedServer(handler) as server, dial(server) as connection:
        connection.send(Hello())
        with pytest.raises(TimeoutError):
            connection.receive(timeout=0)
        with pytest.raises(
            DeadlineExceeded, match=r"nothing to receive within 0\.01 s \(receive\)"
        ):
            connection.receive(timeout=0.01)
        may_speak.set()
        assert heard(connection.receive(timeout=30)) == "at last"


def test_pings_are_answered_by_both_sides() -> None:
    seen: list[object] = []

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        seen.append(peer.next())
        peer.core.ping(b"and you?")
        peer.flush()
        seen.append(peer.next())
        peer.say(Heard("thanks"))
        peer.until_closed()

    with ThreadedServer(handler) as server, dial(server) as connection:
        connection.send(Hello())
        connection.ping(b"there?")
        assert heard(connection.receive()) == "thanks"
    assert seen == [Ping(b"there?"), Pong(b"and you?")]


# Sending and receiving at once


def test_a_script_may_send_everything_and_read_afterwards(small: None) -> None:
    with (
        ThreadedServer(echo, small=True) as server,
        dial(server, compression=False) as connection,
    ):
        connection.send(Hello())
        for number in range(300):
            connection.send(Say(f"{number} {PAGE}"))
        for number in range(300):
            assert heard(connection.receive()) == f"{number} {PAGE}"


def test_a_blocked_send_reads_ahead_until_the_limit_and_then_says_so(small: None) -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(*(Heard(f"{number} {PAGE}") for number in range(100)))
        assert len(peer.hear().body.text) == 1_000_000
        peer.say(Heard("the end"))
        peer.until_closed()

    with (
        ThreadedServer(handler, small=True) as server,
        dial(server, compression=False, limits=Limits(max_queue=8)) as connection,
    ):
        connection.send(Hello())
        with pytest.raises(ReceiveLimitExceeded, match="max_queue = 8"):
            connection.send(Say("y" * 1_000_000))
        for number in range(100):
            assert heard(connection.receive()) == f"{number} {PAGE}"
        assert heard(connection.receive()) == "the end"


@pytest.mark.parametrize("max_queue", [1, 1024])
def test_one_thread_may_send_while_another_receives(small: None, max_queue: int) -> None:
    received: list[str] = []

    def read(connection: ClientConnection) -> None:
        received.extend(heard(connection.receive()) for _ in range(200))

    with (
        ThreadedServer(echo, small=True) as server,
        dial(server, compression=False, limits=Limits(max_queue=max_queue)) as connection,
    ):
        connection.send(Hello())
        reader = Thread(target=read, args=(connection,))
        connection.send(Say("first"))
        reader.start()
        for number in range(1, 200):
            connection.send(Say(f"{number} {PAGE}"))
        reader.join(60)
    assert received == ["first", *(f"{number} {PAGE}" for number in range(1, 200))]


def test_two_threads_may_send_and_two_receive_and_each_message_goes_to_one() -> None:
    received: list[str] = []

    def write(connection: ClientConnection, name: str) -> None:
        for number in range(100):
            connection.send(Say(f"{name}{number}"))

    def read(connection: ClientConnection) -> None:
        for _ in range(100):
            received.append(heard(connection.receive()))  # noqa: PERF401  # others append too

    with ThreadedServer(echo) as server, dial(server) as connection:
        connection.send(Hello())
        threads = [
            Thread(target=write, args=(connection, "a")),
            Thread(target=write, args=(connection, "b")),
            Thread(target=read, args=(connection,)),
            Thread(target=read, args=(connection,)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(received) == sorted(f"{name}{number}" for name in "ab" for number in range(100))


# The end


def test_the_peer_sees_code_1000_after_the_block_and_1011_after_an_exception() -> None:
    seen: list[int] = []

    def handler(peer: Peer) -> None:
        peer.accept()
        seen.append(peer.until_closed().code)

    with ThreadedServer(handler) as server, dial(server):
        pass
    with (
        ThreadedServer(handler) as server,
        pytest.raises(KeyError),
        dial(server),
    ):
        raise KeyError("a mistake in the block")
    assert seen == [1000, 1011]


def test_closing_loses_no_message_that_came_before_the_peers_answer() -> None:
    spoken = Event()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(*(Heard(str(number)) for number in range(5)))
        spoken.set()
        peer.until_closed()

    with ThreadedServer(handler) as server:
        connection = dial(server)
        connection.send(Hello())
        assert spoken.wait(30)
        connection.close(4000, "enough")
        connection.close()
        assert [heard(connection.receive()) for _ in range(5)] == ["0", "1", "2", "3", "4"]
        with pytest.raises(ConnectionClosed, match="closed with code 4000"):
            connection.receive()


def test_closing_keeps_no_more_messages_than_the_limit() -> None:
    spoken = Event()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(*(Heard(str(number)) for number in range(50)))
        spoken.set()
        peer.until_closed()

    with ThreadedServer(handler) as server:
        connection = dial(server, limits=Limits(max_queue=4))
        connection.send(Hello())
        assert spoken.wait(30)
        connection.close()
        assert [heard(connection.receive()) for _ in range(4)] == ["0", "1", "2", "3"]
        with pytest.raises(ConnectionClosed, match="closed with code 1000"):
            connection.receive()


def test_a_close_code_that_cannot_be_sent_is_refused_and_nothing_happens() -> None:
    with ThreadedServer(echo) as server, dial(server) as connection:
        with pytest.raises(LocalProtocolError, match="1006"):
            connection.close(1006)
        connection.send(Hello())
        connection.send(Say("still here"))
        assert heard(connection.receive()) == "still here"


def test_a_peer_that_does_not_answer_the_close_is_given_up_after_close_timeout() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        stall(peer)

    with ThreadedServer(handler) as server:
        connection = dial(server, limits=Limits(close_timeout=0.05))
        connection.close()
        assert connection.closed is not None
        assert isinstance(connection.closed.error, DeadlineExceeded)
        with pytest.raises(ConnectionClosed) as caught:
            next(iter(connection))
        assert not caught.value.clean


def test_closing_from_another_thread_ends_a_waiting_receive() -> None:
    ended: list[ConnectionClosed] = []

    def read(connection: ClientConnection) -> None:
        try:
            connection.receive()
        except ConnectionClosed as error:
            ended.append(error)

    with ThreadedServer(echo) as server:
        connection = dial(server)
        reader = Thread(target=read, args=(connection,))
        reader.start()
        connection.close()
        reader.join(60)
    assert [error.code for error in ended] == [1000]


def test_what_a_vanishing_peer_said_is_delivered_before_its_loss_is_raised() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(Heard("1"), Heard("2"))

    with ThreadedServer(handler) as server, dial(server) as connection:
        connection.send(Hello())
        received: list[str] = []
        with pytest.raises(ConnectionClosed, match="lost with code 1006"):
            received.extend(heard(event) for event in connection)
        assert received == ["1", "2"]


def test_a_peer_that_closes_but_reads_no_more_is_given_up_after_close_timeout(small: None) -> None:
    gone = Event()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.core.close(1013)
        peer.flush()
        assert gone.wait(30)

    with ThreadedServer(handler, small=True) as server:
        connection = dial(server, compression=False, limits=Limits(close_timeout=0.05))
        connection.send(Hello())
        with pytest.raises(ConnectionClosed) as caught:
            connection.send(Say("z" * 10_000_000))
        assert caught.value.code == 1013
        connection.close()
        gone.set()


def test_a_peer_that_vanishes_while_a_send_waits_ends_the_send(small: None) -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.sock.recv(1)

    with (
        ThreadedServer(handler, small=True) as server,
        dial(server, compression=False) as connection,
    ):
        connection.send(Hello())
        with pytest.raises(ConnectionClosed) as caught:
            connection.send(Say("z" * 10_000_000))
        assert caught.value.code == 1006
        with pytest.raises(ConnectionClosed):
            connection.ping()


# A peer that breaks the order


def misbehave(peer: Peer) -> None:
    peer.accept()
    peer.hear()
    peer.say(Heard("1"), Farewell())
    peer.sock.sendall(frame(TEXT, b'{"type":"heard","text":"2"}'))
    codes.append(peer.until_closed().code)


codes: list[int] = []


def test_a_violation_is_raised_after_all_earlier_messages_and_closes_with_1008() -> None:
    codes.clear()
    with ThreadedServer(misbehave) as server, dial(server) as connection:
        connection.send(Hello())
        assert heard(connection.receive()) == "1"
        assert isinstance(connection.receive(), Message)
        with pytest.raises(RemoteIllegalMessage):
            connection.receive()
        assert where(connection) == "FAILED"
        with pytest.raises(ConnectionClosed):
            connection.receive()
    assert codes == [1008]


def test_with_the_policy_report_a_violation_is_an_event_and_the_connection_goes_on() -> None:
    codes.clear()
    with (
        ThreadedServer(misbehave) as server,
        dial(server, policy=Policy(violation="report")) as connection,
    ):
        connection.send(Hello())
        assert heard(connection.receive()) == "1"
        assert isinstance(connection.receive(), Message)
        violation = connection.receive()
        assert isinstance(violation, Violation)
        assert isinstance(violation.error, RemoteIllegalMessage)
        connection.send(Bye())
    assert codes == [1000]
