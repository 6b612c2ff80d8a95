"""What a probe found: `ProbeReport`, and each `ProbeFinding` in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from schematic.define import Side
from schematic_engine.conformance import Record, Rule, Severity
from schematic_engine.probing.planning.coverage import Coverage
from schematic_engine.probing.planning.plan import Flaw, Plan
from schematic_engine.probing.talking.outcome import Evidence, Fate, Outcome

__all__ = ["ProbeFinding", "ProbeReport", "Tally", "finding_of"]


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """One fault of the probed side, with the shortest conversation that shows it.

    Attributes:
        rule: which rule is broken.
        text: what was wrong, as a sentence without a full stop.
        expected: what should have come.
        came: what came.
        message: the id of the message that it is about; empty for none.
        flaw: the flaw of the illegal step that it answers; None for a legal conversation.
        evidence: by what it shows.
        plan: what the prober says in the conversation.
        conversation: what passed, in order.
        likewise: other messages that show the same.
        shown: in how many of the replays it showed.
        replays: how often it was replayed; 0 if there was no time.
        script: a Python program that shows it, and exits with 1 while it is there.
        trace: the conversation as JSON Lines, which ``schematic check`` reads.
        awaited: messages of which one had to come, as they may travel; empty for none.
    """

    rule: Rule
    text: str
    expected: str
    came: str
    message: str
    flaw: Flaw | None
    evidence: Evidence
    plan: Plan
    conversation: tuple[Record, ...]
    likewise: tuple[str, ...] = ()
    shown: int = 1
    replays: int = 1
    script: str = ""
    trace: str = ""
    awaited: tuple[str | bytes, ...] = ()

    @property
    def length(self) -> int:
        """How many messages passed in both directions."""
        return sum(record.is_message for record in self.conversation)

    @property
    def is_flaky(self) -> bool:
        """Whether it did not show in every replay."""
        return self.shown < self.replays

    @property
    def severity(self) -> Severity:
        """How bad it is: a silence that does not show every time may only have been slowness."""
        sure = self.replays > 0 and not self.is_flaky
        return (
            self.rule.severity if sure or self.evidence is not Evidence.SILENT else Severity.WARNING
        )


def finding_of(plan: Plan, outcome: Outcome) -> ProbeFinding:
    """What the conversation of ``plan`` showed, which ended with a fault."""
    fault = outcome.fault
    assert fault is not None
    return ProbeFinding(
        rule=fault.rule,
        text=fault.text,
        expected=fault.expected,
        came=fault.came,
        message=fault.message,
        flaw=plan.wrong.flaw if plan.wrong and outcome.provoked else None,
        evidence=fault.evidence,
        plan=plan,
        conversation=outcome.records,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the illegal steps with one flaw: how many of each fate."""

    flaw: Flaw
    fates: Counter[Fate]


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probe found.

    Attributes:
        endpoint: the name of what is spoken, ``API/Endpoint``.
        probed: the side that was probed.
        seed: the seed, with which the probe can be repeated.
        findings: what was wrong.
        coverage: which transitions were seen.
        tallies: what became of illegal steps, by flaw.
        connections: how many connections were made.
        mute: messages that were never said, since no body could be made, and why.
        seconds: how long it took.
        complete: whether everything planned was done within the time.
        stopped: whether it was stopped before.
    """

    endpoint: str
    probed: Side
    seed: int
    findings: tuple[ProbeFinding, ...]
    coverage: Coverage
    tallies: tuple[Tally, ...]
    connections: int
    mute: dict[str, str]
    seconds: float
    complete: bool = True
    stopped: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings of ``severity`` there are."""
        return sum(one.severity is severity for one in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """0 if nothing was found, 1 if something was; ``strict`` counts warnings."""
        bad = self.count(Severity.ERROR) + (self.count(Severity.WARNING) if strict else 0)
        return 1 if bad else 0
