"""`KeyedStates`: where the channels of one kind stand, a state for each key.

A channel that is not open has no state here. A message for a key without a state has to open it;
a message for a key whose channel is over may open it again where the description allows. So that
a million ended keys cost nothing, a key is forgotten as soon as nothing depends on it, and those
on which something still does, because their other half may yet speak or because they must never
be used again, are kept up to a bound. Once that bound has cost a key, an unknown key proves
nothing any more, and is let pass.

What is said without a key is placed by `schematic_engine.unkeyed`; channels within a channel are
channels of the same kind, kept for each key of the outer one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from schematic.compile.table import ChannelTable, State
from schematic.define import KeyReuse, Side
from schematic_engine.unkeyed import Key, Name, Placing, Said, Unnamed

__all__ = ["LET_PASS", "STAY", "TO_ALL", "ChannelStep", "Key", "KeyedStates", "Keys", "Stay"]

Keys: TypeAlias = Key | tuple[Key | None, Key | None]
"""A key, or for a channel within a channel the outer key and its own."""

_CLIENT = Side.CLIENT  # looking up a member of an Enum costs more than judging a message

_MOST_ENDED = 4096
"""How many half-ended and ended channels are remembered."""


class Stay:
    """The outcome of a message that leaves the channel of its key as it is."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


STAY = Stay("STAY")
"""It is no breach, and the channel stands where it stood."""

LET_PASS = Stay("LET_PASS")
"""It is no breach, because the description ignores it or nobody can tell any more."""

TO_ALL = Stay("TO_ALL")
"""It has no key, and goes to all channels that its sender has opened."""


class ChannelStep(msgspec.Struct, frozen=True, gc=False):
    """What a legal message does on a channel.

    Attributes:
        channel: the number of the channel in the table.
        message: the id of the message where that makes a difference, else empty.
        name: which of the channels of that kind; None for all of them, or for none.
        outcome: where it will stand.
        was: for an answer, the channel without a key whose key it brings.
        inner: what it does on a channel within that one, which stays as it is.
    """

    channel: int
    message: str
    name: Name | None
    outcome: State | Stay
    was: Unnamed | None = None
    inner: ChannelStep | None = None

    @property
    def key(self) -> Keys | None:
        """The key of the channel, if it has one by now."""
        own = None if isinstance(self.name, Unnamed) else self.name
        if self.inner is None:
            return own
        inner = self.inner.key
        assert not isinstance(inner, tuple)  # channels are nested once
        return (own, inner)


