"""A step that is wrong in two ways proves nothing: either answer would be right."""

from __future__ import annotations

import pytest

from schematic import Side
from schematic.compile import compile_endpoint
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.machine import Machine
from schematic_engine.probing import Flaw, Wrong
from schematic_engine.probing.talking.refusal import expectation

COMPILED = compile_endpoint(graphql_transport_ws().endpoint())
SUBSCRIBE = b'{"type":"subscribe","id":"1","payload":{"query":""}}'

BEFORE_THE_OPENING = [
    Wrong(Flaw.WRONG_TYPE, "Complete", b'{"type":"complete","id":7}', True),
    Wrong(Flaw.WRONG_VALUE, "Complete", b'{"type":"complete","id":""}', True),
    Wrong(Flaw.WRONG_FRAME, "Subscribe", SUBSCRIBE, False),
]


def opened() -> Machine:
    """Where the opening is done."""
    machine = Machine(COMPILED.table)
    for side, message in ((Side.CLIENT, "ConnectionInit"), (Side.SERVER, "ConnectionAck")):
        step = machine.move(side, message)
        assert step is not None
        machine.apply(side, step)
    return machine


@pytest.mark.parametrize("wrong", BEFORE_THE_OPENING, ids=lambda wrong: wrong.flaw.name)
def test_what_is_wrong_in_itself_is_judged_only_where_it_would_be_legal(wrong: Wrong) -> None:
    assert expectation(COMPILED, Machine(COMPILED.table), Side.CLIENT, wrong) is None


def test_where_it_would_be_legal_its_answer_is_the_described_one() -> None:
    wrong = Wrong(Flaw.WRONG_FRAME, "Subscribe", SUBSCRIBE, False)
    expected = expectation(COMPILED, opened(), Side.CLIENT, wrong)
    assert expected is not None
    assert expected.code == 4400
