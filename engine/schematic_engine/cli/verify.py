"""``schematic verify``: what is wrong with an order of messages, and how one gets there?"""

from __future__ import annotations

import click

from schematic.compile import CompiledEndpoint, compile_endpoint
from schematic.compile.verify import RULES, Finding, Severity
from schematic.compile.verify import verify as findings_of
from schematic_engine.cli.paper import Paper
from schematic_engine.cli.resolve import resolve_endpoints
from schematic_engine.cli.sequence import sequence_chart

__all__ = ["verify"]

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}


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

    Each finding comes with the shortest conversation that leads to it. Exits with 0 if there are
    none, or warnings only; with 1 if there are errors; with 2 if there was nothing to verify.
    """
    paper = Paper()
    severities: set[Severity] = set()
    for bound in resolve_endpoints(reference):
        endpoint = compile_endpoint(bound)
        findings = findings_of(endpoint)
        _report(paper, endpoint, findings)
        severities.update(finding.severity for finding in findings)
    bad = severities if strict else severities & {Severity.ERROR}
    context.exit(1 if bad else 0)


def _report(paper: Paper, endpoint: CompiledEndpoint, findings: tuple[Finding, ...]) -> None:
    if not findings:
        paper.line((endpoint.name, "bold"), f": nothing found ({len(RULES)} rules)")
        return
    paper.line((endpoint.name, "bold"), f": {len(findings)} found")
    for finding in findings:
        severity = finding.severity
        paper.line()
        paper.line(
            (severity.value, _STYLES[severity]), f" {finding.rule}: {finding.message}", indent=2
        )
        if finding.example:
            paper.line("The shortest way there:", indent=4)
            chart = sequence_chart(finding.example, ascii_only=paper.ascii_only)
            for line in chart.split("\n"):
                paper.line(line, indent=6)
