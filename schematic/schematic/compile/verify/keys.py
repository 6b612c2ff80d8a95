"""What a channel says about its keys: how many, and when one may be used again."""

from __future__ import annotations

from collections.abc import Iterator

from schematic.compile.paths import Path
from schematic.compile.scenario import Heard, Scenario, told
from schematic.compile.table import ChannelTable, State
from schematic.compile.verify.findings import Finding
from schematic.compile.verify.place import Place

__all__ = ["races", "unbounded"]


def unbounded(place: Place) -> Iterator[Finding]:
    """Channels of which any number may be open at once."""
    spec = place.spec
    if spec is None or spec.max_open is not None:
        return
    first = (spec.opener, _opening(spec))
    keys = (None,) * 3 if first[1] in spec.keyless else (place.key, *map(place.key_like, "bc"))
    steps = [step for key in keys for step in told([first], key)]
    yield place.finding(
        "unbounded-channels",
        "any number may be open at once; say how many with max_open",
        place.scenario((), *steps, remark="and so on, without end"),
    )


def races(place: Place) -> Iterator[Finding]:
    """Keys that open again while what belongs to the old channel may still come."""
    spec = place.spec
    if spec is None or _opening(spec) in spec.keyless:
        return  # who answers gives the key, if there is any
    table, opener = spec.table, spec.opener

    def too_early(state: State) -> bool:
        room = spec.max_open != 1 or table.over(state)
        return room and spec.reusable(state) and _late(spec, state) is not None

    path = next((path for state, path in place.ways.items() if too_early(state)), None)
    if path is not None:
        yield place.finding(
            "reuse-race",
            f"the {opener.value} may open another one under the same key while messages of the "
            f"{opener.other.value} for the old one are on their way",
            _race(place, spec, path),
        )


def _opening(spec: ChannelTable) -> str:
    """The message that opens such a channel, or the first of several."""
    return next(name for side, name, _ in spec.table.steps(spec.table.start) if side is spec.opener)


def _late(spec: ChannelTable, state: State) -> str | None:
    """A message that the side that does not open may say in ``state``."""
    said = (name for side, name, _ in spec.table.steps(state) if side is not spec.opener)
    return next(said, None)


def _race(place: Place, spec: ChannelTable, path: Path) -> Scenario:
    """``path``, and then a late message of the old channel that crosses the new one's opening.

    Where it can, it crosses the end of the old one as well: after an end for both, whoever knows
    of it says no more.
    """
    table, opener = spec.table, spec.opener
    states = [table.start]
    for side, name in path:
        move = table.row(states[-1], side).moves[name]
        states.append(table.after(states[-1], side, move))
    late = _late(spec, states[-1])
    assert late is not None
    crosses = path[-1][0] is opener and table.legal(states[-2], opener.other, late) is not None
    return place.scenario(
        path[:-1] if crosses else path,
        place.said(opener.other, late),
        *told((*path[-1:], path[0]) if crosses else path[:1], place.key),
        Heard(opener),
        remark=f"of the old {place.key}, or of the new one?",
    )
