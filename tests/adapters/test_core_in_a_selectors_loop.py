"""The core needs no adapter: a bare loop over `selectors` is enough."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic

from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.events import Accepted, Closed, Event, Message
from support.echo import TALK, Heard, Hello, Say
from support.threaded_server import Peer, ThreadedServer


def drive(core: Connection, sock: socket.socket) -> Iterator[Event]:
    """The whole of an adapter: moves bytes and time, and yields what happens."""
    sock.setblocking(False)
    unsent = b""
    with sock, DefaultSelector() as selector:
        key = selector.register(sock, EVENT_READ)
        while True:
            unsent += core.data_to_send()
            if core.close_expected() and not unsent:
                return
            wanted = EVENT_READ | (EVENT_WRITE if unsent else 0)
            if wanted != key.events:
                key = selector.modify(sock, wanted)
            deadline = core.next_deadline()
            ready = selector.select(None if deadline is None else max(deadline - monotonic(), 0))
            yield from core.handle_timeout(monotonic())
            for _, happened in ready:
                if happened & EVENT_WRITE:
                    unsent = unsent[sock.send(unsent) :]
                if happened & EVENT_READ:
                    yield from core.receive_data(sock.recv(65536))


def test_a_conversation_runs_in_a_loop_of_a_few_lines() -> None:
    def handler(peer: Peer) -> None:
        peer.accept()
        peer.echo()

    said = [str(number) for number in range(100)]
    events: list[Event] = []
    with ThreadedServer(handler) as server:
        port = int(server.url.rpartition(":")[2])
        core = Connection.client(TALK, url=server.url, credentials=Credentials("key"))
        for event in drive(core, socket.create_connection(("127.0.0.1", port))):
            events.append(event)
            if isinstance(event, Accepted):
                core.send(Hello())
                for text in said:
                    core.send(Say(text))
            elif isinstance(event, Message) and event.body == Heard(said[-1]):
                core.close()
    assert [event.body.text for event in events if isinstance(event, Message)] == said
    assert events[-1] == Closed(code=1000, clean=True)
