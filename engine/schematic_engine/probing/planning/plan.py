"""What a prober means to say in one conversation: `Plan`, and the one thing that is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schematic.define import Breach
from schematic_engine.keyed import Keys

__all__ = ["Flaw", "Plan", "Say", "Wrong"]


class Flaw(Enum):
    """Why a step is illegal, in a few words. A probe makes one such step in a conversation."""

    EARLY = "before its time"
    REPEATED = "said twice"
    LATE = "after its sender's last message"
    KEY_IN_USE = "under a key that is in use"
    NOT_OPEN = "on a channel that is not open"
    TOO_MANY = "though as many are open as may be"
    FOREIGN = "in the wrong direction"
    UNKNOWN = "of no known kind"
    NOT_JSON = "that is no JSON"
    WRONG_TYPE = "with a field of a wrong type"
    WRONG_VALUE = "with a value out of bounds"
    MISSING_FIELD = "without a field"
    WRONG_FRAME = "in the wrong kind of frame"
    AFTER_CLOSE = "after the close frame"

    @classmethod
    def of(cls, breach: Breach) -> Flaw:
        """The flaw of a known message at a wrong moment."""
        return cls[breach.name]

    @property
    def breach(self) -> Breach | None:
        """The breach that it has to be; None where there is more than one that it can be."""
        if self in _INVALID:
            return Breach.INVALID
        return None if self in (Flaw.WRONG_FRAME, Flaw.AFTER_CLOSE) else Breach[self.name]

    @property
    def is_within(self) -> bool:
        """Whether it is in a message that would be legal without it."""
        return self in (*_INVALID, Flaw.WRONG_FRAME) and self is not Flaw.NOT_JSON


_INVALID = (Flaw.NOT_JSON, Flaw.WRONG_TYPE, Flaw.WRONG_VALUE, Flaw.MISSING_FIELD)


@dataclass(frozen=True, slots=True)
class Say:
    """A legal message.

    Attributes:
        message: its id.
        content: its body as it travels: JSON, a text in UTF-8, or bytes.
        keys: the key of its channel in ``content``, if it has one.
    """

    message: str
    content: bytes
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """The illegal step.

    Attributes:
        flaw: why it is illegal.
        message: the id of the message that it is, or was made of; empty for none.
        payload: what is sent.
        is_text: whether in a text frame.
        about: what was done to it, such as ``id is missing``.
        place: where the conversation stands then, as far as it matters.
    """

    flaw: Flaw
    message: str
    payload: bytes
    is_text: bool
    about: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is said in one conversation, each as soon as it is legal; then it is ended.

    Attributes:
        says: the legal messages, in order.
        wrong: the illegal step that follows them, if there is one.
    """

    says: tuple[Say, ...]
    wrong: Wrong | None = None

    @property
    def length(self) -> int:
        """How many messages the prober says."""
        return len(self.says) + (self.wrong is not None)

    @property
    def weight(self) -> tuple[int, int]:
        """What makes one plan simpler than another: fewer messages, then fewer bytes."""
        size = sum(len(say.content) for say in self.says)
        return self.length, size + (len(self.wrong.payload) if self.wrong else 0)
