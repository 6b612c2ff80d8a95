"""Channels under judgement: silence for the legal, one finding for one wrong step."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schematic import Channel, ConnectionLifecycle, KeyReuse, Side
from schematic.compile import Table, compile_lifecycle
from schematic_engine.conformance import Severity
from schematic_engine.keyed import LET_PASS
from schematic_engine.machine import Machine
from support.lifecycles import asked, bound, channelled, keyed, message
from support.recordings import closed, found, judged, opened, said
from support.walks import KEYS, Said, body, keys_of, sayable

CLIENT, SERVER = Side


def walk(data: st.DataObject, machine: Machine, least: int = 0) -> list[tuple[Side, Said]]:
    """A legal conversation, as an onlooker without delay sees it."""
    steps: list[tuple[Side, Said]] = []
    for _ in range(data.draw(st.integers(least, 14))):
        legal = [(side, one) for side in Side for one in sayable(machine, side)]
        if not legal:
            break
        side, (name, key) = data.draw(st.sampled_from(legal))
        step = machine.move(side, name, key)
        assert step is not None
        machine.apply(side, step)
        steps.append((side, (name, key)))
    return steps


def lines(steps: Sequence[tuple[Side, Said]]) -> list[str]:
    return [said(side, {"type": name, **body(key)}) for side, (name, key) in steps]


@given(st.one_of(channelled(), asked()), st.data())
def test_a_legal_conversation_with_channels_is_clean_wherever_its_recording_begins(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    steps = walk(data, Machine(compile_lifecycle(lifecycle)), least=1)
    whole = [opened(), *lines(steps)]
    assert found(judged(bound(lifecycle), whole)) == []
    first = data.draw(st.integers(1, len(whole)))
    assert found(judged(bound(lifecycle), whole[first:])) == []


@given(st.one_of(channelled(), asked()), st.data())
def test_one_illegal_step_is_one_finding_at_its_line_and_disturbs_no_channel(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    machine = Machine(table)
    before = walk(data, machine)
    wrong = [
        (side, (name, key))
        for side in Side
        for name in table.vocabulary(side)
        for key in keys_of(table, side, name)
        if machine.move(side, name, key) is None
    ]
    assume(wrong)
    step = data.draw(st.sampled_from(wrong))
    after = walk(data, machine)
    assert found(judged(bound(lifecycle), [opened(), *lines([*before, step, *after])])) == [
        (len(before) + 2, "SCH-101")
    ]


@given(st.one_of(channelled(), asked()), st.data())
def test_a_torn_line_makes_no_channel_suspicious(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    whole = [opened(), *lines(walk(data, Machine(compile_lifecycle(lifecycle)), least=1))]
    torn = data.draw(st.integers(0, len(whole) - 1))
    whole[torn] = whole[torn][: data.draw(st.integers(1, len(whole[torn]) - 1))]
    assert found(judged(bound(lifecycle), whole)) == [(torn + 1, "SCH-901")]


def jobs(**rules: Any) -> ConnectionLifecycle:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", CLIENT),
        close=keyed("Done", CLIENT),
        server_messages=[keyed("Data", SERVER), keyed("End", SERVER, final=True)],
    )
    channel = Channel(id="Job", key="key", lifecycle=inside, **rules)
    return ConnectionLifecycle(initialize=message("Hello", CLIENT), channels=[channel])


HELLO = (CLIENT, ("Hello", None))


def test_a_finding_on_a_channel_names_it_and_the_way_there() -> None:
    trace = judged(bound(jobs()), [opened(), *lines([HELLO, (SERVER, ("Data", "x"))])])
    shown, _still_open = trace.findings
    finding = shown.finding
    assert (finding.line, finding.rule.id) == (3, "SCH-101")
    assert finding.state == "STREAMING, Job 'x' not open"
    assert "no Job 'x' is open" in finding.text
    assert finding.path == ((CLIENT, "Open"),)


def test_a_channel_too_many_is_illegal() -> None:
    steps = [HELLO, *((CLIENT, ("Open", key)) for key in KEYS)]
    assert found(judged(bound(jobs(max_open=2)), [opened(), *lines(steps)])) == [(5, "SCH-101")]


@pytest.mark.parametrize("key", [{}, {"key": None}, {"key": 7}])
def test_a_message_without_a_usable_key_has_an_invalid_body(key: dict[str, object]) -> None:
    recorded = [opened(), *lines([HELLO]), said(CLIENT, {"type": "Open", **key})]
    assert found(judged(bound(jobs()), recorded)) == [(3, "SCH-202")]


@pytest.mark.parametrize("key", [{"key": 7}, {"key": []}, {}])
def test_an_invalid_body_leaves_open_what_became_of_its_channel(key: dict[str, object]) -> None:
    recorded = [
        opened(),
        *lines([HELLO]),
        said(CLIENT, {"type": "Open", **key}),
        *lines([(SERVER, ("Data", "7")), (SERVER, ("End", "7"))]),
    ]
    assert found(judged(bound(jobs()), recorded)) == [(3, "SCH-202")]


OPEN, STOP = (CLIENT, ("Open", "a")), (CLIENT, ("Stop", "a"))
DATA, END = (SERVER, ("Data", "a")), (SERVER, ("End", "a"))


def stopping(**rules: Any) -> ConnectionLifecycle:
    """Jobs that the client ends for both, so that late data may come under a new job's key."""
    inside = ConnectionLifecycle(
        initialize=keyed("Open", CLIENT),
        close=keyed("Stop", CLIENT, ends_both=True),
        server_messages=[keyed("Data", SERVER), keyed("End", SERVER, final=True)],
    )
    channel = Channel(id="Job", key="key", lifecycle=inside, **rules)
    return ConnectionLifecycle(initialize=message("Hello", CLIENT), channels=[channel])


