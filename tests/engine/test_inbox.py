from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Timer
from schematic_engine.events import Message, Overdue, Unknown
from schematic_engine.inbox import Inbox
from schematic_engine.limits import Limits

LIMITS = Limits(max_queue=8, max_queue_bytes=100)


@given(st.lists(st.one_of(st.none(), st.integers(0, 60)), max_size=60))
def test_it_is_full_and_low_by_what_it_holds_and_keeps_the_order(steps: list[int | None]) -> None:
    inbox, held = Inbox(LIMITS), list[Message]()
    for step in steps:
        if step is not None:
            held.append(Message("m", None, "x" * step))
            inbox.put(held[-1])
        elif held:
            assert inbox.take() is held.pop(0)
        size = sum(len(message.payload) for message in held)
        assert len(inbox) == len(held)
        assert inbox.full is (len(held) >= 8 or size >= 100)
        assert inbox.low is (len(held) <= 2 and size <= 25)
        assert not (inbox.full and inbox.low)


def test_it_names_the_limit_that_was_reached() -> None:
    inbox = Inbox(LIMITS)
    inbox.put(Unknown(b"x" * 100, "no such kind"))
    assert inbox.reached == ("max_queue_bytes", 100)
    for _ in range(8):
        inbox.put(Overdue(timer=Timer.idle(1), seconds=1))
    assert inbox.reached == ("max_queue", 8)


def test_nothing_is_taken_from_an_empty_one() -> None:
    inbox = Inbox(LIMITS)
    with pytest.raises(IndexError):
        inbox.take()
    assert (len(inbox), inbox.full, inbox.low) == (0, False, True)


@pytest.mark.parametrize("at_once", [True, False])
def test_once_the_end_is_near_it_keeps_an_unbroken_beginning(at_once: bool) -> None:
    inbox = Inbox(LIMITS)
    came = [Message(str(number), None, "") for number in range(30)]
    inbox.extend(came[:6])
    inbox.ending = True
    if at_once:
        inbox.extend(came[6:20])
    else:
        for message in came[6:20]:
            inbox.put(message)
    assert inbox.take() is came[0]  # there is room again, but what was dropped is missing
    inbox.extend(came[20:])
    assert list(inbox.events) == came[1:8]


def test_what_comes_together_is_weighed_too() -> None:
    inbox = Inbox(LIMITS)
    inbox.extend([Message("m", None, "x" * 60), Message("m", None, "x" * 39)])
    assert not inbox.full
    inbox.extend([Message("m", None, "x")])
    assert inbox.full
