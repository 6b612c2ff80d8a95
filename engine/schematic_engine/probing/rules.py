"""The rules by which a prober judges, besides those of the checker.

Ids are ``PRB-`` and three digits, and never change. The first digit says what was done: 1 for a
legal conversation, 2 for one with a single illegal step. What the probed side says is judged by
the rules of `schematic_engine.conformance`; these are about what it does not say, and how it ends.
"""

from __future__ import annotations

from schematic_engine.conformance.rules import Rule, Severity

__all__ = [
    "ACCEPTED",
    "CLOSED_EARLY",
    "CLOSE_UNANSWERED",
    "LOST",
    "NOT_CLOSED",
    "NO_AUTOMATIC_REPLY",
    "NO_LAST_MESSAGE",
    "NO_REPLY",
    "PROBE_RULES",
    "REFUSED_LEGAL",
    "REFUSED_OTHERWISE",
    "UNREACHABLE",
]

NO_REPLY = Rule(
    "PRB-101",
    "no-reply",
    Severity.ERROR,
    "A message that the other side has to wait for did not come: a step of the opening, or the "
    "answer on a channel.",
    "Send the message that is due; until it comes the other side may say nothing more.",
)
NO_AUTOMATIC_REPLY = Rule(
    "PRB-102",
    "no-automatic-reply",
    Severity.WARNING,
    "A message that is described as being said by itself in reply to another did not come.",
    "Answer the message, or describe no such reply.",
)
NO_LAST_MESSAGE = Rule(
    "PRB-103",
    "no-last-message",
    Severity.ERROR,
    "One side ended its half, and the last message that the other side owed it did not come.",
    "Go on after the other side's last message: it has ended its own half only. Say what is left, "
    "and the final message, before you close.",
)
REFUSED_LEGAL = Rule(
    "PRB-104",
    "refused-legal",
    Severity.ERROR,
    "A conversation in which every message was legal and valid was ended with a code that is no "
    "normal end.",
    "Accept what the description allows, or describe less. The close reason may say what was "
    "wrong with the message.",
)
NOT_CLOSED = Rule(
    "PRB-105",
    "not-closed",
    Severity.ERROR,
    "Everything was said, and the side that closes the WebSocket as described did not close it.",
    "Close the WebSocket after the last message, or say in `closing` that the other side does.",
)
CLOSE_UNANSWERED = Rule(
    "PRB-106",
    "close-unanswered",
    Severity.ERROR,
    "A close frame was not answered with one (RFC 6455, section 5.5.1).",
    "Answer a close frame with a close frame, whatever else is going on.",
)
LOST = Rule(
    "PRB-107",
    "lost",
    Severity.ERROR,
    "The connection was dropped without a close frame (RFC 6455, section 7.1.7).",
    "Send a close frame before you close the connection; look for a process that crashed.",
)
UNREACHABLE = Rule(
    "PRB-108",
    "unreachable",
    Severity.ERROR,
    "No connection came about, though earlier ones did.",
    "Look for a server that has crashed, or a client that stops before it connects. If it was too "
    "much at once, lower --jobs or --rate.",
)
CLOSED_EARLY = Rule(
    "PRB-109",
    "closed-early",
    Severity.ERROR,
    "A side closed the WebSocket after its own last message, though the other side is the one that "
    "closes as described, and had more to say.",
    "Wait for the other side's last message and its close frame: ending a half is not closing.",
)
ACCEPTED = Rule(
    "PRB-201",
    "accepted",
    Severity.ERROR,
    "A message that may not be said at that moment, or cannot be read, was taken as if nothing "
    "were wrong.",
    "Refuse it as described, or with a close code of RFC 6455, section 7.4.1, such as 1008. If it "
    "is to be ignored, say so with `OnBreach.ignore`.",
)
REFUSED_OTHERWISE = Rule(
    "PRB-202",
    "refused-otherwise",
    Severity.ERROR,
    "What should not have been said was refused in another way than the description says, or, "
    "where it says nothing, with a code that does not mean that: 1000 is a normal end, and 1011 "
    "an accident.",
    "Close with the code, or say the message, that is described in `on_breach`; or describe what "
    "you do.",
)

PROBE_RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        NO_REPLY,
        NO_AUTOMATIC_REPLY,
        NO_LAST_MESSAGE,
        REFUSED_LEGAL,
        NOT_CLOSED,
        CLOSE_UNANSWERED,
        LOST,
        UNREACHABLE,
        CLOSED_EARLY,
        ACCEPTED,
        REFUSED_OTHERWISE,
    )
}
"""Every rule of the prober by its id."""
