from __future__ import annotations

from dataclasses import fields

import pytest

from schematic_engine.limits import Limits

TIMES = [one.name for one in fields(Limits) if one.name.endswith(("_timeout", "_interval"))]
SIZES = [one.name for one in fields(Limits) if one.name not in TIMES]
MAY_BE_ZERO = ["max_rejection_body", "max_empty_fragments"]


def test_the_defaults_are_those_of_the_field() -> None:
    limits = Limits()
    assert limits.max_message_size == 16 * 1024 * 1024
    assert limits.max_header_size == 16 * 1024
    assert (limits.open_timeout, limits.close_timeout) == (10.0, 10.0)
    assert (limits.ping_interval, limits.ping_timeout, limits.idle_timeout) == (20.0, 20.0, None)


def test_what_was_full_is_filled_again_when_three_quarters_are_gone() -> None:
    limits = Limits(max_queue=100, max_queue_bytes=1000, max_write_buffer=7)
    assert (limits.low_queue, limits.low_queue_bytes, limits.low_write_buffer) == (25, 250, 1)
    assert Limits(max_queue=1).low_queue == 0


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("value", [-1, 1.5, True, None, "1"])
def test_a_size_that_is_not_a_whole_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Limits.{name}"):
        Limits(**{name: value})  # type: ignore[arg-type]  # which is the point


@pytest.mark.parametrize("name", SIZES)
def test_only_what_is_worth_nothing_may_be_limited_to_nothing(name: str) -> None:
    if name in MAY_BE_ZERO:
        limits = Limits(**{name: 0})
        assert getattr(limits, name) == 0
    else:
        with pytest.raises(ValueError, match=f"Limits.{name}: 0 is not a whole number"):
            Limits(**{name: 0})


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True, "1"])
def test_a_time_that_is_not_a_positive_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Limits.{name}"):
        Limits(**{name: value})  # type: ignore[arg-type]  # which is the point


@pytest.mark.parametrize("name", TIMES)
def test_a_time_may_be_unlimited(name: str) -> None:
    limits = Limits(**{name: None})  # type: ignore[arg-type]
    assert getattr(limits, name) is None
