"""``python tests/benchmarks [--write]``: measure, print, and with --write keep it in the docs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.report import page  # found by the line above

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "benchmarks.md"
MARK = "<!-- measured -->\n"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=9, help="how often each peer runs")
    arguments = parser.parse_args()
    measured = page(rounds=arguments.rounds)
    print(measured)
    if arguments.write:
        before = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        DOCUMENT.write_text(before + MARK + "\n" + measured, encoding="utf-8")


if __name__ == "__main__":
    main()
