"""The order of messages: what opens a conversation, what ends it, and what waits for what.

Messages cross in flight, and nobody knows where a recording was made. So nothing is found but what
would hold for every place between the two sides: the order of one side's own messages, and that a
message came after one of the other side's, since what passed in that order where it was recorded
*and* always does is taken to depend on it. That a side was silent until the other had greeted it
proves nothing, unless the greeting answers what this side had said first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schematic.define import Side
from schematic_engine.infer.conversations import Conversation
from schematic_engine.infer.evidence import SURE, Evidence
from schematic_engine.infer.kinds import Kind, Step
from schematic_engine.infer.words import answers, begins, ends, fails, is_idle

__all__ = ["Opening", "Order", "order_of"]

_ENOUGH_FOR_OPENING = 3
_ENOUGH_FOR_GATING = 3
_MOSTLY = 0.8
_MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Opening:
    """One step of the opening.

    Attributes:
        kind: what is said.
        gating: whether nobody says anything before it.
        evidence: what speaks for it.
        again: whether it is said later, too.
    """

    kind: Kind
    gating: bool
    evidence: Evidence
    again: bool = False

    @property
    def choice(self) -> tuple[Kind, ...]:
        """What may be said: of a message that is told by coming first, the later ones too."""
        return (self.kind,) if self.kind.rest is None else (self.kind, self.kind.rest)


@dataclass(slots=True)
class Order:
    """What was found.

    Attributes:
        opening: the steps that come first.
        close: the message with which a side ends its half.
        finals: messages after which their side says nothing more.
        once: messages that were said once at most.
        ambient: messages that may come at any moment.
        after: for a message, the one of the other side that it waits for.
        evidence: what speaks for each of these, by kind.
    """

    opening: list[Opening] = field(default_factory=list[Opening])
    close: Kind | None = None
    finals: set[Kind] = field(default_factory=set[Kind])
    once: set[Kind] = field(default_factory=set[Kind])
    ambient: set[Kind] = field(default_factory=set[Kind])
    after: dict[Kind, Kind] = field(default_factory=dict[Kind, Kind])
    evidence: dict[Kind, list[Evidence]] = field(default_factory=dict[Kind, list[Evidence]])

    def note(self, kind: Kind, evidence: Evidence) -> None:
        """Keep what speaks for something about ``kind``."""
        self.evidence.setdefault(kind, []).append(evidence)


def order_of(
    kinds: Sequence[Kind],
    conversations: Sequence[Conversation],
    steps: Sequence[Sequence[Step]],
    carried: set[Kind],
    strays: set[Kind],
) -> Order:
    """The order of messages outside of channels.

    Args:
        kinds: all kinds of messages.
        conversations: the conversations with one endpoint.
        steps: the same in terms of kinds.
        carried: the kinds that belong to channels.
        strays: those of them that were said where no channel of their key was open: where that
            was before the opening, it is no part of it.
    """
    talks = [
        _Talk(number, one, [step for step in some if step.kind not in carried], some)
        for number, (one, some) in enumerate(zip(conversations, steps, strict=True))
        if one.in_order and some
    ]
    return _Finder([kind for kind in kinds if kind not in carried], talks, strays).order()


@dataclass(slots=True)
class _Talk:
    """One conversation whose order is known."""

    number: int
    conversation: Conversation
    steps: list[Step]
    every: Sequence[Step]

    def of(self, side: Side) -> list[Step]:
        """What ``side`` says outside of channels."""
        return [step for step in self.steps if step.side is side]

    def line(self, kind: Kind) -> tuple[int, int]:
        """Where ``kind`` is said first."""
        line = next(step.sample.said.line for step in self.steps if step.kind is kind)
        return self.number, line

    def ended_by(self, side: Side) -> bool:
        """Whether ``side`` began the end of the WebSocket."""
        return bool(self.conversation.closes) and self.conversation.closes[0].side is side


class _Finder:
    """Finds the order of messages in conversations."""

    def __init__(self, kinds: Sequence[Kind], talks: Sequence[_Talk], strays: set[Kind]) -> None:
        self._kinds, self._talks, self._strays = kinds, talks, strays
        self._order = Order()

    def order(self) -> Order:
        """All that is found."""
        self._order.ambient.update(
            kind for kind in self._kinds if fails(kind.id) or is_idle(kind.id)
        )
        self._open()
        self._close()
        self._finish()
        self._gate()
        return self._order

    def _with(self, kind: Kind) -> list[_Talk]:
        """The conversations that have ``kind``."""
        return [talk for talk in self._talks if any(step.kind is kind for step in talk.steps)]

    def _evidence(self, said: str, held: Sequence[_Talk], of: int, kind: Kind) -> Evidence:
        return Evidence(said, len(held), of, tuple(talk.line(kind) for talk in held[:3]))

    # -------------------------------------------------------------------------------- the opening

    def _open(self) -> None:
        """Find the opening: for each side what always comes first, and never again."""
        own = {side: list(self._first(side)) for side in Side}
        for kind in self._in_order([*own[Side.CLIENT], *own[Side.SERVER]]):
            with_it = self._with(kind)
            said = (
                f"First from the {kind.side.value}"
                if kind in (own[kind.side][:1])
                else f"Next from the {kind.side.value}"
            )
            spoke = len([talk for talk in self._talks if talk.of(kind.side)])
            self._order.opening.append(
                Opening(
                    kind,
                    self._is_gating(kind),
                    self._evidence(said, with_it, spoke, kind),
                    again=self._is_repeated(kind),
                )
            )

    def _first(self, side: Side) -> Iterator[Kind]:
        """The kinds that ``side`` always says first, in this order."""
        for place in range(_MOST_STEPS):
            said = [self._plain(talk, side) for talk in self._talks]
            there = [some for some in said if len(some) > place]
            kinds = {some[place] for some in there}
            if len(kinds) != 1:
                return
            kind = kinds.pop()
            again = any(kind in some[place + 1 :] or kind in some[:place] for some in there)
            told = kind.tag is None and bool(kind.literals)
            if again and not told:
                return
            if not self._is_believed(kind, len(there), place):
                return
            yield kind

    def _plain(self, talk: _Talk, side: Side) -> list[Kind]:
        """What ``side`` says, without what may come at any moment."""
        apart = self._order.ambient | self._strays
        return [s.kind for s in talk.every if s.side is side and s.kind not in apart]

    def _is_believed(self, kind: Kind, times: int, place: int) -> bool:
        """Whether it is an opening: it is called like one, or there is enough to go by."""
        if kind not in self._kinds:
            return False
        if place:
            return self._answers_opening(kind)
        if kind.rest is not None:
            return True
        if begins(kind.id) and (kind.side is Side.CLIENT or self._is_welcome(kind)):
            return True
        unasked = all(talk.every[0].side is kind.side for talk in self._talks if talk.of(kind.side))
        return unasked and (times >= _ENOUGH_FOR_OPENING or self._is_greeting(kind))

    def _is_welcome(self, kind: Kind) -> bool:
        """Whether the client mostly says no more than its first message before it."""
        with_it = self._with(kind)
        early = [
            talk
            for talk in with_it
            if sum(step.side is kind.side.other for step in self._before(talk, kind)) <= 1
        ]
        return len(early) > len(with_it) / 2

    def _before(self, talk: _Talk, kind: Kind) -> list[Step]:
        """What was said before ``kind`` is said first, without what may come at any moment."""
        at = next(n for n, step in enumerate(talk.every) if step.kind is kind)
        apart = self._order.ambient | self._strays
        return [step for step in talk.every[:at] if step.kind not in apart]

    def _is_greeting(self, kind: Kind) -> bool:
        """Whether the server says it before anybody else says anything, and then says more."""
        return kind.side is Side.SERVER and all(
            len([step for step in talk.every if step.side is Side.SERVER]) > 1
            for talk in self._with(kind)
        )

    def _answers_opening(self, kind: Kind) -> bool:
        """Whether it sounds like the answer to what the other side always says first."""
        firsts = {
            step.kind
            for talk in self._talks
            for step in [s for s in talk.every if s.side is not kind.side][:1]
        }
        return len(firsts) == 1 and all(
            begins(one.id) and answers(kind.id, one.id) for one in firsts
        )

    def _is_repeated(self, kind: Kind) -> bool:
        return any(sum(step.kind is kind for step in talk.steps) > 1 for talk in self._talks)

    def _in_order(self, kinds: Sequence[Kind]) -> list[Kind]:
        """The steps of both sides in the order in which they mostly passed."""

        def place(kind: Kind) -> float:
            places = [
                next(n for n, step in enumerate(talk.steps) if step.kind is kind)
                for talk in self._with(kind)
            ]
            return sum(places) / len(places)

        own = {side: [kind for kind in kinds if kind.side is side] for side in Side}
        merged: list[Kind] = []
        while any(own.values()):
            heads = [some[0] for some in own.values() if some]
            best = min(heads, key=place)
            merged.append(best)
            own[best.side].pop(0)
        return merged

    def _is_gating(self, kind: Kind) -> bool:
        """Whether nobody says anything before it.

        A greeting that nobody asked for holds nobody back, as far as one can know: that the client
        waited where it was recorded may have been the way of this client.
        """
        waiting = 0
        for talk in self._with(kind):
            steps = {one.kind for one in self._order.opening}
            if any(step.kind not in steps for step in self._before(talk, kind)):
                return False
            at = next(n for n, step in enumerate(talk.every) if step.kind is kind)
            waiting += any(step.side is not kind.side for step in talk.every[at + 1 :])
        answered = any(one.kind.side is not kind.side for one in self._order.opening)
        if kind.side is Side.CLIENT:
            return waiting > 0
        return answered and waiting >= _ENOUGH_FOR_GATING

    # ------------------------------------------------------------------------------------ the end

    def _close(self) -> None:
        """Find the close message: the last of its side, while the other goes on or closes."""
        best: tuple[tuple[int, int, int], Kind, Evidence] | None = None
        taken = {one.kind for one in self._order.opening} | self._order.ambient
        for kind in self._kinds:
            if kind in taken or kind.side is Side.SERVER:
                continue
            with_it = self._with(kind)
            if not with_it or not all(self._is_last(talk, kind) for talk in with_it):
                continue
            held = [talk for talk in with_it if self._goes_on(talk, kind)]
            if len(held) * 2 <= len(with_it):
                continue
            named = ends(kind.id)
            if named or (len(held) >= _ENOUGH_FOR_OPENING and len(held) == len(with_it)):
                said = "The last from the client, while the server went on or closed,"
                evidence = self._evidence(said, held, len(with_it), kind)
                rank = (int(named), len(held), -self._kinds.index(kind))
                if best is None or rank > best[0]:
                    best = (rank, kind, evidence)
        if best is not None:
            self._order.close = best[1]
            self._order.note(best[1], best[2])

    def _is_last(self, talk: _Talk, kind: Kind) -> bool:
        """Whether it is the last of its side, and was said once."""
        said = [step.kind for step in talk.every if step.side is kind.side]
        return said[-1] is kind and said.count(kind) == 1

    def _goes_on(self, talk: _Talk, kind: Kind) -> bool:
        """Whether the other side says more afterwards, or begins the end of the WebSocket."""
        return talk.every[-1].side is not kind.side or talk.ended_by(kind.side.other)

    def _finish(self) -> None:
        """Find the final messages: the last of their side, followed by the end of the WebSocket."""
        taken = {one.kind for one in self._order.opening} | {self._order.close}
        for kind in self._kinds:
            if kind in taken or kind.side is Side.CLIENT:
                continue
            with_it = self._with(kind)
            if not with_it or not all(self._is_last(talk, kind) for talk in with_it):
                continue
            held = [talk for talk in with_it if talk.ended_by(kind.side)]
            if kind in self._order.ambient:
                believed = len(held) == len(with_it) >= 2
            else:
                asked = [talk for talk in with_it if self._was_closed(talk, kind)]
                believed = len(asked) == len(with_it) and (ends(kind.id) or len(asked) >= 2)
                believed = believed or (ends(kind.id) and len(held) == len(with_it))
                believed = believed or len(held) == len(with_it) >= _ENOUGH_FOR_OPENING
                believed = believed or len(asked) == len(held) == len(with_it)
            if believed:
                self._order.finals.add(kind)
                evidence = self._evidence("The last from the server", with_it, len(with_it), kind)
                self._order.note(kind, evidence)

    def _was_closed(self, talk: _Talk, kind: Kind) -> bool:
        """Whether the close message passed before ``kind``."""
        kinds = [step.kind for step in talk.every]
        close = self._order.close
        return close is not None and close in kinds and kinds.index(close) < kinds.index(kind)

    # ----------------------------------------------------------------------------- what waits

    def _gate(self) -> None:
        """Find what never comes before a message of the other side."""
        opening = {one.kind for one in self._order.opening}
        for kind in self._kinds:
            if kind in opening or kind in self._order.ambient or kind is self._order.close:
                continue
            gate = self._gate_of(kind, opening)
            if gate is not None:
                with_it = self._with(kind)
                self._order.after[kind] = gate
                said = f"Never before {gate.id}"
                self._order.note(kind, self._evidence(said, with_it, len(with_it), kind))

    def _gate_of(self, kind: Kind, opening: set[Kind]) -> Kind | None:
        """The message that ``kind`` waits for: by its name, or by always following it."""
        with_it = self._with(kind)
        possible: set[Kind] | None = None
        triggers: Counter[Kind] = Counter()
        for talk in with_it:
            at = next(n for n, step in enumerate(talk.steps) if step.kind is kind)
            before = [s.kind for s in talk.steps[:at] if s.side is not kind.side]
            possible = set(before) if possible is None else possible & set(before)
            triggers.update(before[-1:])
        candidates = [
            one
            for one in self._kinds
            if one in (possible or ()) and one not in opening and one not in self._order.ambient
        ]
        close = self._order.close
        if kind in self._order.finals and close in candidates:
            return close
        named = [one for one in candidates if answers(kind.id, one.id)]
        if named:
            return max(named, key=lambda one: triggers[one])
        if len(with_it) < SURE or kind.side is Side.CLIENT:
            return None
        likely = [one for one in candidates if triggers[one] >= _MOSTLY * len(with_it)]
        return likely[0] if likely else None
