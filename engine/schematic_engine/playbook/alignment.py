"""After the first difference: which of what came is which step of the script, `aligned`.

What came is paired with the steps that were left so that as much as possible is as scripted (the
longest common subsequence), in order. The beginning of both is compared, `WINDOW` of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from schematic_engine.playbook.player import Departure, Player, Seen
from schematic_engine.playbook.steps import ONCE, Says, Step

__all__ = ["WINDOW", "Pair", "aligned"]

WINDOW: Final = 64
"""How many steps, and how many of what came, are compared."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A step and what came for it.

    Attributes:
        step: the number of the step, from 0; None if what came is none.
        seen: what came; None if the step is missing.
    """

    step: int | None
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place for something to come.

    Attributes:
        step: the number of its step.
        needed: whether it is missed if nothing comes.
        many: whether any number of things fit into it.
    """

    step: int
    needed: bool = False
    many: bool = False


def aligned(
    player: Player, departure: Departure, missing: Sequence[int], came: Sequence[Seen]
) -> tuple[list[Pair], int]:
    """Pairs in order, and how much is left that was not compared.

    Args:
        player: knows the script.
        departure: the first difference. A body that departs is no part of this.
        missing: the numbers of the steps that have to come and have not.
        came: what came after it.
    """
    slots = list(_slots(player, departure, missing))
    some, heard = slots[:WINDOW], came[:WINDOW]
    rest = {slot.step for slot in slots[WINDOW:] if slot.needed}
    rest -= {slot.step for slot in some}
    left = len(rest) + len(came) - len(heard)
    return _pairs(some, heard, player.could_be), left


def _slots(player: Player, departure: Departure, missing: Sequence[int]) -> Sequence[_Slot]:
    steps = player.book.steps
    first = len(steps) if departure.expected is None else departure.expected
    theirs = {n for n in range(first, len(steps)) if steps[n].side is not player.role}
    slots: list[_Slot] = []
    for number in sorted(theirs.union(missing)):
        is_told = departure.mismatch is not None and number == departure.expected
        slots += _slots_of(number, steps[number], number in missing and not is_told, is_told)
    return slots


def _slots_of(number: int, step: Step, needed: bool, is_told: bool) -> Sequence[_Slot]:
    """The places of one step; of one that is told already, those for what comes besides."""
    times = step.times if isinstance(step, Says) else ONCE
    least = min(times.least, WINDOW) if needed else 0
    if times.most is None:
        return [*[_Slot(number, needed=True)] * least, _Slot(number, many=True)]
    more = min(times.most, WINDOW) - least - is_told
    return [*[_Slot(number, needed=True)] * least, *[_Slot(number)] * more]


def _pairs(
    slots: Sequence[_Slot], came: Sequence[Seen], could_be: Callable[[int, Seen], bool]
) -> list[Pair]:
    steps = {slot.step for slot in slots}
    fits = {(n, at) for n in steps for at, seen in enumerate(came) if could_be(n, seen)}
    best = _best(slots, len(came), fits)
    pairs: list[Pair] = []
    row = at = 0
    while row < len(slots) or at < len(came):
        if row < len(slots) and (slots[row].step, at) in fits:
            after = row if slots[row].many else row + 1
            if best[row][at] == 1 + best[after][at + 1]:
                pairs.append(Pair(slots[row].step, came[at]))
                row, at = after, at + 1
                continue
        if row < len(slots) and best[row][at] == best[row + 1][at]:
            is_told = bool(pairs) and pairs[-1].step == slots[row].step
            if slots[row].needed and not is_told:
                pairs.append(Pair(slots[row].step, None))
            row += 1
        else:
            pairs.append(Pair(None, came[at]))
            at += 1
    return pairs


def _best(slots: Sequence[_Slot], count: int, fits: Set[tuple[int, int]]) -> list[list[int]]:
    """How much can be as scripted of what is left, from each place and each thing on."""
    best = [[0] * (count + 1) for _ in range(len(slots) + 1)]
    for row in range(len(slots) - 1, -1, -1):
        for at in range(count - 1, -1, -1):
            best[row][at] = max(best[row + 1][at], best[row][at + 1])
            if (slots[row].step, at) in fits:
                after = row if slots[row].many else row + 1
                best[row][at] = max(best[row][at], 1 + best[after][at + 1])
    return best
