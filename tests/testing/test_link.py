"""Two connections on a link: who hears what, at what time, and how it ends."""

from __future__ import annotations

import pytest

import schematic_engine.testing.link as module
from schematic import ConnectionLifecycle, Side, Timer
from schematic_engine.connection import Connection
from schematic_engine.credentials import Credentials
from schematic_engine.events import Accepted, Closed, Event, Message, Pong, Request
from schematic_engine.testing import Cut, Delay, HalfClose, HalfOpen, Link, Plan, Reset, Stall
from support.clocked import UNPINGED, ClockedPair
from support.echo import TALK, Bye, Farewell, Heard, Hello, Say


def peers() -> tuple[Connection, Connection]:
    client = Connection.client(TALK, credentials=Credentials("key"), limits=UNPINGED)
    return client, Connection.server(limits=UNPINGED)


def talking(plan: Plan = Plan()) -> Link:  # noqa: B008  # frozen
    """A client, and a server that accepts it and repeats what it hears."""

    def react(side: Side, event: Event) -> None:
        if isinstance(event, Request):
            link.server.connection.accept(TALK)
        elif isinstance(event, Message) and isinstance(event.body, Say):
            link.server.connection.send(Heard(event.body.text))
        elif isinstance(event, Message) and isinstance(event.body, Bye):
            link.server.connection.send(Farewell())
            link.server.connection.close()

    link = Link(*peers(), plan, react=react)
    return link


def test_what_is_said_is_heard_and_answered_and_both_hang_up() -> None:
    link = talking()
    link.run()
    for message in (Hello(), Say("1"), Bye()):
        link.client.connection.send(message)
    link.run()
    assert [message.body for message in link.server.messages] == [Hello(), Say("1"), Bye()]
    assert [message.body for message in link.client.messages] == [Heard("1"), Farewell()]
    for end in (link.client, link.server):
        assert end.closed is not None
        assert end.closed.clean
        assert end.hung_up
    assert link.now == 0.0


def test_a_server_that_nobody_speaks_for_lets_the_client_wait_for_its_deadline() -> None:
    link = Link(
        Connection.client(TALK, credentials=Credentials("key"), limits=UNPINGED),
        Connection.server(limits=UNPINGED),
    )
    link.run_out()
    assert [type(event) for event in link.server.events] == [Request, Closed]
    assert link.now == UNPINGED.open_timeout


def test_a_connection_that_is_open_has_no_end() -> None:
    link = talking()
    assert link.client.closed is None
    link.run_out()
    assert link.client.closed is None


def test_delays_add_up_on_the_clock_and_nowhere_else() -> None:
    link = talking(Plan((Delay(2.0),), (Delay(3.0),)))
    link.run_out()
    assert link.now == 5.0
    link.client.connection.send(Hello())
    link.client.connection.send(Say("1"))
    link.wait(4.5)
    assert link.client.messages == []
    link.wait(0.5)
    assert [message.body for message in link.client.messages] == [Heard("1")]
    assert link.now == 10.0


def test_a_stall_is_outwaited() -> None:
    link = talking(Plan(to_client=(Stall(10, 4.0),)))
    link.run_out()
    assert link.now == 4.0
    assert link.client.connection.session is not None


@pytest.mark.parametrize("fault", [Cut(300), Reset(300), HalfClose(300)])
def test_both_ends_learn_of_an_end_that_shows(fault: Cut | Reset | HalfClose) -> None:
    link = talking(Plan(to_server=(fault,)))
    link.run()
    link.client.connection.send(Hello(name="x" * 300))
    link.run()
    for end in (link.client, link.server):
        assert end.closed is not None
        assert end.closed.code == 1006
        assert end.hung_up


def test_nobody_learns_of_an_end_that_does_not_show() -> None:
    link = talking()
    link.run()
    link.strike(HalfOpen(), Side.SERVER)
    link.client.connection.send(Hello())
    link.run_out()
    assert link.server.messages == []
    assert link.client.closed is link.server.closed is None


def test_ends_that_never_fall_silent_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_STEPS", 100)

    def react(side: Side, event: Event) -> None:
        if isinstance(event, Request):
            link.server.connection.accept(TALK)
        elif isinstance(event, Accepted | Pong):
            link.client.connection.ping()

    link = Link(
        Connection.client(TALK, credentials=Credentials("key"), limits=UNPINGED),
        Connection.server(limits=UNPINGED),
        react=react,
    )
    with pytest.raises(RuntimeError, match="for ever"):
        link.run()


def test_deadlines_without_an_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_STEPS", 100)
    pair = ClockedPair(ConnectionLifecycle(timers=[Timer.keepalive(50, owner=Side.CLIENT)]))
    with pytest.raises(RuntimeError, match="always another deadline"):
        pair.link.run_out()
    with pytest.raises(RuntimeError, match="another deadline before"):
        pair.link.wait(1e6)
