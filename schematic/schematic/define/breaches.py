"""`OnBreach`: what the other side does about a message that should not have come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from schematic.define.close_codes import is_close_code
from schematic.define.sides import Side

__all__ = ["Breach", "OnBreach"]


class Breach(Enum):
    """A way to say what should not have been said.

    ILLEGAL stands for all that follow it: any message of the endpoint at a wrong moment.
    """

    UNKNOWN = "unknown"
    """It is none of its sender's messages."""
    INVALID = "invalid"
    """Its body does not fit, or it is no JSON."""
    ILLEGAL = "illegal"
    """It is a message of the endpoint, at a moment when its sender may not say it."""
    FOREIGN = "foreign"
    """Only the other side may say it."""
    EARLY = "early"
    """The opening is not done, or something that it has to wait for has not come."""
    REPEATED = "repeated"
    """It may be said once, or opens the conversation, and has been said."""
    LATE = "late"
    """Its sender has ended its half."""
    KEY_IN_USE = "key in use"
    """It opens a channel under a key that may not be used again yet."""
    NOT_OPEN = "not open"
    """It belongs to a channel that is not open."""
    TOO_MANY = "too many"
    """It opens one channel more than may be open."""

    @property
    def is_illegal(self) -> bool:
        """Whether it is a message of the endpoint at a wrong moment."""
        return self not in (Breach.UNKNOWN, Breach.INVALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBreach:
    """How a breach is answered; made by `close`, `say` or `ignore`.

    What is not described is answered as RFC 6455 suggests: the connection is closed with 1007 for
    what cannot be read, and with 1008 for the rest.

    Attributes:
        breaches: the kinds of breach that are answered so.
        by: the side that commits them; None for either.
        messages: the ids of the messages with which they are committed; empty for any.
        close_code: the code with which the other side closes; None if it does not close.
        reason: what its close frame says; empty for what is wrong, in our words.
        says: the id of the message that the other side says first.
        body: what that message says: an instance of its body type; None where the message can
            only say one thing.
    """

    breaches: Sequence[Breach]
    by: Side | None = Side.CLIENT
    messages: Sequence[str] = ()
    close_code: int | None = None
    reason: str = ""
    says: str | None = None
    body: object = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "breaches", tuple(self.breaches))
        object.__setattr__(self, "messages", tuple(self.messages))

    @classmethod
    def close(
        cls,
        close_code: int,
        *breaches: Breach,
        message: str | Sequence[str] = (),
        by: Side | None = Side.CLIENT,
        reason: str = "",
    ) -> OnBreach:
        """The other side closes with ``close_code``."""
        return cls(
            breaches=breaches,
            by=by,
            messages=_names(message),
            close_code=close_code,
            reason=reason,
        )

    @classmethod
    def say(
        cls,
        says: str,
        *breaches: Breach,
        body: object = None,
        message: str | Sequence[str] = (),
        by: Side | None = Side.CLIENT,
    ) -> OnBreach:
        """The other side says ``says``, and goes on, unless that message announces the close."""
        return cls(breaches=breaches, by=by, messages=_names(message), says=says, body=body)

    @classmethod
    def ignore(
        cls,
        *breaches: Breach,
        message: str | Sequence[str] = (),
        by: Side | None = Side.CLIENT,
    ) -> OnBreach:
        """The other side goes on as if nothing had come. The sender should not, but may."""
        return cls(breaches=breaches, by=by, messages=_names(message))

    @property
    def ignores(self) -> bool:
        """Whether nothing is done about it."""
        return self.close_code is None and self.says is None

    def answers(self, by: Side, breach: Breach, message: str) -> bool:
        """Whether this is about ``breach``, committed by ``by`` with ``message``."""
        return (
            self.by in (None, by)
            and (breach in self.breaches or (breach.is_illegal and Breach.ILLEGAL in self.breaches))
            and (not self.messages or message in self.messages)
        )

    def without(self, ids: frozenset[str]) -> OnBreach | None:
        """The same where there are no messages ``ids``; None if it is about nothing then."""
        left = tuple(name for name in self.messages if name not in ids)
        if self.says in ids or (self.messages and not left):
            return None
        return replace(self, messages=left)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with it by itself, as the attribute and the problem."""
        if not self.breaches:
            yield "breaches", "say which kinds of breach are meant"
        if self.close_code is not None and not is_close_code(self.close_code):
            problem = "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
            yield "close_code", f"{self.close_code} is no close code that can be sent: {problem}"
        if len(self.reason.encode()) > 123:
            yield "reason", "a close frame has room for 123 bytes of reason"
        try:
            hash(self.body)
        except TypeError:
            yield "body", "the body can be changed; use an instance of a frozen type"


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
