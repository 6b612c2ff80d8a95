"""``schematic verify``: what is wrong with an order of messages, and how one gets there?"""

from __future__ import annotations

from collections import Counter

import click

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.diagram import to_sequence
from schematic.compile.verify import RULES, Finding, Severity
from schematic.compile.verify import verify as findings_of
from schematic_engine.cli.paper import Paper
from schematic_engine.cli.resolve import resolve_endpoints

__all__ = ["verify"]

_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTE: "bold cyan",
}


@click.command(
    epilog="""\b
Examples:
  schematic verify elevenlabs
  schematic verify my_api.py:my_api/Chat --strict
"""
)
@click.argument("reference", metavar="NAME[/ENDPOINT]")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.pass_context
def verify(context: click.Context, reference: str, strict: bool) -> None:
    """Look for faults in the order of messages.

    Each finding comes with the shortest conversation that shows it. Exits with 0 if there are
    none, or warnings only; with 1 if there are errors; with 2 if there was nothing to verify.
    Notes are no faults, only to be known, and never count.
    """
    paper = Paper()
    severities: set[Severity] = set()
    before: tuple[Finding, ...] = ()
    for number, bound in enumerate(resolve_endpoints(reference)):
        endpoint = compile_endpoint(bound)
        findings = findings_of(endpoint, least=Severity.NOTE)
        if number and (before or findings):
            paper.line()
        before = findings
        _report(paper, endpoint, findings)
        severities.update(finding.severity for finding in findings)
    least = Severity.WARNING if strict else Severity.ERROR
    context.exit(1 if any(one.reaches(least) for one in severities) else 0)


def _report(paper: Paper, endpoint: CompiledEndpoint, findings: tuple[Finding, ...]) -> None:
    if not findings:
        paper.line((endpoint.name, "bold"), f": nothing found ({len(RULES)} rules)")
        return
    paper.line((endpoint.name, "bold"), f": {_counted(findings)}")
    for finding in findings:
        severity = finding.severity
        paper.line()
        paper.line(
            (severity.value, _STYLES[severity]), f" {finding.rule}: {finding.message}", indent=2
        )
        if finding.example.remark:
            paper.line()
            chart = to_sequence(finding.example, ascii_only=paper.ascii_only)
            for line in chart.split("\n"):
                paper.line(line, indent=6)


def _counted(findings: tuple[Finding, ...]) -> str:
    """``1 error, 2 notes``: how many there are of each severity."""
    count = Counter(finding.severity for finding in findings)
    return ", ".join(
        f"{count[severity]} {severity.value}{'s' if count[severity] > 1 else ''}"
        for severity in Severity
        if count[severity]
    )
