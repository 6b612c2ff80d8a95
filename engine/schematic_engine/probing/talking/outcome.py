"""What came of one conversation: `Outcome`, with the fault that it showed, if it showed one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from schematic_engine.conformance.rules import Rule
from schematic_engine.conformance.trace import Record
from schematic_engine.probing.planning.sayable import Said

__all__ = ["Evidence", "Fate", "Fault", "Outcome"]


class Evidence(Enum):
    """By what a fault shows, which is what a script has to look for."""

    SAID = "said"
    """The last message of the conversation is wrong where it stands."""
    CLOSED = "closed"
    """The connection ended, and not as it should."""
    SILENT = "silent"
    """What was due did not come."""


class Fate(Enum):
    """What became of an illegal step."""

    NONE = "no such step"
    REFUSED = "refused"
    IGNORED = "ignored as described"
    UNDECIDED = "undecided"
    """It was not certainly illegal by the time that it was heard, or never could be said."""
    FAULTY = "a finding"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong.

    Attributes:
        rule: which rule.
        evidence: by what it shows.
        text: what was wrong, as a sentence without a full stop.
        expected: what should have come, in words.
        came: what came, in words.
        message: the id of the message that it is about; empty for none.
        awaited: the ids of messages of which one had to come.
    """

    rule: Rule
    evidence: Evidence
    text: str
    expected: str
    came: str
    message: str = ""
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one conversation.

    Attributes:
        records: what passed, in order, as the prober saw it.
        said: the legal messages of both sides, for coverage.
        fault: what was wrong; None if nothing was.
        fate: what became of the illegal step.
        provoked: whether the illegal step was made.
        skipped: how many messages of the plan were never legal, and so not said.
        seconds: how long it took.
    """

    records: tuple[Record, ...]
    said: tuple[Said, ...]
    fault: Fault | None = None
    fate: Fate = Fate.NONE
    provoked: bool = False
    skipped: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def length(self) -> int:
        """How many messages passed in both directions."""
        return sum(record.is_message for record in self.records)
