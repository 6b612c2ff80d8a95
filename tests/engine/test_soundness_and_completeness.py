"""What the order rules promise to two peers who cannot see each other's queues.

Soundness: correct peers never see a violation, whatever the delays, at any vantage.
Completeness: a receiver flags a step exactly when no correct sender could have produced what the
receiver has seen; brute force over every history of the sender is the judge.
"""

from __future__ import annotations

from collections import deque
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side
from schematic.compile import Table, compile_lifecycle
from schematic_engine.machine import Machine
from support.lifecycles import lifecycles


def judge(machine: Machine, side: Side, name: str) -> None:
    move = machine.move(side, name)
    assert move is not None, machine.explain(side, name)
    machine.apply(side, move)


@given(lifecycles(), st.data())
def test_correct_peers_never_see_a_violation_whatever_the_delays(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    ends = {side: Machine(table) for side in Side}
    tap = Machine(table)
    before_tap: dict[Side, deque[str]] = {side: deque() for side in Side}
    after_tap: dict[Side, deque[str]] = {side: deque() for side in Side}
    for _ in range(data.draw(st.integers(0, 40))):
        side = data.draw(st.sampled_from(Side))
        action = data.draw(st.sampled_from(["send", "pass", "deliver"]))
        if action == "send" and (legal := ends[side].allowed(side)):
            name = data.draw(st.sampled_from(legal))
            judge(ends[side], side, name)
            before_tap[side].append(name)
        elif action == "pass" and before_tap[side]:
            name = before_tap[side].popleft()
            judge(tap, side, name)
            after_tap[side].append(name)
        elif action == "deliver" and after_tap[side]:
            judge(ends[side.other], side, after_tap[side].popleft())


def sender_could(table: Table, sender: Side, history: tuple[tuple[Side, str], ...]) -> bool:
    """Whether a correct ``sender`` exists for what its peer saw, in the order the peer saw it.

    The sender said its messages in this order, and before each of them it had read some of what
    the peer had said until it saw that message: any number of them, never fewer than before.
    """
    own: list[tuple[str, list[str]]] = []
    heard: list[str] = []
    for side, name in history:
        if side is sender:
            own.append((name, heard.copy()))
        else:
            heard.append(name)
    states = {(table.start, 0)}
    for name, available in own:
        grown = set(states)
        for begin, read in states:
            state = begin
            for upto in range(read, len(available)):
                move = table.row(state, sender.other).moves[available[upto]]
                state = table.after(state, sender.other, move)
                grown.add((state, upto + 1))
        states = {
            (table.after(state, sender, move), read)
            for state, read in grown
            if (move := table.legal(state, sender, name)) is not None
        }
    return bool(states)


@settings(max_examples=40)
@given(lifecycles())
def test_a_receiver_flags_exactly_what_no_correct_sender_could_have_said(
    lifecycle: ConnectionLifecycle,
) -> None:
    table = compile_lifecycle(lifecycle)
    names = [(side, name) for side in Side for name in table.vocabulary(side)][:7]
    receiver = Side.SERVER
    for length in range(1, 4):
        for history in product(names, repeat=length):
            machine = Machine(table)
            for side, name in history[:-1]:
                move = machine.move(side, name)
                if move is None:
                    break
                machine.apply(side, move)
            else:
                side, name = history[-1]
                if side is receiver.other:
                    flagged = machine.move(side, name) is None
                    assert flagged != sender_could(table, side, history), history


@given(lifecycles(), st.data())
def test_a_refused_step_leaves_no_trace_and_explains_itself(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    machine = Machine(table)
    everything = [(side, name) for side in Side for name in table.vocabulary(side)]
    for _ in range(data.draw(st.integers(0, 8))):
        before = machine.state
        for side, name in everything:
            legal = machine.move(side, name) is not None
            assert legal == (name in machine.allowed(side))
            if not legal:
                facts = machine.explain(side, name)
                assert facts["why"]
                assert facts["allowed"] == machine.allowed(side)
                walk = Machine(table, machine.state)
                for who, what in facts["path"] or ():
                    judge(walk, who, what)
                assert facts["path"] is None or walk.move(side, name) is not None
        assert machine.state == before
        steps = [(s, n) for s, n in everything if machine.move(s, n) is not None]
        if not steps:
            return
        judge(machine, *data.draw(st.sampled_from(steps)))
