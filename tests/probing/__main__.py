"""``python tests/probing``: what a probe makes of programs with one mistake each, and of none.

It fails if one is not found, or is shown in a longer conversation than it takes, or if the script
of the finding does not show it, or shows it with the correct program, or if anything is found on a
program without a mistake, or on our mock of a bundled API. ``--write`` puts the table
into the docs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from probing.faulty import CORRECT, FAULTS  # found by the line above
from probing.figures import Line, line_of, probe, rows, written
from probing.mocks import MOCKED, probe_mock

from schematic_engine.probing import ProbeSettings

PAGE = Path(__file__).parent.parent.parent / "docs" / "probe.md"
PROGRAMS = {one.name: one for one in (*CORRECT, *FAULTS)}


def look(name: str, seeds: range) -> Line:
    """Probe one program, or one mock, with each seed."""
    return asyncio.run(_look(name, seeds))


async def _look(name: str, seeds: range) -> Line:
    settings = ProbeSettings()
    if name in MOCKED:
        return line_of(None, [await probe_mock(name, seed, settings) for seed in seeds])
    program = PROGRAMS[name]
    probes = [await probe(program, seed, settings, scripts=True) for seed in seeds]
    return line_of(program, probes)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python tests/probing", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs and mocks; else all")
    parser.add_argument("--seeds", type=int, default=1, help="how many probes of each")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--write", action="store_true", help="update docs/probe.md")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    names: list[str] = arguments.names or [*MOCKED, *PROGRAMS]
    with ProcessPoolExecutor(2 * (os.cpu_count() or 1)) as workers:  # half of them wait
        lines = dict(zip(names, workers.map(partial(look, seeds=seeds), names), strict=True))
    table = rows(line for line in lines.values() if line.text)
    sys.stdout.write("\n".join(table) + "\n")
    wrong = {name: line.wrong for name, line in lines.items() if line.wrong}
    for name, what in wrong.items():
        sys.stdout.write(f"{name}: {what}\n")
    faulty = sum(bool(line.text) for line in lines.values())
    held = sum(line.connections for line in lines.values())
    sys.stdout.write(
        f"{faulty} programs with a mistake, {len(names) - faulty} without, {held} conversations: "
        + ("as it should be\n" if not wrong else f"{len(wrong)} otherwise than it should be\n")
    )
    if arguments.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
