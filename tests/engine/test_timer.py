from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic import Timer as Described
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.limits import Limits
from schematic_engine.timer import Timer, described_limits


@given(st.lists(st.floats(0, 30), min_size=1))
def test_a_timer_ends_once_and_not_before_its_time(steps: list[float]) -> None:
    timer = Timer(Limits(open_timeout=10.0))
    timer.start("open_timeout")
    now, started, ended = 100.0, None, 0
    for step in steps:
        now += step
        started = now if started is None else started
        late = timer.tick(now)
        ended += late is not None
        assert ended == (now >= started + 10.0)
    assert timer.deadline() == (None if ended else started + 10.0 if started else None)


def test_a_timer_that_does_not_know_the_time_asks_for_it_at_once() -> None:
    timer = Timer(Limits())
    assert timer.deadline() is None
    assert timer.deadline(at_once=True) == -math.inf
    timer.start("open_timeout")
    assert timer.deadline() == -math.inf
    timer.tick(5.0)
    assert timer.deadline() == 15.0
    assert timer.deadline(at_once=True) == 5.0
    timer.start("close_timeout")
    assert timer.deadline() == 5.0
    timer.stop()
    assert timer.tick(1e9) is None


def test_an_unlimited_timer_does_not_run() -> None:
    timer = Timer(Limits(close_timeout=None))
    timer.start("close_timeout")
    assert timer.deadline() is None
    assert timer.tick(1e9) is None


def test_what_was_exceeded_is_named() -> None:
    timer = Timer(Limits(close_timeout=2))
    timer.start("close_timeout")
    timer.tick(0.0)
    late = timer.tick(2.0)
    assert late is not None
    assert (late.deadline, late.seconds) == ("close_timeout", 2)


DESCRIBED = (
    Described.open(3),
    Described.close(4),
    Described.close(7, owner=Side.SERVER),
    Described.idle(5),
)


@pytest.mark.parametrize(
    ("role", "limits", "expected"),
    [
        (Side.CLIENT, Limits(), Limits(open_timeout=3, close_timeout=4)),
        (Side.SERVER, Limits(max_queue=9), Limits(max_queue=9, close_timeout=7)),
        (Side.CLIENT, Limits(open_timeout=1.5), Limits(open_timeout=1.5, close_timeout=4)),
        (
            Side.CLIENT,
            Limits(open_timeout=None, close_timeout=None),
            Limits(open_timeout=None, close_timeout=None),
        ),
    ],
)
def test_described_times_take_the_place_of_their_owners_defaults_and_of_nothing_else(
    role: Side, limits: Limits, expected: Limits
) -> None:
    assert described_limits(limits, DESCRIBED, role) == expected


@pytest.mark.parametrize(
    ("deadline", "words"),
    [
        ("idle", "silent for 3 s (idle)"),
        ("reply", "no reply to the opening within 3 s (reply)"),
        ("initialize", "the opening was not finished within 3 s (initialize)"),
        ("pong", "no pong within 3 s (pong)"),
        ("receive", "nothing to receive within 3 s (receive)"),
        ("open_timeout", "the WebSocket was not open within 3 s (open_timeout)"),
        ("close_timeout", "the closing handshake was not finished within 3 s (close_timeout)"),
    ],
)
def test_what_was_waited_for_is_said_in_the_words_of_its_timer(deadline: str, words: str) -> None:
    assert str(DeadlineExceeded(deadline=deadline, seconds=3.0)) == words
