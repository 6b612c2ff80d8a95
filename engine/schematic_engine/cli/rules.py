"""``schematic rules``: what checker and prober look for, with an example of each."""

from __future__ import annotations

from difflib import get_close_matches

import click

from schematic_engine.cli.paper import Paper
from schematic_engine.cli.unusable import Unusable
from schematic_engine.conformance.examples import example_of
from schematic_engine.conformance.rules import RULES, Rule, Severity
from schematic_engine.probing import PROBE_RULES
from schematic_engine.probing.examples import example_of as probed_example_of

__all__ = ["rules"]

_EVERY = {**RULES, **PROBE_RULES}

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}


@click.command(
    epilog="""\b
Examples:
  schematic rules
  schematic rules SCH-101
  schematic rules illegal-order
  schematic rules PRB-201
"""
)
@click.argument("reference", metavar="[ID]", required=False)
def rules(reference: str | None) -> None:
    """List the rules of checker and prober, or explain one: by its id, or by its name.

    A rule is explained by an example: the smallest recording that breaks it, and what the checker
    says of that; or a conversation with a server that does, and what the prober says.
    """
    paper = Paper()
    if reference is not None:
        _explain(paper, _find(reference))
        return
    rows = [(rule.id, rule.severity.value, rule.name) for rule in _EVERY.values()]
    paper.columns(rows, styles=("bold", "", ""), indent=0)


def _find(reference: str) -> Rule:
    names = {name.casefold(): rule for rule in _EVERY.values() for name in (rule.id, rule.name)}
    wanted = reference.casefold()
    found = names.get(wanted) or names.get(f"sch-{wanted}") or names.get(f"prb-{wanted}")
    if found is not None:
        return found
    written = {name.casefold(): name for rule in _EVERY.values() for name in (rule.id, rule.name)}
    close = [written[one] for one in get_close_matches(wanted, names)]
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise Unusable(f"There is no rule {reference!r}.{hint} `schematic rules` lists them all.")


def _explain(paper: Paper, rule: Rule) -> None:
    severity = rule.severity.value
    paper.line((rule.id, "bold"), " ", (severity, _STYLES[rule.severity]), f" {rule.name}")
    paper.line()
    paper.line(rule.summary)
    paper.line()
    paper.line(rule.help)
    paper.heading("Example")
    paper.line()
    paper.block(example_of(rule) if rule.id in RULES else probed_example_of(rule))
