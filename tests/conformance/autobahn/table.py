"""What the runs found, kept from run to run, and the page that shows it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

from conformance.autobahn.runner import HOME, VERSION
from conformance.autobahn.suites import GROUPS, Result

__all__ = ["keep", "write"]

_PAGE: Final = Path(__file__).parent.parent.parent.parent / "docs" / "autobahn.md"
_MARK: Final = "<!-- measured -->\n"
_COLUMNS: Final = {
    "server-asyncio": "server, asyncio",
    "server-sync": "server, sync",
    "client-asyncio": "client, asyncio",
    "client-sync": "client, sync",
}


def _file(column: str) -> Path:
    return HOME / "results" / f"{column}.json"


def _kept(column: str) -> dict[str, Result]:
    if not _file(column).exists():
        return {}
    return {one["case"]: Result(**one) for one in json.loads(_file(column).read_text())}


def keep(role: str, adapter: str, results: Iterable[Result], *, anew: bool) -> None:
    """Keeps results in the place of earlier ones: of the same cases, or ``anew`` of all."""
    column = f"{role}-{adapter}"
    known = {} if anew else _kept(column)
    known |= {result.case: result for result in results}
    _file(column).parent.mkdir(parents=True, exist_ok=True)
    _file(column).write_text(json.dumps([asdict(result) for result in known.values()]))


def write() -> None:
    """Writes all that was kept into the page."""
    before = _PAGE.read_text(encoding="utf-8").partition(_MARK)[0]
    _PAGE.write_text(f"{before}{_MARK}\n{_table()}", encoding="utf-8")


def _table() -> str:
    kept = {column: _kept(column).values() for column in _COLUMNS}
    versions = (
        f"kosoku {VERSION}, wsproto {version('wsproto')}, h11 {version('h11')}, "
        f"{platform.python_implementation()} {platform.python_version()}. "
        "Cases passed, of those that were run:"
    )
    lines = [
        versions,
        "",
        "| cases | | " + " | ".join(_COLUMNS.values()) + " |",
        "|---|---|" + "---:|" * len(_COLUMNS),
    ]
    for group, name in GROUPS.items():
        cells = [
            _cell(result for result in results if result.group == group)
            for results in kept.values()
        ]
        lines.append(f"| {group}.* | {name} | " + " | ".join(cells) + " |")
    cells = [f"**{_cell(results)}**" for results in kept.values()]
    lines.append("| | all | " + " | ".join(cells) + " |")
    verdicts = {
        result.behavior: result.case
        for results in kept.values()
        for result in results
        if result.behavior != "OK"
    }
    lines += ["", "Verdicts other than OK: " + _told(kept.values(), sorted(verdicts)) + "."]
    return "\n".join(lines) + "\n"


def _cell(results: Iterable[Result]) -> str:
    passed = [result.passed for result in results]
    return f"{sum(passed)} of {len(passed)}" if passed else "not run"


def _told(columns: Iterable[Iterable[Result]], verdicts: Iterable[str]) -> str:
    found = [result for results in columns for result in results]
    cases = {
        verdict: sorted({result.case for result in found if result.behavior == verdict})
        for verdict in verdicts
    }
    return "; ".join(f"{verdict} {', '.join(one)}" for verdict, one in cases.items()) or "none"
