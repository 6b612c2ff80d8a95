"""The words of a picture: how wide they are, and how they break into lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schematic.compile.diagram.picture import Saying
from schematic.compile.table import ChannelTable
from schematic.define import KeyReuse, Side

__all__ = ["Line", "cells", "channel_facts", "spoken"]

_MANY = 10
"""So many names make a paragraph wide rather than tall."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a picture: the side it belongs to, the side's name or blanks, and the messages."""

    side: Side
    head: str
    names: str

    @property
    def text(self) -> str:
        """The whole line."""
        return self.head + self.names


def cells(text: str) -> int:
    """How many columns of a terminal, or widths of a fixed-width letter, ``text`` takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def spoken(says: Iterable[Saying], *, width: int, counted: bool = False) -> tuple[Line, ...]:
    """``client: SendText, KeepAlive``: a paragraph for each side that says something.

    What waits for messages of which is not known whether they have passed has a paragraph of its
    own: ``server after Ask: Answer``. Lines break between messages when they would pass ``width``
    cells, or twice as many where there are many messages; a name alone may be longer. ``counted``
    adds which messages may be said once only.
    """
    groups: dict[tuple[Side, tuple[str, ...]], list[str]] = {}
    for saying in says:
        names = groups.setdefault((saying.side, saying.after), [])
        names.append(saying.message + (" (once)" if counted and saying.once else ""))
    return tuple(
        line
        for (side, after), names in sorted(groups.items(), key=lambda one: _place(*one[0]))
        for line in _paragraph(side, after, names, width)
    )


def _place(side: Side, after: tuple[str, ...]) -> tuple[bool, bool]:
    """The client's before the server's, what may be said at once before what has to wait."""
    return (side is Side.SERVER, bool(after))


def _paragraph(side: Side, after: tuple[str, ...], names: Sequence[str], width: int) -> list[Line]:
    head = f"{side.value} after {' and '.join(after)}: " if after else f"{side.value}: "
    indent = " " * (4 if after else len(head))
    room = width * 2 if len(names) > _MANY else width
    lines = [names[0]]
    taken = cells(head)
    for name in names[1:]:
        if taken + cells(lines[-1]) + cells(name) + 3 > room:
            lines[-1] += ","
            lines.append(name)
            taken = len(indent)
        else:
            lines[-1] += f", {name}"
    return [Line(side, head if number == 0 else indent, line) for number, line in enumerate(lines)]


def channel_facts(spec: ChannelTable) -> tuple[str, ...]:
    """What there is to know about a channel's keys: where they are, how many, when again."""
    limit = "any number" if spec.max_open is None else f"at most {spec.max_open}"
    again = {
        KeyReuse.NEVER: "a key is never used again",
        KeyReuse.AFTER_BOTH_ENDED: "a key is used again when both sides have ended",
        KeyReuse.IMMEDIATE: f"a key is used again when the {spec.opener.value} has ended",
    }
    return (
        f"key: {_where(spec)}",
        *(() if spec.key.default is None else (f"no key means {spec.key.default!r}",)),
        f"{limit} open at once",
        *_asking(spec),
        again[spec.reuse],
    )


def _where(spec: ChannelTable) -> str:
    key = spec.key
    if key.client == key.server:
        return key.client or "none, answers come in order"
    written = ((side, key.client if side is Side.CLIENT else key.server) for side in Side)
    return ", ".join(f"{path or 'none'} from the {side.value}" for side, path in written)


def _asking(spec: ChannelTable) -> Iterator[str]:
    """How a channel that is opened without a key comes to one."""
    other = spec.opener.other.value
    for answer, openings in spec.answers.items():
        yield f"{answer} answers {' or '.join(sorted(openings))}, first in, first out"
    if spec.max_answered is not None:
        yield f"the {other} has at most {spec.max_answered} under way at once"
    if spec.unasked:
        yield f"the {other} may open one unasked, with {' or '.join(sorted(spec.unasked))}"
    if spec.uncounted:
        yield f"{', '.join(sorted(spec.uncounted))} count for no limit"
    if spec.refusal is not None:
        yield f"{spec.refusal.message} may refuse it"
