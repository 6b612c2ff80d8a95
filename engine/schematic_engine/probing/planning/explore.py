"""The conversations that a table allows, each by the shortest way: `explore`.

States are visited from the beginning of a connection, those that take the fewest messages first.
What the other side need not say counts more than what it has to say, so that a conversation
depends on another's goodwill only where there is no other way. Channels are followed by two keys
of each kind at most, which is enough for one of them to be in the way of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from schematic.compile import CompiledEndpoint
from schematic.compile.table import RowKind
from schematic.define import Side
from schematic_engine.keyed import ChannelStep, KeyedStates
from schematic_engine.machine import Machine, Step
from schematic_engine.probing.planning.sayable import Keyring, Said

__all__ = ["Node", "ends_channel", "explore", "is_due"]

_MOST_NODES = 200
_MOST_OPEN = 2
_UNASKED = 5
"""What a message weighs that nobody has to say."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state that a conversation can be in.

    Attributes:
        machine: where it stands; never moved.
        path: what has been said on the way there.
    """

    machine: Machine
    path: tuple[Said, ...] = ()


def explore(endpoint: CompiledEndpoint, keyring: Keyring, prober: Side) -> list[Node]:
    """States of conversations on ``endpoint``, the nearest first; a bounded number.

    Args:
        endpoint: the endpoint.
        keyring: its keys.
        prober: the side whose messages are free.
    """
    start = Node(Machine(endpoint.table))
    ticket = count()
    queue = [(0, next(ticket), start)]
    found: list[Node] = []
    known: set[object] = set()
    while queue and len(found) < _MOST_NODES:
        cost, _, node = heappop(queue)
        standing = _standing(node.machine)
        if standing in known:
            continue
        known.add(standing)
        found.append(node)
        for said, after in _steps(node, keyring):
            free = said.side is prober or is_due(node.machine, said)
            weight = 1 if free else _UNASKED
            heappush(queue, (cost + weight, next(ticket), Node(after, (*node.path, said))))
    return found


def _steps(node: Node, keyring: Keyring) -> Iterator[tuple[Said, Machine]]:
    for side in Side:
        for said in keyring.sayable(node.machine, side):
            step = node.machine.move(side, said.message, said.keys)
            if step is None or _crowds(node.machine, step):
                continue
            after = node.machine.copy()
            after.apply(side, step)
            yield said, after


def _crowds(machine: Machine, step: Step) -> bool:
    """Whether ``step`` opens one channel more than are followed."""
    if not isinstance(step, ChannelStep) or step.name is None:
        return False
    states = machine.channels[step.channel]
    if step.inner is not None:
        inner = states.inner(step.name)[step.inner.channel]
        name = step.inner.name
        return name is not None and inner.state(name) is None and len(inner.open_keys()) >= 1
    return states.state(step.was or step.name) is None and len(states.open_keys()) >= _MOST_OPEN


def is_due(machine: Machine, said: Said) -> bool:
    """Whether ``said`` is what its sender has to say next: its opening, or an answer."""
    table = machine.table
    row = table.row(machine.state, said.side)
    move = row.moves[said.message]
    if move.channel >= 0:
        answers = machine.channels[move.channel].spec.answers
        return said.message in answers or _is_step_of_opening(machine, said)
    return row.kind is RowKind.OPENING and said.message not in table.ambient


def _is_step_of_opening(machine: Machine, said: Said) -> bool:
    """Whether ``said`` is a step of the opening of a channel that is open, and not its end."""
    step = machine.move(said.side, said.message, said.keys)
    if not isinstance(step, ChannelStep) or step.inner is not None or step.name is None:
        return False
    states = machine.channels[step.channel]
    state = states.state(step.was or step.name)
    if state is None or ends_channel(machine, said):
        return False
    table = states.spec.table
    return table.row(state, said.side).kind is RowKind.OPENING and said.message not in table.ambient


def ends_channel(machine: Machine, said: Said) -> bool:
    """Whether fewer channels are open once ``said``, which is legal, has been said."""
    step = machine.move(said.side, said.message, said.keys)
    if not isinstance(step, ChannelStep):
        return False
    after = machine.copy()
    after.apply(said.side, step)
    before = machine.channels[step.channel].open_keys()
    return len(after.channels[step.channel].open_keys()) < len(before)


def _standing(machine: Machine) -> object:
    return machine.state, tuple(_standing_of(states) for states in machine.channels)


def _standing_of(states: KeyedStates) -> object:
    """Where the open channels of a kind stand, whatever they are called."""
    names = states.open_keys()
    return tuple(
        sorted(
            (states.state(name) or (), tuple(_standing_of(one) for one in states.inner(name)))
            for name in names
        )
    )
