"""Two peers apart: what each of them says while it has not heard all that the other has said.

``until`` binds who knows of something, so what is said at all, and where a conversation can get
stuck, depends on what is still on its way. Only a message that forbids its listener something is
worth to be on its way for long: to know of any other can but help. So the others are heard at
once, unless they are behind one that is not, and where nothing forbids anything both peers always
stand in the same state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from schematic.compile.scenario import Heard, Step
from schematic.compile.table import Move, State
from schematic.compile.verify.place import Place
from schematic.define import Side

__all__ = ["Apart", "Talk", "Talks"]

Talk: TypeAlias = tuple[Side, str]
"""Who says what."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Where a conversation stands for each peer, and what is on its way.

    Attributes:
        client: the state by what the client knows of.
        server: the state by what the server knows of.
        to_client: what the server has said and the client has not heard.
        to_server: what the client has said and the server has not heard.
    """

    client: State
    server: State
    to_client: tuple[str, ...] = ()
    to_server: tuple[str, ...] = ()

    def view(self, side: Side) -> State:
        """The state by what ``side`` knows of."""
        return self.client if side is Side.CLIENT else self.server

    def waiting(self, side: Side) -> tuple[str, ...]:
        """What is on its way to ``side``."""
        return self.to_client if side is Side.CLIENT else self.to_server

    def seen(self, side: Side, view: State, waiting: tuple[str, ...]) -> Apart:
        """The same where ``side`` knows of ``view``, and ``waiting`` is on its way to it."""
        if side is Side.CLIENT:
            return replace(self, client=view, to_client=waiting)
        return replace(self, server=view, to_server=waiting)


@dataclass(frozen=True)
class Talks:
    """All that two peers may come to, from a state of which both know.

    Attributes:
        place: where they speak.
        start: where they begin.
    """

    place: Place
    start: State

    @cached_property
    def ways(self) -> Mapping[Apart, tuple[Step, ...]]:
        """All that is reached, nearest first, each with the shortest way to it."""
        client, server, seen = self.start
        view = (client, server, seen & self.place.standing)
        found: dict[Apart, tuple[Step, ...]] = {}
        queue: deque[tuple[Apart, tuple[Step, ...]]] = deque([(Apart(view, view), ())])
        while queue:
            apart, way = queue.popleft()
            if apart in found:
                continue
            found[apart] = way
            for after, steps in self.edges(apart):
                says = not isinstance(steps[0], Heard)
                (queue.append if says else queue.appendleft)((after, (*way, *steps)))
        return found

    @cached_property
    def said(self) -> frozenset[Talk]:
        """Everything that is ever said."""
        return frozenset(
            (side, name)
            for apart in self.ways
            for side in Side
            for name, _ in self._choices(apart.view(side), side)
        )

    def edges(self, apart: Apart) -> Iterator[tuple[Apart, tuple[Step, ...]]]:
        """What may happen next, and what it comes to: something is said, or heard."""
        for side in Side:
            view = apart.view(side)
            for name, move in self._choices(view, side):
                after = self._after(view, side, move)
                if after != view:  # else nobody can tell that it has been said
                    said = apart.seen(side, after, apart.waiting(side))
                    listener = side.other
                    waiting = (*apart.waiting(listener), name)
                    said = said.seen(listener, apart.view(listener), waiting)
                    settled, heard = self._settled(said)
                    yield settled, (self.place.said(side, name), *heard)
            if apart.waiting(side):
                settled, heard = self._settled(self._hear(apart, side))
                yield settled, (Heard(side), *heard)

    def together(self, apart: Apart) -> State:
        """The state once everything on its way has been heard."""
        while apart.to_client:
            apart = self._hear(apart, Side.CLIENT)
        return apart.client

    def _choices(self, view: State, side: Side) -> Iterator[tuple[str, Move]]:
        for name, move in self.place.table.row(view, side).moves.items():
            if move.legal(view[2]) and not move.stops & view[2]:
                yield name, move

    def _after(self, view: State, side: Side, move: Move) -> State:
        client, server, seen = self.place.table.after(view, side, move)
        return client, server, seen & self.place.standing

    def _hear(self, apart: Apart, side: Side) -> Apart:
        name, *waiting = apart.waiting(side)
        view = apart.view(side)
        move = self.place.table.row(view, side.other).moves[name]
        return apart.seen(side, self._after(view, side.other, move), tuple(waiting))

    def _settled(self, apart: Apart) -> tuple[Apart, tuple[Step, ...]]:
        """``apart`` once everything has been heard that need not be on its way any longer."""
        heard: list[Step] = []
        for side in Side:
            while apart.waiting(side) and not self._forbids(apart, side):
                apart = self._hear(apart, side)
                heard.append(Heard(side))
        return apart, tuple(heard)

    def _forbids(self, apart: Apart, side: Side) -> bool:
        """Whether what ``side`` hears next takes a choice from it."""
        view = apart.view(side)
        move = self.place.table.row(view, side.other).moves[apart.waiting(side)[0]]
        return bool(move.sets & self._stopping[side] & ~view[2])

    @cached_property
    def _stopping(self) -> Mapping[Side, int]:
        """For each side the marks that forbid it something."""
        masks = dict.fromkeys(Side, 0)
        for side in Side:
            for row in self.place.table.rows(side):
                for move in row.moves.values():
                    masks[side] |= move.stops
        return masks
