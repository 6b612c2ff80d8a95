"""Every time that a connection can run out of, on a clock that the test turns.

Each is shown with the side that acts, when exactly it acts, and what is then told: the error's
name for the deadline, and the close code that the other side reads, if it reads any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from schematic import ConnectionLifecycle, Side, Timer
from schematic.compile import compile_endpoint
from schematic_engine.connection import Connection
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.events import Closed, Message, Overdue, Ping
from schematic_engine.limits import Limits
from schematic_engine.testing import HalfOpen
from support.clocked import UNPINGED, ClockedPair
from support.frames import PONG, frame
from support.lifecycles import bound, message

HELLO = message("Hello", Side.CLIENT, repeatable=False)
CHUNK = message("Chunk", Side.CLIENT)
ALIVE = message("Alive", Side.CLIENT)
WORD = message("Word", Side.SERVER)
CLIENT, SERVER = Side.CLIENT, Side.SERVER


def lifecycle(*timers: Timer) -> ConnectionLifecycle:
    return ConnectionLifecycle(
        initialize=HELLO,
        streaming_messages=[CHUNK, ALIVE],
        server_messages=[WORD],
        timers=timers,
    )


def opened(*timers: Timer, limits: Limits = UNPINGED) -> ClockedPair:
    return ClockedPair(lifecycle(*timers), limits=limits)


def nothing(pair: ClockedPair) -> None:
    """Both are silent."""


def wait_until(pair: ClockedPair, moment: float) -> None:
    pair.wait(moment - pair.now)


def cut(pair: ClockedPair) -> None:
    """Nothing that the server writes arrives any more, and nothing reaches it."""
    pair.link.strike(HalfOpen(), Side.CLIENT)


def client_closes(pair: ClockedPair) -> None:
    cut(pair)
    pair.client.close()


def client_pings(pair: ClockedPair) -> None:
    cut(pair)
    pair.client.ping()


@dataclass(frozen=True)
class Case:
    """One deadline.

    Attributes:
        name: what the error calls it.
        acts: the side that runs it.
        after: seconds from the opening until it acts.
        limits: those of both sides.
        timers: those that are described.
        first: what happens at the beginning.
        ends: seconds from the opening until the side is told that it is over.
        code: the close code that the other side reads; None where the other side hears nothing.
    """

    name: str
    acts: Side
    after: float
    limits: Limits = UNPINGED
    timers: tuple[Timer, ...] = ()
    first: Callable[[ClockedPair], None] = nothing
    ends: float | None = None
    code: int | None = None


CASES = [
    Case("close_timeout", CLIENT, 10, first=client_closes),
    Case("close_timeout", CLIENT, 3, timers=(Timer.close(3),), first=client_closes),
    Case("ping_timeout", CLIENT, 40, limits=Limits(), first=cut),
    Case("ping_timeout", SERVER, 40, limits=Limits(), first=cut),
    Case("ping_timeout", CLIENT, 7, limits=Limits(ping_interval=5, ping_timeout=2), first=cut),
    Case("ping_timeout", CLIENT, 20, limits=Limits(ping_interval=None), first=client_pings),
    Case("idle_timeout", CLIENT, 30, limits=Limits(idle_timeout=30), code=1008),
    Case("idle_timeout", SERVER, 30, limits=Limits(idle_timeout=30), code=1008),
    Case("idle_timeout", CLIENT, 30, limits=Limits(idle_timeout=30), first=cut, ends=40),
    Case("pong", CLIENT, 4, timers=(Timer.pong(4),), first=client_pings, ends=14),
    Case("initialize", SERVER, 3, timers=(Timer.initialize(3, close_code=4408),), code=4408),
    Case("idle", SERVER, 25, timers=(Timer.idle(25, close_code=4409),), code=4409),
    Case("idle", CLIENT, 6, timers=(Timer.idle(6, of=SERVER, owner=CLIENT),), code=1008),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.acts.value}")
def test_what_runs_out_ends_the_connection_at_its_moment_and_says_so(case: Case) -> None:
    pair = opened(*case.timers, limits=case.limits)
    started, core = pair.now, pair.client if case.acts is CLIENT else pair.server
    case.first(pair)
    wait_until(pair, started + case.after - 0.001)
    assert core.phase.value != "FAILED"
    wait_until(pair, started + case.after)
    assert (core.phase.value, core.timed) == ("FAILED", False)
    assert core.failed
    wait_until(pair, started + (case.ends or case.after))
    (closed,) = (event for event in pair.events[case.acts] if isinstance(event, Closed))
    assert isinstance(closed.error, DeadlineExceeded)
    assert closed.error.deadline == case.name
    assert core.close_expected()
    heard = [event for event in pair.events[case.acts.other] if isinstance(event, Closed)]
    assert [closed.code for closed in heard if closed.clean] == [case.code] * bool(case.code)


def test_the_opening_is_waited_for_ten_seconds_by_either_side() -> None:
    for core in (Connection.client(compile_endpoint(bound(lifecycle()))), Connection.server()):
        core.handle_timeout(100.0)
        assert core.next_deadline() == 110.0
        assert core.handle_timeout(109.999) == []
        (closed,) = core.handle_timeout(110.0)
        assert isinstance(closed, Closed)
        assert isinstance(closed.error, DeadlineExceeded)
        assert closed.error.deadline == "open_timeout"


def test_a_description_may_say_how_long_the_opening_takes() -> None:
    core = Connection.client(compile_endpoint(bound(lifecycle(Timer.open(3)))))
    core.handle_timeout(100.0)
    assert core.next_deadline() == 103.0


def test_two_peers_that_say_nothing_stay_together_for_days() -> None:
    pair = opened(limits=Limits())
    pair.say("Hello")
    pair.wait(2 * 24 * 3600)
    assert (pair.client.phase.value, pair.server.phase.value) == ("STREAMING", "STREAMING")
    pings = [event for event in pair.events[SERVER] if isinstance(event, Ping)]
    assert len(pings) == 2 * 24 * 180
    assert (pair.client.latency, pair.server.latency) == (0.0, 0.0)


def test_a_described_ping_takes_the_place_of_the_default_and_of_nothing_else() -> None:
    described = Timer.keepalive(30)
    for limits, number in (
        (Limits(), 2),  # at 30 and 60 s
        (Limits(ping_interval=None), 2),
        (Limits(ping_interval=25), 4),  # at 25 and 50 s, too
    ):
        pair = opened(described, limits=limits)
        pair.wait(61)
        pings = [event for event in pair.events[SERVER] if isinstance(event, Ping)]
        assert len(pings) == number


def test_a_keepalive_message_is_said_beside_pings() -> None:
    pair = opened(Timer.keepalive(8, message="Alive"), limits=Limits())
    pair.say("Hello")
    pair.wait(41)
    assert pair.heard() == ["Hello", *["Alive"] * 5]
    assert sum(isinstance(event, Ping) for event in pair.events[SERVER]) == 2


def test_a_time_without_a_close_code_is_told_and_the_connection_goes_on() -> None:
    pair = opened(Timer.idle(10, close_code=None))
    pair.say("Hello")
    pair.wait(9.999)
    assert not any(isinstance(event, Overdue) for event in pair.events[SERVER])
    pair.wait(0.001)
    (overdue,) = (event for event in pair.events[SERVER] if isinstance(event, Overdue))
    assert overdue.seconds == 10
    assert pair.server.phase.value == "STREAMING"


def test_a_side_that_has_stopped_reading_holds_no_silence_against_its_peer() -> None:
    pair = opened(limits=Limits(idle_timeout=30))
    pair.client.reading = False
    pair.link.strike(HalfOpen(), Side.CLIENT)
    pair.wait(600)
    assert not any(isinstance(event, Closed) for event in pair.events[CLIENT])
    pair.client.reading = True
    pair.wait(40)
    assert pair.client.phase.value == "FAILED"


def test_a_script_that_was_away_finds_its_connection_as_it_was() -> None:
    pair = opened(limits=Limits())
    pair.say("Hello")
    for _ in range(5):
        pair.link.now += 300  # nobody looks at either clock, and nothing is read
        pair.wait(0)
        pair.say("Word", side=SERVER)
    assert [event.id for event in pair.events[CLIENT] if isinstance(event, Message)] == ["Word"] * 5
    assert (pair.client.phase.value, pair.server.phase.value) == ("STREAMING", "STREAMING")


def test_of_several_pings_each_is_waited_for() -> None:
    pair = opened(Timer.pong(5))
    first = pair.client.ping()
    pair.wait(0)
    assert (pair.client.awaits_pong(first), pair.client.latency) == (False, 0.0)
    answered, lost = pair.client.ping(b"answered"), pair.client.ping(b"lost")
    pair.client.data_to_send()  # which is lost
    pair.wait(4)
    pair.client.receive_data(frame(PONG, answered))
    assert (pair.client.awaits_pong(answered), pair.client.awaits_pong(lost)) == (False, True)
    assert pair.client.next_deadline() == pair.now + 5


def test_nothing_is_pinged_once_the_connection_closes() -> None:
    pair = opened(limits=Limits(close_timeout=None))
    pair.link.strike(HalfOpen(), Side.CLIENT)
    pair.client.close()
    pair.client.data_to_send()
    pair.wait(100)
    assert pair.client.data_to_send() == b""
    assert pair.client.next_deadline() is None
