"""What the Autobahn command makes of cases and results; running it is a step of its own."""

from __future__ import annotations

import pytest

from conformance.autobahn.suites import SUITES, Result, Suite


@pytest.mark.parametrize(
    ("behavior", "close", "passed"),
    [
        ("OK", "OK", True),
        ("INFORMATIONAL", "INFORMATIONAL", True),
        ("NON-STRICT", "OK", False),
        ("UNIMPLEMENTED", "OK", False),
        ("FAILED", "OK", False),
        ("OK", "UNCLEAN", False),
    ],
)
def test_nothing_but_ok_and_informational_is_passed(
    behavior: str, close: str, passed: bool
) -> None:
    assert Result("1.1.1", behavior, close, 1000).passed is passed


def test_cases_of_a_client_without_context_takeover_are_run_apart_where_there_are_any() -> None:
    fresh = ("13.2.*", "13.5.*", "13.6.*")
    assert SUITES["full"].split() == (
        Suite(exclude=fresh, count=517),
        Suite(include=fresh, count=517),
    )
    quick = SUITES["quick"]
    assert quick.split()[1] is None
    assert Suite(("9.*", "13.5.1", "13.1.1")).split() == (
        Suite(("9.*", "13.1.1"), ("13.5.1",)),
        Suite(("13.5.1",)),
    )
    assert Suite(("1.*",)).split() == (Suite(("1.*",)), None)
