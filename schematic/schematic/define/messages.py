"""`MessageSchema`: one kind of message, who sends it, and what saying it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schematic.define.autoreply import AutoReply
from schematic.define.checks import attribute
from schematic.define.conditions import Condition, ConditionLike
from schematic.define.errors import DefinitionError
from schematic.define.notice import CloseNotice
from schematic.define.schema import Schema
from schematic.define.sides import MessageDirection

__all__ = ["MessageSchema"]


_ALWAYS = Condition()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSchema:
    """One kind of message.

    Attributes:
        id: the name by which code and reports call it, a Python identifier such as ``SendText``.
        description: one or two sentences for people.
        direction: who sends it.
        schema: its body.
        repeatable: False means at most once from each sender on one connection.
        final: saying it ends its sender's half: nothing more follows from that side
            (ElevenLabs' ``FinalOutput``).
        ambient: it may be said at any moment from the upgrade to its sender's end, opening
            steps included (errors, warnings, heartbeats).
        after_end: an ambient message that its sender may say even after its half has ended.
        after: ids of messages that must have passed before this one may be said. An id that
            both sides may send means the other side's.
        until: ids of messages after which, once this one's sender knows of them, it says it no
            more. A peer that has not seen them yet breaks no rule, so a receiver never objects.
        key: for a message of a channel, the path of the field that holds the channel's key, where
            it is another than the channel says: ``response.id``.
        outer_key: the same for a message of a channel within a channel, and the outer one's key.
        answers: on a channel that is opened without a key, the ids of the openings to which this
            message of the other side is the answer: it belongs to the oldest that waits for one,
            and the key in it is that channel's from then on (OpenAI's ``response.created``).
        to_all: for a message of a channel: without a key it is said to all channels of the kind
            that its sender has opened, of which there may be none.
        ends_both: it ends its sender's half, and asks the other side to end too, without an
            answer: what the other side has on the way is still good (GraphQL's ``complete``).
        when: it exists only on connections whose parameters are such: ``{"encoding": "json"}``, or
            ``{"encoding": ("json", "base64")}``. A parameter that is not sent has its default.
        replies: it is said by itself in reply to another message; None for all other messages.
        closes: its sender closes the WebSocket next, and this is what the message tells of that.
    """

    id: str
    description: str = ""
    direction: MessageDirection
    schema: Schema
    repeatable: bool = True
    final: bool = False
    ambient: bool = False
    after_end: bool = False
    after: str | Sequence[str] = ()
    until: str | Sequence[str] = ()
    key: str | None = None
    outer_key: str | None = None
    answers: str | Sequence[str] = ()
    to_all: bool = False
    ends_both: bool = False
    when: ConditionLike = _ALWAYS
    replies: AutoReply | None = None
    closes: CloseNotice | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", Condition.of(self.when))
        object.__setattr__(self, "after", _names(self.after))
        object.__setattr__(self, "until", _names(self.until))
        object.__setattr__(self, "answers", _names(self.answers))

    @property
    def condition(self) -> Condition:
        """On which connections it exists, whichever way that was written."""
        return Condition.of(self.when)

    @property
    def ends(self) -> bool:
        """Whether its sender says nothing more afterwards."""
        return self.final or self.ends_both

    def check(self) -> None:
        """Raise `DefinitionError` if this message contradicts itself."""
        if not self.id.isidentifier() or self.id.startswith("_"):
            raise DefinitionError(
                f"{self.id!r} is not a message id: use a Python identifier such as SendText",
                place=("id",),
            )
        if self.after_end and not self.ambient:
            raise DefinitionError(
                "only an ambient message can be said after its sender's end; set ambient=True too",
                place=("after_end",),
            )
        for field, path in (("key", self.key), ("outer_key", self.outer_key)):
            if path is not None and not all(path.split(".")):
                raise DefinitionError(
                    f"{path!r} is not the name of a field, or names joined by dots", place=(field,)
                )
        try:
            self.schema.check()
        except DefinitionError as error:
            raise DefinitionError(error.problem, place=("schema",)) from None
        if self.replies is not None:
            with attribute("replies"):
                self.replies.check()
        if self.closes is not None:
            with attribute("closes"):
                self.closes.check()


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
