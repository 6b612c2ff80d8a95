"""Timers, as far as recordings show them: a silence that a side ended with a close code.

A timer is what its owner does, so it makes no message of anybody illegal. That a connection was
closed after a silence is no proof that the silence was the reason: the code has to be one that says
so, and not that of a normal end or a lost connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schematic.define import DefinitionError, Side, Timer
from schematic_engine.infer.conversations import Close, Conversation
from schematic_engine.infer.evidence import Evidence

__all__ = ["timers_of"]

_SHORTEST = 1.0
_LONGEST = 86_400.0
_NO_REASON = (1000, 1001, 1005, 1006)
_LIKE = 0.2


@dataclass(frozen=True, slots=True)
class _Silence:
    """A silence that was ended: who fell silent, for how long, and where it was closed."""

    of: Side
    seconds: float
    began: bool
    close: Close
    number: int


def timers_of(
    conversations: Sequence[Conversation], *, opens: Side | None
) -> list[tuple[Timer, Evidence]]:
    """The timers that conversations show, each with what speaks for it.

    Args:
        conversations: those with one endpoint.
        opens: the side whose message the opening waits for, if it does.
    """
    found = [one for number, talk in enumerate(conversations) for one in _silences(talk, number)]
    timers: list[tuple[Timer, Evidence]] = []
    for key in dict.fromkeys((one.close.side, one.close.code, one.began) for one in found):
        alike = [one for one in found if (one.close.side, one.close.code, one.began) == key]
        seconds = min(one.seconds for one in alike)
        if max(one.seconds for one in alike) > seconds * (1 + _LIKE):
            continue
        owner, code, began = key
        timer = _timer(owner, code, _rounded(seconds), first=not began and opens is owner.other)
        if timer is not None:
            said = f"The {owner.other.value} was silent for {seconds:.1f} s before code {code}"
            where = tuple((one.number, one.close.line) for one in alike)
            timers.append((timer, Evidence(said, len(alike), len(alike), where)))
    return timers


def _silences(talk: Conversation, number: int) -> Iterator[_Silence]:
    """The silence before the end of a conversation, if somebody ended it for that."""
    if not talk.closes or not talk.in_order or talk.closes[0].code in _NO_REASON:
        return
    close = talk.closes[0]
    of = close.side.other
    said = [one.time for one in talk.said if one.side is of]
    since = said[-1] if said else talk.time
    last = talk.said[-1].time if talk.said else talk.time
    if close.time is None or since is None or last is None:
        return
    seconds = close.time - since
    # Whoever spoke just before it closed had another reason, which it may have told.
    if _SHORTEST <= seconds <= _LONGEST and close.time - last >= _SHORTEST / 2:
        yield _Silence(of, seconds, bool(said), close, number)


def _rounded(seconds: float) -> float:
    """A time as somebody may have chosen it: whole seconds, if it is some."""
    return float(round(seconds)) if seconds >= 2 * _SHORTEST else round(seconds, 1)


def _timer(owner: Side, code: int, seconds: float, *, first: bool) -> Timer | None:
    """A timer, if a description may have such a one."""
    if first:
        timer = Timer.initialize(seconds, owner=owner, close_code=code)
    else:
        timer = Timer.idle(seconds, of=owner.other, owner=owner, close_code=code)
    try:
        timer.check()
    except DefinitionError:
        return None
    return timer
