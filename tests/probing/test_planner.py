"""Plans: what a prober means to say is legal but for one step, and that step is certainly not."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct
from probing.faulty.described import DUBBING, FEED, ROOMS

from schematic import (
    BoundEndpoint,
    Channel,
    ConnectionLifecycle,
    MessageDirection,
    MessageSchema,
    Schema,
    Side,
)
from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic_definitions.graphql_transport_ws import graphql_transport_ws
from schematic_engine.codec import codecs_of
from schematic_engine.machine import Machine
from schematic_engine.probing.planning.bodies import bodies
from schematic_engine.probing.planning.coverage import Coverage
from schematic_engine.probing.planning.draw import drawn
from schematic_engine.probing.planning.explore import explore
from schematic_engine.probing.planning.plan import Flaw, Plan
from schematic_engine.probing.planning.planner import Planner
from schematic_engine.probing.planning.sayable import Keyring
from schematic_engine.probing.talking.refusal import expectation
from support.lifecycles import bound, channelled, keyed, lifecycles

MOST = 4096
KNOWN = {
    "dubbing": DUBBING,
    "rooms": ROOMS,
    "feed": FEED,
    "graphql": graphql_transport_ws().endpoint(),
}
EVERY = [pytest.param(one, id=name) for name, one in KNOWN.items()]


def planner_of(endpoint: BoundEndpoint, prober: Side = Side.CLIENT) -> Planner:
    return Planner(compile_endpoint(endpoint), prober, MOST)


def compiled(lifecycle: object) -> CompiledEndpoint:
    return compile_endpoint(bound(lifecycle))  # type: ignore[arg-type]


@settings(max_examples=10, deadline=None)
@given(st.one_of(lifecycles(), channelled()).map(compiled), st.sampled_from(Side))
def test_the_way_to_each_state_is_legal_and_leads_there(
    endpoint: CompiledEndpoint, prober: Side
) -> None:
    for node in explore(endpoint, Keyring(endpoint), prober):
        machine = Machine(endpoint.table)
        for said in node.path:
            step = machine.move(said.side, said.message, said.keys)
            assert step is not None
            machine.apply(said.side, step)
        assert machine.state == node.machine.state


@settings(max_examples=20, deadline=None)
@given(lifecycles().map(compiled), st.sampled_from(Side))
def test_every_transition_of_the_prober_that_some_conversation_makes_is_found(
    endpoint: CompiledEndpoint, prober: Side
) -> None:
    keyring, table = Keyring(endpoint), endpoint.table
    reachable, rim = {table.start}, [table.start]
    made: set[tuple[str, str]] = set()
    while rim:
        state = rim.pop()
        for side, name, after in table.choices(state):
            if side is prober:
                made.add((table.row(state, side).name, name))
            if after not in reachable:
                reachable.add(after)
                rim.append(after)
    found = {
        (one.row, one.message)
        for node in explore(endpoint, keyring, prober)
        for said in keyring.sayable(node.machine, prober)
        for one in Coverage.walk(node.machine.copy(), said)
    }
    assert made == found


@pytest.mark.parametrize("endpoint", EVERY)
def test_legal_conversations_cover_every_transition_of_the_client(endpoint: BoundEndpoint) -> None:
    planner = planner_of(endpoint)
    coverage = Coverage(planner.endpoint)
    for node in planner.nodes:
        for said in planner.sayable(node.machine):
            coverage.add((*node.path, said))
    assert [one for one in coverage.missed if one.side == "client"] == []


@pytest.mark.parametrize("endpoint", EVERY)
def test_every_illegal_step_is_illegal_where_it_is_planned(endpoint: BoundEndpoint) -> None:
    planner = planner_of(endpoint)
    for node in planner.nodes:
        for wrong in planner.out_of_order(node.machine):
            assert expectation(planner.endpoint, node.machine, Side.CLIENT, wrong) is not None


def test_channels_that_end_as_they_open_never_fill_a_limit_and_planning_ends() -> None:
    channel = Channel(
        id="Once",
        key="key",
        lifecycle=ConnectionLifecycle(initialize=keyed("Ask", Side.CLIENT, final=True)),
        max_open=2,
    )
    planner = Planner(compiled(ConnectionLifecycle(channels=[channel])), Side.CLIENT, MOST)
    assert {plan.wrong.flaw for plan in planner.illegal() if plan.wrong} >= {Flaw.UNKNOWN}


def slots_of(plan: Plan) -> tuple[int, int]:
    """How many rooms a conversation enters, and how many it leaves before it enters the last."""
    kinds = [say.message for say in plan.says]
    last = max((at for at, kind in enumerate(kinds) if kind == "Enter"), default=0)
    return kinds.count("Enter"), kinds[:last].count("Leave")


def test_a_slot_is_freed_and_taken_again_while_another_channel_is_open() -> None:
    planner = planner_of(ROOMS)
    planned = [slots_of(plan) for plan in planner.legal()]
    assert (3, 1) in planned
    random = [plan for seed in range(3) for plan in drawn(planner, 8, 20, seed, illegal=False)]
    freed = [entered >= 3 and left >= 1 for entered, left in map(slots_of, random)]
    assert sum(freed) > 1


class Word(Struct, tag_field="t", tag="word"):
    text: str
    rate: Literal[8, 16] = 8
    code: Annotated[str, Meta(pattern="^[a-c]{2}$")] = "aa"


BINARY = MessageSchema(
    id="Word", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema.binary()
)
JSON = MessageSchema(id="Word", direction=MessageDirection.CLIENT_TO_SERVER, schema=Schema(Word))


@pytest.mark.parametrize("most", [700, 20_000])
@pytest.mark.parametrize("message", [JSON, BINARY], ids=["text", "binary"])
def test_bodies_are_as_large_as_they_may_be(message: MessageSchema, most: int) -> None:
    endpoint = compiled(ConnectionLifecycle(streaming_messages=[message]))
    planner = Planner(endpoint, Side.CLIENT, most)
    assert max(plan.weight[1] for plan in planner.legal()) == most
    plans = drawn(planner, 6, 20, 0, illegal=False)
    sizes = [len(say.content) for plan in plans for say in plan.says]
    assert most // 5 < max(sizes) <= most


def test_choices_of_numbers_and_patterns_are_violated_as_what_they_are() -> None:
    endpoint = compiled(ConnectionLifecycle(streaming_messages=[JSON]))
    illegal = Planner(endpoint, Side.CLIENT, MOST).illegal()
    made = {(plan.wrong.flaw, plan.wrong.about.partition(" ")[0]) for plan in illegal if plan.wrong}
    assert {(Flaw.WRONG_VALUE, "rate"), (Flaw.WRONG_VALUE, "code")} <= made
    for plan in illegal:
        if plan.wrong is not None and plan.wrong.about.startswith("rate is"):
            value = msgspec.json.decode(plan.wrong.payload)["rate"]
            assert (type(value) is int) is (plan.wrong.flaw is Flaw.WRONG_VALUE)


@pytest.mark.parametrize(
    ("name", "flaws"),
    [
        ("dubbing", {Flaw.EARLY, Flaw.REPEATED, Flaw.LATE, Flaw.FOREIGN, Flaw.WRONG_VALUE}),
        ("rooms", {Flaw.KEY_IN_USE, Flaw.NOT_OPEN, Flaw.TOO_MANY, Flaw.WRONG_TYPE}),
        ("graphql", {Flaw.UNKNOWN, Flaw.NOT_JSON, Flaw.MISSING_FIELD, Flaw.AFTER_CLOSE}),
    ],
)
def test_each_kind_of_illegal_step_is_planned(name: str, flaws: set[Flaw]) -> None:
    planned = {plan.wrong.flaw for plan in planner_of(KNOWN[name]).illegal() if plan.wrong}
    assert flaws <= planned


@pytest.mark.parametrize("endpoint", EVERY)
def test_the_same_seed_draws_the_same_conversations(endpoint: BoundEndpoint) -> None:
    planner = planner_of(endpoint)
    once, again, other = (drawn(planner, 6, 10, seed, illegal=True) for seed in (3, 3, 4))
    assert once == again != other


@pytest.mark.parametrize("endpoint", EVERY)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_drawn_bodies_fit_and_are_told_from_all_others(
    endpoint: BoundEndpoint, data: st.DataObject
) -> None:
    one = compile_endpoint(endpoint)
    kind = data.draw(st.sampled_from(one.kinds))
    content = data.draw(bodies(one, kind.side, kind.id, MOST))
    codec = codecs_of(one)[kind.side]
    made = codec.kinds[kind.id]
    made.decode(content)
    assert codec.recogniser.find(content, is_text=made.is_text)[0] is made
