"""`OpeningStep`: what has to be said before the streaming may begin."""

from __future__ import annotations

from dataclasses import dataclass

from schematic.define.errors import DefinitionError
from schematic.define.messages import MessageSchema
from schematic.define.sides import MessageDirection, Side

__all__ = ["OpeningStep"]


@dataclass(frozen=True, slots=True, init=False)
class OpeningStep:
    """One step of an opening: a message, or a choice of messages, of one direction.

    A *gating* step must be finished before anybody may say anything else. An *informative* one
    (``gating=False``, a greeting such as ``session.created``) must be its own sender's next
    message, but holds the other side back from nothing.

    A choice that is ``final`` ends its sender's half and leaves a gating step unfinished: an
    ``auth_invalid`` lets nobody go on.

    Attributes:
        messages: the message, or the messages of which one is said.
        gating: whether it must be finished before anybody may say anything else.
    """

    messages: tuple[MessageSchema, ...]
    gating: bool = True

    def __init__(self, *messages: MessageSchema, gating: bool = True) -> None:
        object.__setattr__(self, "messages", messages)
        object.__setattr__(self, "gating", gating)

    @property
    def side(self) -> Side:
        """The side whose step this is."""
        return self.messages[0].direction.senders[0]

    def check(self) -> None:
        """Raise `DefinitionError` unless this is a choice among one side's messages."""
        if not self.messages:
            raise DefinitionError("an opening step needs at least one message")
        directions = {message.direction for message in self.messages}
        if len(directions) > 1 or MessageDirection.BIDIRECTIONAL in directions:
            names = ", ".join(f"{m.id} ({m.direction.value})" for m in self.messages)
            raise DefinitionError(
                f"an opening step belongs to one side, got {names}; make one step for each side"
            )
        for message in self.messages:
            if message.ambient:
                raise DefinitionError(
                    f"{message.id} is ambient, so it may be said at any moment: list it among the "
                    "streaming or server messages instead"
                )
