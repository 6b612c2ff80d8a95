from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.errors import DeadlineExceeded
from schematic_engine.heartbeat import Heartbeat
from schematic_engine.limits import Limits

LIMITS = Limits(ping_interval=20, ping_timeout=15, idle_timeout=50)
ONLY_PONGS = Limits(ping_interval=None, ping_timeout=15)


def numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def late(beat: object) -> str | None:
    return beat.deadline if isinstance(beat, DeadlineExceeded) else None


def test_a_ping_is_due_every_interval_and_each_can_be_told_from_the_others() -> None:
    heart = Heartbeat(Limits(ping_timeout=None), 100)
    payloads: list[object] = []
    while len(payloads) < 3:
        now = heart.deadline() or 0.0
        assert now == 120 + 20 * len(payloads)
        assert heart.tick(now - 0.5) is None
        payloads.append(heart.tick(now))
    assert len(set(payloads)) == 3
    assert all(isinstance(payload, bytes) for payload in payloads)


def test_a_pong_answers_the_ping_of_its_payload_and_all_before_it() -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    for at, payload in enumerate((b"one", b"two", b"three")):
        heart.tick(at)
        heart.pinged(payload)
    heart.tick(3)
    assert heart.ponged(b"two")
    assert [heart.awaits(payload) for payload in (b"one", b"two", b"three")] == [False, False, True]
    assert heart.latency == 2
    assert heart.waiting


@pytest.mark.parametrize("payload", [b"", b"other", b"answered"])
def test_a_pong_that_answers_nothing_counts_for_nothing(payload: bytes) -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    heart.pinged(b"answered")
    heart.ponged(b"answered")
    heart.pinged(b"mine")
    heart.tick(14)
    assert not heart.ponged(payload)
    assert (heart.awaits(b"mine"), heart.latency) == (True, 0)
    assert late(heart.tick(15)) == "ping_timeout"


def test_the_oldest_unanswered_ping_is_what_has_to_be_answered() -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    heart.pinged(b"one")
    heart.tick(10)
    heart.pinged(b"two")
    assert heart.deadline() == 15
    heart.tick(14)
    heart.ponged(b"one")
    assert heart.deadline() == 29  # the peer lives, so the other one has its time from now on
    heart.ponged(b"two")
    assert heart.deadline() is None


def test_a_message_on_its_way_is_a_sign_of_life() -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    heart.pinged(b"x")
    heart.tick(14)
    heart.heard()
    assert heart.tick(28) is None
    assert late(heart.tick(29)) == "ping_timeout"


def test_a_peer_that_only_pings_and_pongs_is_idle() -> None:
    heart = Heartbeat(Limits(idle_timeout=50), 0)
    for now in (20, 40):
        payload = heart.tick(now)
        assert isinstance(payload, bytes)
        heart.pinged(payload)
        assert heart.ponged(payload)
    assert heart.deadline() == 50
    error = heart.tick(50)
    assert str(error) == "nothing of a message came within 50 s (idle_timeout)"


@pytest.mark.parametrize(("away", "held"), [(0, True), (1, True), (1.5, False), (60, False)])
def test_a_driver_that_was_away_gives_the_peer_its_time_again(away: float, held: bool) -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    heart.pinged(b"x")
    assert (late(heart.tick(15 + away)) == "ping_timeout") is held
    if not held:
        assert heart.deadline() == 30 + away
        assert late(heart.tick(30 + away)) == "ping_timeout"


def test_no_wait_ends_while_nothing_is_read() -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    heart.pinged(b"x")
    for now in (15, 30, 45):
        assert heart.tick(now, reading=False) is None
    assert heart.tick(59) is None
    assert late(heart.tick(60)) == "ping_timeout"


def test_all_starts_when_the_time_is_told_first() -> None:
    heart = Heartbeat(LIMITS, -math.inf)
    heart.pinged(b"early")
    assert heart.deadline() == -math.inf  # tell me the time
    assert heart.tick(1000) is None
    assert heart.deadline() == 1015
    heart.tick(1003)
    heart.ponged(b"early")
    assert heart.latency == 3


def test_a_pong_before_any_time_was_told_measures_nothing() -> None:
    heart = Heartbeat(LIMITS, -math.inf)
    heart.pinged(b"early")
    assert heart.ponged(b"early")
    assert heart.latency is None


@given(st.one_of(st.integers(60, 70).map(numbered), st.lists(st.binary(max_size=1), max_size=99)))
def test_a_peer_that_answers_nothing_costs_a_bounded_number_of_pings(pings: list[bytes]) -> None:
    heart = Heartbeat(ONLY_PONGS, 0)
    for payload in pings:
        heart.pinged(payload)
    remembered = {payload for payload in pings if heart.awaits(payload)}
    assert remembered == set(list(dict.fromkeys(reversed(pings)))[:64])
    assert heart.deadline() == (15 if pings else None)
