"""`Planner`: the conversations that a probe holds, from the table alone.

First the shortest legal conversation for each transition that the prober can make, then the
shortest ones with one illegal step of each kind. What is drawn at random besides is made of the
same steps, see `schematic_engine.probing.planning.draw`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from schematic.compile import CompiledEndpoint, Kind
from schematic.compile.table import Phase
from schematic.define import DefinitionError, Side
from schematic_engine.breaches import breach_of
from schematic_engine.keyed import KeyedStates
from schematic_engine.machine import Machine
from schematic_engine.probing.planning.bodies import simplest
from schematic_engine.probing.planning.coverage import Coverage
from schematic_engine.probing.planning.edges import edges_of
from schematic_engine.probing.planning.explore import Node, explore, is_due
from schematic_engine.probing.planning.plan import Flaw, Plan, Say, Wrong
from schematic_engine.probing.planning.sayable import Keyring, Said
from schematic_engine.probing.planning.spoil import broken_bodies, unknown_payloads, wrong_frame

__all__ = ["Planner"]

_MOST_ALIKE = 2
"""In how many states of its own half one message is said for the same flaw."""
_MOST_BROKEN = 24
"""In how many ways the fields of one message are spoiled."""
_MOST_EDGES = 24
"""How many unusual bodies of one message are said."""
_LARGEST = 4
"""How many of them are the largest that there are."""
_MOST_TURNS = 8
"""Up to which limit of open channels as many are opened and ended in turn."""
_LONGEST_TURN = 6
_MOST_WAYS = 64
_MOST_OPEN = 64
"""Up to which limit of open channels one more is opened."""


class Planner:
    """Plans conversations of one side.

    Args:
        endpoint: what is spoken.
        prober: the side that the prober speaks for.
        most: bytes of a body.
        secret_fields: by the ids of the client's messages, where they hold the secret.

    Attributes:
        mute: messages of which no body could be made, and why; they are never said.
    """

    def __init__(
        self,
        endpoint: CompiledEndpoint,
        prober: Side,
        most: int,
        *,
        secret_fields: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.endpoint = endpoint
        self.prober = prober
        self.most = most
        self.keyring = Keyring(endpoint, secret_fields)
        self.mute: dict[str, str] = {}
        self.kinds = {one.id: one for one in endpoint.kinds if one.side is prober}
        self._others = {one.id: one for one in endpoint.kinds if one.side is prober.other}
        self._contents: dict[tuple[Side, str], bytes] = {}
        for side in Side:
            self._fill(side)
        self.nodes = explore(endpoint, self.keyring, prober)

    def _fill(self, side: Side) -> None:
        """Make the simplest body of each message of ``side``."""
        for kind in self.endpoint.kinds:
            if kind.side is not side:
                continue
            try:
                made = simplest(self.endpoint, side, kind.id, self.most)
            except DefinitionError as error:
                if side is self.prober:
                    self.mute[kind.id] = str(error)
                continue
            self._contents[side, kind.id] = made

    def say(self, said: Said, content: bytes | None = None) -> Say:
        """``said`` with a body, the simplest one if none is given."""
        if content is None:
            content = self._contents[said.side, said.message]
        return Say(said.message, self.keyring.body(said, content), said.keys)

    def samples(self, messages: Iterable[str]) -> tuple[str | bytes, ...]:
        """The simplest of each of ``messages`` of the other side, as far as any could be made."""
        side = self.prober.other
        known = {name: self._contents.get((side, name)) for name in messages}
        return tuple(
            made.decode() if self._others[name].shape.in_text else made
            for name, made in known.items()
            if made is not None
        )

    def sayable(self, machine: Machine) -> list[Said]:
        """What the prober may say, and can, where ``machine`` stands."""
        every = self.keyring.sayable(machine, self.prober)
        return [said for said in every if said.message not in self.mute]

    def legal(self) -> list[Plan]:
        """The shortest conversation for each transition of the prober, the shortest first."""
        plans: dict[Plan, None] = {Plan(()): None}
        seen: set[object] = set()
        known: set[str] = set()
        for node in self.nodes:
            before = self._says(node)
            if before is None:
                continue
            for said in self.sayable(node.machine):
                made = Coverage.walk(node.machine.copy(), said)
                contents = self._edges(said.message) if said.message not in known else ()
                known.add(said.message)
                if not seen.issuperset(made):
                    seen.update(made)
                    plans[Plan((*before, self.say(said)))] = None
                plans |= {Plan((*before, self.say(said, one))): None for one in contents}
        plans |= dict.fromkeys(self._in_turns())
        return sorted(plans, key=lambda plan: plan.weight)

    def _edges(self, message: str) -> list[bytes]:
        """Unusual bodies of ``message``."""
        kind = self.kinds[message]
        found = edges_of(self.endpoint, kind, self._contents[kind.side, message], self.most)
        return [*found[: _MOST_EDGES - _LARGEST], *found[_MOST_EDGES - _LARGEST :][-_LARGEST:]]

    def _in_turns(self) -> Iterator[Plan]:
        """For each kind of channel: so many opened and ended in turn as may be open, and one more.

        What was ended takes no place any more, whether others are open meanwhile or not.
        """
        for number, spec in enumerate(self.endpoint.table.channels):
            most = spec.max_open
            if spec.opener is not self.prober or most is None or most > _MOST_TURNS:
                continue
            found = self._first_opening(number)
            if found is None:
                continue
            beside = self._filled(found[0], number, most - 1)
            every = (self._turns(found[0], number, most), self._turns(beside, number, 1))
            yield from (Plan(turns) for turns in every if turns)

    def _turns(self, node: Node, number: int, count: int) -> tuple[Say, ...]:
        """So many channels opened and ended in turn, and one more; empty where they never end."""
        says = list(self._says(node) or ())
        machine = node.machine.copy()
        for _ in range(count):
            ended = self._one_turn(machine, number)
            if ended is None:
                return ()
            says += ended
        last = self._opening(machine, number)
        return (*says, self.say(last)) if last is not None else ()

    def _one_turn(self, machine: Machine, number: int) -> list[Say] | None:
        """Open a channel and go the shortest way to its end, which moves ``machine``."""
        rim: list[tuple[Machine, tuple[Said, ...]]] = [(machine, ())]
        opening = self._opening(machine, number)
        opened = len(machine.channels[number].open_keys())
        for _ in range(_LONGEST_TURN):
            nearby: list[tuple[Machine, tuple[Said, ...]]] = []
            for there, path in rim:
                for said in self._continued(there, number, None if path else opening):
                    after = there.copy()
                    step = after.move(said.side, said.message, said.keys)
                    assert step is not None
                    after.apply(said.side, step)
                    way = (*path, said)
                    if len(after.channels[number].open_keys()) <= opened:
                        self._follow(machine, way)
                        return [self.say(one) for one in way if one.side is self.prober]
                    nearby.append((after, way))
            rim = nearby[:_MOST_WAYS]
        return None

    def illegal(self) -> list[Plan]:
        """The shortest conversations with one illegal step, for each flaw and message."""
        plans = {
            Plan(before, wrong): None
            for node in (*self.nodes, *self._full())
            if (before := self._says(node)) is not None
            for wrong in self.out_of_order(node.machine)
        }
        kept: Counter[object] = Counter()
        found: list[Plan] = []
        for plan in sorted((*plans, *self._misfits()), key=lambda plan: plan.weight):
            assert plan.wrong is not None
            wrong = plan.wrong
            alike: object = (wrong.flaw, wrong.message, wrong.about, wrong.place)
            if wrong.flaw is Flaw.AFTER_CLOSE:
                alike = wrong.flaw
            kept[alike] += 1
            if kept[alike] <= _MOST_ALIKE:
                found.append(plan)
        return found

    def out_of_order(self, machine: Machine) -> Iterator[Wrong]:
        """Every message of the prober that is illegal where ``machine`` stands, once a flaw."""
        known: set[tuple[Flaw, str, str]] = set()
        names = [name for name in self.kinds if name not in self.mute]
        for said in self.keyring.thinkable(machine, self.prober, names):
            if machine.move(self.prober, said.message, said.keys) is not None:
                continue
            flaw = Flaw.of(breach_of(machine, self.prober, said.message, said.keys))
            place = self._place(machine, said)
            if (flaw, said.message, place) not in known:
                known.add((flaw, said.message, place))
                yield self._wrong(flaw, said, place)

    def _place(self, machine: Machine, said: Said) -> str:
        """Where the channel of ``said`` stands, if it is on one."""
        kind = self.kinds[said.message]
        if not kind.channels or said.keys is None or isinstance(said.keys, tuple):
            return ""
        states = machine.channels[kind.channels[0]]
        state = states.state(said.keys)
        return "" if state is None else states.spec.table.phase(state).value

    def misfits(self, machine: Machine, contents: Iterable[tuple[Said, bytes]]) -> Iterator[Wrong]:
        """What is wrong in itself, where ``machine`` stands: made of ``contents`` that are legal.

        Args:
            machine: where the conversation stands.
            contents: messages that may be said there, and what they would say.
        """
        for said, content in contents:
            kind = self.kinds[said.message]
            whole = self.keyring.body(said, content)
            yield from broken_bodies(self.endpoint, kind, whole)[:_MOST_BROKEN]
            yield wrong_frame(kind, whole)
            yield Wrong(Flaw.AFTER_CLOSE, said.message, whole, kind.shape.in_text)
        yield from unknown_payloads(self.endpoint, self.prober)
        for name, kind in self._others.items():
            if name not in self.kinds and (kind.side, name) in self._contents:
                yield self._foreign(machine, kind)

    def _misfits(self) -> Iterator[Plan]:
        """Plans with what is wrong in itself: each message where it is legal first."""
        done: set[str] = set()
        begun = [node for node in self.nodes if node.machine.phase is Phase.STREAMING]
        for node in dict.fromkeys((*self.nodes[:1], *begun[:1], *self.nodes)):
            before = self._says(node)
            if before is None:
                continue
            new = {said.message: said for said in self.sayable(node.machine)}
            new = {name: said for name, said in new.items() if name not in done}
            if not new and node not in (*self.nodes[:1], *begun[:1]):
                continue
            done.update(new)
            fresh = [(said, self._contents[said.side, said.message]) for said in new.values()]
            yield from (Plan(before, wrong) for wrong in self.misfits(node.machine, fresh))

    def _full(self) -> Iterator[Node]:
        """States in which as many channels of a kind are open as may be."""
        for number, spec in enumerate(self.endpoint.table.channels):
            most = spec.max_open
            if spec.opener is not self.prober or most is None or most > _MOST_OPEN or spec.mixed:
                continue
            found = self._first_opening(number)
            if found is not None:
                yield self._filled(found[0], number, most)

    def _first_opening(self, number: int) -> tuple[Node, Said] | None:
        """The nearest state in which a channel of the kind ``number`` can be opened."""
        openings = ((node, self._opening(node.machine, number)) for node in self.nodes)
        return next(((node, said) for node, said in openings if said is not None), None)

    def _filled(self, node: Node, number: int, most: int) -> Node:
        """``node`` with up to ``most`` channels more: those that end at once never fill it."""
        machine, path = node.machine.copy(), list(node.path)
        for _ in range(most):
            said = self._opening(machine, number)
            if said is None:
                break
            self._follow(machine, (said,))
            path.append(said)
        return Node(machine, tuple(path))

    def _continued(self, machine: Machine, number: int, opening: Said | None) -> Iterator[Said]:
        """What may be said on channels of the kind ``number``, or ``opening`` if given."""
        if opening is not None:
            yield opening
            return
        for side in Side:
            for said in self.keyring.sayable(machine, side):
                move = machine.candidates(side)[said.message]
                own = move.channel == number and not machine.channels[number].opens(
                    side, said.message
                )
                if (own or is_due(machine, said)) and said.message not in self.mute:
                    yield said

    @staticmethod
    def _follow(machine: Machine, way: Iterable[Said]) -> None:
        for said in way:
            step = machine.move(said.side, said.message, said.keys)
            assert step is not None
            machine.apply(said.side, step)

    def _opening(self, machine: Machine, number: int) -> Said | None:
        """What opens another channel of the kind ``number``."""
        states: KeyedStates = machine.channels[number]
        for said in self.sayable(machine):
            key = said.keys
            fresh = key is None or (not isinstance(key, tuple) and states.state(key) is None)
            if fresh and states.opens(said.side, said.message) and not states.full:
                return said
        return None

    def _wrong(self, flaw: Flaw, said: Said, place: str) -> Wrong:
        content, is_text = self.say(said).content, self.kinds[said.message].shape.in_text
        return Wrong(flaw, said.message, content, is_text, place=place)

    def _foreign(self, machine: Machine, kind: Kind) -> Wrong:
        content = self._contents[kind.side, kind.id]
        legal = (s for s in self.keyring.sayable(machine, kind.side) if s.message == kind.id)
        said = next(legal, None)
        if said is not None:
            content = self.keyring.body(said, content)
        return Wrong(Flaw.FOREIGN, kind.id, content, kind.shape.in_text)

    def _says(self, node: Node) -> tuple[Say, ...] | None:
        """What the prober says on the way to ``node``; None if it cannot say some of it."""
        own = [said for said in node.path if said.side is self.prober]
        if any(said.message in self.mute for said in own):
            return None
        return tuple(self.say(said) for said in own)
