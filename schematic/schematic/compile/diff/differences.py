"""`Difference`: what one version's peer makes of another's; `Peering`: all of it for two peers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from schematic.compile.scenario import Scenario

__all__ = ["Difference", "Effect", "Peering"]


class Effect(Enum):
    """What a difference comes to."""

    BREAKS = "breaks"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one peer does and the other does not expect.

    Attributes:
        effect: whether it breaks the conversation, or is passed over: clients pass over messages
            that they do not know, servers parameters.
        subject: the message or parameter that it is about.
        message: what it is, in a sentence.
        example: the shortest conversation that shows it; without steps for what differs before
            one begins.
    """

    effect: Effect
    subject: str
    message: str
    example: Scenario = field(default_factory=Scenario)


@dataclass(frozen=True, slots=True)
class Peering:
    """A client of one version at a server of another.

    Attributes:
        client: the version of the client, ``old`` or ``new``.
        server: the version of the server.
        differences: what they differ in; breaks first, of several the nearest first.
    """

    client: str
    server: str
    differences: tuple[Difference, ...]

    @property
    def is_compatible(self) -> bool:
        """Whether nothing breaks."""
        return all(one.effect is not Effect.BREAKS for one in self.differences)
