"""The generated parts of ``docs/benchmarks.md``: the targets, the tables and the pictures."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.growth import CURVES
from benchmarks.measure import Measured
from benchmarks.results import Results
from benchmarks.tables import TABLES, Table, Target

__all__ = ["curve_of", "missed", "rendered", "table_of"]


def rendered(page: str, results: Results) -> str:
    """The page, with its generated parts as ``results`` have them."""
    for name, content in (
        ("targets", _targets(results)),
        ("tables", _tables(results)),
        ("curves", _curves()),
    ):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"the page has no part between {begin!r} and {end!r}")
        page = f"{before}{begin}\n{content}\n{end}{after}"
    return page


def table_of(table: Table, measured: Measured) -> str:
    """A table's title and its rows."""
    lines = [
        f"### {table.title}",
        "",
        f"| `{table.name}` | {table.unit} | divided by {table.reference} |",
        "|---|---:|---:|",
    ]
    for peer in measured.figures:
        ratio = measured.ratio(peer, table.reference)
        lines.append(f"| {peer} | {_figure(measured.median(peer))} | {ratio:.2f} |")
    if measured.profile:
        shares = ", ".join(f"{part:.0%} `{name}`" for name, part in measured.profile.items())
        lines += ["", f"Where our time goes, by the profiler: {shares}."]
    return "\n".join(lines)


def curve_of(name: str, points: dict[str, Measured]) -> str:
    """What a picture shows, as a table."""
    peers = list(next(iter(points.values())).figures)
    lines = [f"### {CURVES[name].title}", ""]
    lines += ["| | " + " | ".join(peers) + " |", "|---:|" + "---:|" * len(peers)]
    for point, measured in points.items():
        figures = " | ".join(_figure(measured.median(peer)) for peer in peers)
        lines.append(f"| {point} | {figures} |")
    return "\n".join(lines)


def _targets(results: Results) -> str:
    rows: list[str] = []
    hits = 0
    for name, table in TABLES.items():
        for target in table.targets:
            if name in results.tables:
                aim, got, reached = _judged(target, table, results.tables[name])
                verdict = "reached" if reached else "**not reached**"
                rows.append(f"| {table.title} | {aim} | {got} | {verdict} |")
                hits += reached
    head = ["| | aimed at | measured | |", "|---|---|---:|---|"]
    return "\n".join([f"{hits} of {len(rows)} targets are reached.", "", *head, *rows, ""])


def missed(table: Table, measured: Measured) -> bool:
    """Whether a target of the table is not reached."""
    return not all(_judged(target, table, measured)[2] for target in table.targets)


def _judged(target: Target, table: Table, measured: Measured) -> tuple[str, str, bool]:
    """What is aimed at, what was measured, and whether that is enough."""
    ours, others = target.peer, " and ".join(target.against)
    if target.limit is not None:
        got = measured.median(ours)
        return f"at most {target.limit:g} {table.unit}", _figure(got), got <= target.limit
    if target.faster is not None:
        got = min(measured.ratio(peer, ours) for peer in target.against)
        aim = f"at least {target.faster:g} times as fast as {others}"
        return aim, f"{got:.2f} times", got >= target.faster
    assert target.within is not None
    got = max(measured.ratio(ours, peer) for peer in target.against)
    aim = f"at most {target.within:g} times the time of {others}"
    return aim, f"{got:.2f} times", got <= target.within


def _tables(results: Results) -> str:
    parts: list[str] = list(_machines(results))
    section = ""
    for name, table in TABLES.items():
        if name in results.tables:
            if table.section != section:
                section = table.section
                parts.append(f"## {section}")
            parts.append(table_of(table, results.tables[name]))
    return "\n\n".join(parts) + "\n"


def _machines(results: Results) -> Iterator[str]:
    """What all was measured on; where that differs, which tables were measured on what."""
    names: dict[str, list[str]] = {}
    for name, measured in results.tables.items():
        names.setdefault(measured.machine, []).append(name)
    for machine, measured_on_it in names.items():
        which = "" if len(names) == 1 else f" ({', '.join(f'`{n}`' for n in measured_on_it)})"
        yield f"{machine}{which}."


def _curves() -> str:
    return "\n".join(f"![{c.title}](plots/{c.name}.svg)\n" for c in CURVES.values())


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
