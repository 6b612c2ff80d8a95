"""What probes make of the faulty programs: found or not, after how much, and how short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probing.faulty import Fault
from probing.scripts import correct, exit_code

from schematic import Side
from schematic_engine.probing import ProbeReport, ProbeSettings, probe_client, probe_server

__all__ = [
    "Line",
    "Probed",
    "generated",
    "is_of_a_table",
    "line_of",
    "probe",
    "rows",
    "written",
    "wrong",
]

_HEAD = (
    "| mistake of the {} | found by | conversations | messages | shortest |",
    "|---|---|---|---|---|",
)
_BEGIN, _END = "<!-- faults -->\n", "<!-- end of faults -->"


@dataclass(slots=True)
class Count:
    """Listens to the progress of a probe.

    Attributes:
        after: how many conversations had been held when the first one failed; 0 for none.
    """

    after: int = 0

    def __call__(self, held: int, planned: int, failed: int) -> None:
        if failed and not self.after:
            self.after = held


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe that is over.

    Attributes:
        report: what it says.
        after: after how many conversations the first one failed.
        script: what is wrong with the script that shows the shortest finding; empty for nothing,
            and where it was not tried.
    """

    report: ProbeReport
    after: int
    script: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    Attributes:
        role: what the program is.
        text: the line; empty for a program without a mistake.
        wrong: why it is no proof; empty if it is one.
        connections: how many conversations the probes had.
    """

    role: Side
    text: str
    wrong: str
    connections: int


async def probe(
    fault: Fault, seed: int, settings: ProbeSettings, *, scripts: bool = False
) -> Probed:
    """Probe one program, which is started for it.

    Args:
        fault: the program.
        seed: the seed.
        settings: the settings.
        scripts: whether to play the script of the shortest finding, with it and with the correct
            program.
    """
    count = Count()
    if fault.role is Side.CLIENT:
        report = await probe_client(
            fault.run, fault.endpoint, seed=seed, settings=settings, on_progress=count
        )
        return Probed(report, count.after, await _script(fault, report) if scripts else "")
    async with fault.serve() as url:
        report = await probe_server(
            url, fault.endpoint, seed=seed, settings=settings, on_progress=count
        )
        return Probed(report, count.after, await _script(fault, report, url) if scripts else "")


async def _script(fault: Fault, report: ProbeReport, url: str | None = None) -> str:
    """What is wrong with the script of the shortest finding."""
    if not fault.mistake or not report.findings:
        return ""
    first = min(report.findings, key=lambda finding: finding.length)
    if await exit_code(first, fault, url) != 1:
        return f"the script does not show {first.rule.id}"
    if await exit_code(first, correct(fault)) != 0:
        return f"the script shows {first.rule.id} where it is not"
    return ""


def wrong(fault: Fault | None, report: ProbeReport) -> str:
    """Why ``report`` is no proof that a probe is worth something; empty if it is one."""
    lengths = [finding.length for finding in report.findings]
    if fault is None or not fault.mistake:
        return "; ".join(f"{one.rule.id} {one.text}" for one in report.findings)
    if not lengths:
        return f"not found with seed {report.seed}"
    if min(lengths) != fault.shortest:  # if it is less, the fixture is wrong
        return f"shown by {min(lengths)} messages with seed {report.seed}, not {fault.shortest}"
    return ""


def line_of(fault: Fault | None, probes: Sequence[Probed]) -> Line:
    """What the table says of one program; nothing if it has no mistake."""
    reports = [one.report for one in probes]
    return Line(
        role=reports[0].probed,
        text=_text(fault, probes) if fault is not None and fault.mistake else "",
        wrong="; ".join(
            what for one in probes for what in (wrong(fault, one.report), one.script) if what
        ),
        connections=sum(report.connections for report in reports),
    )


def _text(fault: Fault, probes: Sequence[Probed]) -> str:
    first = [
        min(one.report.findings, key=lambda finding: finding.length)
        for one in probes
        if one.report.findings
    ]
    cells = (
        fault.mistake,
        ", ".join(dict.fromkeys(finding.rule.id for finding in first)) or "nothing",
        _span([one.after for one in probes]),
        _span([finding.length for finding in first]),
        str(fault.shortest),
    )
    return f"| {' | '.join(cells)} |"


def rows(lines: Iterable[Line]) -> list[str]:
    """The tables, servers first."""
    known = list(lines)
    found: list[str] = []
    for side in (Side.SERVER, Side.CLIENT):
        some = [line.text for line in known if line.role is side]
        if some:
            found += [_HEAD[0].format(side.value), _HEAD[1], *some, ""]
    return found


def generated(page: str) -> list[str]:
    """The lines of ``page`` that `written` replaces."""
    return page.partition(_BEGIN)[2].partition(_END)[0].strip("\n").splitlines()


def is_of_a_table(line: str) -> bool:
    """Whether ``line`` is a row of a table with five columns, or between two tables."""
    cells = line.split(" | ") if "---" not in line else line.split("|")[1:-1]
    return not line or (line[0] == line[-1] == "|" and len(cells) == _HEAD[1].count("-" * 3))


def written(page: str, lines: list[str]) -> str:
    """``page`` with the tables replaced by ``lines``.

    Raises:
        ValueError: one of them belongs to no table, such as what a thread has complained about.
    """
    other = [line for line in lines if not is_of_a_table(line)]
    if other:
        raise ValueError(f"these lines belong to no table: {other}")
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    return f"{before}{_BEGIN}\n" + "\n".join(lines) + f"\n{_END}{after}"


def _span(numbers: list[int]) -> str:
    if not numbers:
        return "none"
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least} to {most}"
