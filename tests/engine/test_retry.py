"""When to connect again: delays and verdicts, on a clock that nobody waits for."""

from __future__ import annotations

import ssl
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schematic import CloseCode
from schematic_engine.endings import farewell
from schematic_engine.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    HandshakeRejected,
    LocalProtocolError,
    ProxyError,
    RemoteProtocolError,
)
from schematic_engine.events import Closed
from schematic_engine.retry import RETRIED_CODES, RETRIED_STATUSES, Attempts, Reconnect

ALWAYS = Reconnect()
LOST = ConnectionClosed(code=1006)
NOON = 1_000_000_000.0
SECONDS = st.floats(0, 1e6)


def closed(code: int, documented: CloseCode | None = None, error: Any = None) -> ConnectionClosed:
    return ConnectionClosed(code=code, clean=code != 1006, documented=documented, error=error)


def tls(number: int) -> ssl.SSLError:
    return ssl.SSLError(number, "TLS")


def proxy(status: int | None) -> ProxyError:
    return ProxyError(proxy="http://proxy", problem="no", status=status)


# ----------------------------------------------------------------------------------- what is worth


@pytest.mark.parametrize("code", [*range(1000, 1016), 3000, 4000, 4999])
def test_close_codes_go_by_the_table_which_holds_nothing_that_is_final(code: int) -> None:
    assert ALWAYS.is_worth_it(closed(code)) is (code in RETRIED_CODES)
    assert not {1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010} & set(RETRIED_CODES)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 408, 425, 429, 500, 501, 503])
def test_statuses_go_by_the_table_which_holds_nothing_that_is_final(status: int) -> None:
    assert ALWAYS.is_worth_it(HandshakeRejected(status=status)) is (status in RETRIED_STATUSES)
    assert not {400, 401, 403, 404} & set(RETRIED_STATUSES)


@pytest.mark.parametrize(
    ("documented", "worth"),
    [
        ({}, True),
        ({"retry": False}, False),
        ({"normal": True}, False),
        ({"normal": True, "retry": True}, True),
    ],
)
def test_the_description_of_a_code_counts_for_more_than_the_table(
    documented: dict[str, Any], worth: bool
) -> None:
    described = CloseCode(code=1013, meaning="busy", **documented)
    assert ALWAYS.is_worth_it(closed(1013, described)) is worth
    assert ALWAYS.is_worth_it(closed(4000, CloseCode(code=4000, meaning="x", retry=True)))


def test_the_policy_has_the_last_word_on_codes_and_statuses() -> None:
    policy = Reconnect(codes={1000: True, 1006: False, 4000: True}, statuses={404: True})
    assert policy.is_worth_it(closed(1000, CloseCode(code=1000, meaning="done", normal=True)))
    assert policy.is_worth_it(closed(4000, error=RemoteProtocolError("wrong")))
    assert policy.is_worth_it(HandshakeRejected(status=404))
    assert not policy.is_worth_it(closed(1006, error=DeadlineExceeded(deadline="pong", seconds=1)))
    assert policy.is_worth_it(HandshakeRejected(status=503))


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (ConnectionRefusedError(111, "refused"), True),
        (ConnectionResetError(104, "reset"), True),
        (OSError(-3, "temporary failure in name resolution"), True),
        (TimeoutError(110, "timed out"), True),
        (FileNotFoundError(2, "no such socket"), True),
        (PermissionError(1, "a firewall"), False),
        (DeadlineExceeded(deadline="open_timeout", seconds=10), True),
        (proxy(None), True),
        (proxy(502), True),
        (proxy(407), False),
        (proxy(5), True),
        (proxy(2), False),
        (tls(1), False),
        (tls(8), True),
        (LocalProtocolError("no such parameter"), False),
        (RemoteProtocolError("not HTTP"), False),
        (ValueError("a mistake"), False),
    ],
)
def test_networks_and_silence_may_pass_and_mistakes_do_not(error: Exception, worth: bool) -> None:
    assert ALWAYS.is_worth_it(error) is worth
    assert ALWAYS.is_worth_it(closed(1008, error=error)) is worth  # it is why we closed with that
    lost = farewell(Closed(code=1006), error)
    assert ALWAYS.is_worth_it(lost) is worth


def test_an_untrusted_certificate_is_final() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert not ALWAYS.is_worth_it(error)


def test_what_happened_to_the_socket_after_a_clean_close_says_nothing() -> None:
    assert not ALWAYS.is_worth_it(farewell(Closed(code=1008, clean=True), ConnectionResetError()))


# ------------------------------------------------------------------------------------- how it goes


def test_the_bounds_of_delays_double_up_to_the_greatest() -> None:
    attempts = Attempts(Reconnect(max_delay=10, max_retries=None))
    almost = [attempts.ended(LOST, now=0, wall=NOON, random=0.5) for _ in range(6)]
    assert almost == [0.5, 1, 2, 4, 5, 5]


