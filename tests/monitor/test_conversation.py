"""The core of the monitor: what a program does on a connection, in the order that it can see."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_engine.conformance import Finding, Vantage, rules
from schematic_engine.conformance.follow import Following, Setting
from schematic_engine.monitor.conversation import Conversation, Opening
from schematic_engine.monitor.observer import Observer
from schematic_engine.monitor.parts import MAX_MESSAGE, Parts
from support.apis import SPEECH, TO_CLIENT, TO_SERVER, Ask, Done, kind, one_endpoint
from support.replays import Replay, found_in, replays, verdict

TALK = compile_endpoint(SPEECH)
OPENING, TEXT, STOP = '{"text":" "}', '{"text":"a "}', '{"text":""}'
AUDIO = '{"audio":"QQ=="}'
ASK = '{"type":"ask","question":"?"}'


def observer(told: list[Finding] | None = None) -> Observer:
    return Observer(TALK, tell=(told if told is not None else []).append)


def talk(observing: Observer, side: Side = Side.CLIENT) -> Conversation:
    """A connection that is open."""
    conversation = observing.begin(side)
    conversation.asked(Opening("/talk", "127.0.0.1", ()), 0.0)
    conversation.accepted(None, 0.0)
    return conversation


def lines(observing: Observer) -> list[tuple[int, str]]:
    return found_in(observing.finish("monitor").findings)


@given(replays(), st.sampled_from(Side))
@settings(max_examples=60, deadline=None)
def test_what_a_program_does_is_judged_like_a_recording_made_at_its_end(
    replay: Replay, own: Side
) -> None:
    now = count().__next__
    told: list[Finding] = []
    observing = Observer(replay.endpoint, tell=told.append, transcribe=5)
    one = observing.begin(own)
    offered = () if replay.subprotocol is None else (replay.subprotocol,)
    one.asked(Opening(replay.target, "", offered), now())
    one.accepted(replay.subprotocol, now())
    for side, said in replay.said:
        if side is own:
            one.sent(one.sending(said, now()))
        else:
            one.received(said, now())
    side, code, reason = replay.closes
    if side is own:
        one.sent(one.closing(code, reason, now()))
        one.closed(code, "", now())
    else:
        one.closed(code, reason, now())
        one.sent(one.closing(code, "", now()))
    one.end()
    trace = observing.finish("monitor")
    assert found_in(trace.findings) == verdict(replay, own)
    assert sorted(one.line for one in told) == [line for line, _ in found_in(trace.findings)]
    assert trace.counts.messages == len(replay.said)
    assert trace.transcripts[0].length == len(replay.said) + 4


def test_a_message_counts_as_sent_before_what_is_received_while_it_is_sent() -> None:
    observing = observer()
    one = talk(observing)
    opening = one.sending(OPENING, 1.0)
    assert one.received(AUDIO, 2.0) == ()  # the answer to it, though its `send` waits
    assert one.sent(opening) == ()
    assert [finding for _, finding in lines(observing)] == [rules.UNFINISHED.id]


def test_messages_count_in_the_order_in_which_their_sending_began() -> None:
    observing = observer()
    one = talk(observing)
    first, second, third = (one.sending(said, 1.0) for said in (OPENING, TEXT, STOP))
    assert one.sent(third) == ()
    assert one.sent(first) == one.sent(second) == ()
    assert observing.trace("monitor").counts.messages == 3


def test_what_could_not_be_sent_was_not_said() -> None:
    observing = observer()
    one = talk(observing)
    one.sent(one.sending(OPENING, 1.0))
    one.sent(one.sending(STOP, 1.0))
    one.unsent(one.sending(TEXT, 1.0))
    assert observing.trace("monitor").counts.messages == 2
    assert observing.trace("monitor").findings == ()


def test_what_may_have_been_sent_is_not_held_against_anybody() -> None:
    observing = observer()
    one = talk(observing)
    one.doubted(one.sending(OPENING, 1.0))
    one.sent(one.sending(TEXT, 2.0))
    one.received(AUDIO, 3.0)
    assert lines(observing) == [(3, rules.BODY_UNKNOWN.id), (5, rules.UNFINISHED.id)]


def test_who_does_not_read_to_the_end_is_not_told_that_something_is_missing() -> None:
    for unread, expected in ((False, [rules.NO_FINAL_MESSAGE.id]), (True, [])):
        told: list[Finding] = []
        observing = observer(told)
        one = talk(observing)
        for said in (OPENING, STOP):
            one.sent(one.sending(said, 1.0))
        if unread:
            one.unread(2.0)
        one.sent(one.closing(1000, "", 2.0))
        one.closed(1000, "", 3.0)
        one.end()
        assert [finding.rule.id for finding in told] == expected


def test_what_its_own_side_still_owes_is_known_whatever_was_not_read() -> None:
    told: list[Finding] = []
    one = talk(observer(told), Side.SERVER)
    one.received(OPENING, 1.0)
    one.received(STOP, 1.0)
    one.sent(one.closing(1000, "", 2.0))
    one.unread(3.0)
    one.end()
    assert [finding.rule.id for finding in told] == [rules.NO_FINAL_MESSAGE.id]


@pytest.mark.parametrize(
    ("side", "vantage", "expected"),
    [
        (Side.CLIENT, None, [rules.SENT_THOUGH_STOPPED.id]),
        (Side.CLIENT, Vantage.TAP, []),  # in between, the two may have crossed
        (Side.SERVER, None, []),
    ],
)
def test_vantage_is_that_of_the_programs_end_unless_it_is_told(
    side: Side, vantage: Vantage | None, expected: list[str]
) -> None:
    pausing = one_endpoint(
        "Pausing",
        streaming_messages=[kind(TO_SERVER, Ask, until="Done")],
        server_messages=[kind(TO_CLIENT, Done)],
    )
    told: list[Finding] = []
    one = talk(Observer(compile_endpoint(pausing), vantage=vantage, tell=told.append), side)
    for own, said in ((Side.SERVER, '{"type":"done"}'), (Side.CLIENT, ASK)):
        if own is side:
            one.sent(one.sending(said, 1.0))
        else:
            one.received(said, 1.0)
    assert [finding.rule.id for finding in told] == expected


@pytest.mark.parametrize("said", [b'{"audio":"QQ=="}', b"\xff\x00", b'{"audio"'])
def test_bytes_of_an_unknown_frame_are_taken_for_what_the_endpoint_knows(said: bytes) -> None:
    observing = observer()
    one = talk(observing)
    one.sent(one.sending(OPENING, 1.0))
    text = Following(Setting(TALK)).is_text(0, Side.SERVER, said)
    assert observing.is_text(one.number, Side.SERVER, said) == text == (said[:1] == b"{")
    one.received_bytes(said, 2.0)
    assert bool(observing.trace("monitor").findings) == (said != b'{"audio":"QQ=="}')


def test_what_comes_after_the_end_is_not_judged() -> None:
    observing = observer()
    one = talk(observing)
    one.sent(one.sending(OPENING, 1.0))
    one.closed(1000, "", 2.0)
    one.end()
    assert one.end() == one.received(AUDIO, 4.0) == ()
    assert observing.trace("monitor").counts.messages == 1


def test_a_report_before_the_end_has_the_connections_that_go_on() -> None:
    observing = observer()
    one = talk(observing)
    one.sent(one.sending(TEXT, 1.0))
    before = observing.trace("monitor")
    assert (before.counts.connections, before.counts.messages) == (1, 1)
    assert found_in(before.findings) == [(3, rules.ILLEGAL_ORDER.id)]
    one.sent(one.sending(OPENING, 2.0))
    assert (before.counts.messages, observing.trace("monitor").counts.messages) == (1, 2)


def test_an_opening_shows_nothing_of_what_it_holds() -> None:
    opening = Opening.of("wss://host/talk?token=sk-1")
    assert (opening.host, opening.target) == ("host", "/talk?token=sk-1")
    assert "sk-1" not in repr(opening)


def test_parts_are_put_together_up_to_a_limit() -> None:
    parts = Parts(text=True)
    for part in ("ä", b"b", memoryview(b"c")):
        parts.add(part)
    assert (parts.message, parts.data) == ("äbc", "äbc".encode())
    parts.add(bytes(MAX_MESSAGE))
    assert parts.message is None
