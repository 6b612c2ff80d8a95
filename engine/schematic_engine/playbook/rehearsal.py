"""Whether a script keeps to its description: `rehearse`.

Both sides say their steps, filled with samples where the script leaves something open, and `Judge`
hears them. So a script is held to the very rules by which `schematic check` judges traffic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final, cast

from schematic.compile import CompiledEndpoint
from schematic.define import SchematicError, Side
from schematic_engine.codec import codecs_of
from schematic_engine.conformance import RULES, Finding, Judge, Record, RecordKind, Severity
from schematic_engine.playbook.errors import PlaybookError
from schematic_engine.playbook.patterns import ANY, Bindings, Exactly, Matching, Pattern
from schematic_engine.playbook.steps import Closes, Says, Sends, Step
from schematic_engine.playbook.wording import payload_of
from schematic_engine.wire import check_close

__all__ = ["rehearse", "unknown"]

_LONGEST_DELAY: Final = 3600.0
_NO_CODES: Final = (None, 1005, 1006)
"""Close codes that nobody sends: any, none given, and lost (RFC 6455, section 7.4.1)."""


def rehearse(endpoint: CompiledEndpoint, steps: Sequence[Step]) -> None:
    """Hold every step to the description.

    Raises:
        PlaybookError: one of them does not keep to it; the error says what would be legal.
    """
    judge, known = Judge(endpoint), Bindings()
    judge.feed(_record(0, Side.SERVER, RecordKind.ACCEPTED))
    closed: Closes | None = None
    for number, step in enumerate(steps, 1):
        _check_delay(step)
        if closed is not None:
            raise PlaybookError(step.place, f"{step}: the connection is closed before it")
        if isinstance(step, Closes):
            closed = step
            findings = _close(judge, number, step)
        else:
            findings = _say(judge, number, endpoint, step, known)
        _check_findings(step, findings)
    for side in Side:
        _check_repeats([step for step in steps if step.side is side])


def unknown(what: str, name: str, known: Sequence[str], endpoint: CompiledEndpoint) -> str:
    """That there is no ``what`` called ``name``, and what there is instead."""
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else "."
    there = f"There is: {', '.join(known)}" if known else "There is none at all"
    return f"{endpoint.name} has no {what} {name!r}{hint} {there}"


def _say(
    judge: Judge, number: int, endpoint: CompiledEndpoint, step: Says | Sends, known: Bindings
) -> tuple[Finding, ...]:
    if isinstance(step, Says):
        _check_known(endpoint, step)
        step = replace(step, body=_without_expressions(step.body))
    payload = payload_of(endpoint, step, known)
    kind = RecordKind.TEXT if isinstance(payload, str) else RecordKind.BINARY
    return judge.feed(_record(number, step.side, kind, payload)).findings


def _close(judge: Judge, number: int, step: Closes) -> tuple[Finding, ...]:
    if step.code not in _NO_CODES:
        try:
            check_close(step.code or 1000, step.reason)
        except SchematicError as error:
            raise PlaybookError(step.place, str(error)) from None
    code = 1000 if step.code is None else step.code
    findings = judge.feed(_record(number, step.side, RecordKind.CLOSE, code=code)).findings
    answer = _record(number, step.side.other, RecordKind.CLOSE, code=code)
    return (*findings, *judge.feed(answer).findings)


def _record(
    line: int,
    side: Side,
    kind: RecordKind,
    payload: str | bytes | None = None,
    code: int = 1005,
) -> Record:
    return Record(line=line, connection=0, side=side, kind=kind, payload=payload, code=code)


def _check_delay(step: Step) -> None:
    if not 0 <= step.after <= _LONGEST_DELAY or math.isnan(step.after):
        raise PlaybookError(step.place, f"after {step.after:g} s is no delay of up to an hour")


def _check_known(endpoint: CompiledEndpoint, step: Says) -> None:
    kinds, side = codecs_of(endpoint), step.side
    if step.message in kinds[side].kinds:
        return
    known = list(kinds[side].kinds)
    problem = unknown(f"message of the {side.value}", step.message, known, endpoint)
    if step.message in kinds[side.other].kinds:
        problem = f"only the {side.other.value} says {step.message}; the {side.value} has " + (
            ", ".join(known)
        )
    raise PlaybookError(step.place, problem)


def _check_findings(step: Step, findings: Sequence[Finding]) -> None:
    """One step against what the judge says of it.

    Raises:
        PlaybookError: it breaks a rule that it does not name, or not the one that it names.
    """
    broken = [one.rule.id for one in findings]
    if step.violates is not None and step.violates not in RULES:
        known = ", ".join(sorted(RULES))
        raise PlaybookError(step.place, f"there is no rule {step.violates!r}; there is {known}")
    if step.violates is not None and step.violates not in broken:
        instead = f"it breaks {', '.join(broken)}" if broken else "it breaks no rule there"
        raise PlaybookError(step.place, f"{step}: said to violate {step.violates}, but {instead}")
    for one in findings:
        if one.rule.severity is Severity.ERROR and one.rule.id != step.violates:
            raise PlaybookError(step.place, _refusal(step, one))


def _refusal(step: Step, finding: Finding) -> str:
    legal = ", ".join(finding.allowed) or "nothing"
    repair = "" if finding.repair is None else f" Shortest repair: {finding.repair.text}."
    return (
        f"{finding.text} [{finding.rule.id}]. Legal there from the {step.side.value}: {legal}."
        f"{repair} If it is wrong on purpose, say so: violates {finding.rule.id}"
    )


def _check_repeats(steps: Sequence[Step]) -> None:
    """What is repeated has to be told from what the same side says next."""
    for step, after in pairwise(steps):
        if not (isinstance(step, Says) and isinstance(after, Says)):
            continue
        if step.times.least != step.times.most and (
            step.message == after.message and (step.body is ANY or after.body is ANY)
        ):
            raise PlaybookError(
                after.place,
                f"{after} cannot be told from {step} before it: give both of them bodies, or say "
                "how often the first one comes",
            )


def _without_expressions(pattern: Pattern) -> Pattern:
    """``pattern`` with a sample's text where a regular expression has no example."""
    if isinstance(pattern, Matching) and pattern.example is None:
        return ANY
    if isinstance(pattern, Exactly):
        return Exactly(_without_expressions(pattern.value))
    if isinstance(pattern, Mapping):
        fields = cast("Mapping[str, Any]", pattern)
        return {name: _without_expressions(inner) for name, inner in fields.items()}
    if isinstance(pattern, (list, tuple)):
        return [_without_expressions(inner) for inner in cast("list[Any]", pattern)]
    return pattern
