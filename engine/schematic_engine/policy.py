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
        violation: after a `Violation` the connection is closed with the error's close code
            (``fail``), or it goes on as if the message had not come (``report``), which is what
            monitoring wants. A `Session` alone only reports: closing is its user's part.
    """

    unknown: Literal["pass", "ignore", "error"] = "pass"
    violation: Literal["fail", "report"] = "fail"
