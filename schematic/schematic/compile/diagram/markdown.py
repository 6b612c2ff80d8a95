"""A table as Markdown: what each side may say, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.diagram.markup import plain as _safe
from schematic.compile.diagram.wording import channel_facts
from schematic.compile.table import Row, Table
from schematic.define import Side

__all__ = ["to_markdown"]


def to_markdown(table: Table) -> str:
    """Write ``table`` as two Markdown tables, one for each half, and two for each channel.

    Returns:
        The tables, each below a sentence, ending with a newline.
    """
    return "\n\n".join(_blocks(table)) + "\n"


def _blocks(table: Table) -> Iterator[str]:
    for side in Side:
        yield "\n".join(_half(table, side, ""))
    for name, spec in table.every_channel():
        yield f"**Channel {_safe(name)}**: {_safe('; '.join(channel_facts(spec)))}."
        for side in Side:
            yield "\n".join(_half(spec.table, side, f" on {_safe(name)}"))


def _half(table: Table, side: Side, where: str) -> Iterator[str]:
    yield f"What the {side.value} may say{where}:"
    yield ""
    yield "| State | Message | Then | Waits until | Once |"
    yield "|---|---|---|---|---|"
    rows = table.rows(side)
    for row in rows:
        name = _name(row, side)
        if not row.moves:
            yield f"| {name} | nothing | | | |"
        channels: set[int] = set()
        for message, move in row.moves.items():
            if move.channel in channels:
                continue
            says = _safe(message)
            if move.channel >= 0:
                channels.add(move.channel)
                says = f"messages of *{_safe(table.channels[move.channel].id)}*"
            target = rows[move.target]
            yield _line(
                name,
                says,
                "stays" if target is row else _name(target, side),
                _safe(" and ".join(table.names(move.needs))),
                "once" if move.once else "",
            )


def _line(*columns: str) -> str:
    return "|" + "|".join(f" {column} " if column else " " for column in columns) + "|"


def _name(row: Row, side: Side) -> str:
    """``opening 1`` for ``client_opening_1``: the side is in the sentence above."""
    return _safe(row.name.removeprefix(f"{side.value}_").replace("_", " "))
