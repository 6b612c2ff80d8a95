"""`Meeting`: a client of one version and a server of another go through all that may be said.

Each goes by its own table: a message is said where the speaker's allows it, and judged where the
listener stands by its own. Nothing needs to be on its way for that: gates only open, so a message
that is refused in some order of events is refused, it or an earlier one, where everything is heard
at once. The exception are two messages that forbid each other, which can only cross; those are
also said at the same time. Tests drive delayed queues to hold this.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TypeAlias

from schematic.compile.diff.differences import Difference, Effect
from schematic.compile.diff.hearing import Ears, Taken
from schematic.compile.endpoint import CompiledEndpoint, Kind
from schematic.compile.scenario import Heard, Said, Scenario, Step
from schematic.compile.table import ChannelTable, Row, RowKind, State, Table
from schematic.compile.verify.place import KEYS, Place, listed
from schematic.define import Side

__all__ = ["SILENCE", "Joint", "Meeting"]

NO_KEY = "no field"
"""Where the key of a message is that has none."""

SILENCE = "silence"
"""The subject of a difference that is about no message: peers who wait for each other."""

Joint: TypeAlias = tuple[State, State]
"""Where the client stands by its own table, and the server by its own."""


@dataclass(frozen=True)
class Meeting:
    """Two peers on a connection, or on one of its channels.

    Attributes:
        places: where each of them is, by its own description.
        ears: for each speaker, what the other takes its messages for.
        names: what to call each of them: ``the old client``.
        before: what was said before it came to this.
        outer: the connection around a channel, and where it stands.
    """

    places: Mapping[Side, Place]
    ears: Mapping[Side, Ears]
    names: Mapping[Side, str]
    before: tuple[Step, ...] = ()
    outer: tuple[Meeting, Joint] | None = None
    _found: dict[tuple[str, str], Difference] = field(
        default_factory=dict[tuple[str, str], Difference]
    )

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What has been found, the nearest first; filled by looking at `ways`."""
        assert self.ways
        return tuple(self._found.values())

    def table(self, side: Side) -> Table:
        """The table that ``side`` goes by."""
        return self.places[side].table

    @cached_property
    def ways(self) -> Mapping[Joint, tuple[Step, ...]]:
        """Every joint state that is reached, nearest first, with the shortest way to it."""
        start: Joint = (self.table(Side.CLIENT).start, self.table(Side.SERVER).start)
        found: dict[Joint, tuple[Step, ...]] = {}
        serial = count()
        queue: list[tuple[int, int, Joint, tuple[Step, ...]]] = [(0, next(serial), start, ())]
        while queue:
            said, _, joint, way = heapq.heappop(queue)
            if joint in found:
                continue
            found[joint] = way
            self._look_for_silence(joint, way)
            for after, steps in self._steps(joint, way):
                messages = sum(isinstance(step, Said) for step in steps)
                heapq.heappush(queue, (said + messages, next(serial), after, (*way, *steps)))
        return found

    def report(
        self,
        subject: str,
        message: str,
        steps: tuple[Step, ...],
        remark: str,
        effect: Effect = Effect.BREAKS,
    ) -> None:
        """Keep a difference, unless it was found nearer."""
        breaks = effect is Effect.BREAKS
        example = Scenario((*self.before, *steps), remark, breaks, last=subject != SILENCE)
        self._found.setdefault((subject, message), Difference(effect, subject, message, example))

    def legal(self, side: Side, state: State, speaker: Side) -> frozenset[str]:
        """What ``speaker`` may say by the table of ``side``, around a channel included."""
        names = frozenset(n for who, n, _ in self.table(side).steps(state) if who is speaker)
        if self.outer is None:
            return names
        meeting, joint = self.outer
        return names | meeting.legal(side, _of(joint, side), speaker)

    # ----------------------------------------------------------------------- only for this class

    def _steps(
        self, joint: Joint, way: tuple[Step, ...]
    ) -> Iterator[tuple[Joint, tuple[Step, ...]]]:
        """What can be said in ``joint`` and goes well; what does not is reported."""
        choices = {side: list(self._choices(joint, side)) for side in Side}
        for side in Side:
            for name, after in choices[side]:
                said = self._said(side, name)
                steps = (said, Heard(side.other))
                for heard in self._heard(joint, said, (*way, *steps)):
                    yield self._joint({side: after, side.other: heard}), steps
        if all(self.table(side).stopping() for side in Side):
            yield from self._crossings(joint, way, choices)

    def _choices(self, joint: Joint, side: Side) -> Iterator[tuple[str, State]]:
        """What ``side`` may say here by its own table, and where it stands afterwards.

        Of what is said on channels within, only what opens them: the rest is for another meeting.
        """
        state, table = _of(joint, side), self.table(side)
        moves = table.row(state, side).moves
        for who, name, after in table.choices(state):
            if who is side and _is_first(table, side, name, moves[name].channel):
                yield name, after

    def _said(self, side: Side, name: str) -> Said:
        kind = self.ears[side].said[name]
        has_key = _key(self.places[side].endpoint, kind) != NO_KEY
        return Said(side, name, ", ".join(KEYS[: len(kind.channels)]) if has_key else None)

    def _crossings(
        self,
        joint: Joint,
        way: tuple[Step, ...],
        choices: Mapping[Side, list[tuple[str, State]]],
    ) -> Iterator[tuple[Joint, tuple[Step, ...]]]:
        """Two messages at the same time, of which neither is said by who has heard the other."""
        for name, client in choices[Side.CLIENT]:
            for other, server in choices[Side.SERVER]:
                mine = self._said(Side.CLIENT, name)
                theirs = self._said(Side.SERVER, other)
                if not (self._silences(joint, mine, other) and self._silences(joint, theirs, name)):
                    continue
                sent = self._joint({Side.CLIENT: client, Side.SERVER: server})
                steps = (mine, theirs, Heard(Side.SERVER), Heard(Side.CLIENT))
                for at_server in self._heard(sent, mine, (*way, *steps[:3])):
                    for at_client in self._heard(sent, theirs, (*way, *steps)):
                        after = {Side.CLIENT: at_client, Side.SERVER: at_server}
                        yield self._joint(after), steps

    def _silences(self, joint: Joint, said: Said, other: str) -> bool:
        """Whether who has heard ``said`` does not say ``other`` any more."""
        listener = said.side.other
        state = _of(joint, listener)
        sets = 0
        for taken in self._taken(joint, said):
            move = taken.kind and self.table(listener).legal(state, said.side, taken.kind.id)
            sets |= move.sets if move else 0
        return bool(self.table(listener).row(state, listener).moves[other].stops & sets)

    def _taken(self, joint: Joint, said: Said) -> tuple[Taken, ...]:
        side = said.side
        sayable = self.legal(side, _of(joint, side), side) | {said.message}
        expected = self.legal(side.other, _of(joint, side.other), side)
        return self.ears[side].take(said.message, sayable, expected)

    def _heard(self, joint: Joint, said: Said, steps: tuple[Step, ...]) -> Iterator[State]:
        """Where the listener may stand after ``said``; what it cannot take is reported."""
        listener = said.side.other
        state, name = _of(joint, listener), said.message
        for taken in self._taken(joint, said):
            if taken.kind is None:
                yield from self._unknown(state, said, steps)
                continue
            problem = taken.problem or self._misplaced(said, taken.kind)
            if problem:
                message = f"{self.names[listener]} cannot take {name}: {problem}"
                self.report(name, message, steps, problem)
                continue
            move = self.table(listener).legal(state, said.side, taken.kind.id)
            if move is None:
                why = _why_not(self.table(listener), state, said.side, taken.kind.id)
                message = f"{self.names[listener]} does not expect {name} there: {why}"
                self.report(name, message, steps, why)
                continue
            yield self.table(listener).after(state, said.side, move)

    def _unknown(self, state: State, said: Said, steps: tuple[Step, ...]) -> Iterator[State]:
        """A client passes over what it does not know; to a server it is a breach."""
        listener = said.side.other
        message = f"{self.names[listener]} does not know {said.message}"
        if listener is Side.CLIENT:
            message = f"{message}, and passes it over"
            self.report(said.message, message, steps, "passed over", Effect.IGNORED)
            yield state
        else:
            self.report(said.message, message, steps, "there is no such message")

    def _misplaced(self, said: Said, kind: Kind) -> str:
        """What is wrong with where ``kind`` belongs, at the listener's; empty if nothing is."""
        spoken = self.ears[said.side].said[said.message]
        speaker, listener = (self.places[side].endpoint for side in (said.side, said.side.other))
        there = self.places[said.side.other].numbers
        deeper = [len(one.channels) - len(there) for one in (spoken, kind)]
        if kind.channels[: len(there)] != there or len(set(deeper)) > 1:
            return f"it belongs to {_home(listener, kind)}"
        written, read = _key(speaker, spoken), _key(listener, kind)
        return "" if written == read else f"its key is in {written}, and looked for in {read}"

    def _look_for_silence(self, joint: Joint, way: tuple[Step, ...]) -> None:
        """Report a state in which each side waits for the other."""
        if any(self.places[side].sayable(_of(joint, side), side) for side in Side):
            return
        waits = [
            f"{self.names[side]} waits for {listed(list(awaited))}"
            for side in Side
            if (awaited := self._awaited(joint, side))
        ]
        if waits:
            message = f"nobody can go on: {', and '.join(waits)}"
            self.report(SILENCE, message, way, ", and ".join(waits))

    def _awaited(self, joint: Joint, side: Side) -> tuple[str, ...]:
        place, state = self.places[side], _of(joint, side)
        return () if place.is_end(state) else place.awaited(state, side.other)

    def _joint(self, states: Mapping[Side, State]) -> Joint:
        """The states without what decides nothing."""
        (a, b, seen), (c, d, known) = states[Side.CLIENT], states[Side.SERVER]
        masks = self._masks
        return (a, b, seen & masks[Side.CLIENT]), (c, d, known & masks[Side.SERVER])

    @cached_property
    def _masks(self) -> Mapping[Side, int]:
        """The marks that count.

        Those that only tell that something has been said once do where one table has none, and
        where it counts for more in one of them: then both have to know.
        """
        masks = {side: place.standing for side, place in self.places.items()}
        once = {side: _once(self.table(side)) for side in Side}
        for said in {*once[Side.CLIENT], *once[Side.SERVER]}:
            marks = {side: once[side].get(said, 0) for side in Side}
            if not all(marks.values()) or any(marks[side] & masks[side] for side in Side):
                masks = {side: masks[side] | marks[side] for side in Side}
        return masks


