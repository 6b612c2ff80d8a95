"""How sure a finding is: in how many conversations it held, and where it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schematic_engine.infer.conversations import Conversation

__all__ = ["SURE", "Evidence", "places"]

LIKELY = 2
"""Conversations from which on a finding is likely."""

SURE = 5
"""Conversations from which on a finding is sure."""

_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a finding.

    Attributes:
        said: the finding, as the beginning of a sentence: ``first from the client``.
        held: in how many conversations it held.
        of: in how many it could have failed.
        where: some of the places, as ``(conversation, line)``.
    """

    said: str
    held: int
    of: int
    where: tuple[tuple[int, int], ...] = ()

    @property
    def confidence(self) -> str:
        """``sure``, ``likely`` or ``weak``, by the number of conversations."""
        if self.held >= SURE:
            return "sure"
        return "likely" if self.held >= LIKELY else "weak"

    def in_words(
        self, conversations: Sequence[Conversation], before: Evidence | None = None
    ) -> str:
        """A sentence for a comment; the places are left out if they are those of the one before."""
        alike = before is not None and before.where == self.where
        shown = "" if alike else places(self.where, conversations)
        return f"{self.said} in {self.held} of {self.of} conversations ({self.confidence}){shown}."


def places(where: Sequence[tuple[int, int]], conversations: Sequence[Conversation]) -> str:
    """``: a.jsonl line 3, line 9; b.jsonl line 3``: where something was seen, a few of them."""
    by_source: dict[str, list[int]] = {}
    for number, line in where[:_MOST_PLACES]:
        by_source.setdefault(conversations[number].source, []).append(line)
    told = "; ".join(
        f"{source} {', '.join(f'line {line}' for line in lines)}"
        for source, lines in by_source.items()
    )
    return f": {told}" if told else ""
