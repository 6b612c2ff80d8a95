"""Timers of channels, each key by itself, in connections whose clock the test turns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schematic import (
    Channel,
    ChannelKey,
    ConnectionLifecycle,
    DefinitionError,
    KeyReuse,
    OpeningStep,
    Refusal,
    Side,
    Timer,
    WebSocketApi,
    WebSocketEndpoint,
)
from schematic_engine.errors import DeadlineExceeded
from schematic_engine.events import Closed, Overdue
from support.clocked import ClockedPair
from support.lifecycles import keyed, message

CLIENT, SERVER = Side


def contexts(*timers: Timer, **rules: Any) -> ConnectionLifecycle:
    """Texts on one connection, each with a clock of its own."""
    context = Channel(
        id="Context",
        key="key",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Open", CLIENT),
            streaming_messages=[keyed("Text", CLIENT), keyed("Alive", CLIENT)],
            close=keyed("Close", CLIENT),
            server_messages=[keyed("Audio", SERVER), keyed("Final", SERVER, final=True)],
            timers=timers,
        ),
        **rules,
    )
    return ConnectionLifecycle(channels=[context])


def overdue(pair: ClockedPair, side: Side) -> list[tuple[str, object]]:
    """What was reported as late, by timer and key."""
    events = pair.events[side]
    return [(one.timer.kind.value, one.key) for one in events if isinstance(one, Overdue)]


SILENT = Timer.idle(20, message="Final", close_code=None)


def test_a_silent_channel_is_ended_by_its_owner_and_no_other_channel_is() -> None:
    pair = ClockedPair(contexts(SILENT))
    for key in "ab":
        pair.say("Open", {"key": key})
    pair.wait(15)
    pair.say("Text", {"key": "b"})
    pair.wait(10)
    assert pair.heard(CLIENT) == ["Final"]
    assert overdue(pair, SERVER) == [("idle", "a")]
    pair.say("Text", {"key": "b"})
    pair.wait(15)
    assert overdue(pair, SERVER) == [("idle", "a")]


def test_silence_on_a_channel_counts_from_its_opening_and_until_its_end() -> None:
    pair = ClockedPair(contexts(SILENT))
    pair.wait(100)
    pair.say("Open", {"key": "a"})
    pair.wait(19)
    pair.say("Close", {"key": "a"})
    pair.wait(100)
    assert overdue(pair, SERVER) == []
    assert pair.server.next_deadline() is None


def test_a_parameter_says_how_long_a_channel_may_be_silent() -> None:
    timer = Timer.idle(20, param="patience", close_code=None)
    pair = ClockedPair(contexts(timer), {"patience": 3})
    pair.say("Open", {"key": "a"})
    pair.wait(4)
    assert overdue(pair, SERVER) == [("idle", "a")]


def test_a_channel_timer_closes_the_connection_only_with_a_close_code() -> None:
    pair = ClockedPair(contexts(Timer.idle(20, close_code=4000)))
    pair.say("Open", {"key": "a"})
    pair.wait(21)
    (end,) = (one for one in pair.events[SERVER] if isinstance(one, Closed))
    assert isinstance(end.error, DeadlineExceeded)
    (end,) = (one for one in pair.events[CLIENT] if isinstance(one, Closed))
    assert end.code == 4000


def test_each_channel_is_kept_alive_by_its_own_message_while_its_half_is_open() -> None:
    pair = ClockedPair(contexts(Timer.keepalive(8, message="Alive")))
    for key in "ab":
        pair.say("Open", {"key": key})
    pair.wait(5)
    pair.say("Text", {"key": "a"})
    pair.wait(4)
    assert pair.heard() == ["Open", "Open", "Text", "Alive"]
    pair.say("Close", {"key": "b"})
    pair.wait(5)
    assert pair.heard()[-2:] == ["Close", "Alive"]
    assert overdue(pair, CLIENT) == []


def calls(*timers: Timer, **rules: Any) -> ConnectionLifecycle:
    """Questions with a deadline for the first word of the answer."""
    call = Channel(
        id="Call",
        lifecycle=ConnectionLifecycle(
            initialize=[keyed("Ask", CLIENT), OpeningStep(keyed("Reply", SERVER, **rules))],
            streaming_messages=[keyed("GiveUp", CLIENT, final=True)],
            server_messages=[keyed("More", SERVER), keyed("Last", SERVER, final=True)],
            timers=timers,
        ),
        key=ChannelKey(server="key") if rules else "key",
        reuse=KeyReuse.NEVER,
    )
    return ConnectionLifecycle(channels=[call])


def test_a_reply_that_does_not_come_in_time_is_told_once() -> None:
    pair = ClockedPair(calls(Timer.reply(5)))
    for key in "ab":
        pair.say("Ask", {"key": key})
    pair.say("Reply", {"key": "b"}, side=SERVER)
    pair.wait(60)
    assert overdue(pair, CLIENT) == [("reply", "a")]
    assert overdue(pair, SERVER) == []
    pair.say("Reply", {"key": "a"}, side=SERVER)
    pair.wait(60)
    assert overdue(pair, CLIENT) == [("reply", "a")]


def test_a_channel_that_has_no_key_yet_is_waited_for_as_well() -> None:
    pair = ClockedPair(calls(Timer.reply(5), answers="Ask"))
    pair.say("Ask")
    pair.wait(6)
    assert overdue(pair, CLIENT) == [("reply", None)]


def test_an_answer_takes_the_silence_of_its_channel_over_to_its_key() -> None:
    timers = [Timer.idle(5, owner=CLIENT, of=SERVER, close_code=None)]
    pair = ClockedPair(calls(*timers, answers="Ask"))
    pair.say("Ask")
    pair.wait(3)
    pair.say("Ask")
    pair.say("Reply", {"key": "a"}, side=SERVER)
    pair.wait(4)
    assert overdue(pair, CLIENT) == []
    pair.wait(2)
    assert overdue(pair, CLIENT) == [("idle", None), ("idle", "a")]


def test_ten_thousand_open_channels_cost_the_next_deadline_nothing_and_leave_nothing() -> None:
    pair = ClockedPair(contexts(SILENT))
    for key in range(10_000):
        pair.client.send("Open", {"key": str(key)})
    pair.link.run()
    deadline = pair.server.next_deadline()
    assert deadline == pair.now + 20
    pair.wait(21)
    assert len(overdue(pair, SERVER)) == 10_000


def test_the_silence_of_one_side_is_not_broken_by_the_other() -> None:
    pair = ClockedPair(contexts(Timer.idle(20, close_code=None)))
    pair.say("Open", {"key": "a"})
    pair.wait(15)
    pair.say("Audio", {"key": "a"}, side=SERVER)
    pair.wait(6)
    assert overdue(pair, SERVER) == [("idle", "a")]


def test_the_timers_of_one_kind_of_channel_do_not_hear_the_other_kind() -> None:
    (context,) = contexts(Timer.idle(20, close_code=None)).channels
    (call,) = calls(Timer.reply(5)).channels
    pair = ClockedPair(ConnectionLifecycle(channels=[context, call]))
    pair.say("Open", {"key": "a"})
    pair.wait(15)
    pair.say("Ask", {"key": "a"})
    pair.wait(6)
    assert overdue(pair, SERVER) == [("idle", "a")]
    assert overdue(pair, CLIENT) == [("reply", "a")]


@pytest.mark.parametrize("seconds", [3, 30])
def test_the_sooner_of_a_connections_and_a_channels_timers_is_waited_for(seconds: int) -> None:
    lifecycle = replace(contexts(SILENT), timers=[Timer.idle(seconds)])
    pair = ClockedPair(lifecycle)
    pair.say("Open", {"key": "a"})
    assert pair.server.next_deadline() == pair.now + min(seconds, 20)


def test_what_is_said_to_all_channels_breaks_the_silence_on_each() -> None:
    ping = keyed("Ping", CLIENT, to_all=True)
    stop = keyed("Stop", CLIENT, to_all=True, final=True)
    (context,) = contexts(Timer.idle(20, close_code=None)).channels
    said = [*context.lifecycle.streaming_messages, ping, stop]
    inside = replace(context.lifecycle, streaming_messages=said)
    pair = ClockedPair(ConnectionLifecycle(channels=[replace(context, lifecycle=inside)]))
    for key in "abc":
        pair.say("Open", {"key": key})
        pair.wait(4)
    pair.say("Close", {"key": "c"})
    pair.say("Ping")
    pair.wait(19)
    assert overdue(pair, SERVER) == []
    pair.wait(2)
    assert overdue(pair, SERVER) == [("idle", "a"), ("idle", "b")]
    pair.say("Stop")
    pair.wait(100)
    assert len(overdue(pair, SERVER)) == 2


def test_what_is_said_on_a_channel_within_a_channel_breaks_the_silence_of_both() -> None:
    (context,) = contexts(Timer.idle(20, close_code=None)).channels
    part = Channel(
        id="Part",
        key="inner",
        lifecycle=ConnectionLifecycle(
            initialize=keyed("Begin", CLIENT), streaming_messages=[keyed("Piece", CLIENT)]
        ),
    )
    inside = replace(context.lifecycle, channels=[part])
    pair = ClockedPair(ConnectionLifecycle(channels=[replace(context, lifecycle=inside)]))
    pair.say("Open", {"key": "a"})
    pair.wait(15)
    pair.say("Begin", {"key": "a", "inner": "1"})
    pair.wait(15)
    pair.say("Piece", {"key": "a", "inner": "1"})
    pair.wait(15)
    assert overdue(pair, SERVER) == []
    pair.wait(6)
    assert overdue(pair, SERVER) == [("idle", "a")]


def test_a_late_message_that_is_ignored_starts_no_timer() -> None:
    pair = ClockedPair(contexts(SILENT, ignores=["Text"]))
    pair.say("Text", {"key": "never opened"})
    pair.wait(100)
    assert overdue(pair, SERVER) == []
    assert pair.server.next_deadline() is None


def test_an_opening_that_is_refused_is_waited_for_no_more() -> None:
    (call,) = calls(Timer.reply(5), answers="Ask").channels
    refusal = Refusal(message="Fault", names="key", ticket="key")
    pair = ClockedPair(
        ConnectionLifecycle(
            server_messages=[keyed("Fault", SERVER)],
            channels=[replace(call, refused_by=refusal)],
        )
    )
    for ticket in ("t1", "t2"):
        pair.say("Ask", {"key": ticket})
    pair.say("Fault", {"key": "t1"}, side=SERVER)
    pair.wait(100)
    assert overdue(pair, CLIENT) == [("reply", None)]
    assert pair.client.next_deadline() is None


def test_who_has_ended_its_half_of_the_connection_is_silent_on_no_channel() -> None:
    lifecycle = contexts(Timer.idle(20, close_code=4000), Timer.keepalive(8, message="Alive"))
    pair = ClockedPair(replace(lifecycle, close=message("Bye", CLIENT)))
    pair.say("Open", {"key": "a"})
    pair.say("Bye")
    assert (pair.server.next_deadline(), pair.client.next_deadline()) == (None, None)
    pair.wait(100)
    assert pair.heard() == ["Open", "Bye"]
    assert not any(isinstance(event, Closed) for event in pair.events[CLIENT])


@pytest.mark.parametrize(
    ("timer", "problem"),
    [
        (Timer.initialize(3), "a timer of kind initialize belongs to the connection"),
        (Timer.keepalive(3), "a channel is kept alive by a message"),
        (Timer.reply(3, message="Nope"), "the client has no message 'Nope'"),
    ],
)
def test_a_timer_that_a_channel_cannot_have_is_refused(timer: Timer, problem: str) -> None:
    endpoint = WebSocketEndpoint(id="Only", path="/", lifecycle=contexts(timer))
    with pytest.raises(DefinitionError, match=problem):
        WebSocketApi(name="Example", base_url="ws://127.0.0.1", endpoints=[endpoint])


def test_only_a_channel_waits_for_a_reply() -> None:
    lifecycle = ConnectionLifecycle(initialize=message("Hello", CLIENT), timers=[Timer.reply(3)])
    endpoint = WebSocketEndpoint(id="Only", path="/", lifecycle=lifecycle)
    with pytest.raises(DefinitionError, match="a reply is waited for on a channel"):
        WebSocketApi(name="Example", base_url="ws://127.0.0.1", endpoints=[endpoint])
