"""Findings that explain: what made a message illegal, and a repair that does repair."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schematic import Channel, ConnectionLifecycle, Side
from schematic.compile import compile_lifecycle
from schematic_definitions.elevenlabs import elevenlabs
from schematic_engine.conformance import Finding, Trace, Vantage
from schematic_engine.machine import Machine
from support.lifecycles import asked, bound, channelled, keyed, lifecycles, message
from support.recordings import closed, found, judged, opened, said
from support.walks import Said, body, keys_of, sayable

SPEECH = elevenlabs().endpoint("StreamTextToSpeech")
CLIENT, SERVER = Side
INIT, TEXT, CLOSE = {"text": " "}, {"text": "Hello "}, {"text": ""}
AUDIO = {"audio": "QQ=="}

Step = tuple[Side, Said]


def lines(steps: list[Step]) -> list[str]:
    return [said(side, {"type": name, **body(key)}) for side, (name, key) in steps]


def walk(data: st.DataObject, machine: Machine) -> list[Step]:
    steps: list[Step] = []
    for _ in range(data.draw(st.integers(0, 12))):
        legal = [(side, one) for side in Side for one in sayable(machine, side)]
        if not legal:
            break
        side, (name, key) = data.draw(st.sampled_from(legal))
        step = machine.move(side, name, key)
        assert step is not None
        machine.apply(side, step)
        steps.append((side, (name, key)))
    return steps


def illegal_order(trace: Trace) -> Finding:
    return next(one.finding for one in trace.findings if one.finding.rule.id == "SCH-101")


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_the_shortest_repair_makes_the_conversation_legal(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    machine = Machine(table)
    steps = walk(data, machine)
    wrong = [
        (side, (name, key))
        for side in Side
        for name in table.vocabulary(side)
        for key in keys_of(table, side, name)
        if machine.move(side, name, key) is None
    ]
    assume(wrong)
    step = data.draw(st.sampled_from(wrong))
    finding = illegal_order(judged(bound(lifecycle), [opened(), *lines([*steps, step])]))
    repair = finding.repair
    assert repair is not None
    if repair.action == "move":
        assert finding.because is not None
        assert repair.line is not None
        assert repair.line == finding.because.line
        steps.insert(repair.line - 2, step)
    elif repair.action == "insert":
        # On a channel the steps have to be said there, and which it is may be for people to say.
        side, (name, _) = step
        assume(all(row.moves[name].channel < 0 for row in table.rows(side) if name in row.moves))
        steps += [(side, (name, None)) for side, name in repair.steps]
        steps.append(step)
    else:
        assert repair.action == "leave-out"
    assert found(judged(bound(lifecycle), [opened(), *lines(steps)])) == []


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled()), st.data())
def test_before_or_without_the_message_that_is_blamed_the_other_one_is_legal(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    machine = Machine(table)
    steps = walk(data, machine)
    wrong = [
        (side, (name, key))
        for side in Side
        for name in table.vocabulary(side)
        for key in keys_of(table, side, name)
        if machine.move(side, name, key) is None
    ]
    assume(wrong)
    side, (name, key) = data.draw(st.sampled_from(wrong))
    recorded = [opened(), *lines([*steps, (side, (name, key))])]
    because = illegal_order(judged(bound(lifecycle), recorded)).because
    if because is None:
        return
    before = [*recorded[: because.line - 1], recorded[-1]]
    without = [*recorded[: because.line - 1], *recorded[because.line :]]
    assert any(
        len(told) not in [line for line, _ in found(judged(bound(lifecycle), told))]
        for told in (before, without)
    )


def test_what_comes_after_the_close_message_is_blamed_on_it_and_moved_before_it() -> None:
    recorded = [opened(), *(said(CLIENT, one) for one in (INIT, TEXT, CLOSE)), said(SERVER, AUDIO)]
    finding = illegal_order(judged(SPEECH, [*recorded, said(CLIENT, TEXT)]))
    assert finding.because is not None
    assert (finding.because.line, finding.because.side) == (4, CLIENT)
    assert finding.because.message == "CloseConnection"
    assert finding.repair is not None
    assert finding.repair.text == "move it before line 4 (CloseConnection)"


def test_what_comes_before_the_opening_wants_the_opening_before_it() -> None:
    finding = illegal_order(judged(SPEECH, [opened(), said(CLIENT, TEXT)]))
    assert finding.because is None
    assert finding.repair is not None
    assert finding.repair.text == "send InitializeConnection before it"
    assert finding.repair.steps == ((CLIENT, "InitializeConnection"),)


def test_what_was_said_twice_is_left_out() -> None:
    finding = illegal_order(
        judged(SPEECH, [opened(), *[said(CLIENT, INIT), said(CLIENT, CLOSE)] * 2])
    )
    assert finding.repair is not None
    assert finding.repair.action == "leave-out"


def test_a_message_after_the_close_frame_is_moved_before_it_if_it_was_in_order_there() -> None:
    start = [opened(), said(CLIENT, INIT), closed(CLIENT)]
    for late, action in (
        (TEXT, "move"),
        ([1], "leave-out"),
        ("x", "leave-out"),
    ):
        trace = judged(SPEECH, [*start, said(CLIENT, late)])
        (finding,) = [one.finding for one in trace.findings if one.finding.rule.id == "SCH-103"]
        assert finding.because is not None
        assert finding.because.line == 3
        assert finding.repair is not None
        assert finding.repair.action == action


def jobs(**rules: Any) -> ConnectionLifecycle:
    inside = ConnectionLifecycle(
        initialize=keyed("Open", CLIENT),
        streaming_messages=[keyed("More", CLIENT)],
        close=keyed("Done", CLIENT),
        server_messages=[keyed("Data", SERVER), keyed("End", SERVER, final=True)],
    )
    return ConnectionLifecycle(channels=[Channel(id="Job", key="key", lifecycle=inside, **rules)])


@pytest.mark.parametrize(
    ("steps", "because", "repair"),
    [
        (["Open a", "More a", "Done a", "More a"], 4, "move it before line 4 (Done)"),
        (["Open a", "Open b", "Open a"], 2, ""),
        (["Open a", "Open b", "Open c"], 3, ""),
        (["Open a", "More b"], None, "send Open on Job 'b' before it"),
    ],
)
def test_on_a_channel_the_blame_is_on_what_passed_there(
    steps: list[str], because: int | None, repair: str
) -> None:
    said_on = [(CLIENT, (one.split()[0], one.split()[1])) for one in steps]
    endpoint = bound(jobs(max_open=2))
    finding = illegal_order(judged(endpoint, [opened(), *lines([*said_on])]))
    assert (None if finding.because is None else finding.because.line) == because
    assert finding.repair is not None
    assert repair in finding.repair.text


# -------------------------------------------------------------------------------------- vantage

STOP = bound(
    ConnectionLifecycle(
        streaming_messages=[message("Ask", CLIENT, until=("Away",))],
        server_messages=[message("Away", SERVER)],
    )
)


@pytest.mark.parametrize(
    ("vantage", "expected"),
    [(Vantage.CLIENT, [(3, "SCH-104")]), (Vantage.SERVER, []), (Vantage.TAP, [])],
)
def test_only_at_its_own_end_a_side_is_bound_by_what_it_had_received(
    vantage: Vantage, expected: list[tuple[int, str]]
) -> None:
    told = [said(SERVER, {"type": "Away"}), said(CLIENT, {"type": "Ask"})]
    trace = judged(STOP, [opened(), *told], vantage=vantage)
    assert found(trace) == expected
    if expected:
        finding = trace.findings[0].finding
        assert finding.because is not None
        assert (finding.because.line, finding.because.message) == (2, "Away")
        assert finding.side is CLIENT
    assert found(judged(STOP, [opened(), *told[::-1]], vantage=vantage)) == []


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_two_correct_peers_are_clean_at_every_vantage_whatever_the_delays(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    ends = {side: Machine(table) for side in Side}
    under_way: dict[Side, deque[Said]] = {side: deque() for side in Side}
    seen: dict[Side, list[Step]] = {side: [] for side in Side}

    def pass_at(end: Side, side: Side, one: Said) -> None:
        step = ends[end].move(side, *one)
        assert step is not None
        ends[end].apply(side, step)
        seen[end].append((side, one))

    for _ in range(data.draw(st.integers(0, 20))):
        side = data.draw(st.sampled_from(Side))
        if data.draw(st.booleans()) and (legal := sayable(ends[side], side)):
            under_way[side].append(data.draw(st.sampled_from(legal)))
            pass_at(side, side, under_way[side][-1])
        elif under_way[side]:
            pass_at(side.other, side, under_way[side].popleft())
    for side, vantage in ((CLIENT, Vantage.CLIENT), (SERVER, Vantage.SERVER)):
        recorded = [opened(), *lines(seen[side])]
        for where in (vantage, Vantage.TAP):
            assert found(judged(bound(lifecycle), recorded, vantage=where)) == []
        first = data.draw(st.integers(0, len(recorded)))
        assert found(judged(bound(lifecycle), recorded[first:], vantage=vantage)) == []


@settings(max_examples=150)
@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_at_its_own_end_a_side_is_told_of_every_message_that_its_engine_would_not_send(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    machine = Machine(table)
    steps = walk(data, machine)
    stopped = [
        (side, (name, key))
        for side in Side
        for name in table.vocabulary(side)
        for key in keys_of(table, side, name)
        if machine.move(side, name, key) is not None and machine.stopped(side, name, key)
    ]
    if not stopped:
        return
    side, one = data.draw(st.sampled_from(stopped))
    recorded = [opened(), *lines([*steps, (side, one)])]
    own = Vantage.CLIENT if side is CLIENT else Vantage.SERVER
    other = Vantage.SERVER if side is CLIENT else Vantage.CLIENT
    assert found(judged(bound(lifecycle), recorded, vantage=own)) == [(len(recorded), "SCH-104")]
    assert found(judged(bound(lifecycle), recorded, vantage=other)) == []
