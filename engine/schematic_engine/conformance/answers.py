"""Whether breaches were answered as the description says: `Answers`.

An answer can cross. Somebody who closes right after the other side's breach may not have seen it
yet, and have had a reason of its own. So silence and other codes are held against a side only
where they prove something: it answered the close frame that came behind the breach, so it had seen
the breach; or it closed with a code for which there is no other reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

from schematic.define import Breach, ConnectionLifecycle, OnBreach, Side
from schematic_engine.conformance import rules
from schematic_engine.conformance.ending import LOST
from schematic_engine.conformance.findings import Because, Broken, Repair
from schematic_engine.conformance.possible import Bears
from schematic_engine.conformance.repairs import correct, say_first
from schematic_engine.conformance.trace import Record
from schematic_engine.notices import announced

__all__ = ["Answers", "Owed"]

_OWN_REASONS = frozenset({1000, 1001, 1005, 1011, 1012, 1013})
"""Codes that need no message of the other side to be given (RFC 6455 and the IANA registry)."""


@dataclass(slots=True)
class Owed:
    """An answer that a side owes.

    Attributes:
        answer: what the description says.
        side: who owes it.
        line: the line of the breach.
        breach: the id of the message that is the breach; empty if it is none.
        said: whether a message that it asks for was said.
    """

    answer: OnBreach
    side: Side
    line: int
    breach: str
    said: bool = False


class Answers:
    """The answers that the two sides of one connection owe each other."""

    def __init__(self, lifecycle: ConnectionLifecycle) -> None:
        self._lifecycle = lifecycle
        self._notices = {m.id: m.closes for m in lifecycle.messages if m.closes is not None}
        self._reasons = {side: set(_reasons(lifecycle, side)) for side in Side}
        self._owed: list[Owed] = []

    @property
    def bears(self) -> Bears | None:
        """Tells which breaches are ignored; None where none is."""
        return self._ignored if any(rule.ignores for rule in self._lifecycle.on_breach) else None

    def fresh(self) -> Answers:
        """The same answers, on another connection."""
        twin = copy(self)
        twin.forget()
        return twin

    def forget(self) -> None:
        """Nothing has been said."""
        self._reasons = {side: set(_reasons(self._lifecycle, side)) for side in Side}
        self._owed = []

    @property
    def noted(self) -> tuple[str, ...]:
        """The messages that make a difference here, even where nothing is owed."""
        return tuple(self._notices)

    @property
    def are_owed(self) -> bool:
        """Whether any answer is."""
        return bool(self._owed)

    def _ignored(self, by: Side, breach: Breach, message: str) -> bool:
        answer = self._lifecycle.answer_to(by, breach, message)
        return answer is not None and answer.ignores

    def find(self, by: Side, breaches: Iterable[Breach], message: str) -> OnBreach | None:
        """How a breach is answered that is one of ``breaches``; None if that is not certain."""
        found = {self._lifecycle.answer_to(by, breach, message) for breach in breaches}
        return found.pop() if len(found) == 1 else None

    def owe(self, answer: OnBreach, breach: Record, message: str) -> None:
        """The other side has to answer ``breach`` with ``answer``. The oldest debt is enough.

        Args:
            answer: what the description says.
            breach: the breach.
            message: its id; empty if it is no message of the endpoint.
        """
        side = breach.side.other
        same = [one for one in self._owed if one.side is side and one.answer == answer]
        if not any(not one.said or answer.close_code for one in same):
            self._owed = [one for one in self._owed if one not in same]  # those are paid
            self._owed.append(Owed(answer, side, breach.line, message))

    def note(self, record: Record, message: str) -> None:
        """``record`` is ``message``, and it was its turn."""
        notice = self._notices.get(message)
        if notice is not None and record.payload is not None:
            code, _ = announced(notice, record.payload)
            self._reasons[record.side] |= set() if code is None else {code}
        for owed in self._owed:
            owed.said |= owed.side is record.side and owed.answer.says == message

    def broken(self, closes: Mapping[Side, Record]) -> Iterator[tuple[Side, Broken]]:
        """Who did not answer as described, and how.

        Args:
            closes: the close frames, the first one first.
        """
        first, *others = closes.values()
        if LOST in (first.code, *(other.code for other in others)):
            return
        for side, frame in closes.items():
            owed = self._unpaid(side, frame)
            crossed = frame is first or frame.code != first.code
            if owed is None or (crossed and frame.code in self._reasons[side]):
                continue
            described = owed.answer.says or f"code {owed.answer.close_code}"
            text = (
                f"the {side.value} closed the connection with code {frame.code}, but what the "
                f"{side.other.value} sent on line {owed.line} is answered with {described}"
            )
            because = Because(owed.line, side.other, owed.breach)
            yield side, Broken(rules.ANSWERED_OTHERWISE, text, _repair(owed), because)

    def _unpaid(self, side: Side, frame: Record) -> Owed | None:
        """The oldest answer that ``side`` still owes when it closes with ``frame``."""
        owed = [one for one in self._owed if one.side is side]
        if any(one.answer.close_code == frame.code for one in owed):
            return None
        return next((one for one in owed if not one.said or one.answer.close_code), None)


def _repair(owed: Owed) -> Repair:
    """To say what has to be said, or else to close with the code that is described."""
    if owed.answer.says and not owed.said:
        return say_first(owed.side, [owed.answer.says])
    return correct(f"close with code {owed.answer.close_code}")


def _reasons(lifecycle: ConnectionLifecycle, side: Side) -> Iterator[int]:
    """The codes that ``side`` may give whatever the other side has said."""
    yield from _OWN_REASONS
    answers = {answer.close_code for answer in lifecycle.on_breach}
    for one in lifecycle.closing.codes:
        if one.by in (None, side) and one.code not in answers:
            yield one.code
    for timer in lifecycle.every_timer:
        if timer.owner is side and timer.close_code is not None:
            yield timer.close_code