@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), SECONDS), min_size=1, max_size=40),
    st.builds(
        Reconnect,
        first_delay=st.floats(0, 100),
        factor=st.floats(1, 10),
        max_delay=st.floats(0, 100),
        max_retries=st.integers(0, 6),
        healthy_after=st.floats(0, 100),
    ),
)
def test_retries_in_a_row_are_bounded_and_a_healthy_connection_starts_them_anew(
    ends: list[tuple[float, float]], policy: Reconnect
) -> None:
    """Judged by a loop that recalculates everything from the last healthy connection on."""
    attempts, now, row = Attempts(policy), 0.0, 0
    for random, lasted in ends:
        attempts.opened(now)
        started, now = now, now + lasted
        row = 0 if now - started >= policy.healthy_after else row
        if row == policy.max_retries:
            with pytest.raises(ConnectionClosed) as caught:
                attempts.ended(LOST, now=now, wall=NOON, random=random)
            assert caught.value is LOST
            return
        delay = attempts.ended(LOST, now=now, wall=NOON, random=random)
        row += 1
        assert delay is not None
        bound = min(policy.first_delay * policy.factor ** (row - 1), policy.max_delay)
        assert delay == pytest.approx(random * bound)
        assert 0 <= delay <= policy.max_delay
        assert attempts.retries == row
        now += delay


def test_a_loop_without_end_never_overflows() -> None:
    attempts = Attempts(Reconnect(max_retries=None))
    delays = [attempts.ended(LOST, now=0, wall=NOON, random=0.999) for _ in range(2_000)]
    assert delays[-1] == pytest.approx(90, rel=0.01)


def test_an_attempt_that_failed_was_no_healthy_connection() -> None:
    attempts = Attempts(Reconnect(max_retries=1))
    attempts.opened(0)
    assert attempts.ended(LOST, now=100, wall=NOON, random=0) is not None
    refused = ConnectionRefusedError()
    with pytest.raises(ConnectionRefusedError):
        attempts.ended(refused, now=1000, wall=NOON, random=0)


def test_the_last_error_says_how_often_it_was_tried() -> None:
    for retries, note in ((1, "once"), (2, "2 times in a row")):
        attempts, error = Attempts(Reconnect(max_retries=retries)), ConnectionRefusedError()
        for _ in range(retries):
            attempts.ended(error, now=0, wall=NOON, random=0)
        with pytest.raises(ConnectionRefusedError) as caught:
            attempts.ended(error, now=0, wall=NOON, random=0)
        assert caught.value.__notes__ == [f"tried again {note} before"]


def test_what_is_not_worth_it_is_raised_at_once_and_has_nothing_to_add() -> None:
    error = HandshakeRejected(status=401)
    with pytest.raises(HandshakeRejected) as caught:
        Attempts(ALWAYS).ended(error, now=0, wall=NOON, random=0)
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    "error",
    [closed(1000), closed(1005), closed(4000, CloseCode(code=4000, meaning="x", normal=True))],
)
def test_a_normal_end_is_the_end(error: ConnectionClosed) -> None:
    assert Attempts(ALWAYS).ended(error, now=0, wall=NOON, random=0.5) is None


@pytest.mark.parametrize("left", [1000, 3000, 4999])
def test_who_leaves_on_purpose_is_done_whatever_became_of_the_connection(left: int) -> None:
    assert Attempts(ALWAYS).ended(LOST, now=0, wall=NOON, random=0.5, left=left) is None


def test_who_leaves_with_a_code_that_is_worth_it_gets_another_connection() -> None:
    error = closed(1000)
    assert Attempts(ALWAYS).ended(error, now=0, wall=NOON, random=0.5, left=1012) == 0.5


# ----------------------------------------------------------------------------------- Retry-After


@given(st.integers(0, 10_000), st.floats(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_nobody_comes_before_the_server_wants_it_up_to_a_limit(
    seconds: int, most: float, random: float
) -> None:
    error = HandshakeRejected(status=503, headers=(("retry-after", str(seconds)),))
    attempts = Attempts(Reconnect(max_retry_after=most))
    delay = attempts.ended(error, now=0, wall=NOON, random=random)
    assert delay == random + min(seconds, most)


def test_a_moment_goes_by_the_time_of_day() -> None:
    error = HandshakeRejected(
        status=429, headers=(("retry-after", "Sun, 09 Sep 2001 01:47:40 GMT"),)
    )
    assert Attempts(ALWAYS).ended(error, now=0, wall=NOON, random=0) == 60


# -------------------------------------------------------------------------------------- the policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_delay", -1),
        ("max_delay", float("inf")),
        ("healthy_after", float("nan")),
        ("max_retry_after", "5"),
        ("factor", 0.5),
        ("factor", True),
        ("max_retries", -1),
        ("max_retries", 2.5),
        ("max_retries", True),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^Reconnect\.{name}: "):
        Reconnect(**{name: value})  # type: ignore[arg-type]  # what is tested


def test_a_policy_is_a_value() -> None:
    codes = {4000: True}
    policy = Reconnect(codes=codes, max_retries=None)
    codes[4001] = True
    assert policy == Reconnect(codes={4000: True}, max_retries=None)
    with pytest.raises(FrozenInstanceError):
        policy.factor = 3  # type: ignore[misc]  # what is tested
