"""`Player`: plays one side of a playbook, and notices where the other side departs from it.

It holds no connection and no clock: it is told what was heard and what time it is, and says what
is to be said. The steps of the other side come in their order, as often as the script says. A step
of its own waits until everything that the other side says before it was heard, and then as long as
the script says. The other side may be ahead of the script, since it need not wait for what it has
no use for; what it has to wait for, the description says, and the judge sees to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schematic.define import Side
from schematic_engine.codec import codecs_of
from schematic_engine.playbook.patterns import Bindings, Mismatch, mismatch
from schematic_engine.playbook.playbook import Playbook
from schematic_engine.playbook.steps import Closes, Says, Sends, Step
from schematic_engine.playbook.wording import content_of, payload_of

__all__ = ["Act", "Departure", "Player", "Seen"]

_LOST: Final = 1006


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done now.

    Attributes:
        step: the step that asks for it.
        payload: what to send; None to close the connection.
    """

    step: Step
    payload: str | bytes | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that was said or heard.

    Attributes:
        side: who said it.
        names: the ids of the messages that it may be; empty for a close, or what nobody knows.
        payload: what was said; None for a close.
        code: the close code.
        step: which step it was, counted from 0; None if it was none.
    """

    side: Side
    names: tuple[str, ...] = ()
    payload: str | bytes | None = None
    code: int = 0
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """The first thing that was not as the script says.

    Attributes:
        expected: the number of the step that was next, from 0; None if nothing was.
        seen: what came instead; None if nothing did.
        mismatch: where the body departs, if it was the right message.
    """

    expected: int | None
    seen: Seen | None
    mismatch: Mismatch | None = None


class Player:
    """Plays ``role`` of a playbook on one connection.

    Args:
        book: the script.
        role: the side to play.
        pace: by how much delays are multiplied; 0 leaves them out.

    Attributes:
        book: the script.
        role: the side that is played.
        seen: what was said and heard, in order.
        departure: the first thing that was not as scripted; nothing is said after it.
    """

    def __init__(self, book: Playbook, role: Side, *, pace: float = 1.0) -> None:
        self.book = book
        self.role = role
        self.seen: list[Seen] = []
        self.departure: Departure | None = None
        self._pace = pace
        self._kinds = codecs_of(book.endpoint)[role.other].kinds
        self._mine = [number for number, step in enumerate(book.steps) for _ in self._often(step)]
        self._theirs = [n for n, step in enumerate(book.steps) if step.side is not role]
        self._known = Bindings()
        self._count = 0  # how often the first of theirs has come
        self._due: float | None = None
        self._closing = self._over = False

    def _often(self, step: Step) -> range:
        """How often a step of its own is said."""
        if step.side is not self.role:
            return range(0)
        return range(step.times.least if isinstance(step, Says) else 1)

    # ---------------------------------------------------------------------------------- said

    def begin(self, now: float) -> None:
        """The connection is open."""
        self._arm(now)

    def next_deadline(self) -> float | None:
        """When something is to be said; None while that is not known."""
        return self._due

    def take(self, now: float) -> Act | None:
        """The next thing to be done now; it counts as done.

        Raises:
            PlaybookError: what the script gives, with the names that it reuses, does not fit.
        """
        if self._due is None or self._due > now:
            return None
        number = self._mine.pop(0)
        step = self.book.steps[number]
        if isinstance(step, Closes):
            code = 1000 if step.code is None else step.code
            self.seen.append(Seen(self.role, code=code, step=number))
            self._closing, self._due = True, None
            return Act(step)
        payload = payload_of(self.book.endpoint, step, self._known)
        names = (step.message,) if isinstance(step, Says) else ()
        self.seen.append(Seen(self.role, names, payload, step=number))
        self._arm(now)
        return Act(step, payload)

    def _arm(self, now: float) -> None:
        """Set when the next step of its own is due, if it is its turn."""
        is_turn = self._mine and self._mine[0] < self._first_awaited()
        if not is_turn or self.departure is not None or self._closing or self._over:
            self._due = None
        elif self._due is None or self._due <= now:
            self._due = now + self.book.steps[self._mine[0]].after * self._pace

    def _first_awaited(self) -> float:
        """The number of the first step of theirs that has to come and has not."""
        for position, number in enumerate(self._theirs):
            came = self._count if position == 0 else 0
            if came < self._least(self.book.steps[number]):
                return number
        return float("inf")

    @staticmethod
    def _least(step: Step) -> int:
        return step.times.least if isinstance(step, Says) else 1

    # --------------------------------------------------------------------------------- heard

    def hear(self, names: Sequence[str], payload: str | bytes, now: float) -> None:
        """The other side has said something.

        Args:
            names: the ids of the messages that it may be.
            payload: the content of the frame.
            now: the time.
        """
        seen = Seen(self.role.other, tuple(names), payload)
        if self.departure is not None or self._closing:
            self.seen.append(seen)  # what crosses the end of a conversation is not looked at
            return
        wrong: tuple[int, Mismatch] | None = None
        while self._theirs:
            number = self._theirs[0]
            step = self.book.steps[number]
            fits, problem = self._fits(step, seen, self._known)
            if fits:
                self._heard(step, seen, now)
                return
            if wrong is None and problem is not None:
                wrong = (number, problem)
            if self._count < self._least(step):
                break
            self._next()
        if wrong is not None:  # the right message, whatever may come besides
            self._depart(Departure(wrong[0], seen, wrong[1]))
        else:
            self._depart(Departure(self._theirs[0] if self._theirs else None, seen))

    def _heard(self, step: Step, seen: Seen, now: float) -> None:
        number = self._theirs[0]
        self.seen.append(Seen(seen.side, seen.names, seen.payload, step=number))
        self._count += 1
        if not isinstance(step, Says) or self._count == step.times.most:
            self._next()
        self._arm(now)

    def _next(self) -> None:
        self._theirs.pop(0)
        self._count = 0

    def _fits(self, step: Step, seen: Seen, known: Bindings) -> tuple[bool, Mismatch | None]:
        """Whether ``seen`` is ``step``; if only its body is not, where that departs."""
        if isinstance(step, Sends):
            return step.payload == seen.payload, None
        if isinstance(step, Closes) or step.message not in seen.names:
            return False, None
        assert seen.payload is not None
        content = content_of(self._kinds[step.message], seen.payload)
        problem = mismatch(step.body, content, known)
        return problem is None, problem

    def hear_close(self, code: int, now: float) -> None:
        """The other side has closed the connection, or answered our close, or is gone (1006)."""
        if self._over:
            return
        self._over, self._due = True, None
        if self._closing or self.departure is not None:
            return
        while self._theirs and self._count >= self._least(self.book.steps[self._theirs[0]]):
            self._next()
        seen = Seen(self.role.other, code=code)
        if not self._theirs:
            self._leave(seen)
            return
        step = self.book.steps[self._theirs[0]]
        if isinstance(step, Closes) and step.code in (None, code):
            self.seen.append(Seen(seen.side, code=code, step=self._theirs[0]))
            self._next()
            self._arm(now)
        else:
            self._depart(Departure(self._theirs[0], seen))

    def _leave(self, seen: Seen) -> None:
        """It closes after its last step: fine, unless there was more to hear than a close."""
        left = [n for n in self._mine if not isinstance(self.book.steps[n], Closes)]
        if left:
            self._depart(Departure(left[0], seen))
            return
        self._mine.clear()
        self.seen.append(seen)

    def _depart(self, departure: Departure) -> None:
        self.departure, self._due = departure, None
        assert departure.seen is not None
        self.seen.append(departure.seen)

    def could_be(self, number: int, seen: Seen) -> bool:
        """Whether what the other side said, or its close, fits a step, wherever that stands.

        Args:
            number: of the step, from 0.
            seen: what it said.
        """
        step = self.book.steps[number]
        if step.side is not seen.side or isinstance(step, Closes) is not (seen.payload is None):
            return False
        if isinstance(step, Closes):
            return step.code in (None, seen.code)
        return self._fits(step, seen, dict(self._known))[0]

    # ----------------------------------------------------------------------------------- done

    @property
    def is_over(self) -> bool:
        """Whether the connection has been closed by the other side."""
        return self._over

    def missing(self) -> list[int]:
        """The numbers of the steps that have not come and have to, in order."""
        theirs = [
            number
            for position, number in enumerate(self._theirs)
            if (self._count if position == 0 else 0) < self._least(self.book.steps[number])
        ]
        return sorted({*theirs, *self._mine})
