"""A probe finds what is wrong with programs of others, shows it briefly, and finds nothing else.

These are a few programs and one seed; ``python tests/probing`` takes them all, and makes the table
of docs/probe.md.
"""

from __future__ import annotations

import pytest
from probing.faulty import CORRECT, FAULTS, Fault
from probing.figures import probe, wrong

from schematic import Side
from schematic_engine.conformance import Severity
from schematic_engine.probing import ProbeFinding, ProbeSettings
from support.recordings import judged

PROGRAMS = {program.name: program for program in (*CORRECT, *FAULTS)}
BRISK = ProbeSettings(examples=20, grace=0.03, patience=0.3, replays=1)
SOME = (
    "takes-text-before-login",
    "speaks-after-summary",
    "hangs-up-at-stop",
    "closes-with-another-code",
    "crashes-on-null",
    "answers-a-room-that-was-left",
    "opens-too-many",
)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [one.name for one in CORRECT if one.role is Side.SERVER])
async def test_nothing_is_found_on_a_correct_program(name: str) -> None:
    probed = await probe(PROGRAMS[name], 1, BRISK)
    assert wrong(PROGRAMS[name], probed.report) == ""


@pytest.mark.asyncio
@pytest.mark.parametrize("name", SOME)
async def test_a_fault_is_found_and_shown_in_a_conversation_that_is_as_short_as_can_be(
    name: str,
) -> None:
    fault = PROGRAMS[name]
    probed = await probe(fault, 1, BRISK)
    assert wrong(fault, probed.report) == ""
    for finding in probed.report.findings:
        accused = at_fault(fault, finding)
        assert (Side.CLIENT in accused) is (finding.flaw is not None)
        assert (Side.SERVER in accused) or finding.rule.id.startswith("PRB")


def at_fault(fault: Fault, finding: ProbeFinding) -> set[Side | None]:
    """Whom the checker holds an error against, in the trace of a finding."""
    trace = judged(fault.endpoint, finding.trace.splitlines(keepends=True))
    findings = [shown.finding for shown in trace.findings]
    return {one.side for one in findings if one.rule.severity is Severity.ERROR}
