"""Measure all tables and curves, or those that are named, and print them.

With ``--write``, keep what was measured and make docs/benchmarks.md and its pictures from it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import extras, page, plots, results  # found by the line above
from benchmarks.growth import CURVES, Curve
from benchmarks.measure import Measured, compare
from benchmarks.profiles import hottest
from benchmarks.tables import TABLES, Table, machine, measure, units_of

DOCS = Path(__file__).parent.parent.parent / "docs"
DOCUMENT = DOCS / "benchmarks.md"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; see --list")
    parser.add_argument("--list", action="store_true", help="print the names and the titles")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=9, help="how often each peer runs")
    parser.add_argument("--try", action="store_true", dest="tries", help="run a trace of it, once")
    parser.add_argument("--profile", action="store_true", help="profile ours instead")
    arguments = parser.parse_args()
    if arguments.list:
        everything: list[Table | Curve] = [*TABLES.values(), *CURVES.values()]
        for known in everything:
            print(f"{known.name:30}{known.title}")
        return
    names = arguments.names or [*TABLES, *CURVES]
    unknown = [name for name in names if name not in TABLES and name not in CURVES]
    if unknown:
        parser.error(f"no table or curve is called {', '.join(unknown)}; see --list")
    if extras.missing():
        parser.error(f"{', '.join(extras.missing())} missing: {extras.HINT}")
    if arguments.profile:
        for name in names:
            print(f"### {TABLES[name].title}\n")
            for function, part in profile(TABLES[name], most=30).items():
                print(f"{part:6.1%}  {function}")
        return
    if arguments.tries and arguments.write:
        parser.error("what --try gives is not to be kept")
    rounds, share = (0, 0.001) if arguments.tries else (arguments.rounds, 1.0)
    run(names, rounds=rounds, share=share, write=arguments.write)


def run(names: list[str], *, rounds: int, share: float, write: bool) -> None:
    """Measures, prints, and keeps it if wanted."""
    kept = results.load()
    for name in names:
        began = time.perf_counter()
        if name in TABLES:
            measured = measure(TABLES[name], rounds=rounds, share=share)
            if page.missed(TABLES[name], measured) and "schematic" in measured.figures:
                measured.profile.update(profile(TABLES[name], share))
            kept.tables[name] = measured
            print(page.table_of(TABLES[name], measured))
        else:
            kept.curves[name] = follow(name, rounds=rounds, share=share)
            print(page.curve_of(name, kept.curves[name]))
        print(f"\n({time.perf_counter() - began:.1f} s)\n", flush=True)
    if write:
        results.save(kept)
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(page.rendered(text, kept), encoding="utf-8")
        for name, points in kept.curves.items():
            plots.draw(CURVES[name], points, DOCS / "plots")


def follow(name: str, *, rounds: int, share: float) -> dict[str, Measured]:
    """Measures a curve at each of its points."""
    curve = CURVES[name]
    measured: dict[str, Measured] = {}
    for point in curve.points:
        units = max(1, int(curve.units(point) * share))
        figures = compare(curve.peers(point, units), units=units, rounds=rounds)
        measured[str(point)] = Measured(machine(), figures)
    return measured


def profile(table: Table, share: float = 1.0, most: int = 8) -> dict[str, float]:
    """Where our row of a table spends its time."""
    with table.peers(units_of(table, share)) as peers:
        return hottest(peers["schematic"], most)


if __name__ == "__main__":
    main()
