"""Which kind of breach an illegal message is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schematic import (
    Breach,
    Channel,
    ConnectionLifecycle,
    KeyReuse,
    OpeningStep,
    Side,
)
from schematic.compile import compile_lifecycle
from schematic_engine.breaches import breach_of
from schematic_engine.machine import Machine
from support.lifecycles import channelled, keyed, lifecycles, message

C, S = Side.CLIENT, Side.SERVER

JOBS = Channel(
    id="Job",
    key="key",
    max_open=2,
    reuse=KeyReuse.NEVER,
    lifecycle=ConnectionLifecycle(
        initialize=keyed("Open", C),
        streaming_messages=[keyed("Add", C, repeatable=False)],
        close=keyed("Shut", C),
        server_messages=[keyed("Done", S, final=True)],
    ),
)
LIFECYCLE = ConnectionLifecycle(
    initialize=[message("Hello", C), OpeningStep(message("Welcome", S))],
    streaming_messages=[
        message("Say", C),
        message("Once", C, repeatable=False),
        message("Thank", C, after="Told"),
    ],
    close=message("Bye", C),
    server_messages=[message("Told", S)],
    channels=[JOBS],
)

Said = tuple[Side, str, str | None]

OPEN: list[Said] = [(C, "Hello", None), (S, "Welcome", None)]


def after(steps: list[Said]) -> Machine:
    machine = Machine(compile_lifecycle(LIFECYCLE))
    for side, name, key in steps:
        step = machine.move(side, name, key)
        assert step is not None, (side, name)
        machine.apply(side, step)
    return machine


@pytest.mark.parametrize(
    ("steps", "side", "name", "key", "breach"),
    [
        ([], S, "Say", None, Breach.FOREIGN),
        ([], C, "Done", "a", Breach.FOREIGN),
        ([], C, "Say", None, Breach.EARLY),
        ([], C, "Open", "a", Breach.EARLY),
        ([], S, "Welcome", None, Breach.EARLY),
        (OPEN[:1], C, "Hello", None, Breach.REPEATED),
        (OPEN[:1], C, "Open", "a", Breach.EARLY),
        (OPEN, C, "Hello", None, Breach.REPEATED),
        (OPEN, C, "Thank", None, Breach.EARLY),
        ([*OPEN, (C, "Once", None)], C, "Once", None, Breach.REPEATED),
        ([*OPEN, (C, "Bye", None)], C, "Say", None, Breach.LATE),
        (OPEN, C, "Add", "a", Breach.NOT_OPEN),
        (OPEN, S, "Done", "a", Breach.NOT_OPEN),
        ([*OPEN, (C, "Open", "a")], C, "Open", "a", Breach.KEY_IN_USE),
        (
            [*OPEN, (C, "Open", "a"), (C, "Shut", "a"), (S, "Done", "a")],
            C,
            "Open",
            "a",
            Breach.KEY_IN_USE,
        ),
        ([*OPEN, (C, "Open", "a"), (C, "Open", "b")], C, "Open", "c", Breach.TOO_MANY),
        ([*OPEN, (C, "Open", "a"), (C, "Add", "a")], C, "Add", "a", Breach.REPEATED),
        ([*OPEN, (C, "Open", "a"), (C, "Shut", "a")], C, "Add", "a", Breach.LATE),
    ],
)
def test_a_breach_is_named_for_what_is_wrong_with_the_moment(
    steps: list[Said], side: Side, name: str, key: str | None, breach: Breach
) -> None:
    machine = after(steps)
    assert machine.move(side, name, key) is None
    assert breach_of(machine, side, name, key) is breach


def test_a_later_step_of_ones_own_opening_is_early_and_an_earlier_one_repeated() -> None:
    lifecycle = ConnectionLifecycle(
        initialize=[message("One", C), message("Two", C), message("Three", C)]
    )
    machine = Machine(compile_lifecycle(lifecycle))
    assert breach_of(machine, C, "Two") is Breach.EARLY
    machine.apply(C, machine.candidates(C)["One"])
    assert breach_of(machine, C, "One") is Breach.REPEATED
    assert breach_of(machine, C, "Three") is Breach.EARLY


@given(st.one_of(lifecycles(), channelled()), st.data())
def test_whatever_the_machine_refuses_is_a_breach_of_order(
    lifecycle: ConnectionLifecycle, data: st.DataObject
) -> None:
    machine = Machine(compile_lifecycle(lifecycle))
    names = [name for side in Side for name in machine.table.vocabulary(side)]
    assume(names)
    for _ in range(data.draw(st.integers(1, 12))):
        name = data.draw(st.sampled_from(names))
        speaker, key = data.draw(st.sampled_from(Side)), data.draw(st.sampled_from("ab"))
        step = machine.move(speaker, name, key)
        if step is not None:
            machine.apply(speaker, step)
            continue
        breach = breach_of(machine, speaker, name, key)
        assert breach.is_illegal
        foreign = name not in machine.table.vocabulary(speaker)
        assert (breach is Breach.FOREIGN) == foreign
        if machine.ended(speaker) and not foreign and name not in machine.candidates(speaker):
            assert breach is Breach.LATE
