"""What was to be said and what was: `difference`, a diff of two conversations.

What came after the first difference is compared with what was left of the script. Lines that are
as scripted begin with a space, what was expected and did not come with ``-``, what came instead
with ``+``, and ``?`` says where a body departs. Bodies are short, and their secrets hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from schematic.compile import CompiledEndpoint
from schematic_engine.conformance.redact import excerpt
from schematic_engine.playbook.alignment import Pair, aligned
from schematic_engine.playbook.patterns import ANY, in_words
from schematic_engine.playbook.player import Departure, Player, Seen
from schematic_engine.playbook.steps import Closes, Says, Step

__all__ = ["DiffLine", "Difference", "difference", "secret_fields"]

_BEFORE: Final = 8
"""Lines as scripted that are shown before the first difference."""

_AFTER: Final = 24
"""Lines that are shown after it."""

_RUN: Final = 3
"""Lines that are shown of those between two differences, at either end."""

_COLOURS: Final = {"-": "\x1b[31m", "+": "\x1b[32m", "?": "\x1b[33m", "=": "\x1b[2m"}
_PLAIN: Final = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference.

    Attributes:
        sign: a space for as scripted, ``-`` for expected, ``+`` for seen, ``?`` for where a body
            departs, ``=`` for lines that are left out.
        number: which step it is, counted from 1; 0 for none.
        side: who says it.
        name: what.
        text: the body, or a remark.
    """

    sign: str
    number: int = 0
    side: str = ""
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a conversation departs from its script.

    Attributes:
        headline: the first difference in words, with the place of its step.
        step: the number of that step, from 1; 0 if the script was over.
        lines: the conversation around it.
    """

    headline: str
    step: int
    lines: tuple[DiffLine, ...]

    def as_text(self, *, colour: bool = False) -> str:
        """The headline, and below it the conversation.

        Args:
            colour: whether signs are coloured, as on a terminal.
        """
        width = max((len(line.name) for line in self.lines), default=0)
        digits = max((len(str(line.number)) for line in self.lines), default=1)
        shown = [_painted(line.sign, _row(line, width, digits), colour) for line in self.lines]
        return "\n".join([self.headline, *shown])


def difference(player: Player) -> Difference | None:
    """What one connection lacks of its script, or has beside it; None if nothing.

    Call it when the connection is over, or nothing more is waited for.
    """
    missing = player.missing()
    if player.departure is None and not missing:
        return None
    departure = player.departure or Departure(missing[0], None)
    expected = departure.expected
    return Difference(
        _headline(player, departure),
        0 if expected is None else expected + 1,
        tuple(_lines(player, departure, missing)),
    )


def secret_fields(endpoint: CompiledEndpoint) -> frozenset[str]:
    """The names of the fields that hold credentials in messages."""
    fields = (way.field or "" for way in endpoint.api.auth.ways)
    return frozenset(path.rpartition(".")[2] for path in fields)


def _headline(player: Player, departure: Departure) -> str:
    seen, steps = departure.seen, player.book.steps
    if departure.expected is None:
        assert seen is not None  # something has come that is not in the script
        return f"{player.book.name}: after its last step the {_did(seen)}"
    step = steps[departure.expected]
    if seen is None:
        what = "was not said" if step.side is player.role else "has not come"
        return f"{step.place}: {step} {what} when the test ended"
    if departure.mismatch is not None:
        return f"{step.place}: {step}: {departure.mismatch}"
    return f"{step.place}: expected {step}, but the {_did(seen)}"


def _did(seen: Seen) -> str:
    if seen.payload is None:
        return f"{seen.side.value} closed the connection ({seen.code})"
    said = "|".join(seen.names) or "what is no message of it"
    return f"{seen.side.value} said {said}"


def _lines(player: Player, departure: Departure, missing: Sequence[int]) -> Iterator[DiffLine]:
    secret = secret_fields(player.book.endpoint)
    first = next((n for n, one in enumerate(player.seen) if one is departure.seen), None)
    before = player.seen if first is None else player.seen[:first]
    rows = list(_as_scripted(before, secret))
    if len(rows) > _BEFORE:
        yield DiffLine("=", text=f"... {len(rows) - _BEFORE} lines before it are as scripted")
    yield from rows[-_BEFORE:]
    came = [] if first is None else player.seen[first:]
    if departure.mismatch is not None:
        assert departure.expected is not None  # it is the body of a step that departs
        yield _expected(departure.expected, player.book.steps[departure.expected])
        yield _seen("+", came[0], secret)
        yield DiffLine("?", text=str(departure.mismatch))
        came = came[1:]
    pairs, left = aligned(player, departure, missing, came)
    rest = list(_paired(player, pairs, secret))
    yield from rest[:_AFTER]
    left += max(len(rest) - _AFTER, 0)
    if left:
        yield DiffLine("=", text=f"... and {left} more")


def _paired(player: Player, pairs: Sequence[Pair], secret: frozenset[str]) -> Iterator[DiffLine]:
    """What came after the first difference beside what was left of the script."""
    for is_both, group in groupby(pairs, key=lambda one: None not in (one.step, one.seen)):
        if is_both:
            said = [replace(one.seen, step=one.step) for one in group if one.seen is not None]
            yield from _shortened(list(_as_scripted(said, secret)))
            continue
        for one in group:
            if one.step is not None:
                yield _expected(one.step, player.book.steps[one.step])
            elif one.seen is not None:
                yield _seen("+", one.seen, secret)


def _shortened(rows: Sequence[DiffLine]) -> Iterator[DiffLine]:
    """Lines that are as scripted, between differences."""
    more = len(rows) - 2 * _RUN
    if more <= 1:
        yield from rows
        return
    yield from rows[:_RUN]
    yield DiffLine("=", text=f"... {more} lines are as scripted")
    yield from rows[-_RUN:]


def _as_scripted(seen: Sequence[Seen], secret: frozenset[str]) -> Iterator[DiffLine]:
    """Lines that are as scripted; those of one step that is repeated are one."""
    for _, alike in groupby(enumerate(seen), key=lambda one: (one[1].step, one[1].step is None)):
        group = [one for _, one in alike]
        if group[0].step is None:
            yield from (_seen(" ", one, secret) for one in group)
            continue
        line = _seen(" ", group[0], secret)
        times = f"  (and {len(group) - 1} more)" if len(group) > 1 else ""
        yield DiffLine(line.sign, group[0].step + 1, line.side, line.name, line.text + times)


def _seen(sign: str, seen: Seen, secret: frozenset[str]) -> DiffLine:
    if seen.payload is None:
        return DiffLine(sign, 0, seen.side.value, "closes", str(seen.code))
    name = "|".join(seen.names) or "sends"
    return DiffLine(sign, 0, seen.side.value, name, excerpt(seen.payload, secret=secret))


def _expected(number: int, step: Step) -> DiffLine:
    if isinstance(step, Closes):
        name, text = "closes", "any" if step.code is None else str(step.code)
    elif isinstance(step, Says):
        name, text = f"{step.message}{step.times}", ""
        if step.body is not ANY:
            text = in_words(step.body, 76)
    else:
        name, text = "sends", in_words(step.payload, 76)
    return DiffLine("-", number + 1, step.side.value, name, text)


def _row(line: DiffLine, width: int, digits: int) -> str:
    if line.sign in "?=":
        return f"{line.sign if line.sign == '?' else ' '} {'':>{digits}} {line.text}"
    number = str(line.number) if line.number else ""
    row = f"{line.sign} {number:>{digits}} {line.side} {line.name:<{width}}  {line.text}"
    return row.rstrip()


def _painted(sign: str, row: str, colour: bool) -> str:
    return f"{_COLOURS[sign]}{row}{_PLAIN}" if colour and sign in _COLOURS else row
