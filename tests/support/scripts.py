"""Random playbooks: legal conversations of any lifecycle, as scripts."""

from __future__ import annotations

from hypothesis import strategies as st

from schematic import ConnectionLifecycle, Side
from schematic.compile import compile_endpoint
from schematic_engine.machine import Machine
from schematic_engine.playbook import ANY, Playbook, Says, Step, client, server
from support.lifecycles import bound, channelled, lifecycles
from support.walks import body, sayable

__all__ = ["conversations", "scripts"]

SPEAKERS = {Side.CLIENT: client, Side.SERVER: server}


@st.composite
def conversations(draw: st.DrawFn, lifecycle: ConnectionLifecycle) -> list[Step]:
    """A legal conversation that begins at the beginning, heard without delay."""
    machine = Machine(compile_endpoint(bound(lifecycle)).table)
    plain = {message.id for message in lifecycle.messages}
    steps: list[Step] = []
    for _ in range(draw(st.integers(0, 12))):
        legal = [(side, *said) for side in Side for said in sayable(machine, side)]
        if not legal:
            break
        side, name, key = draw(st.sampled_from(legal))
        move = machine.move(side, name, key)
        assert move is not None
        machine.apply(side, move)
        numbered = {"number": draw(st.integers(0, 3))}
        given = numbered if name in plain else body(key) or ANY
        after = draw(st.sampled_from([0.0, 0.0, 0.5]))
        steps.append(SPEAKERS[side].says(name, given, after=after))
    return steps


@st.composite
def scripts(draw: st.DrawFn, *, channels: bool = True) -> Playbook:
    """A playbook of a legal conversation."""
    kinds = [lifecycles(), channelled(nested=False)] if channels else [lifecycles()]
    lifecycle = draw(st.one_of(kinds))
    steps = draw(conversations(lifecycle))
    assert all(isinstance(step, Says) for step in steps)
    return Playbook(bound(lifecycle), *steps, name="random.play")