def test_late_messages_under_a_key_used_again_are_noted_once_and_held_against_nobody() -> None:
    steps = [HELLO, OPEN, STOP, OPEN, END, DATA, END]
    recorded = [opened(), *lines(steps), closed(CLIENT), closed(SERVER)]
    trace = judged(bound(stopping()), recorded)
    assert found(trace, notes=True) == [(5, "SCH-904")]
    (shown,) = trace.findings
    assert (shown.finding.side, shown.finding.message) == (CLIENT, "Open")
    assert "opened Job 'a' again" in shown.finding.text


def test_without_a_race_what_comes_after_the_end_is_held_against_its_sender() -> None:
    steps = [HELLO, OPEN, END, DATA]
    assert found(judged(bound(stopping()), [opened(), *lines(steps)])) == [(5, "SCH-101")]
    again = [HELLO, OPEN, STOP, END, OPEN, END, DATA]
    assert found(judged(bound(stopping()), [opened(), *lines(again)])) == [(8, "SCH-101")]


def test_a_recording_that_begins_after_a_key_was_given_up_does_not_know_whose_data_is_late() -> (
    None
):
    steps = [HELLO, OPEN, STOP, OPEN, END, DATA, END]
    recorded = [opened(), *lines(steps)]
    for first in range(1, len(recorded)):
        assert found(judged(bound(stopping()), recorded[first:])) == []


RACED = channelled().map(
    lambda lifecycle: replace(
        lifecycle,
        channels=[replace(one, reuse=KeyReuse.IMMEDIATE) for one in lifecycle.channels],
    )
)


def overheard(data: st.DataObject, table: Table) -> list[tuple[Side, Said]]:
    """What passes between two correct peers of whom neither knows what is on its way."""
    ends = {side: Machine(table) for side in Side}
    sent: dict[Side, deque[Said]] = {side: deque() for side in Side}
    passed: dict[Side, deque[Said]] = {side: deque() for side in Side}
    heard: list[tuple[Side, Said]] = []
    for _ in range(data.draw(st.integers(0, 40))):
        side = data.draw(st.sampled_from(Side))
        action = data.draw(st.sampled_from(["send", "pass", "deliver"]))
        if action == "send" and (legal := worth_saying(ends[side], side)):
            sent[side].append(data.draw(st.sampled_from(legal)))
            move(ends[side], side, sent[side][-1])
        elif action == "pass" and sent[side]:
            passed[side].append(sent[side].popleft())
            heard.append((side, passed[side][-1]))
        elif action == "deliver" and passed[side]:
            move(ends[side.other], side, passed[side].popleft())
    return heard


def worth_saying(machine: Machine, side: Side) -> list[Said]:
    """What may be said about one key, without what is merely let pass."""
    return [
        (name, key)
        for name, key in sayable(machine, side)
        if key in (None, "a")
        and getattr(machine.move(side, name, key), "outcome", None) is not LET_PASS
    ]


def move(machine: Machine, side: Side, one: Said) -> None:
    """Take a step; a peer that cannot know better may find it wrong, and stays where it is."""
    step = machine.move(side, *one)
    if step is not None:
        machine.apply(side, step)


@given(RACED, st.data())
def test_only_who_uses_a_key_again_too_early_can_ever_be_accused_for_it(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    whole = [opened(), *lines(overheard(data, compile_lifecycle(lifecycle)))]
    openers = {channel.lifecycle.opening[0].messages[0].id for channel in lifecycle.channels}
    for first in (0, data.draw(st.integers(0, len(whole) - 1))):
        findings = [one.finding for one in judged(bound(lifecycle), whole[first:]).findings]
        errors = [one for one in findings if one.rule.severity is Severity.ERROR]
        assert {one.message for one in errors} <= openers


def test_the_key_of_an_ended_channel_may_open_another_where_the_description_says_so() -> None:
    once = [HELLO, (CLIENT, ("Open", "a")), (CLIENT, ("Done", "a")), (SERVER, ("End", "a"))]
    again = [opened(), *lines([*once, (CLIENT, ("Open", "a"))])]
    assert found(judged(bound(jobs()), again)) == []
    assert found(judged(bound(jobs(reuse=KeyReuse.NEVER)), again)) == [(6, "SCH-101")]
