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
from support.lifecycles import asked, channelled, lifecycles
from support.walks import KEYS, Said, keys_of, sayable


def judge(machine: Machine, side: Side, said: Said) -> None:
    name, key = said
    step = machine.move(side, name, key)
    assert step is not None, machine.explain(side, name, key)
    machine.apply(side, step)


@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_correct_peers_never_see_a_violation_whatever_the_delays(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    ends = {side: Machine(table) for side in Side}
    tap = Machine(table)
    before_tap: dict[Side, deque[Said]] = {side: deque() for side in Side}
    after_tap: dict[Side, deque[Said]] = {side: deque() for side in Side}
    for _ in range(data.draw(st.integers(0, 40))):
        side = data.draw(st.sampled_from(Side))
        action = data.draw(st.sampled_from(["send", "pass", "deliver"]))
        if action == "send" and (legal := sayable(ends[side], side)):
            said = data.draw(st.sampled_from(legal))
            judge(ends[side], side, said)
            before_tap[side].append(said)
        elif action == "pass" and before_tap[side]:
            said = before_tap[side].popleft()
            judge(tap, side, said)
            after_tap[side].append(said)
        elif action == "deliver" and after_tap[side]:
            judge(ends[side.other], side, after_tap[side].popleft())


def sender_could(table: Table, sender: Side, history: tuple[tuple[Side, Said], ...]) -> bool:
    """Whether a correct ``sender`` exists for what its peer saw, in the order the peer saw it.

    The sender said its messages in this order, and before each of them it had read some of what
    the peer had said until it saw that message: any number of them, never fewer than before.
    """
    possible = [(Machine(table), 0)]
    heard: list[Said] = []
    for side, said in history:
        if side is not sender:
            heard.append(said)
            continue
        after: list[tuple[Machine, int]] = []
        for begin, read in possible:
            machine = begin.copy()
            for upto in range(read, len(heard) + 1):
                if upto > read:
                    judge(machine, side.other, heard[upto - 1])
                step = machine.move(side, *said)
                if step is not None:
                    moved = machine.copy()
                    moved.apply(side, step)
                    after.append((moved, upto))
        possible = after
    return bool(possible)


@settings(max_examples=60)
@given(st.one_of(lifecycles(), channelled(), asked()), st.data())
def test_a_receiver_flags_exactly_what_no_correct_sender_could_have_said(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    table = compile_lifecycle(lifecycle)
    names: list[tuple[Side, Said]] = [
        (side, (name, key))
        for side in Side
        for name in table.vocabulary(side)
        for key in keys_of(table, side, name, KEYS[:2])
    ]
    names = data.draw(st.permutations(names))[:7]
    receiver = data.draw(st.sampled_from(Side))
    for length in range(1, 4):
        for history in product(names, repeat=length):
            machine = Machine(table)
            for side, said in history[:-1]:
                step = machine.move(side, *said)
                if step is None:
                    break
                machine.apply(side, step)
            else:
                side, said = history[-1]
                if side is receiver.other:
                    flagged = machine.move(side, *said) is None
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
                    judge(walk, who, (what, None))
                assert facts["path"] is None or walk.move(side, name) is not None
        assert machine.state == before
        steps = [(s, n) for s, n in everything if machine.move(s, n) is not None]
        if not steps:
            return
        who, what = data.draw(st.sampled_from(steps))
        judge(machine, who, (what, None))
