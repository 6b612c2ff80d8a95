"""What a monitor raises, where it was asked to."""

from __future__ import annotations

from collections.abc import Iterable

from schematic.define import SchematicError
from schematic_engine.conformance import Finding
from schematic_engine.conformance.redact import printable

__all__ = ["NotConforming", "NotWatchable"]

_MOST_TOLD = 5


class NotConforming(SchematicError):
    """Somebody broke the order of messages, on a connection that is watched.

    Attributes:
        findings: what was wrong, in order; at least one.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        told = [_in_words(finding) for finding in self.findings[:_MOST_TOLD]]
        left = len(self.findings) - len(told)
        super().__init__("\n".join([*told, *([f"and {left} more"] if left > 0 else [])]))


class NotWatchable(SchematicError, TypeError):
    """What was given to `Monitor.watch` cannot be watched; the message says what can."""


def _in_words(finding: Finding) -> str:
    """What is wrong and what helps, on a line or two."""
    line = f"{finding.rule.severity.value}[{finding.rule.id}]: {printable(finding.text)}"
    if finding.repair is None:
        return line
    return f"{line}\n  shortest repair: {finding.repair.text}"