def _is_first(table: Table, side: Side, name: str, channel: int) -> bool:
    """Whether ``name`` is not on a channel, or opens it."""
    if channel < 0:
        return True
    inner = table.channels[channel].table
    return inner.legal(inner.start, side, name) is not None


def _of(joint: Joint, side: Side) -> State:
    return joint[0] if side is Side.CLIENT else joint[1]


def _once(table: Table) -> dict[tuple[Side, str], int]:
    """The once-only messages of both sides, with their marks."""
    return {
        (side, name): move.once
        for side in Side
        for row in table.rows(side)
        for name, move in row.moves.items()
        if move.once
    }


def _key(endpoint: CompiledEndpoint, kind: Kind) -> str:
    """The path to the key of a message of a channel."""
    paths: list[str] = []
    for spec in _specs(endpoint, kind):
        own = len(paths) + 1 == len(kind.channels)
        written = kind.message.key if own else kind.message.outer_key
        path = () if kind.id in spec.keyless else spec.key.path(kind.side) or ()
        paths.append(written or ".".join(path))
    return " and ".join(filter(None, paths)) or NO_KEY


def _home(endpoint: CompiledEndpoint, kind: Kind) -> str:
    """The channel to which a message belongs, or the connection."""
    ids = [spec.id for spec in _specs(endpoint, kind)]
    return f"channel {ids[-1]}" if ids else "the connection"


def _specs(endpoint: CompiledEndpoint, kind: Kind) -> Iterator[ChannelTable]:
    """The channels to which a message belongs, the outer one first."""
    table = endpoint.table
    for number in kind.channels:
        yield table.channels[number]
        table = table.channels[number].table


def _why_not(table: Table, state: State, side: Side, name: str) -> str:
    """Why ``name`` from ``side`` is illegal in ``state``."""
    row: Row = table.row(state, side)
    move = row.moves.get(name)
    if move is not None:
        missing = move.needs & ~state[2]
        if missing:
            return "it has to wait until " + " and ".join(table.names(missing))
        return "it may be said once only"
    if row.kind is RowKind.DONE:
        return f"the {side.value} has ended"
    if row.kind is RowKind.OPENING:
        steps = [one for one, its in row.moves.items() if its.target != table.rows(side).index(row)]
        return f"{listed(steps)} has to come first"
    return "the opening is over"
