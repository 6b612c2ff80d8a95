"""Times functions against each other: interleaved, and as ratios of the same run."""

from __future__ import annotations

import cProfile
import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self, TypeAlias, TypeVar

__all__ = ["Measured", "Run", "Stopwatch", "compare", "timed"]

T = TypeVar("T")

Run: TypeAlias = Callable[[], float | None]
"""Does one run's work. What it returns is what counts instead of the time it took, if anything:
the seconds without the preparations, or a size."""


class Stopwatch:
    """Counts the seconds of its ``with`` block, and profiles it while somebody wants that.

    Args:
        clock: what counts: the time on the wall, or that of the processor.

    Attributes:
        seconds: how long the block took.
        profiler: what profiles all blocks now.
    """

    profiler: ClassVar[cProfile.Profile | None] = None

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = 0.0
        self._clock = clock

    def __enter__(self) -> Self:
        if self.profiler is not None:
            self.profiler.enable()
        self.seconds = -self._clock()
        return self

    def __exit__(self, *raised: object) -> None:
        self.seconds += self._clock()
        if self.profiler is not None:
            self.profiler.disable()


@dataclass(frozen=True, slots=True)
class Measured:
    """What the peers of one table took, round by round.

    Attributes:
        machine: what they ran on.
        figures: by peer, for each round the figure of one unit of work.
        profile: where our time goes, if it is longer than is aimed at: by function, its part.
    """

    machine: str
    figures: dict[str, list[float]]
    profile: dict[str, float] = field(default_factory=dict[str, float])

    def median(self, peer: str) -> float:
        """A peer's usual figure."""
        return statistics.median(self.figures[peer])

    def ratio(self, peer: str, to: str) -> float:
        """The median over all rounds of a peer's figure divided by another's of the same round."""
        pairs = zip(self.figures[peer], self.figures[to], strict=True)
        return statistics.median(mine / theirs if theirs else math.inf for mine, theirs in pairs)


def compare(
    peers: Mapping[str, Run], *, units: int, rounds: int, scale: float = 1e6
) -> dict[str, list[float]]:
    """Runs all ``peers`` in turn, ``rounds`` times after a warm-up round.

    Whichever mood the machine is in passes over all of them alike.

    Args:
        peers: what to run, by name; each run does ``units`` units of work.
        units: messages, round trips and the like in one run.
        rounds: how often; 0 takes the warm-up for the result.
        scale: what a run's seconds, or whatever it returns, are multiplied by.
    """
    figures: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(rounds + 1):
        for name, run in peers.items():
            gc.collect()
            gc.disable()
            with Stopwatch() as watch:
                counted = run()
            gc.enable()
            if turn or not rounds:
                figures[name].append(
                    (watch.seconds if counted is None else counted) / units * scale
                )
    return figures


def timed(prepare: Callable[[], T], work: Callable[[T], int], units: int) -> Run:
    """A run whose preparations do not count, and which must get ``units`` units done.

    It does no I/O, so the processor's time is counted, which is the same on a busy machine.
    """

    def run() -> float:
        prepared = prepare()
        with Stopwatch(time.thread_time) as watch:
            done = work(prepared)
        if done != units:
            raise AssertionError(f"{done} instead of {units}")
        return watch.seconds

    return run
