"""The page about lost connections says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from schematic_engine.retry import RETRIED_CODES, RETRIED_STATUSES, Reconnect

PAGE = (Path(__file__).parent.parent / "docs" / "reconnect.md").read_text(encoding="utf-8")


def numbers_of(start: str) -> list[int]:
    """The numbers in the row of the table that begins with ``start``."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {start}")]
    return [int(number) for number in re.findall(r"\d+", row)]


def test_the_codes_and_statuses_that_are_tried_again_are_those_of_the_tables() -> None:
    assert numbers_of("closed with 1001") == sorted(RETRIED_CODES)
    assert numbers_of("rejected with HTTP") == sorted(RETRIED_STATUSES)


def test_the_numbers_in_words_are_the_defaults() -> None:
    policy = Reconnect()
    assert (policy.first_delay, policy.factor, policy.max_delay) == (1, 2, 90)
    assert (policy.max_retries, policy.healthy_after, policy.max_retry_after) == (10, 10, 300)
    for words in (
        "less than a second",
        "a minute and a half",
        "ten\nretries",
        "ten seconds",
        "five minutes",
    ):
        assert words in PAGE
