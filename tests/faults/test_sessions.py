"""Sessions on faulty networks; ``python tests/faults`` plays ten thousand of them."""

from __future__ import annotations

from collections import Counter

import pytest
from faults.sessions import Session, play
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.testing import Plan


def test_hundreds_of_faulty_sessions_end_as_documented_and_lose_nothing_in_silence() -> None:
    ends = Counter(play(seed) for seed in range(300))
    assert ends["closed with 1000"] > 50
    assert ends["lost with 1006"] > 50
    assert ends["lost with 1006, DeadlineExceeded"] > 10


@given(st.integers(10_000, 2**64))
def test_so_does_any_other(seed: int) -> None:
    play(seed)


def undisturbed(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session in which both sides say something and nothing goes wrong."""
    monkeypatch.setattr(Plan, "random", lambda *_, **__: Plan())
    for seed in range(100):
        session = Session(seed)
        session.talk()
        if all(len(session.spoken[side].bodies) > 2 for side in Side):
            return session
    raise AssertionError("they never talk")


def test_a_message_that_comes_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    session = undisturbed(monkeypatch)
    session.check()
    events = session.link.server.events
    events.insert(2, events[2])
    with pytest.raises(AssertionError):
        session.check_heard(Side.SERVER)


def test_a_message_that_is_lost_in_silence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    session = undisturbed(monkeypatch)
    del session.link.client.events[-2]
    with pytest.raises(AssertionError):
        session.check_heard(Side.CLIENT)


def test_a_connection_that_has_no_end_is_noticed() -> None:
    session = Session(2)
    session.link.run()
    with pytest.raises(AssertionError):
        session.check()


def test_the_sessions_of_one_seed_are_the_same() -> None:
    assert play(7) == play(7)
