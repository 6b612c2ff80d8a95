"""`Scenario`: a conversation in which saying and hearing are two things, so messages may cross."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from schematic.compile.paths import Path
from schematic.define import Side

__all__ = ["Heard", "Said", "Scenario", "Step", "told"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message leaves its sender.

    Attributes:
        side: who says it.
        message: its id, or the ids that it may be.
        key: on a channel, which one; the keys of examples are a, b, c.
    """

    side: Side
    message: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The oldest message that ``side`` has not heard yet arrives there."""

    side: Side


Step: TypeAlias = Said | Heard


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation that shows something.

    Attributes:
        steps: what happens, in order of time. Each direction is first in, first out.
        remark: what there is to see where it ends.
        fault: whether that is a fault, and not only to be known.
        last: whether the fault lies in the last message, rather than in where all this leads.
    """

    steps: tuple[Step, ...] = ()
    remark: str = ""
    fault: bool = True
    last: bool = True

    @property
    def path(self) -> Path:
        """Who says what, in order of saying."""
        return tuple((step.side, step.message) for step in self.steps if isinstance(step, Said))


def told(path: Iterable[tuple[Side, str]], key: str | None = None) -> tuple[Step, ...]:
    """The steps of ``path``, each message heard at once; on a channel, all under one key."""
    return tuple(step for side, name in path for step in (Said(side, name, key), Heard(side.other)))
