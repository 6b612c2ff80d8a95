"""`Policy`: what to do about a peer that says something unknown or illegal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How strictly the peer is taken.

    Attributes:
        unknown: a payload that no kind of this endpoint looks like is delivered as an `Unknown`
            event (``pass``), dropped (``ignore``), or a `Violation` (``error``). Services add
            kinds without notice, so clients pass them by default.
        fields: what a field that the message's type does not know means: nothing, and the payload
            on the event keeps it (``pass``), or the message is an `InvalidMessage` that names
            all of them (``error``), at whatever depth. Services add fields without notice, too.
        violation: after a `Violation` the connection is closed with the error's close code
            (``fail``), or it goes on as if the message had not come (``report``), which is what
            monitoring wants. A `Session` alone only reports: closing is its user's part.
        replies: whether a connection says by itself what is described as such a reply, a pong to
            an application's ping for example (`AutoReply`). The question is delivered all the
            same. A `Session` alone has `Session.reply` for that.
    """

    unknown: Literal["pass", "ignore", "error"] = "pass"
    fields: Literal["pass", "error"] = "pass"
    violation: Literal["fail", "report"] = "fail"
    replies: bool = True
