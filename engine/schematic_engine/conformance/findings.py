"""What a judge says: a `Verdict` on each record, with the `Finding` where something was wrong."""

from __future__ import annotations

import msgspec

from schematic.define import Side
from schematic_engine.conformance.rules import Rule

__all__ = ["Because", "Broken", "Finding", "Repair", "Verdict"]


class Because(msgspec.Struct, frozen=True):
    """The earlier message that made another one illegal.

    Attributes:
        line: its line of the recording.
        side: who sent it.
        message: its id; empty for a close frame, and for what is no message of the endpoint.
        closes: whether it is a close frame.
    """

    line: int
    side: Side
    message: str = ""
    closes: bool = False

    @property
    def words(self) -> str:
        """It and who sent it: ``CloseConnection from the client``."""
        what = self.message or ("the close frame" if self.closes else "an unknown message")
        return f"{what} from the {self.side.value}"


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """The least that would have made a conversation legal up to a finding.

    Attributes:
        action: ``insert`` what is missing before it, ``move`` it before another line,
            ``leave-out`` the message, or ``correct`` what it says.
        text: that in words, such as ``move it before line 9 (CloseConnection)``.
        steps: for ``insert``, who says what before it, in order.
        line: for ``move``, the line before which it is legal.
    """

    action: str
    text: str
    steps: tuple[tuple[Side, str], ...] = ()
    line: int | None = None


class Broken(msgspec.Struct, frozen=True):
    """A rule that is broken, before it is known where.

    Attributes:
        rule: which rule.
        text: what is wrong, as a sentence without a full stop.
        repair: the least that would have kept it.
        because: what was said before that made it wrong, where there is such a thing.
    """

    rule: Rule
    text: str
    repair: Repair
    because: Because | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was wrong, or could not be judged.

    Attributes:
        rule: which rule, with its id and severity.
        line: the line of the recording that shows it.
        connection: the number of the connection; None if even that could not be read.
        side: who did it, if one side did.
        message: the id of the message, if it is one.
        state: where the conversation stood, such as ``STREAMING``.
        text: what is wrong, as a sentence without a full stop.
        allowed: the ids that ``side`` could have sent instead.
        path: for a message out of order, the shortest legal way to it, as ``(side, id)`` steps
            that come before it; None when it cannot become legal any more.
        because: the earlier message that made it illegal, where there is one and it is still
            remembered.
        repair: the least that would have made it legal; None where nothing can be said.
    """

    rule: Rule
    line: int
    connection: int | None
    side: Side | None = None
    message: str = ""
    state: str = ""
    text: str
    allowed: tuple[str, ...] = ()
    path: tuple[tuple[Side, str], ...] | None = None
    because: Because | None = None
    repair: Repair | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What one record was found to be.

    Attributes:
        message: the id of the message that it is, ids joined with ``|`` where it may be several,
            or empty.
        findings: what was wrong with it; empty for nearly all.
    """

    message: str = ""
    findings: tuple[Finding, ...] = ()
