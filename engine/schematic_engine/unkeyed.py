"""`Placing`: to which channel a message without a key belongs.

Two things stand in for a key. A *bracket*: what a side says without one belongs to the channel
that this side is in, the last that it has opened or begun to answer and has not ended. And a
*queue*: channels that were opened without a key wait for the other side's answer, and the answer
that comes first is the oldest one's, with the key in it as its name from then on.

Both follow from what one side has said, in the order in which it said it, so they are the same at
the sender, at the receiver and in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from schematic.compile.table import ChannelTable, RowKind, State
from schematic.define import Side

__all__ = ["Key", "Name", "Placing", "Said", "Unnamed"]

Key: TypeAlias = str | int
"""What tells the channels of one kind apart."""


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Stands for the key of a channel that has none, or none yet; counted from 1."""

    number: int

    def __repr__(self) -> str:
        return f"#{self.number}"


Name: TypeAlias = Key | Unnamed
"""What a channel is called on one connection."""

_MOST_DOUBTFUL = 64
"""How many openings are remembered of which nobody can tell whether they were refused."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message on a channel.

    Attributes:
        side: who said it.
        message: its id.
        name: what the channel is called from now on.
        was: what it was called, if this is the answer that it waited for.
        ticket: for an opening, what a refusal of it would repeat.
    """

    side: Side
    message: str
    name: Name
    was: Unnamed | None = None
    ticket: Key | None = None


