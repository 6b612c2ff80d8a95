"""Times functions against each other: interleaved, and as ratios of the same run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Row", "compare"]


@dataclass(frozen=True, slots=True)
class Row:
    """One measured peer.

    Attributes:
        name: what was measured.
        micros: the median time of one unit, in microseconds.
        ratio: the median over all rounds of its time divided by the reference's.
    """

    name: str
    micros: float
    ratio: float


def compare(
    peers: Mapping[str, Callable[[], None]], *, reference: str, units: int, rounds: int
) -> list[Row]:
    """Run all ``peers`` in turn, ``rounds`` times after a warm-up round.

    Args:
        peers: what to run, by name; each run does ``units`` units of work.
        reference: the peer that the others are divided by.
        units: messages, round trips and the like in one run.
        rounds: how often; the machine's mood passes over all peers alike.
    """
    times: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(rounds + 1):
        for name, run in peers.items():
            gc.collect()
            gc.disable()
            began = time.perf_counter()
            run()
            took = time.perf_counter() - began
            gc.enable()
            if turn:
                times[name].append(took / units * 1e6)
    return [
        Row(
            name,
            statistics.median(taken),
            statistics.median(
                mine / theirs for mine, theirs in zip(taken, times[reference], strict=True)
            ),
        )
        for name, taken in times.items()
    ]
