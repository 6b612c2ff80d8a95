"""Timers: a silence that a side ended with a code that says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from infer.drafts import CLIENT, SERVER, Turn, drafted, recording, tagged

from schematic import Timer

HELLO, SAY = (CLIENT, tagged("hello")), (CLIENT, tagged("say"))
WELCOME = (SERVER, tagged("welcome"))


def timed(turns: list[Turn], *times: float, code: int) -> list[str]:
    """A recording with times: of the request, of each message, and of the end."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in recording(turns)]
    for line, time in zip(lines, (*times, times[-1]), strict=True):
        line["t"] = time
        if line["kind"] == "close":
            line["code"] = code
    return [json.dumps(line) for line in lines]


def timers(*recordings: list[str]) -> tuple[Timer, ...]:
    return tuple(drafted(*recordings).lifecycle.timers)


def test_a_silence_before_a_code_of_its_own_is_an_idle_timer() -> None:
    quiet = timed([HELLO, WELCOME, SAY], 0, 0.1, 0.2, 0.3, 10.31, code=1011)
    assert timers(quiet) == (Timer.idle(10, close_code=1011),)
    assert timers(quiet, quiet) == timers(quiet)


def test_a_client_that_never_begins_is_waited_for_as_the_opening_is() -> None:
    never = timed([], 0, 3.02, code=4408)
    spoken = timed([HELLO, WELCOME, SAY], 0, 0.1, 0.2, 0.3, 0.4, code=1000)
    assert timers(spoken, never) == (Timer.initialize(3, close_code=4408),)


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1006])
def test_a_normal_end_after_a_silence_is_no_timer(code: int) -> None:
    assert timers(timed([HELLO, SAY], 0, 0.1, 0.2, 10, code=code)) == ()


def test_silences_that_differ_are_no_timer() -> None:
    def quiet(seconds: float) -> list[str]:
        return timed([HELLO, SAY], 0, 0.1, 0.2, 0.2 + seconds, code=1011)

    assert timers(quiet(10), quiet(20)) == ()


def test_whoever_spoke_just_before_closing_had_another_reason() -> None:
    error = (SERVER, tagged("error"))
    assert timers(timed([HELLO, error], 0, 0.1, 10, 10.1, code=1011)) == ()


def test_without_times_there_are_no_timers() -> None:
    lines = timed([HELLO, SAY], 0, 0.1, 0.2, 10, code=1011)
    bare = [json.dumps({k: v for k, v in json.loads(line).items() if k != "t"}) for line in lines]
    assert timers(bare) == ()
