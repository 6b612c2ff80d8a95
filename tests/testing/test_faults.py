"""Plans say what they hold, and dice throw the same ones everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import Side
from schematic_engine.testing import (
    Chop,
    Corrupt,
    Cut,
    Delay,
    Fault,
    Garbage,
    HalfClose,
    HalfOpen,
    Plan,
    Reset,
    Stall,
)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Delay(-1), "Delay.seconds"),
        (lambda: Delay(math.inf), "Stall holds for ever"),
        (lambda: Delay(math.nan), "Delay.seconds"),
        (lambda: Chop(()), "Chop.sizes"),
        (lambda: Chop((3, 0)), "Chop.sizes"),
        (lambda: Cut(-1), "Cut.at: -1"),
        (lambda: Stall(-2), "Stall.at: -2"),
        (lambda: Stall(0, -1), "Stall.seconds"),
        (lambda: Stall(0, math.nan), "Stall.seconds"),
        (lambda: Garbage(0, b""), "Garbage.data"),
        (lambda: Corrupt(0, 0), "Corrupt.mask"),
        (lambda: Corrupt(0, 256), "Corrupt.mask"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_its_field(
    make: Callable[[], Fault], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_a_plan_knows_which_faults_meet_what_arrives_at_a_side() -> None:
    plan = Plan(to_server=(Cut(1),), to_client=(Cut(2),))
    assert plan.toward(Side.SERVER) == (Cut(1),)
    assert plan.toward(Side.CLIENT) == (Cut(2),)


@given(st.integers(0, 2**64), st.integers(1, 10_000))
def test_the_dice_throw_the_same_plan_for_the_same_seed_and_keep_to_what_was_asked(
    seed: int, within: int
) -> None:
    plan = Plan.random(seed, within=within, seconds=3.0, among=(Cut, Stall))
    assert plan == Plan.random(seed, within=within, seconds=3.0, among=(Cut, Stall))
    for fault in (*plan.to_server, *plan.to_client):
        assert isinstance(fault, Cut | Stall | Delay | Chop)
        if isinstance(fault, Cut | Stall):
            assert fault.at < within
        if isinstance(fault, Delay):
            assert fault.seconds <= 3.0
        if isinstance(fault, Stall):
            assert fault.seconds <= 3.0 or fault.seconds == math.inf


def test_the_dice_throw_every_kind_of_fault_and_none_at_all() -> None:
    plans = [Plan.random(seed) for seed in range(1000)]
    thrown = {type(fault) for plan in plans for fault in (*plan.to_server, *plan.to_client)}
    assert thrown == {
        Chop,
        Corrupt,
        Cut,
        Delay,
        Garbage,
        HalfClose,
        HalfOpen,
        Reset,
        Stall,
    }
    assert Plan() in plans
    assert all(
        isinstance(fault, Delay | Chop)
        for seed in range(20)
        for fault in Plan.random(seed, among=()).to_server
    )
