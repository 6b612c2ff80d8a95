"""``python tests/faults``: ten thousand sessions on faulty networks, and how they ended."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from faults.sessions import play  # found by the line above

PORTION = 250


def portion(first: int, last: int) -> Counter[str]:
    """Play the sessions of these seeds; how their clients' connections ended."""
    ends: Counter[str] = Counter()
    for seed in range(first, last):
        try:
            ends[play(seed)] += 1
        except BaseException as error:
            error.add_note(f"to see it again: python tests/faults --first {seed} --sessions 1")
            raise
    return ends


def main() -> None:
    """Run the command line; the first session in which something does not hold is a traceback."""
    parser = argparse.ArgumentParser(prog="python tests/faults", description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed")
    arguments = parser.parse_args()
    first, last = arguments.first, arguments.first + arguments.sessions
    ends: Counter[str] = Counter()
    with ProcessPoolExecutor() as workers:
        starts = range(first, last, PORTION)
        stops = [min(start + PORTION, last) for start in starts]
        for some in workers.map(portion, starts, stops):
            ends += some
    for end, times in ends.most_common():
        print(f"{times:6} {end}")
    print(f"{ends.total():6} sessions; nothing raised, hung, came twice or was lost in silence")


if __name__ == "__main__":
    main()
