"""`Finding`: one fault of a definition; and the rules that there are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.compile.scenario import Scenario

__all__ = ["RULES", "Finding", "Severity"]


class Severity(Enum):
    """How bad a finding is; the worst comes first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def reaches(self, least: Severity) -> bool:
        """Whether this is as bad as ``least``, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(least)


RULES: dict[str, tuple[Severity, str]] = {
    "unreachable-message": (Severity.ERROR, "a message that can never be said"),
    "no-way-to-the-end": (Severity.ERROR, "a conversation that cannot be brought to its end"),
    "decodes-alike": (Severity.WARNING, "two messages that a receiver cannot tell apart"),
    "mixed-choice": (Severity.WARNING, "both sides may act at once, and who is first matters"),
    "unbounded-channels": (Severity.WARNING, "channels without a limit"),
    "reuse-race": (Severity.WARNING, "a key that is used again too early"),
    "waiting-without-timer": (Severity.NOTE, "a wait that nothing ends"),
}
"""Every rule by its name: how bad a breach is at worst, and what it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition.

    Attributes:
        rule: the name of the rule, a key of `RULES`.
        severity: how bad it is here.
        message: what is wrong, in a sentence.
        example: the shortest conversation that shows it; without steps where there is none.
    """

    rule: str
    severity: Severity
    message: str
    example: Scenario