class Placing:
    """Follows brackets and the queue for the channels of one kind.

    Where a refusal does not say which opening it refuses, it may as well be about something else.
    Then the oldest is *doubtful*: it counts no more, and is answered when nothing else waits.

    Args:
        spec: the rules about them.

    Attributes:
        unmet: how many openings that count have been said, less the ends and refusals of which
            whoever said them may know. No correct opener lets it grow beyond the limit, whatever
            crosses.
    """

    __slots__ = (
        "_answered",
        "_brackets",
        "_doubtful",
        "_in_brackets",
        "_last",
        "_refused",
        "_spec",
        "_uncounted",
        "_waiting",
        "unmet",
    )

    def __init__(self, spec: ChannelTable) -> None:
        self._spec = spec
        self._last = 0
        self.unmet = 0
        self._waiting: dict[Unnamed, tuple[str, Key | None]] = {}  # opening, ticket; oldest first
        self._doubtful: dict[Unnamed, str] = {}
        self._refused: set[Name] = set()
        self._answered: set[Name] = set()  # counted, and not ended by the side that answers
        self._uncounted: set[Name] = set()
        self._brackets: dict[Side, list[Name]] = {side: [] for side in Side}
        self._in_brackets = {
            side: not spec.keyless.isdisjoint(spec.table.vocabulary(side)) for side in Side
        }

    def copy(self) -> Placing:
        """The same, to be followed apart."""
        twin = Placing(self._spec)
        twin._last, twin.unmet = self._last, self.unmet
        twin._waiting, twin._doubtful = dict(self._waiting), dict(self._doubtful)
        twin._refused, twin._answered = set(self._refused), set(self._answered)
        twin._uncounted = set(self._uncounted)
        twin._brackets = {side: list(names) for side, names in self._brackets.items()}
        return twin

    @property
    def answered(self) -> tuple[Name, ...]:
        """The channels that are being answered, those that do not count left out."""
        return tuple(self._answered)

    def next_name(self) -> Unnamed:
        """What the next channel without a key will be called."""
        return Unnamed(self._last + 1)

    def current(self, side: Side) -> Name | None:
        """The channel that ``side`` is in."""
        brackets = self._brackets[side]
        return brackets[-1] if brackets else None

    def has_placed(self, side: Side, name: Name) -> bool:
        """Whether one more message of ``side`` on the channel of ``name`` tells nothing new."""
        return not self._in_brackets[side] or name in self._brackets[side]

    def asked_by(self, answer: str) -> Unnamed | None:
        """The channel that waits for ``answer``: the oldest, doubtful ones last."""
        openings = self._spec.answers[answer]
        waiting = (name for name, (opening, _) in self._waiting.items() if opening in openings)
        doubtful = (name for name, opening in self._doubtful.items() if opening in openings)
        return next(waiting, None) or next(doubtful, None)

    def may_answer(self, answer: str) -> bool:
        """Whether one more may be answered by ``answer``."""
        most = self._spec.max_answered
        return most is None or answer in self._spec.uncounted or len(self._answered) < most

    def counts(self, name: Name) -> bool:
        """Whether the channel of ``name`` counts for the limits."""
        return name not in self._uncounted

    def refused(self, name: Name) -> bool:
        """Whether the other side has said no to it, so that its opener says no more."""
        return name in self._refused

    def refuse(self, ticket: Key | None) -> Unnamed | None:
        """The opening that is refused by a message that names ``ticket``; None if none is."""
        matches = (name for name, (_, given) in self._waiting.items() if given == ticket)
        name = next(matches, None)
        self.unmet -= ticket is None or name is not None
        if name is None:
            return None
        opening, _ = self._waiting.pop(name)
        self._uncounted.add(name)
        if ticket is None:
            self._doubtful[name] = opening
        else:
            self._refused.add(name)
        return name

    def surplus(self) -> tuple[Unnamed, ...]:
        """Doubtful openings beyond the bound."""
        return tuple(self._doubtful)[:-_MOST_DOUBTFUL]

    def note(self, said: Said, before: State | None, state: State) -> None:
        """A channel went from ``before``, or from not being open, to ``state``."""
        spec, name = self._spec, said.name
        if before is None and said.message in spec.uncounted:
            self._uncounted.add(name)
        if said.was is not None:
            self._bind(said.was, name)
        elif before is None and isinstance(name, Unnamed):
            self._last = name.number
            if said.side is spec.opener:
                self._waiting[name] = (said.message, said.ticket)
                self.unmet += self.counts(name)
        if said.message in spec.answers and said.message not in spec.uncounted:
            self._answered.add(name)
        if self._in_brackets[said.side]:
            self._bracket(said.side, name, before, state)
        over = spec.table.over(state)
        if name in self._answered and (over or spec.table.ended(state, spec.opener.other)):
            self._answered.remove(name)
            self.unmet -= 1
        if over and isinstance(name, Unnamed) and name in self._waiting:
            self._doubtful[name], _ = self._waiting.pop(name)  # an answer may be on its way
            self.unmet -= self.counts(name)

    def discard(self, name: Name) -> None:
        """There is nothing more to know about the channel of ``name``."""
        if name in self._answered or (name in self._waiting and self.counts(name)):
            self.unmet -= 1  # its end will not be seen here
        self._uncounted.discard(name)
        self._answered.discard(name)
        self._refused.discard(name)
        if isinstance(name, Unnamed):
            self._waiting.pop(name, None)
            self._doubtful.pop(name, None)
        for brackets in self._brackets.values():
            if name in brackets:
                brackets.remove(name)

    def _bind(self, was: Unnamed, name: Name) -> None:
        self._waiting.pop(was, None)
        self._doubtful.pop(was, None)
        if was in self._uncounted:
            self._uncounted.remove(was)
            self._uncounted.add(name)
        for brackets in self._brackets.values():
            brackets[:] = [name if one == was else one for one in brackets]

    def _bracket(self, side: Side, name: Name, before: State | None, state: State) -> None:
        """``side`` may have begun to speak on the channel, or have said its last word there."""
        table, brackets = self._spec.table, self._brackets[side]
        begins = before is None or table.row(before, side).kind is RowKind.OPENING
        greets = table.rows(side)[0].kind is RowKind.OPENING
        if name not in brackets and (begins or not greets):
            brackets.append(name)
        if name in brackets and table.ended(state, side):
            brackets.remove(name)
