"""The rules by which recorded traffic is judged: an id that never changes, and what it means.

Ids are ``SCH-`` and three digits. The first digit says what was broken: 1 the order of messages,
2 a message itself, 3 how a connection ended, 4 the opening handshake, 9 the recording rather than
the conversation. A number is never used for another rule, so that it can be written into a bug
report.

An *error* is something that no correct peer does. A *warning* is something that a correct peer may
have had to bear, or that cannot be held against either side. A *note* is no finding: it says what
could not be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "ABNORMAL_END",
    "AFTER_CLOSE_FRAME",
    "ANSWERED_OTHERWISE",
    "BAD_LINE",
    "BODY_UNKNOWN",
    "IGNORED_AS_DESCRIBED",
    "ILLEGAL_ORDER",
    "INVALID_BODY",
    "KEY_REUSED_EARLY",
    "MID_CONNECTION",
    "NOT_FOLLOWED",
    "NOT_JSON",
    "NO_ENDPOINT",
    "NO_FINAL_MESSAGE",
    "NO_SUBPROTOCOL",
    "OTHER_CODE_ANNOUNCED",
    "OTHER_PATH",
    "PARAMETERS_AT_ODDS",
    "PARAMETER_MISSING",
    "PARAMETER_UNFIT",
    "RULES",
    "SENT_THOUGH_STOPPED",
    "UNFINISHED",
    "UNKNOWN_MESSAGE",
    "WRONG_DIRECTION",
    "Rule",
    "Severity",
]


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the checker.

    Attributes:
        id: ``SCH-`` and three digits (``PRB-`` for the prober's), never given to another rule.
        name: a few words for people.
        severity: how bad it is to break it.
        summary: a sentence that says when it is broken.
        help: what to do about it.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    help: str

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """Another process has the same rules, and gets its own."""
        return _known, (self.id,)

    @property
    def is_of_handshake(self) -> bool:
        """Whether it is about the request or its answer, not about messages."""
        return self.id.startswith("SCH-4")


def _known(rule: str) -> Rule:
    return RULES[rule]


ILLEGAL_ORDER = Rule(
    "SCH-101",
    "illegal-order",
    Severity.ERROR,
    "A message that the endpoint knows was sent at a moment when its sender may not send it.",
    "The finding says what was legal, which earlier message made this one illegal, and the "
    "shortest repair. `schematic show` and `schematic diagram` show the whole order.",
)
WRONG_DIRECTION = Rule(
    "SCH-102",
    "wrong-direction",
    Severity.ERROR,
    "A side sent a message that only the other side may send.",
    "Look for a program that echoes what it receives, or for a recording in which `dir` is "
    "the wrong way round.",
)
AFTER_CLOSE_FRAME = Rule(
    "SCH-103",
    "after-close-frame",
    Severity.ERROR,
    "A side sent a message after its own close frame (RFC 6455, section 5.5.1).",
    "Send everything before you close the WebSocket, and stop senders that run beside before "
    "you do.",
)
SENT_THOUGH_STOPPED = Rule(
    "SCH-104",
    "sent-though-stopped",
    Severity.ERROR,
    "A side sent what a message forbids that it had received before. Only a recording made at its "
    "own end shows that, since elsewhere the two may have crossed.",
    "Look at what has been received before you send. Record at the sender's own end and say "
    "so with `--vantage`, or this cannot be seen.",
)
UNKNOWN_MESSAGE = Rule(
    "SCH-201",
    "unknown-message",
    Severity.ERROR,
    "A payload looks like no message of the endpoint.",
    "Correct the tag, or the fields that tell messages apart; the finding names them. If the "
    "service has a new message, describe it.",
)
INVALID_BODY = Rule(
    "SCH-202",
    "invalid-body",
    Severity.ERROR,
    "A message is recognised, but its body does not fit the schema.",
    "The finding says which field does not fit, and what it should be.",
)
NOT_JSON = Rule(
    "SCH-203",
    "not-json",
    Severity.ERROR,
    "A text frame holds neither JSON nor any other text that the endpoint knows.",
    "Encode the message as JSON, or send binary data in a binary frame.",
)
NO_FINAL_MESSAGE = Rule(
    "SCH-301",
    "no-final-message",
    Severity.WARNING,
    "One side ended its half and was owed a final message, but the connection was closed without.",
    "Wait for the final message before you close. It is a warning, since nobody can tell a "
    "service that forgot it from a user who left.",
)
ABNORMAL_END = Rule(
    "SCH-302",
    "abnormal-end",
    Severity.WARNING,
    "The connection was lost, or closed with a code that is no normal end, before a final message. "
    "Normal are 1000, 1001 and none, unless the description says otherwise.",
    "Look at the close code and its reason. A code that is a normal end of this service "
    "belongs into its description.",
)
OTHER_CODE_ANNOUNCED = Rule(
    "SCH-303",
    "other-code-announced",
    Severity.ERROR,
    "A side announced the close code that follows, and then closed the connection with another.",
    "Close with the code that the message has announced; clients decide by it whether to try "
    "again.",
)
ANSWERED_OTHERWISE = Rule(
    "SCH-304",
    "answered-otherwise",
    Severity.ERROR,
    "A side answered what should not have come otherwise than the description says, or not at all, "
    "and had no other reason to do so.",
    "Answer the breach as described, or correct the description. The breach itself is a "
    "finding of its own.",
)
NO_SUBPROTOCOL = Rule(
    "SCH-401",
    "no-subprotocol",
    Severity.ERROR,
    "A client asks without a subprotocol that the endpoint needs, or a server accepts without one "
    "that was offered (RFC 6455, section 1.9).",
    "Offer one of the subprotocols that the endpoint needs, and have the server choose among "
    "those.",
)
OTHER_PATH = Rule(
    "SCH-402",
    "other-path",
    Severity.ERROR,
    "A client asks for a path that is not the endpoint's, whatever prefix it may be served under.",
    "Correct the path, or name the endpoint that is meant with `-e`.",
)
PARAMETER_MISSING = Rule(
    "SCH-403",
    "parameter-missing",
    Severity.ERROR,
    "A client leaves out a parameter that the endpoint requires.",
    "Give the parameter; the finding names it.",
)
PARAMETER_UNFIT = Rule(
    "SCH-404",
    "parameter-unfit",
    Severity.ERROR,
    "A client gives a parameter a value that it cannot have. Parameters that are not described are "
    "not judged, nor those that travel in headers.",
    "The finding says what the value has to be.",
)
PARAMETERS_AT_ODDS = Rule(
    "SCH-405",
    "parameters-at-odds",
    Severity.ERROR,
    "A client breaks a rule across parameters: some exclude each other, or need one another.",
    "The finding says which parameters exclude or need each other.",
)
BAD_LINE = Rule(
    "SCH-901",
    "unreadable-line",
    Severity.WARNING,
    "A line of the recording cannot be read; whatever it held is taken as possible.",
    "Look at the line: a recorder that was killed leaves half of one. What the line held may "
    "have been anything, so less is found after it.",
)
MID_CONNECTION = Rule(
    "SCH-902",
    "begins-mid-connection",
    Severity.NOTE,
    "The recording begins in the middle of a connection, so only what is illegal in every state "
    "that it can be in is reported.",
    "Begin to record before the client connects, if you want all of it judged.",
)
UNFINISHED = Rule(
    "SCH-903",
    "still-open",
    Severity.NOTE,
    "The recording ends while the connection is open, so how it ended is not judged.",
    "Record until the connection is closed. HAR archives never hold close frames.",
)
KEY_REUSED_EARLY = Rule(
    "SCH-904",
    "key-reused-early",
    Severity.NOTE,
    "A key opened another channel while the other side could still speak on the one before, so "
    "nobody can tell which of the two its messages belong to, and they are not held against it.",
    "Use a new key for each channel, or wait until the other side has ended the one before.",
)
IGNORED_AS_DESCRIBED = Rule(
    "SCH-905",
    "ignored-as-described",
    Severity.NOTE,
    "A message came that should not have come, and the description says that it is ignored.",
    "Nothing breaks, but what was said went unheard; do not say it.",
)
BODY_UNKNOWN = Rule(
    "SCH-906",
    "body-unknown",
    Severity.NOTE,
    "A message is not in the recording in full, or what would tell it was redacted, or it is "
    "nested too deeply to be read; so it is not judged, and whatever it may have been is taken as "
    "possible.",
    "Record bodies in full, and redact nothing by which messages or channels are told apart.",
)
NO_ENDPOINT = Rule(
    "SCH-907",
    "no-endpoint",
    Severity.NOTE,
    "No endpoint was given, and the request of a connection leads to none, or to several; so the "
    "connection is not judged.",
    "Name the endpoint with `-e`. Connections of other services, such as a development "
    "server's, may stay unjudged.",
)

NOT_FOLLOWED = Rule(
    "SCH-908",
    "not-followed",
    Severity.NOTE,
    "Whoever recorded a connection, or checks it, could not follow it any further, so the rest of "
    "it is not judged.",
    "The finding says why: frames that break RFC 6455, compressed data that cannot be inflated, "
    "a protocol that is no WebSocket, a file that was full, or a connection that went on after it "
    "had been silent for 50,000 lines of the recording; record such a connection by itself.",
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        ILLEGAL_ORDER,
        WRONG_DIRECTION,
        AFTER_CLOSE_FRAME,
        SENT_THOUGH_STOPPED,
        UNKNOWN_MESSAGE,
        INVALID_BODY,
        NOT_JSON,
        NO_FINAL_MESSAGE,
        ABNORMAL_END,
        OTHER_CODE_ANNOUNCED,
        ANSWERED_OTHERWISE,
        NO_SUBPROTOCOL,
        OTHER_PATH,
        PARAMETER_MISSING,
        PARAMETER_UNFIT,
        PARAMETERS_AT_ODDS,
        BAD_LINE,
        MID_CONNECTION,
        UNFINISHED,
        KEY_REUSED_EARLY,
        IGNORED_AS_DESCRIBED,
        BODY_UNKNOWN,
        NO_ENDPOINT,
        NOT_FOLLOWED,
    )
}
"""Every rule by its id."""