class KeyedStates:
    """The channels of one kind on one connection.

    Attributes:
        spec: their table and the rules about their keys.
        number: which kind it is, in the table that lists them.
        open: how many are open: opened, and not over; those that do not count left out.
    """

    __slots__ = (
        "_ended",
        "_forgot",
        "_inner",
        "_live",
        "_most_ended",
        "_most_raced",
        "_notes",
        "_placing",
        "_raced",
        "number",
        "open",
        "spec",
    )

    def __init__(
        self, spec: ChannelTable, number: int = 0, *, most_ended: int = _MOST_ENDED
    ) -> None:
        self.spec = spec
        self.number = number
        self.open = 0
        self._live: dict[Name, State] = {}  # neither half has ended
        self._ended: OrderedDict[Name, State] = OrderedDict()  # one has, or both have
        self._most_ended = self._most_raced = most_ended
        self._raced: set[Name] = set()  # used again while the other side could still speak
        self._inner: dict[Name, tuple[KeyedStates, ...]] = {}
        self._placing = Placing(spec)
        self._notes = bool(spec.answers or spec.uncounted or spec.keyless or spec.to_all)
        self._forgot = False

    def copy(self) -> KeyedStates:
        """The same channels, to be followed apart."""
        twin = KeyedStates(self.spec, self.number, most_ended=self._most_ended)
        twin.open, twin._forgot = self.open, self._forgot
        twin._live, twin._ended = dict(self._live), OrderedDict(self._ended)
        twin._raced, twin._most_raced = set(self._raced), self._most_raced
        twin._placing = self._placing.copy()
        twin._inner = {
            name: tuple(states.copy() for states in inner) for name, inner in self._inner.items()
        }
        return twin

    # ------------------------------------------------------------------------------- where it is

    def state(self, name: Name) -> State | None:
        """Where the channel of ``name`` stands; None if there is none."""
        state = self._live.get(name)
        return self._ended.get(name) if state is None else state

    def open_keys(self) -> tuple[Name, ...]:
        """What the channels that are open are called, oldest first."""
        over = self.spec.table.over
        return (*self._live, *(name for name, state in self._ended.items() if not over(state)))

    def inner(self, name: Name) -> tuple[KeyedStates, ...]:
        """The channels within the channel of ``name``; to look at."""
        found = self._inner.get(name)
        if found is None:
            inner = enumerate(self.spec.table.channels)
            return tuple(
                KeyedStates(spec, number, most_ended=self._most_ended) for number, spec in inner
            )
        return found

    def held(self, side: Side) -> int:
        """How many channels that ``side`` may open are kept since neither half has ended.

        Those within them are counted, too.
        """
        mine = self.spec.opener is side or self.spec.mixed
        inner = (states for several in self._inner.values() for states in several)
        return len(self._live) * mine + sum(states.held(side) for states in inner)

    @property
    def full(self) -> bool:
        """Whether, as far as is known here, no further channel that counts may be opened."""
        return self.spec.max_open is not None and self.open >= self.spec.max_open

    def opens(self, side: Side, message: str) -> bool:
        """Whether ``message`` from ``side`` opens channels of this kind, limits aside."""
        table = self.spec.table
        return message in self.spec.unasked or table.legal(table.start, side, message) is not None

    def too_many(self, side: Side, message: str) -> bool:
        """Whether ``side`` knows that ``message`` would open more channels than may be open.

        Where both sides open them that is a rule for who sends: see `ChannelTable.mixed`.
        """
        return (
            self.full
            and side is self.spec.opener
            and message not in self.spec.uncounted
            and self.opens(side, message)
        )

    # ------------------------------------------------------------------------------- judging

    def judge(self, side: Side, message: str, key: Keys | None) -> ChannelStep | None:
        """What ``message`` from ``side`` does on the channel of ``key``; None if it is illegal.

        Args:
            side: who says it.
            message: its id.
            key: the key in it; None if it has none.
        """
        within: Key | None = None
        if isinstance(key, tuple):
            key, within = key
        if key is None:
            return self._judge_unkeyed(side, message, within)
        state = self.state(key)
        step = self._on(key, state, side, message, within)
        if step is not None:
            return step
        if state is None or self.spec.reusable(state):
            step = self._opening(side, message, key)
            if step is not None:
                return step
            if state is None and self._may_be_late(side, message):
                return self._step(message, key, LET_PASS)
        late = key in self._raced and side is self.spec.opener.other
        if late or message in self.spec.ignores:
            return self._step(message, key, LET_PASS)
        return None

    def _judge_unkeyed(self, side: Side, message: str, within: Key | None) -> ChannelStep | None:
        """The same for a message without a key."""
        if message in self.spec.to_all:
            return self._step(message, None, TO_ALL)
        if message not in self.spec.keyless:
            return None
        current = self._placing.current(side)
        if current is not None:
            step = self._on(current, self.state(current), side, message, within)
            if step is not None:
                return step
        step = self._opening(side, message, self._placing.next_name())
        if step is None and self._may_be_late(side, message):
            return self._step(message, None, LET_PASS)
        return step

    def _may_be_late(self, side: Side, message: str) -> bool:
        """Whether ``message`` may be on a channel that has been forgotten here."""
        begins = message in self.spec.answers or self.opens(side, message)
        return self._forgot and not begins

    def _on(
        self, name: Name, state: State | None, side: Side, message: str, within: Key | None
    ) -> ChannelStep | None:
        """What ``message`` does on the channel of ``name``, if there is one."""
        if state is None:
            return None
        table, (client, server, marks) = self.spec.table, state
        number = client if side is _CLIENT else server
        move = (table.client if side is _CLIENT else table.server)[number].moves.get(message)
        if move is None or marks & move.once or move.needs & ~marks:
            return None
        if move.channel < 0:
            stays = move.target == number and not move.sets & ~marks
            if stays and (not self.spec.keyless or self._placing.has_placed(side, name)):
                return ChannelStep(self.number, "", name, STAY)
            return self._step(message, name, table.after(state, side, move))
        inner = self.inner(name)[move.channel].judge(side, message, within)
        return None if inner is None else self._step(message, name, STAY, inner=inner)

    def _opening(self, side: Side, message: str, name: Name) -> ChannelStep | None:
        """What ``message`` does if it opens a channel, or brings the key of one without."""
        spec, table = self.spec, self.spec.table
        if message in spec.answers:
            return self._answer(side, message, name)
        move = table.legal(table.start, side, message)
        if move is None or move.channel >= 0:
            return None
        if message not in spec.uncounted and self._beyond_doubt_full():
            return None
        return self._step(message, name, table.after(table.start, side, move))

    def _beyond_doubt_full(self) -> bool:
        """Whether whoever opens channels knows that no further one may be opened."""
        if not self.spec.mixed or self.spec.max_open is None:
            return self.full
        return self._placing.unmet >= self.spec.max_open

    def _answer(self, side: Side, message: str, name: Name) -> ChannelStep | None:
        spec, table = self.spec, self.spec.table
        if not self._placing.may_answer(message):
            return None
        was = self._placing.asked_by(message)
        state = None if was is None else self.state(was)
        if state is None:
            if message not in spec.unasked and not self._forgot:
                return None
            was, state = None, spec.asked[message]
        move = table.legal(state, side, message)
        if move is None:
            return None
        named = was if was is not None and isinstance(name, Unnamed) else name
        return self._step(message, named, table.after(state, side, move), was=was)

    def _step(
        self,
        message: str,
        name: Name | None,
        outcome: State | Stay,
        *,
        was: Unnamed | None = None,
        inner: ChannelStep | None = None,
    ) -> ChannelStep:
        noted = message if self._notes else ""
        return ChannelStep(self.number, noted, name, outcome, was, inner)

    def stopped(self, side: Side, message: str, key: Keys | None) -> bool:
        """Whether ``side`` knows that it should not say ``message``: a rule for who sends."""
        step = self.judge(side, message, key)
        if step is None or step.name is None:
            return False
        state, table = self.state(step.name), self.spec.table
        move = None if state is None else table.legal(state, side, message)
        if state is None or move is None:  # it opens a channel
            return self.too_many(side, message)
        if step.inner is not None:
            within = key[1] if isinstance(key, tuple) else None
            return self.inner(step.name)[step.inner.channel].stopped(side, message, within)
        refused = side is self.spec.opener and self._placing.refused(step.name)
        return refused or bool(move.stops & state[2])

    def sayable(self, side: Side, message: str) -> bool:
        """Whether ``side`` may say ``message`` on some channel, known or new."""
        if self.opens(side, message) and not self.too_many(side, message):
            return True
        if self.judge(side, message, None) is not None:
            return True
        return any(self._sayable_on(name, side, message) for name in self.open_keys())

    def _sayable_on(self, name: Name, side: Side, message: str) -> bool:
        state = self.state(name)
        move = None if state is None else self.spec.table.legal(state, side, message)
        if move is None or move.channel < 0:
            return move is not None
        return self.inner(name)[move.channel].sayable(side, message)

    def refuser(
        self, side: Side, message: str, key: Keys | None
    ) -> tuple[KeyedStates, Name | None]:
        """Where it is decided whether ``message`` is legal: here, or on a channel within one.

        Returns:
            The channels that decide, and which of them is meant; None if none is.
        """
        outer, within = key if isinstance(key, tuple) else (key, None)
        name = self._placing.current(side) if outer is None else outer
        state = None if name is None else self.state(name)
        move = None if state is None else self.spec.table.legal(state, side, message)
        if name is None or move is None or move.channel < 0:
            return self, name
        return self.inner(name)[move.channel].refuser(side, message, within)

    def answers_enough(self, message: str) -> bool:
        """Whether no more may be answered by ``message`` before one of those has ended."""
        return not self._placing.may_answer(message)

    def answered(self) -> tuple[Name, ...]:
        """The channels that count and that the other side has begun to answer and not ended."""
        return self._placing.answered

    def refused(self, name: Name) -> bool:
        """Whether the other side has said no to the channel of ``name``."""
        return self._placing.refused(name)

    # ------------------------------------------------------------------------------- moving

    def apply(self, side: Side, step: ChannelStep, ticket: Key | None = None) -> bool:
        """Take a step that `judge` returned.

        Args:
            side: who made it.
            step: the step.
            ticket: what a refusal of this opening would repeat, see `Refusal`.

        Returns:
            Whether the key was opened again too early: from now on, what the side that does not
            open says under it may belong to the channel before.
        """
        if step.outcome is TO_ALL:
            self._apply_to_all(side, step.message)
        if step.inner is not None:
            assert step.name is not None
            inner = self._inner.setdefault(step.name, self.inner(step.name))
            return inner[step.inner.channel].apply(side, step.inner, ticket)
        if isinstance(step.outcome, Stay):
            return False
        assert step.name is not None
        before = self._drop(step.name)
        if step.was is not None and step.was != step.name:
            self.open -= self._counts(step.name, before)
            before = self._drop(step.was)
        if self._notes:
            said = Said(side, step.message, step.name, step.was, ticket)
            self._placing.note(said, before, step.outcome)
        return self._put(step.name, before, step.outcome)

    def refuse(self, ticket: Key | None) -> None:
        """The other side has said no to an opening without a key, if that was what it meant.

        It ends the other side's half and frees the place. What the opener has said on it by then
        is on its way, and good.
        """
        name = self._placing.refuse(ticket)
        if name is None:
            return
        state = self._drop(name)
        assert state is not None  # what waits is open
        self.open -= not self.spec.table.over(state)
        if self._placing.refused(name):
            state = self.spec.table.ended_by(state, self.spec.opener.other)
        self._put(name, state, state)
        for surplus in self._placing.surplus():
            self._drop(surplus)
            self._clean(surplus)
            self._forgot = True

    def addressed(self, side: Side, message: str) -> Iterator[tuple[Name, State]]:
        """The channels that ``message`` to all from ``side`` is for, and where it takes each."""
        table = self.spec.table
        for name in self.open_keys():
            state = self.state(name)
            move = None if state is None else table.legal(state, side, message)
            if state is not None and move is not None:
                yield name, table.after(state, side, move)

    def _apply_to_all(self, side: Side, message: str) -> None:
        for name, after in self.addressed(side, message):
            before = self._drop(name)
            self._placing.note(Said(side, message, name), before, after)
            self._put(name, before, after)

    def _drop(self, name: Name) -> State | None:
        """Take the channel of ``name`` out, to put it back where it belongs then."""
        state = self._live.pop(name, None)
        return self._ended.pop(name, None) if state is None else state

    def _put(self, name: Name, before: State | None, state: State) -> bool:
        """Let the channel of ``name``, which stood at ``before``, stand at ``state``."""
        spec, table = self.spec, self.spec.table
        self.open += self._counts(name, state) - self._counts(name, before)
        ended = [table.ended(state, side) for side in Side]
        if not any(ended):
            self._live[name] = state
        elif spec.reuse is KeyReuse.NEVER or not all(ended):
            self._ended[name] = state
            if len(self._ended) > self._most_ended:
                self._forget()
        if self._inner and table.over(state):
            self._inner.pop(name, None)
        if all(ended):
            self._placing.discard(name)
        raced = before is not None and self._reopens(before, state) and name not in self._raced
        if raced or (before is None and self._forgot and self._may_race):
            self._race(name)
        return raced

    def _counts(self, name: Name, state: State | None) -> bool:
        """Whether a channel of ``name`` that stands at ``state`` takes a place."""
        if state is None or self.spec.table.over(state):
            return False
        return self._placing.counts(name)

    @property
    def _may_race(self) -> bool:
        """Whether a key may be opened again while the other side could still speak on it."""
        if self.spec.reuse is KeyReuse.NEVER:
            return False
        return self.spec.reuse is KeyReuse.IMMEDIATE or bool(self.spec.table.releases)

    def _race(self, name: Name) -> None:
        """Remember that messages of an older channel of ``name`` may be on their way."""
        self._raced.add(name)
        if len(self._raced) > self._most_raced:
            self._raced = {raced for raced in self._raced if self.state(raced) is not None}
            self._most_raced = max(self._most_ended, 2 * len(self._raced))
            self._forgot = True

    def _reopens(self, before: State, state: State) -> bool:
        """Whether ``state`` is a new channel's, and the old one was not over for the other side."""
        table, opener = self.spec.table, self.spec.opener
        again = table.ended(before, opener) and not table.ended(state, opener)
        return again and not table.ended(before, opener.other)

    # ------------------------------------------------------------------------------- forgetting

    def lose(self, name: Name | None) -> None:
        """What the channel of ``name`` has come to is not known any more; None for any of them."""
        if name is None or isinstance(name, Unnamed):
            self.lose_all()
            return
        self.open -= self._counts(name, self._drop(name))
        self._clean(name)
        self._forgot = True

    def lose_all(self) -> None:
        """What any channel has come to is not known any more."""
        self._live.clear()
        self._ended.clear()
        self._raced.clear()
        self._inner.clear()
        self._placing = Placing(self.spec)
        self.open, self._forgot = 0, True

    def _forget(self) -> None:
        """Forget the oldest channel of which a half has ended."""
        name, state = self._ended.popitem(last=False)
        self.open -= self._counts(name, state)
        self._raced.discard(name)
        self._clean(name)
        self._forgot = True

    def _clean(self, name: Name) -> None:
        self._inner.pop(name, None)
        self._placing.discard(name)
