"""Timers of a description, in connections whose clock the test turns."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from schematic import ConnectionLifecycle, MessageSchema, Side, Timer
from schematic.compile import Phase, compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.events import Closed, Message, Ping
from schematic_engine.frames import masked
from schematic_engine.limits import Limits
from support.clocked import ClockedPair
from support.lifecycles import body_of, bound, message

HELLO = message("Hello", Side.CLIENT, repeatable=False)
CHUNK = message("Chunk", Side.CLIENT)
ALIVE = message("Alive", Side.CLIENT)
BYE = message("Bye", Side.CLIENT)


class Pair(ClockedPair):
    """Two connections that speak of chunks, with these timers."""

    def __init__(
        self,
        *timers: Timer,
        params: dict[str, object] | None = None,
        says: Sequence[MessageSchema] = (),
    ) -> None:
        super().__init__(
            ConnectionLifecycle(
                initialize=HELLO,
                streaming_messages=[CHUNK, ALIVE],
                close=BYE,
                server_messages=says,
                timers=timers,
            ),
            params,
        )


def test_how_long_the_owner_itself_takes_for_the_opening_counts_for_nothing() -> None:
    ack = message("Ack", Side.SERVER)
    pair = ClockedPair(
        ConnectionLifecycle(initialize=[HELLO, ack], timers=[Timer.initialize(3, close_code=4408)])
    )
    pair.wait(2)
    pair.say("Hello")
    pair.wait(60)
    pair.say("Ack", side=Side.SERVER)
    assert pair.client.phase is Phase.STREAMING


def closed(pair: Pair, side: Side) -> Closed:
    (last,) = (event for event in pair.events[side] if isinstance(event, Closed))
    return last


def closed_by_now(pair: Pair) -> list[int | None]:
    """The close codes that the server has heard."""
    return [event.code for event in pair.events[Side.SERVER] if isinstance(event, Closed)]


def test_a_client_that_does_not_initialize_in_time_is_closed_with_the_code_described() -> None:
    pair = Pair(Timer.initialize(3, close_code=4408))
    pair.wait(2.9)
    assert pair.server.phase is Phase.INITIALIZING
    pair.wait(0.2)
    assert closed(pair, Side.CLIENT).code == 4408
    assert isinstance(closed(pair, Side.SERVER).error, DeadlineExceeded)
    assert (
        str(closed(pair, Side.SERVER).error)
        == "the opening was not finished within 3 s (initialize)"
    )


def test_an_initialized_connection_needs_no_haste() -> None:
    pair = Pair(Timer.initialize(3))
    pair.say("Hello")
    pair.wait(100)
    assert pair.server.phase is Phase.STREAMING
    assert pair.server.next_deadline() is None


def test_a_silent_client_is_closed_and_one_that_speaks_is_not() -> None:
    pair = Pair(Timer.idle(20))
    pair.say("Hello")
    for _ in range(5):
        pair.wait(19)
        pair.say("Chunk")
    assert pair.server.phase is Phase.STREAMING
    pair.wait(20)
    assert closed(pair, Side.CLIENT).code == 1008
    assert pair.server.phase.value == "FAILED"


def test_a_timer_closes_with_the_reason_that_is_described() -> None:
    pair = Pair(Timer.idle(10, close_code=1011, close_reason="nobody there"))
    pair.wait(11)
    end = closed(pair, Side.CLIENT)
    assert (end.code, end.reason) == (1011, "nobody there")


def test_a_side_that_has_ended_may_be_silent() -> None:
    pair = Pair(Timer.idle(20))
    pair.say("Hello")
    pair.say("Bye")
    pair.wait(100)
    assert pair.server.phase is Phase.CLOSING
    assert not any(isinstance(event, Closed) for event in pair.events[Side.SERVER])


@pytest.mark.parametrize(
    ("given", "seconds"), [({"patience": 5}, 5), ({"patience": "5"}, 20), ({}, 20)]
)
def test_a_parameter_may_say_how_long(given: dict[str, object], seconds: float) -> None:
    pair = Pair(Timer.idle(20, param="patience"), params=given)
    pair.wait(seconds - 0.1)
    assert pair.server.phase is Phase.INITIALIZING
    pair.wait(0.2)
    assert pair.server.phase.value == "FAILED"


def test_a_keepalive_is_said_only_when_there_is_silence_and_it_is_legal() -> None:
    pair = Pair(Timer.keepalive(8, message="Alive"))
    pair.wait(30)
    assert pair.heard() == []
    pair.say("Hello")
    pair.wait(7)
    pair.say("Chunk")
    pair.wait(7.9)
    assert pair.heard() == ["Hello", "Chunk"]
    pair.wait(0.2)
    assert pair.heard() == ["Hello", "Chunk", "Alive"]
    pair.wait(16.5)
    assert pair.heard() == ["Hello", "Chunk", "Alive", "Alive", "Alive"]


def test_what_is_said_again_and_again_puts_a_keepalive_off() -> None:
    pair = Pair(Timer.keepalive(8, message="Alive"))
    pair.say("Hello")
    for _ in range(5):
        pair.wait(7)
        pair.say("Chunk")
    assert pair.heard() == ["Hello", *["Chunk"] * 5]
    pair.wait(8)
    assert pair.heard()[-1] == "Alive"


def test_a_keepalive_without_a_message_is_a_ping() -> None:
    pair = Pair(Timer.keepalive(8, owner=Side.SERVER))
    pair.wait(17)
    pings = [event.payload for event in pair.events[Side.CLIENT] if isinstance(event, Ping)]
    assert len(set(pings)) == 2


def test_a_keepalive_keeps_the_other_sides_idle_timer_from_running_out() -> None:
    pair = Pair(Timer.idle(20), Timer.keepalive(8, message="Alive"))
    pair.say("Hello")
    pair.wait(300)
    assert pair.server.phase is Phase.STREAMING


def test_a_connection_that_closes_runs_no_described_timer_any_more() -> None:
    pair = Pair(Timer.keepalive(8), Timer.keepalive(9, message="Alive"))
    pair.say("Hello")
    pair.client.close()
    pair.wait(100)
    assert pair.heard() == ["Hello"]
    assert closed(pair, Side.CLIENT).clean


def test_the_time_may_be_told_late() -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[CHUNK], timers=[Timer.idle(20)])
    endpoint = compile_endpoint(bound(lifecycle))
    client, server = Connection.client(endpoint), Connection.server()
    server.receive_data(client.data_to_send())
    server.accept(endpoint)
    assert server.next_deadline() is not None
    server.handle_timeout(5.0)
    assert server.next_deadline() == 25.0
    server.handle_timeout(25.0)
    assert server.phase is Phase.FAILED


def test_of_two_timers_that_run_out_together_the_first_closes() -> None:
    pair = Pair(Timer.initialize(20, close_code=4408), Timer.idle(20, close_code=4409))
    pair.wait(21)
    assert closed(pair, Side.CLIENT).code == 4408


def test_what_has_happened_already_is_sooner_than_any_timer() -> None:
    lifecycle = ConnectionLifecycle(streaming_messages=[CHUNK], timers=[Timer.idle(20)])
    endpoint = compile_endpoint(bound(lifecycle))
    client, server = Connection.client(endpoint), Connection.server()
    server.handle_timeout(5.0)
    early = masked(iter([b"1234"]))(b'{"type": "Chunk"}', True)
    server.receive_data(client.data_to_send() + early)
    server.accept(endpoint)
    assert server.next_deadline() == 5.0
    assert [type(event) for event in server.handle_timeout(5.0)] == [Message]
    assert server.next_deadline() == 25.0


def test_a_ping_that_is_not_answered_in_time_closes_however_often_it_is_repeated() -> None:
    pair = Pair(Timer.pong(5, close_code=4000))
    pair.wait(100)
    assert closed_by_now(pair) == []
    for _ in range(3):
        pair.client.ping()
        pair.client.data_to_send()  # and is lost
        pair.wait(2)
    assert closed_by_now(pair) == [4000]
    assert str(closed(pair, Side.CLIENT).error) == "no pong within 5 s (pong)"


def test_each_ping_that_is_answered_in_time_starts_the_wait_anew() -> None:
    pair = Pair(Timer.pong(5))
    pair.client.ping()
    assert pair.client.next_deadline() == pair.now + 5
    for _ in range(3):
        pair.link.run()
        assert pair.client.next_deadline() is None
        pair.wait(4)
        pair.client.ping()
    assert pair.client.next_deadline() == pair.now + 5
    assert closed_by_now(pair) == []


def test_the_times_to_open_and_to_close_may_be_described() -> None:
    lifecycle = ConnectionLifecycle(
        initialize=HELLO, timers=[Timer.open(3), Timer.close(4), Timer.close(6, owner=Side.SERVER)]
    )
    client = Connection.client(compile_endpoint(bound(lifecycle)))
    client.handle_timeout(100.0)
    assert client.next_deadline() == 103.0
    pair = ClockedPair(lifecycle)
    for connection, seconds in ((pair.client, 4), (pair.server, 6)):
        connection.close()
        connection.handle_timeout(pair.now)
        assert connection.next_deadline() == pair.now + seconds


def test_a_ping_where_no_timer_minds_the_pong_is_just_a_ping() -> None:
    pair = Pair(Timer.idle(60), Timer.keepalive(50, owner=Side.CLIENT))
    pair.say("Hello")
    pair.client.ping()
    pair.client.data_to_send()
    pair.wait(40)
    assert pair.client.phase is Phase.STREAMING


def test_a_client_waits_as_long_for_the_upgrade_as_is_described() -> None:
    endpoint = compile_endpoint(bound(ConnectionLifecycle(timers=[Timer.open(30)])))
    for limits, deadline in (
        (Limits(), 30.0),
        (Limits(open_timeout=4), 4.0),
        (Limits(open_timeout=None), None),
    ):
        client = Connection.client(endpoint, limits=limits)
        client.handle_timeout(0)
        assert client.next_deadline() == deadline


# ------------------------------------------------------------------------- what is said before it


OOPS = message("Oops", Side.SERVER, ambient=True, final=True)
NUMBERED = body_of("Oops")(7)


@pytest.mark.parametrize("of", Side)
@pytest.mark.parametrize("owner", Side)
def test_either_side_may_mind_the_silence_of_either_side(owner: Side, of: Side) -> None:
    pair = Pair(Timer.idle(10, owner=owner, of=of))
    pair.say("Hello")
    pair.wait(6)
    pair.say("Chunk")
    pair.wait(5)
    late = of is Side.SERVER  # which has said nothing at all
    ends = [event for event in pair.events[owner] if isinstance(event, Closed)]
    assert [type(event.error) for event in ends] == [DeadlineExceeded] * late
    pair.wait(10)
    assert pair.client.phase is not Phase.STREAMING


def test_a_timer_says_why_before_it_closes() -> None:
    pair = Pair(Timer.idle(10, message="Oops", body=NUMBERED, close_code=4008), says=[OOPS])
    pair.say("Hello")
    pair.wait(11)
    told, end = pair.events[Side.CLIENT][-2:]
    assert isinstance(told, Message)
    assert told.body == NUMBERED
    assert isinstance(end, Closed)
    assert end.code == 4008


def test_a_timer_that_may_not_say_anything_just_closes() -> None:
    done = message("Done", Side.SERVER, after="Bye")
    pair = Pair(Timer.idle(10, message="Done", close_code=4008), says=[done])
    pair.say("Hello")
    pair.wait(11)
    end = pair.events[Side.CLIENT][-1]
    assert isinstance(end, Closed)
    assert end.code == 4008
    assert not any(isinstance(event, Message) for event in pair.events[Side.CLIENT])


def test_a_keepalive_may_have_a_body() -> None:
    pair = Pair(Timer.keepalive(5, message="Alive", body=body_of("Alive")(3)))
    pair.say("Hello")
    pair.wait(6)
    said = pair.events[Side.SERVER][-1]
    assert isinstance(said, Message)
    assert said.body == body_of("Alive")(3)
