"""How long a server asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic_engine.errors import HandshakeRejected
from schematic_engine.retry_after import seconds_from

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT ",
    ],
)
def test_a_date_in_any_of_its_three_forms_is_so_far_away(date: str) -> None:
    assert seconds_from(date, MOMENT - 90) == 90
    assert seconds_from(date, MOMENT + 1) == 0


@given(st.integers(0, 10**15 - 1))
def test_a_number_is_that_many_seconds_whatever_the_time(seconds: int) -> None:
    assert seconds_from(f" {seconds} ", 0.0) == seconds


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # given in UTC below
        max_value=datetime(2068, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.floats(0, 3e9),
)
def test_every_date_can_be_read(moment: datetime, now: float) -> None:
    moment = moment.replace(microsecond=0)
    expected = max(moment.timestamp() - now, 0)
    assert seconds_from(format_datetime(moment, usegmt=True), now) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-1",
        "1.5",
        "soon",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 99:49:37 GMT",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        "9" * 400,
    ],
)
def test_what_is_neither_asks_for_nothing(value: str) -> None:
    assert seconds_from(value, MOMENT) is None


@given(st.text(max_size=40), st.floats(0, 4e9))
def test_no_text_is_an_error(value: str, now: float) -> None:
    seconds = seconds_from(value, now)
    assert seconds is None or seconds >= 0


def test_a_rejection_tells_how_long_to_wait_by_the_first_line_that_says_it() -> None:
    def asked(*headers: tuple[str, str]) -> float | None:
        return HandshakeRejected(status=503, headers=headers).retry_after(MOMENT)

    assert asked() is None
    assert asked(("retry-after", "soon")) is None
    assert asked(("date", "3"), ("retry-after", "120"), ("retry-after", "4")) == 120
    assert asked(("retry-after", "soon"), ("retry-after", "7")) == 7
    assert asked(("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")) == 60
