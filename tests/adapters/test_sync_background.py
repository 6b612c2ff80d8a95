"""What a sync connection does while its script does something else."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from schematic_engine.errors import ConnectionClosed, DeadlineExceeded, RemoteIllegalMessage
from schematic_engine.events import Closed, Message, Ping, Pong, Violation
from schematic_engine.limits import Limits
from schematic_engine.sync import ClientConnection
from schematic_engine.sync.transport import READ_SIZE
from support.dialling import dial
from support.echo import Farewell, Heard, Hello
from support.frames import TEXT, frame
from support.threaded_server import Peer, ThreadedServer

NAME = "schematic-connection"
PATIENT = 20
"""Seconds for what takes a fraction of one."""


def services() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


@pytest.fixture(autouse=True)
def _no_thread_and_no_socket_is_left_behind() -> Iterator[None]:
    assert services() == []
    yield
    gc.collect()
    assert services() == []


class Busy:
    """The script's time: it does nothing with its connection until the server has `seen`."""

    def __init__(self) -> None:
        self._seen = threading.Event()

    def seen(self) -> None:
        self._seen.set()

    def compute(self) -> None:
        assert self._seen.wait(PATIENT)


def test_pings_are_answered_while_the_script_computes() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        for payload in (b"1", b"2", b"3"):
            peer.core.ping(payload)
            peer.flush()
            assert peer.next() == Pong(payload)
        busy.seen()
        peer.until_closed()

    with ThreadedServer(handler) as server, dial(server):
        busy.compute()


def test_the_connection_is_kept_alive_while_the_script_computes() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        assert len({peer.next() for _ in range(3)}) == 3
        busy.seen()
        peer.until_closed()

    with (
        ThreadedServer(handler) as server,
        dial(server, limits=Limits(ping_interval=0.05)) as connection,
    ):
        busy.compute()
    assert connection.latency is not None
    assert 0 <= connection.latency < PATIENT


def test_a_server_that_is_lost_is_noticed_while_the_script_computes() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        while peer.sock.recv(4096):
            pass  # and answers nothing
        busy.seen()

    with ThreadedServer(handler) as server:
        connection = dial(server, limits=Limits(ping_interval=0.05, ping_timeout=0.05))
        busy.compute()
        with pytest.raises(ConnectionClosed) as caught:
            connection.receive()
        assert isinstance(caught.value.__cause__, DeadlineExceeded)
        assert caught.value.__cause__.deadline == "ping_timeout"
        connection.close()


def test_the_servers_close_is_answered_while_the_script_computes() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.core.close(1001, "restarting")
        peer.flush()
        closed = peer.next()
        assert isinstance(closed, Closed)
        assert (closed.code, closed.clean) == (1001, True)
        busy.seen()

    with ThreadedServer(handler) as server, dial(server) as connection:
        busy.compute()
        with pytest.raises(ConnectionClosed, match="restarting"):
            connection.receive()


def test_a_breach_is_answered_at_once_and_told_to_the_next_call() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        assert isinstance(peer.next(), Message)
        peer.say(Farewell())
        peer.sock.sendall(frame(TEXT, b'{"type": "heard", "text": "late"}'))
        closed = peer.next()
        assert isinstance(closed, Closed)
        assert closed.code == 1008
        busy.seen()

    with ThreadedServer(handler) as server, dial(server) as connection:
        connection.send(Hello("me"))
        busy.compute()
        assert isinstance(connection.receive(), Message)
        with pytest.raises(RemoteIllegalMessage):
            connection.receive()


def test_what_is_read_ahead_keeps_to_the_limits_and_goes_on_as_it_is_taken() -> None:
    page, pages, busy = "x" * 10_000, 200, Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.sock.settimeout(0.3)  # nobody reads, so nothing more can be written
        with pytest.raises(TimeoutError):
            peer.say(*[Heard(page)] * pages)
        busy.seen()

    with (
        ThreadedServer(handler, small=True) as server,
        dial(server, limits=Limits(max_queue_bytes=50_000), compression=False) as connection,
    ):
        connection.send(Hello("me"))
        busy.compute()
        ahead = len(connection._link._inbox)
        received = list(until_lost(connection))
    assert 5 <= ahead <= 5 + READ_SIZE // len(page) + 1
    assert ahead < len(received) < pages


def until_lost(connection: ClientConnection) -> Iterator[object]:
    with suppress(ConnectionClosed):
        while True:
            yield connection.receive()


def test_without_a_background_nothing_runs_between_calls() -> None:
    with ThreadedServer(Peer.accept) as server, dial(server, background=False):
        assert services() == []


def test_a_thread_waits_for_the_script_and_ends_with_the_connection() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.echo()

    with ThreadedServer(handler) as server:
        with dial(server) as connection:
            assert len(services()) == 1
            assert connection.ping_and_wait(PATIENT) > 0
        assert services() == []


def test_a_connection_that_is_forgotten_is_dropped() -> None:
    busy = Busy()

    def handler(peer: Peer) -> None:
        peer.accept()
        assert peer.next() == Closed(code=1006)
        busy.seen()

    with ThreadedServer(handler) as server:
        dial(server)
        gc.collect()
        busy.compute()
        for service in services():
            service.join(PATIENT)


def test_what_goes_wrong_in_the_background_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[BaseException | None] = []
    monkeypatch.setattr("threading.excepthook", lambda args: died.append(args.exc_value))
    bug = ZeroDivisionError("a bug")

    def explode() -> None:
        raise bug

    with ThreadedServer(Peer.accept) as server:
        connection = dial(server)
        monkeypatch.setattr(connection._link._core, "data_to_send", explode)
        assert connection._link._service is not None
        connection._link._service.join(PATIENT)
        with pytest.raises(ConnectionClosed) as caught:
            connection.receive()
        assert caught.value.__cause__ is bug
    assert died == [bug]


def test_a_program_ends_without_noise_while_connections_are_open() -> None:
    program = """
import sys
from schematic_engine.sync import connect
from support.echo import TALK

connection = connect(TALK, url=sys.argv[1], auth="open sesame")
connection.ping_and_wait(20)
"""

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.until_closed()

    with ThreadedServer(handler) as server:
        command = [sys.executable, "-c", program, server.url]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENT,
            check=False,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_several_threads_send_and_receive_while_one_more_serves() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        while isinstance(event := peer.next(), Message | Ping):
            if isinstance(event, Message) and event.id == "Say":
                peer.say(Heard(event.body.text))

    with (
        ThreadedServer(handler) as server,
        dial(server, limits=Limits(ping_interval=0.01)) as connection,
    ):
        connection.send(Hello("me"))

        def say(name: int) -> None:
            for number in range(50):
                connection.send("Say", {"text": f"{name}-{number}"})

        threads = [threading.Thread(target=say, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        events = [connection.receive(PATIENT) for _ in range(200)]
        for thread in threads:
            thread.join()
    assert not any(isinstance(event, Violation) for event in events)
    texts = [event.body.text for event in events if isinstance(event, Message)]
    for name in range(4):
        mine = [text for text in texts if text.startswith(f"{name}-")]
        assert mine == [f"{name}-{number}" for number in range(50)]
