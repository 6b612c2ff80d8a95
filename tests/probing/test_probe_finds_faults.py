"""A probe finds what is wrong with programs of others, shows it briefly, and finds nothing else.

These are a few programs and one seed; ``python tests/probing`` takes them all, and makes the table
of docs/probe.md.
"""

from __future__ import annotations

import pytest
from probing.faulty import CORRECT, FAULTS, Fault
from probing.figures import probe, wrong
from probing.scripts import correct, exit_code

from schematic import Side
from schematic_engine.conformance import Severity
from schematic_engine.probing import ProbeFinding, ProbeSettings
from support.recordings import judged

PROGRAMS = {program.name: program for program in (*CORRECT, *FAULTS)}
BRISK = ProbeSettings(examples=10, patience=0.3, replays=1)
RIGHT = ("rooms", "feed-client")
SOME = (
    "takes-text-before-login",
    "hangs-up-at-stop",
    "answers-a-room-that-was-left",
    "stops-twice",
)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", RIGHT)
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
        assert (fault.role.other in accused) is (finding.flaw is not None)
        assert fault.role in accused or finding.rule.id.startswith("PRB")


def at_fault(fault: Fault, finding: ProbeFinding) -> set[Side | None]:
    """Whom the checker holds an error against, in the trace of a finding."""
    trace = judged(fault.endpoint, finding.trace.splitlines(keepends=True))
    findings = [shown.finding for shown in trace.findings]
    return {one.side for one in findings if one.rule.severity is Severity.ERROR}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["opens-too-many", "stops-twice"])
async def test_the_script_of_a_finding_shows_the_fault_and_not_where_there_is_none(
    name: str,
) -> None:
    fault = PROGRAMS[name]
    report = (await probe(fault, 1, BRISK)).report
    first = min(report.findings, key=lambda finding: finding.length)
    assert await exit_code(first, fault) == 1
    assert await exit_code(first, correct(fault)) == 0
