from __future__ import annotations

import pytest

from schematic_engine.limits import Limits


def test_the_defaults_are_those_of_the_field() -> None:
    limits = Limits()
    assert limits.max_message_size == 16 * 1024 * 1024
    assert limits.max_header_size == 16 * 1024
    assert (limits.open_timeout, limits.close_timeout) == (10.0, 10.0)


def test_reading_starts_again_when_three_quarters_of_the_queue_are_gone() -> None:
    assert Limits(max_queue=100).low_queue == 25
    assert Limits(max_queue=1).low_queue == 0


@pytest.mark.parametrize("name", ["max_message_size", "max_header_size", "max_queue"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "1"])
def test_a_size_that_is_not_a_positive_whole_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Limits.{name}"):
        Limits(**{name: value})  # type: ignore[arg-type]  # which is the point


def test_no_rejection_body_at_all_may_be_kept() -> None:
    assert Limits(max_rejection_body=0).max_rejection_body == 0
    with pytest.raises(ValueError, match="max_rejection_body"):
        Limits(max_rejection_body=-1)


@pytest.mark.parametrize("name", ["open_timeout", "close_timeout"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True, "1"])
def test_a_time_that_is_not_a_positive_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Limits.{name}"):
        Limits(**{name: value})  # type: ignore[arg-type]  # which is the point


def test_a_time_may_be_unlimited() -> None:
    assert Limits(open_timeout=None, close_timeout=None).open_timeout is None
