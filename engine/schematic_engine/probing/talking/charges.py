"""What the probed side is charged with: each `Fault` that a conversation can show, in words."""

from __future__ import annotations

from collections.abc import Sequence

from schematic.define import Side
from schematic_engine.conformance import Finding
from schematic_engine.conformance.redact import printable
from schematic_engine.conformance.rules import SENT_THOUGH_STOPPED
from schematic_engine.probing import rules
from schematic_engine.probing.planning.plan import Wrong
from schematic_engine.probing.talking.dues import Due
from schematic_engine.probing.talking.outcome import Evidence, Fault
from schematic_engine.probing.talking.refusal import Expectation

__all__ = [
    "accepted",
    "close_unanswered",
    "closed_early",
    "closed_without",
    "complained",
    "dropped",
    "ended_badly",
    "never_closed",
    "never_replied",
    "never_said",
    "other_code",
    "refused_otherwise",
    "said_though_stopped",
    "said_wrongly",
    "unreachable",
]


def _code_in_words(code: int, reason: str) -> str:
    """``the close code 4401 (Unauthorized)``."""
    if code == 1006:
        return "the end of the connection, without a close frame"
    return f"the close code {code}" + (f" ({printable(reason)})" if reason else "")


def said_wrongly(finding: Finding) -> Fault:
    """It said what the checker objects to."""
    legal = f"one of {', '.join(finding.allowed)}" if finding.allowed else "nothing more"
    came = finding.message or "something unknown"
    return Fault(finding.rule, Evidence.SAID, finding.text, legal, came, finding.message)


def complained(peer: Side, message: str) -> Fault:
    """It said what is described as the answer to a breach, and there was none."""
    text = (
        f"the {peer.value} answered a legal conversation with {message}, which is described as "
        "the answer to a breach"
    )
    return Fault(rules.REFUSED_LEGAL, Evidence.SAID, text, "no complaint", message, message)


def never_said(peer: Side, due: Due, seconds: float) -> Fault:
    """It did not say what is due."""
    text = f"the {peer.value} did not say {due}, which is due"
    came = _nothing_within(seconds)
    name, *_ = wanted = due.messages
    return Fault(due.rule, Evidence.SILENT, text, str(due), came, name, wanted)


def never_replied(peer: Side, message: str, seconds: float) -> Fault:
    """It did not say what is said by itself."""
    text = f"the {peer.value} did not say {message}, which is described as said by itself"
    came = _nothing_within(seconds)
    return Fault(
        rules.NO_AUTOMATIC_REPLY, Evidence.SILENT, text, message, came, message, (message,)
    )


def never_closed(peer: Side, seconds: float) -> Fault:
    """It did not close the connection, though that is its part."""
    text = f"everything was said, and the {peer.value} did not close the WebSocket"
    came = _nothing_within(seconds)
    return Fault(rules.NOT_CLOSED, Evidence.SILENT, text, "a close frame", came)


def close_unanswered(peer: Side, seconds: float) -> Fault:
    """It did not answer a close frame."""
    text = f"the {peer.value} did not answer a close frame"
    came = _nothing_within(seconds)
    return Fault(rules.CLOSE_UNANSWERED, Evidence.SILENT, text, "a close frame", came)


def dropped(peer: Side, *, closing: bool, problem: str = "") -> Fault:
    """It ended the connection without a close frame, or made it unreadable."""
    rule = rules.CLOSE_UNANSWERED if closing else rules.LOST
    when = "where it had to answer one" if closing else "in a legal conversation"
    text = problem or f"the {peer.value} dropped the connection without a close frame, {when}"
    return Fault(rule, Evidence.CLOSED, text, "a close frame", _code_in_words(1006, ""))


def closed_without(peer: Side, due: Due, code: int, reason: str) -> Fault:
    """It closed, and owed a last message."""
    text = f"the {peer.value} closed without {due}, which is due"
    came = _code_in_words(code, reason)
    return Fault(due.rule, Evidence.CLOSED, text, str(due), came, due.messages[0], due.messages)


def ended_badly(peer: Side, code: int, reason: str) -> Fault:
    """It ended a legal conversation with a code that is no normal end."""
    came = _code_in_words(code, reason)
    text = f"the {peer.value} ended a legal conversation with {came}"
    return Fault(rules.REFUSED_LEGAL, Evidence.CLOSED, text, "a normal end", came)


def closed_early(peer: Side, code: int, reason: str) -> Fault:
    """It closed, though that is the other side's part, which had not said everything."""
    came = _code_in_words(code, reason)
    text = f"the {peer.value} closed after its last message, before the {peer.other.value} did"
    expected = f"that it waits for the {peer.other.value} to close"
    return Fault(rules.CLOSED_EARLY, Evidence.CLOSED, text, expected, came)


def unreachable(peer: Side, problem: str) -> Fault:
    """There is nobody to speak with."""
    text = f"the {peer.value} could not be spoken with: {printable(problem)}"
    came = printable(problem)
    return Fault(rules.UNREACHABLE, Evidence.CLOSED, text, "a connection", came)


def said_though_stopped(peer: Side, message: str) -> Fault:
    """It said what a message that it had received forbids."""
    text = f"the {peer.value} sent {message} though it had received what forbids it"
    return Fault(SENT_THOUGH_STOPPED, Evidence.SAID, text, "nothing of the kind", message, message)


def other_code(finding: Finding, code: int, reason: str) -> Fault:
    """It closed with another code than it had announced."""
    came = _code_in_words(code, reason)
    return Fault(finding.rule, Evidence.CLOSED, finding.text, "the code that was announced", came)


def accepted(
    peer: Side, wrong: Wrong, expected: Expectation, heard: Sequence[str], seconds: float
) -> Fault:
    """It took the illegal step as if nothing were wrong.

    Args:
        peer: the probed side.
        wrong: the step.
        expected: what should have followed.
        heard: what it said since; the last is what shows it, if it said anything illegal.
        seconds: how long was waited where it said nothing.
    """
    about = f": {wrong.about}" if wrong.about else ""
    text = f"the {peer.value} accepted {wrong.message or 'a payload'} {wrong.flaw.value}{about}"
    came = ", ".join(name or "something unknown" for name in heard)
    evidence = Evidence.SILENT if seconds else Evidence.SAID
    came = came or f"{_nothing_within(seconds)}, and the connection stays open"
    awaited = () if expected.says is None else (expected.says,)
    return Fault(rules.ACCEPTED, evidence, text, str(expected), came, wrong.message, awaited)


def refused_otherwise(
    peer: Side, wrong: Wrong, expected: Expectation, code: int, reason: str, *, said: bool
) -> Fault:
    """It refused the illegal step in another way than it should.

    Args:
        peer: the probed side.
        wrong: the step.
        expected: what should have followed.
        code: the code of its close frame.
        reason: the reason in it.
        said: whether it said the message that should have followed.
    """
    what = wrong.message or "a payload"
    text = f"the {peer.value} answered {what} {wrong.flaw.value} in another way than it should"
    came = _code_in_words(code, reason)
    awaited = () if said or expected.says is None else (expected.says,)
    name = wrong.message
    return Fault(rules.REFUSED_OTHERWISE, Evidence.CLOSED, text, str(expected), came, name, awaited)


def _nothing_within(seconds: float) -> str:
    return f"nothing within {seconds:g} s"
