"""Conversations as Hypothesis draws them, and how a failing one is made as small as can be."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import cast

import msgspec
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, Unsatisfiable

from schematic_engine.machine import Machine
from schematic_engine.probing.planning.bodies import HEALTHY, bodies
from schematic_engine.probing.planning.explore import ends_channel, is_due
from schematic_engine.probing.planning.plan import Plan, Say, Wrong
from schematic_engine.probing.planning.planner import Planner
from schematic_engine.probing.planning.sayable import Said

__all__ = ["drawn", "less", "plans"]

_ON = 6
"""A conversation goes on in so many of seven cases."""
_MOST_ANSWERS = 8
_LONG = 32
"""Characters, or bytes, from which on something is worth cutting."""
_TRIES = 50
_KEPT = 9
"""While a plan is made smaller, something is tried as it was in so many of ten cases."""


@st.composite
def plans(draw: st.DrawFn, planner: Planner, most: int, *, illegal: bool) -> Plan:
    """A conversation of at most ``most`` messages; with an illegal step at its end if asked for."""
    machine = Machine(planner.endpoint.table)
    says: list[Say] = []
    _answer(planner, machine)
    while len(says) < most and draw(st.integers(0, _ON)):
        options = planner.sayable(machine)
        if not options:
            break
        said = draw(st.sampled_from(options))
        says.append(planner.say(said, draw(_body(planner, said))))
        _pass(machine, said)
        _answer(planner, machine)
        last = _last(planner, machine)
        ends = draw(st.booleans()) if last else False
        if ends:
            _pass(machine, draw(st.sampled_from(last)))
    return Plan(tuple(says), draw(_wrong(planner, machine)) if illegal else None)


def drawn(planner: Planner, most: int, number: int, seed: int, *, illegal: bool) -> list[Plan]:
    """At most ``number`` random plans, the same ones for the same seed."""
    if number == 0:
        return []
    found: dict[Plan, None] = {}

    def collect(plan: Plan) -> bool:
        found[plan] = None
        return False

    _look(plans(planner, most, illegal=illegal), collect, number, seed)
    return list(found)


def less(
    planner: Planner,
    plan: Plan,
    fails: Callable[[Plan], bool],
    *,
    drawn_from: tuple[int, int, int] | None,
) -> Plan:
    """The simplest plan that Hypothesis finds for which ``fails`` is true: it shrinks ``plan``.

    Args:
        planner: makes the plans.
        plan: one that fails.
        fails: whether a plan does; asked about each plan once at most.
        drawn_from: most steps, number and seed with which ``plan`` was `drawn`; None if it was not.
    """
    plan = _without(plan, fails)
    if drawn_from is not None:
        most, number, seed = drawn_from
        illegal = plan.wrong is not None
        found = _look(plans(planner, most, illegal=illegal), fails, number, seed, shrink=True)
        plan = plan if found is None else min(plan, found, key=lambda one: one.weight)
    for strategy in (_parts(planner, plan), _cuts(plan)):
        found = _look(strategy, fails, _TRIES, 0, shrink=True)
        plan = plan if found is None else min(plan, found, key=lambda one: one.weight)
    return plan


def _without(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """``plan`` without every message, the first ones first, without which it still fails."""
    number = 0
    while number < len(plan.says):
        rest = Plan((*plan.says[:number], *plan.says[number + 1 :]), plan.wrong)
        if fails(rest):
            plan = rest
        else:
            number += 1
    return plan


def _look(
    strategy: st.SearchStrategy[Plan],
    condition: Callable[[Plan], bool],
    number: int,
    seed: int,
    *,
    shrink: bool = False,
) -> Plan | None:
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    setting = settings(
        database=None,
        deadline=None,
        max_examples=number,
        phases=phases,
        suppress_health_check=HEALTHY,
    )
    try:
        return find(strategy, condition, settings=setting, random=Random(seed))
    except (NoSuchExample, Unsatisfiable):
        return None


@st.composite
def _parts(draw: st.DrawFn, planner: Planner, plan: Plan) -> Plan:
    """``plan`` without some of its messages, some of the others with their simplest bodies."""
    keep = st.sampled_from([False, *[True] * _KEPT])
    said = [say for say in plan.says if draw(keep)]
    says: list[Say] = []
    for say in said:
        simple = planner.say(Said(planner.prober, say.message, say.keys))
        says.append(say if say == simple or draw(keep) else simple)
    return Plan(tuple(says), plan.wrong)


@st.composite
def _cuts(draw: st.DrawFn, plan: Plan) -> Plan:
    """``plan`` with its long texts and bytes cut to any length."""
    longest = max((len(say.content) for say in plan.says), default=0)
    if longest <= _LONG:
        return plan
    most = draw(st.integers(0, longest))
    return Plan(tuple(_cut(say, most) for say in plan.says), plan.wrong)


def _cut(say: Say, most: int) -> Say:
    """``say`` without anything longer than ``most``."""
    try:
        content = msgspec.json.encode(_shorter(msgspec.json.decode(say.content), most))
    except (msgspec.DecodeError, RecursionError):
        content = say.content[:most]
    return Say(say.message, content, say.keys)


def _shorter(value: object, most: int) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _shorter(inner, most) for name, inner in fields.items()}
    if isinstance(value, list):
        return [_shorter(inner, most) for inner in cast("list[object]", value)[:most]]
    return value[:most] if isinstance(value, str) and len(value) > _LONG else value


def _body(planner: Planner, said: Said) -> st.SearchStrategy[bytes]:
    return bodies(planner.endpoint, said.side, said.message, planner.most)


@st.composite
def _wrong(draw: st.DrawFn, planner: Planner, machine: Machine) -> Wrong:
    """An illegal step where ``machine`` stands."""
    options = list(planner.out_of_order(machine))
    legal = planner.sayable(machine)
    if legal and (not options or draw(st.booleans())):
        said = draw(st.sampled_from(legal))
        options = list(planner.misfits(machine, [(said, draw(_body(planner, said)))]))
    return draw(st.sampled_from(options or list(planner.misfits(machine, ()))))


def _pass(machine: Machine, said: Said) -> None:
    step = machine.move(said.side, said.message, said.keys)
    if step is not None:
        machine.apply(said.side, step)


def _answer(planner: Planner, machine: Machine) -> None:
    """Suppose that the other side says what it has to: its steps of openings, and answers."""
    for _ in range(_MOST_ANSWERS):
        every = planner.keyring.sayable(machine, planner.prober.other)
        due = next((said for said in every if is_due(machine, said)), None)
        if due is None:
            return
        _pass(machine, due)


def _last(planner: Planner, machine: Machine) -> list[Said]:
    """What the other side may say that ends a channel, so that another may be opened."""
    if not machine.channels:
        return []
    every = planner.keyring.sayable(machine, planner.prober.other)
    return [said for said in every if ends_channel(machine, said)]
