"""`Timer`: how long a side waits, or may be silent, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from schematic.define.errors import DefinitionError
from schematic.define.sides import Side

__all__ = ["Timer", "TimerKind"]

_LONGEST_REASON = 123


class TimerKind(Enum):
    """What a timer measures."""

    OPEN = "open"
    INITIALIZE = "initialize"
    IDLE = "idle"
    KEEPALIVE = "keepalive"
    REPLY = "reply"
    PONG = "pong"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A time that binds its owner, and nobody else.

    Made by `initialize`, `idle`, `reply`, `keepalive` and so on. A timer is what its owner does
    when time has passed; a peer that is late has broken no rule of order, so nobody's message is
    ever illegal because of one. In the lifecycle of a channel it runs for each key by itself.

    Attributes:
        kind: what it measures.
        owner: the side that acts when it has passed.
        seconds: how long.
        param: the connection parameter, a number of seconds, that overrides ``seconds``.
        of: for ``IDLE``, the side whose silence is measured.
        message: the id of what the owner says: for ``KEEPALIVE`` instead of a WebSocket ping,
            for ``INITIALIZE`` and ``IDLE`` before it closes. None for nothing.
        body: what that message says: an instance of its body type; None where the message can
            only say one thing.
        close_code: the close code that the owner gives when it closes the connection; None where
            it does not, and is only told that the time is over.
        close_reason: the reason that it gives, at most 123 bytes (RFC 6455, section 5.5.1); empty
            for one that says which timer it was.
    """

    kind: TimerKind
    owner: Side
    seconds: float
    param: str | None = None
    of: Side = Side.CLIENT
    message: str | None = None
    body: object = None
    close_code: int | None = 1008
    close_reason: str = ""

    @classmethod
    def initialize(
        cls,
        seconds: float,
        *,
        owner: Side = Side.SERVER,
        param: str | None = None,
        message: str | None = None,
        body: object = None,
        close_code: int = 1008,
        close_reason: str = "",
    ) -> Timer:
        """The owner closes unless the other side has done its part of the opening in time.

        That is ``seconds`` after the upgrade; how long the owner takes for its own steps is its own
        affair. It says ``message`` first, if one is named and legal then.
        """
        return cls(
            kind=TimerKind.INITIALIZE,
            owner=owner,
            seconds=seconds,
            param=param,
            message=message,
            body=body,
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
        message: str | None = None,
        body: object = None,
        close_code: int | None = 1008,
        close_reason: str = "",
    ) -> Timer:
        """The owner closes when ``of`` has said nothing for ``seconds`` and has not ended.

        It says ``message`` first, if one is named and legal then; with ``close_code=None`` that is
        all it does. On a channel the silence on that channel counts.
        """
        return cls(
            kind=TimerKind.IDLE,
            owner=owner,
            seconds=seconds,
            param=param,
            of=of,
            message=message,
            body=body,
            close_code=close_code,
            close_reason=close_reason,
        )

    @classmethod
    def reply(
        cls,
        seconds: float,
        *,
        owner: Side = Side.CLIENT,
        param: str | None = None,
        message: str | None = None,
        body: object = None,
        close_code: int | None = None,
        close_reason: str = "",
    ) -> Timer:
        """On a channel: the owner waits ``seconds`` after the opening for the other's first word.

        Then it says ``message``, if one is named and legal, and closes, if there is a close code.
        """
        return cls(
            kind=TimerKind.REPLY,
            owner=owner,
            seconds=seconds,
            param=param,
            of=owner.other,
            message=message,
            body=body,
            close_code=close_code,
            close_reason=close_reason,
        )

    @classmethod
    def keepalive(
        cls,
        seconds: float,
        *,
        owner: Side = Side.CLIENT,
        message: str | None = None,
        body: object = None,
    ) -> Timer:
        """The owner says ``message``, or pings, when it has said nothing for ``seconds``.

        Only what is legal is said.
        """
        return cls(
            kind=TimerKind.KEEPALIVE, owner=owner, seconds=seconds, message=message, body=body
        )

    @classmethod
    def open(cls, seconds: float) -> Timer:
        """The client gives up unless the upgrade is answered in ``seconds``.

        It takes the place of the default of ``Limits.open_timeout``. A server does not know which
        endpoint a client will ask for, so it has none.
        """
        return cls(kind=TimerKind.OPEN, owner=Side.CLIENT, seconds=seconds)

    @classmethod
    def close(cls, seconds: float, *, owner: Side = Side.CLIENT) -> Timer:
        """The owner drops the connection unless its close frame is answered in ``seconds``.

        It takes the place of the default of ``Limits.close_timeout``.
        """
        return cls(kind=TimerKind.CLOSE, owner=owner, seconds=seconds)

    @classmethod
    def pong(
        cls,
        seconds: float,
        *,
        owner: Side = Side.CLIENT,
        close_code: int = 1011,
        close_reason: str = "",
    ) -> Timer:
        """The owner closes unless a pong answers its WebSocket ping in ``seconds``."""
        return cls(
            kind=TimerKind.PONG,
            owner=owner,
            seconds=seconds,
            close_code=close_code,
            close_reason=close_reason,
        )

    def check(self) -> None:
        """Raise `DefinitionError` if the timer makes no sense by itself."""
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise DefinitionError(
                f"a timer runs for some seconds, more than 0, not {self.seconds}",
                place=("seconds",),
            )
        code = 1000 if self.close_code is None else self.close_code
        if not (code in (1000, 1001, 1008, 1011, 1012, 1013) or 3000 <= code <= 4999):
            raise DefinitionError(
                f"{code} is no close code to end a wait with: use 1000, 1001, 1008, "
                "1011 to 1013, or 3000 to 4999",
                place=("close_code",),
            )
        if len(self.close_reason.encode()) > _LONGEST_REASON:
            raise DefinitionError(
                f"a close reason has at most {_LONGEST_REASON} bytes", place=("close_reason",)
            )
        if self.kind is TimerKind.OPEN and self.owner is Side.SERVER:
            raise DefinitionError(
                "a server does not know the endpoint before the upgrade", place=("owner",)
            )
        try:
            hash(self.body)
        except TypeError:
            raise DefinitionError(
                "the body can be changed; use an instance of a frozen type", place=("body",)
            ) from None
