"""`KeyedStates`: where the channels of one kind stand, a state for each key.

A channel that is not open has no state here. A message for a key without a state has to open it;
a message for a key whose channel is over may open it again where the description allows. So that
a million ended keys cost nothing, a key is forgotten as soon as nothing depends on it, and those
on which something still does, because their other half may yet speak or because they must never
be used again, are kept up to a bound. Once that bound has cost a key, an unknown key proves
nothing any more, and is let pass.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from schematic.compile.table import ChannelTable, State
from schematic.define import KeyReuse, Side

__all__ = ["STAY", "Key", "KeyedStates", "Stay"]

Key: TypeAlias = str | int
"""What tells the channels of one kind apart."""

_MOST_ENDED = 4096
"""How many half-ended and ended channels are remembered."""


class Stay:
    """The outcome of a message that is no breach and changes nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "STAY"


STAY = Stay()


class KeyedStates:
    """The channels of one kind on one connection.

    Attributes:
        spec: their table and the rules about their keys.
        open: how many are open: opened, and not over.
    """

    __slots__ = (
        "_ended",
        "_forgot",
        "_live",
        "_most_ended",
        "_most_raced",
        "_raced",
        "open",
        "spec",
    )

    def __init__(self, spec: ChannelTable, *, most_ended: int = _MOST_ENDED) -> None:
        self.spec = spec
        self.open = 0
        self._live: dict[Key, State] = {}  # neither half has ended
        self._ended: OrderedDict[Key, State] = OrderedDict()  # one has, or both have
        self._most_ended = self._most_raced = most_ended
        self._raced: set[Key] = set()  # used again while the other side could still speak
        self._forgot = False

    def copy(self) -> KeyedStates:
        """The same channels, to be followed apart."""
        twin = KeyedStates(self.spec, most_ended=self._most_ended)
        twin.open, twin._forgot = self.open, self._forgot
        twin._live, twin._ended = dict(self._live), OrderedDict(self._ended)
        twin._raced, twin._most_raced = set(self._raced), self._most_raced
        return twin

    def state(self, key: Key) -> State | None:
        """Where the channel of ``key`` stands; None if there is none."""
        state = self._live.get(key)
        return self._ended.get(key) if state is None else state

    def open_keys(self) -> tuple[Key, ...]:
        """The keys of the channels that are open, oldest first."""
        table = self.spec.table
        return (*self._live, *(key for key, state in self._ended.items() if not table.over(state)))

    def judge(self, side: Side, message: str, key: Key) -> State | Stay | None:
        """What ``message`` from ``side`` makes of the channel of ``key``; None if it is illegal."""
        table = self.spec.table
        state = self.state(key)
        if state is not None:
            move = table.legal(state, side, message)
            if move is not None:
                return table.after(state, side, move)
        if state is None or self.spec.reusable(state):
            move = table.legal(table.start, side, message)
            if move is not None and not self.full:
                return table.after(table.start, side, move)
            if move is None and state is None and self._forgot:
                return STAY
        late = key in self._raced and side is self.spec.opener.other
        return STAY if late or message in self.spec.ignores else None

    @property
    def full(self) -> bool:
        """Whether no further channel may be opened now."""
        return self.spec.max_open is not None and self.open >= self.spec.max_open

    def put(self, key: Key, state: State) -> bool:
        """Let the channel of ``key`` stand where `judge` said.

        Returns:
            Whether the key was opened again too early: from now on, what the side that does not
            open says under it may belong to the channel before.
        """
        spec, table = self.spec, self.spec.table
        before = self._live.pop(key, None)
        if before is None:
            before = self._ended.pop(key, None)
        self.open += (not table.over(state)) - (before is not None and not table.over(before))
        if not any(table.ended(state, side) for side in Side):
            self._live[key] = state
        elif spec.reuse is KeyReuse.NEVER or not all(table.ended(state, side) for side in Side):
            self._ended[key] = state
            if len(self._ended) > self._most_ended:
                self._forget()
        raced = before is not None and self._reopens(before, state) and key not in self._raced
        if raced or (before is None and self._forgot and self._may_race):
            self._race(key)
        return raced

    @property
    def _may_race(self) -> bool:
        """Whether a key may be opened again while the other side could still speak on it."""
        if self.spec.reuse is KeyReuse.NEVER:
            return False
        return self.spec.reuse is KeyReuse.IMMEDIATE or bool(self.spec.table.releases)

    def _race(self, key: Key) -> None:
        """Remember that messages of an older channel of ``key`` may be on their way."""
        self._raced.add(key)
        if len(self._raced) > self._most_raced:
            self._raced = {raced for raced in self._raced if self.state(raced) is not None}
            self._most_raced = max(self._most_ended, 2 * len(self._raced))
            self._forgot = True

    def _reopens(self, before: State, state: State) -> bool:
        """Whether ``state`` is a new channel's, and the old one was not over for the other side."""
        table, opener = self.spec.table, self.spec.opener
        again = table.ended(before, opener) and not table.ended(state, opener)
        return again and not table.ended(before, opener.other)

    def lose(self, key: Key) -> None:
        """What the channel of ``key`` has come to is not known any more."""
        state = self._live.pop(key, None)
        if state is None:
            state = self._ended.pop(key, None)
        self.open -= state is not None and not self.spec.table.over(state)
        self._forgot = True

    def lose_all(self) -> None:
        """What any channel has come to is not known any more."""
        self._live.clear()
        self._ended.clear()
        self._raced.clear()
        self.open, self._forgot = 0, True

    def _forget(self) -> None:
        """Forget the oldest channel of which a half has ended."""
        key, state = self._ended.popitem(last=False)
        self._raced.discard(key)
        self.open -= not self.spec.table.over(state)
        self._forgot = True
