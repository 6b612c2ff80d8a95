"""`Timer`: how long a side waits, or may be silent, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from schematic.define.errors import DefinitionError
from schematic.define.messages import Side

__all__ = ["Timer", "TimerKind"]

_LONGEST_REASON = 123


class TimerKind(Enum):
    """What a timer measures."""

    INITIALIZE = "initialize"
    IDLE = "idle"
    KEEPALIVE = "keepalive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A time that binds its owner, and nobody else.

    Made by `initialize`, `idle` or `keepalive`. A timer is what its owner does when time has
    passed; a peer that is late has broken no rule of order, so nobody's message is ever illegal
    because of one.

    Attributes:
        kind: what it measures.
        owner: the side that acts when it has passed.
        seconds: how long.
        param: the connection parameter, a number of seconds, that overrides ``seconds``.
        of: for ``IDLE``, the side whose silence is measured.
        message: for ``KEEPALIVE``, the id of what the owner says; None sends a WebSocket ping.
        close_code: for the others, the close code that the owner gives.
        close_reason: the reason that it gives, at most 123 bytes (RFC 6455, section 5.5.1); empty
            for one that says which timer it was.
    """

    kind: TimerKind
    owner: Side
    seconds: float
    param: str | None = None
    of: Side = Side.CLIENT
    message: str | None = None
    close_code: int = 1008
    close_reason: str = ""

    @classmethod
    def initialize(
        cls,
        seconds: float,
        *,
        owner: Side = Side.SERVER,
        param: str | None = None,
        close_code: int = 1008,
        close_reason: str = "",
    ) -> Timer:
        """The owner closes unless the opening is finished ``seconds`` after the upgrade."""
        return cls(
            kind=TimerKind.INITIALIZE,
            owner=owner,
            seconds=seconds,
            param=param,
            close_code=close_code,
            close_reason=close_reason,
        )

    @classmethod
    def idle(
        cls,
        seconds: float,
        *,
        of: Side = Side.CLIENT,
        owner: Side = Side.SERVER,
        param: str | None = None,
        close_code: int = 1008,
        close_reason: str = "",
    ) -> Timer:
        """The owner closes when ``of`` has said nothing for ``seconds`` and has not ended."""
        return cls(
            kind=TimerKind.IDLE,
            owner=owner,
            seconds=seconds,
            param=param,
            of=of,
            close_code=close_code,
            close_reason=close_reason,
        )

    @classmethod
    def keepalive(
        cls, seconds: float, *, owner: Side = Side.CLIENT, message: str | None = None
    ) -> Timer:
        """The owner says ``message``, or pings, when it has said nothing for ``seconds``.

        Only what is legal is said, and only by its id: the message needs no body of its own.
        """
        return cls(kind=TimerKind.KEEPALIVE, owner=owner, seconds=seconds, message=message)

    def check(self) -> None:
        """Raise `DefinitionError` if the timer makes no sense by itself."""
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise DefinitionError(
                f"a timer runs for some seconds, more than 0, not {self.seconds}",
                place=("seconds",),
            )
        known = self.close_code in (1000, 1001, 1008, 1011, 1012, 1013)
        if not (known or 3000 <= self.close_code <= 4999):
            raise DefinitionError(
                f"{self.close_code} is no close code to end a wait with: use 1000, 1001, 1008, "
                "1011 to 1013, or 3000 to 4999",
                place=("close_code",),
            )
        if len(self.close_reason.encode()) > _LONGEST_REASON:
            raise DefinitionError(
                f"a close reason has at most {_LONGEST_REASON} bytes", place=("close_reason",)
            )
