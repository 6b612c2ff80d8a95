from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side, Timer
from schematic.compile import compile_lifecycle
from schematic_engine.channel_timers import Due
from schematic_engine.clockwork import Clockwork, Occasion
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.limits import Limits
from schematic_engine.machine import Machine
from support.lifecycles import message

CLIENT, SERVER = Side
LIFECYCLE = ConnectionLifecycle(
    streaming_messages=[message("Say", CLIENT)],
    server_messages=[message("Tell", SERVER)],
    timers=[Timer.idle(4, of=SERVER, owner=CLIENT, close_code=4000)],
)
LIMITS = Limits(open_timeout=2, close_timeout=3, ping_interval=5, ping_timeout=6, idle_timeout=9)


def opened(limits: Limits = LIMITS, lifecycle: ConnectionLifecycle = LIFECYCLE) -> Clockwork:
    clock = Clockwork(CLIENT, limits)
    assert list(clock.tick(0.0, reading=True)) == []
    clock.answered()
    clock.opened(lifecycle, Machine(compile_lifecycle(lifecycle)), {})
    return clock


def names(due: list[Occasion]) -> list[str]:
    """What is due, in words."""
    return [
        one.deadline
        if isinstance(one, DeadlineExceeded)
        else one.timer.kind.value
        if isinstance(one, Due)
        else "ping"
        if isinstance(one, bytes)
        else one
        for one in due
    ]


def passing(clock: Clockwork, seconds: float) -> list[str]:
    """What is due in ``seconds``, up to the first wait that is over, if whoever asks is in time."""
    found, now = list[str](), 0.0
    while (deadline := clock.deadline(at_once=False)) is not None and deadline <= seconds:
        now = max(now, deadline)
        due = list(clock.tick(now, reading=True))
        found += names(due)
        if any(isinstance(one, DeadlineExceeded) for one in due):
            break
    return found


HAPPENINGS = {
    "heard": lambda clock: clock.heard(),
    "said": lambda clock: clock.said(),
    "the peer said": lambda clock: clock.peer_said(),
    "pinged": lambda clock: clock.pinged(clock.ping(None)),
    "ponged": lambda clock: clock.ponged(b"\0\0\0\1"),
    "failing": lambda clock: clock.failing(),
    "closing": lambda clock: clock.closing(),
    "stop": lambda clock: clock.stop(),
}
moments = st.tuples(st.sampled_from(list(HAPPENINGS)), st.floats(0, 5))


@given(st.lists(moments, max_size=12), st.booleans())
def test_nothing_is_due_before_the_deadline(
    steps: list[tuple[str, float]], described: bool
) -> None:
    clock, now = opened(lifecycle=LIFECYCLE if described else ConnectionLifecycle()), 0.0
    for what, seconds in steps:
        HAPPENINGS[what](clock)
        deadline = clock.deadline(at_once=False)
        soon = math.nextafter(now + seconds if deadline is None else deadline, now)
        if now < soon:
            assert list(clock.tick(soon, reading=True)) == []
        now = max(now + seconds, soon)
        list(clock.tick(now, reading=True))


def test_each_stage_waits_for_something_else() -> None:
    clock = Clockwork(CLIENT, LIMITS)
    assert clock.deadline(at_once=False) == -math.inf  # the time has to be told first
    list(clock.tick(0, reading=True))
    assert passing(clock, 100) == ["open_timeout"]
    clock = opened(lifecycle=ConnectionLifecycle())
    assert passing(clock, 9) == ["ping", "idle_timeout"]
    clock = opened()
    assert passing(clock, 9) == ["idle", "ping", "idle", "idle_timeout"]
    clock = opened()
    clock.closing()
    assert passing(clock, 100) == ["close_timeout"]
    clock = opened()
    clock.stop()
    assert clock.deadline(at_once=False) is None


def test_a_breach_is_answered_soon_and_once() -> None:
    clock = opened()
    assert not clock.calm
    clock.failing()
    list(clock.tick(0.05, reading=True))
    clock.failing()
    assert clock.deadline(at_once=False) == 0.1
    due = clock.tick(0.2, reading=True)
    assert next(due) == "break off"
    clock.stop()
    assert list(due) == []


def test_what_ends_the_connection_ends_what_else_is_due() -> None:
    clock = opened()
    late = clock.tick(50.0, reading=True)
    assert isinstance(next(late), (DeadlineExceeded, bytes, Due))
    clock.stop()
    assert list(late) == []


def test_only_a_pong_that_answers_tells_how_long_it_took() -> None:
    clock = opened()
    assert not clock.latency
    clock.pinged(clock.ping(b"one"))
    assert clock.awaits_pong(b"one")
    list(clock.tick(0.5, reading=True))
    clock.ponged(b"another")
    assert not clock.latency
    clock.ponged(b"one")
    answered = clock.latency
    assert answered == 0.5
    assert not clock.awaits_pong(b"one")
