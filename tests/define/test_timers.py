"""Timers are data, and what cannot be meant is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import pytest

from schematic import (
    ConnectionLifecycle,
    DefinitionError,
    Side,
    Timer,
    TimerKind,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic.define.lifecycle_checks import check_lifecycle
from support.lifecycles import body_of, message


def test_each_way_to_make_a_timer_says_who_acts_and_on_what() -> None:
    first = Timer.initialize(3, close_code=4408)
    assert (first.kind, first.owner, first.close_code) == (
        TimerKind.INITIALIZE,
        Side.SERVER,
        4408,
    )
    silence = Timer.idle(20, param="inactivity_timeout")
    assert (silence.kind, silence.owner, silence.of) == (TimerKind.IDLE, Side.SERVER, Side.CLIENT)
    alive = Timer.keepalive(8, message="KeepAlive")
    assert (alive.kind, alive.owner, alive.message) == (
        TimerKind.KEEPALIVE,
        Side.CLIENT,
        "KeepAlive",
    )


@pytest.mark.parametrize(
    ("timer", "problem"),
    [
        (Timer.idle(0), r"timers\[0\].seconds: a timer runs for some seconds, more than 0, not 0"),
        (Timer.idle(math.inf), r"timers\[0\].seconds: .* not inf"),
        (Timer.initialize(1, close_code=1006), r"timers\[0\].close_code: 1006 is no close code"),
        (
            Timer.idle(1, close_reason="é" * 62),
            r"timers\[0\].close_reason: a close reason has at most 123 bytes",
        ),
        (Timer.keepalive(1, message="Audio"), r"the client has no message 'Audio'"),
        (Timer.keepalive(1, message="Nope"), r"the client has no message 'Nope'"),
    ],
)
def test_a_wrong_timer_is_named_with_its_place(timer: Timer, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        api(ConnectionLifecycle(server_messages=[message("Audio", Side.SERVER)], timers=[timer]))


def api(lifecycle: ConnectionLifecycle) -> WebSocketApi:
    endpoint = WebSocketEndpoint(id="Jobs", path="/", lifecycle=lifecycle)
    return WebSocketApi(name="Job", base_url="ws://127.0.0.1", endpoints=[endpoint])


def test_the_longer_ways_to_make_a_timer() -> None:
    body = body_of("Oops")(1)
    said = Timer.idle(5, message="Oops", body=body)
    assert (said.message, said.body) == ("Oops", body)
    assert Timer.initialize(5, message="Oops").message == "Oops"
    assert Timer.keepalive(5, message="Alive", body=body).body == body
    assert (Timer.open(5).kind, Timer.open(5).owner) == (TimerKind.OPEN, Side.CLIENT)
    closing = Timer.close(5, owner=Side.SERVER)
    assert (closing.kind, closing.owner) == (TimerKind.CLOSE, Side.SERVER)
    pong = Timer.pong(5, close_code=4000, close_reason="gone")
    assert (pong.kind, pong.close_code, pong.close_reason) == (TimerKind.PONG, 4000, "gone")


class Loose(msgspec.Struct, tag="Oops"):
    words: list[str]


@pytest.mark.parametrize(
    ("timer", "told"),
    [
        (Timer.idle(5, message="Oops", body=body_of("Other")()), "timers[0].body: it is no Oops"),
        (Timer.idle(5, message="Oops", body=Loose([])), "timers[0].body: the body can be changed"),
        (replace(Timer.open(5), owner=Side.SERVER), "timers[0].owner: a server does not know"),
    ],
)
def test_what_a_timer_cannot_do_is_refused(timer: Timer, told: str) -> None:
    lifecycle = ConnectionLifecycle(server_messages=[message("Oops", Side.SERVER)], timers=[timer])
    with pytest.raises(DefinitionError) as caught:
        check_lifecycle(lifecycle)
    assert str(caught.value).startswith(told)
