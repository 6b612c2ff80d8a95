"""What is wrong with the other side, as text for the report of a test: `Verdict`."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import structs

from schematic.define import DefinitionError, SchematicError
from schematic_engine.conformance import RULES, Finding, Report, Severity, Trace, examine_records
from schematic_engine.conformance.shown import Shown
from schematic_engine.pytest_plugin.log import Log
from schematic_engine.pytest_plugin.stage import Stage

__all__ = ["Rulebook", "as_checked", "check_rules", "told", "wrong_with"]


@dataclass(slots=True)
class Rulebook:
    """Which findings count.

    Attributes:
        allowed: ids of rules that may be broken.
        strict: whether warnings count, too.
        excused: findings that were expected, as connection and line and rule.
    """

    allowed: frozenset[str] = frozenset()
    strict: bool = False
    excused: set[tuple[int, int, str]] = field(default_factory=set[tuple[int, int, str]])

    def of(self, log: Log, also: Collection[str] = ()) -> list[Finding]:
        """The findings of one connection that count, except for those of the rules in ``also``."""
        other = log.role.other
        return [
            one
            for one in log.findings
            if one.side in (None, other)
            and self.counts(one)
            and one.rule.id not in also
            and (log.number, one.line, one.rule.id) not in self.excused
        ]

    def counts(self, one: Finding) -> bool:
        """Whether a finding is bad enough, and not allowed."""
        severity = one.rule.severity
        is_bad = severity is Severity.ERROR or (self.strict and severity is Severity.WARNING)
        return is_bad and one.rule.id not in self.allowed


def wrong_with(
    stages: Sequence[tuple[Log, Stage | None]],
    rulebook: Rulebook,
    *,
    final: bool,
    colour: bool = False,
) -> str:
    """What is wrong with the other side on some connections; empty if nothing is.

    Args:
        stages: the connections, each with its stage if it has one.
        rulebook: which findings count.
        final: whether nothing is waited for any more. If not, a conversation that may go on is not
            blamed for what it lacks.
        colour: whether the text is for a terminal with colours.
    """
    return "\n\n".join(
        part
        for log, stage in stages
        for part in _parts(log, stage, rulebook, final=final, colour=colour)
    )


def _parts(
    log: Log, stage: Stage | None, rulebook: Rulebook, *, final: bool, colour: bool
) -> Iterator[str]:
    actor = None if stage is None else stage.actor
    if actor is not None and stage is not None and (final or not stage.is_waiting()):
        found = actor.difference()
        if found is not None:
            yield f"connection {log.number}: {found.as_text(colour=colour)}"
    findings = rulebook.of(log, () if actor is None else actor.allowed_rules())
    if findings:
        yield _report(log, findings)
    for problem in log.problems:
        yield f"connection {log.number}: {problem}"


def _report(log: Log, findings: Sequence[Finding]) -> str:
    """Findings of one connection as ``schematic check`` reports them."""
    assert log.endpoint is not None  # or there would be no findings
    name = log.endpoint.name
    trace = examine_records(log.endpoint, name, log.records, vantage=log.vantage)
    wanted = {(one.line, one.rule.id) for one in findings}
    shown = [one for one in trace.findings if (one.finding.line, one.finding.rule.id) in wanted]
    return as_checked(name, trace, shown)


def as_checked(name: str, trace: Trace, shown: Sequence[Shown]) -> str:
    """Some of the findings of ``trace`` as ``schematic check`` reports them, without the sum."""
    left = dict.fromkeys(Severity, 0)
    for one in shown:
        left[one.finding.rule.severity] += 1
    counts = structs.replace(trace.counts, findings=left)
    alone = structs.replace(trace, file=name, findings=tuple(shown), counts=counts)
    return "\n".join(Report(name, (alone,)).as_text().splitlines()[:-1])


def told(error: BaseException) -> str:
    """What was raised while our side spoke: in words if it is an error of ours, or with where."""
    if isinstance(error, SchematicError):
        return f"{type(error).__name__}: {error}"
    return "".join(traceback.format_exception(error)).rstrip()


def check_rules(rules: Collection[str]) -> None:
    """Raises DefinitionError for an id that no rule has."""
    __tracebackhide__ = True
    for rule in rules:
        if rule not in RULES:
            raise DefinitionError(f"there is no rule {rule!r}; there is {', '.join(sorted(RULES))}")
