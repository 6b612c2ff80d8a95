"""`Ears`: what a peer of one version takes the messages of another version for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from schematic.compile.diff.bodies import misread
from schematic.compile.diff.payloads import Telling, payloads_of, telling
from schematic.compile.endpoint import CompiledEndpoint, Kind
from schematic.define import MessageSchema, Side

__all__ = ["Ears", "Taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receiver takes a message for.

    Attributes:
        kind: one of its own kinds; None for a message that it does not know.
        problem: what is wrong with that; empty if nothing is.
    """

    kind: Kind | None
    problem: str = ""


class Ears:
    """One side's messages, as the other version describes them.

    Args:
        side: who speaks.
        speaker: what the speaker goes by.
        listener: what the listener goes by.
    """

    def __init__(self, side: Side, speaker: CompiledEndpoint, listener: CompiledEndpoint) -> None:
        self.said = {kind.id: kind for kind in speaker.kinds if kind.side is side}
        self.known = {kind.id: kind for kind in listener.kinds if kind.side is side}
        self._fit: dict[tuple[str, str], str] = {}
        self._looks: dict[str, tuple[tuple[frozenset[str], frozenset[str]], ...]] = {}

    @cached_property
    def _telling(self) -> dict[str, Telling]:
        return telling((*self.said.values(), *self.known.values()))

    def take(self, name: str, sayable: Set[str], expected: Set[str]) -> tuple[Taken, ...]:
        """What ``name`` may be taken for, without repetition.

        Args:
            name: the message, as the speaker calls it.
            sayable: what the speaker may say at this moment, ``name`` among it.
            expected: what the listener thinks that the speaker may say.
        """
        said = self.said[name]
        if said.message.schema.is_name_only:
            return (self._by_name(said),)
        looks = self._looks_of(said)
        # A sender says nothing that its own description takes for something else.
        honest = [theirs for mine, theirs in looks if name in _likeliest(self.said, mine, sayable)]
        heard = honest or [theirs for _, theirs in looks]
        return tuple(dict.fromkeys(self._taken(said, theirs, expected) for theirs in heard))

    def _by_name(self, said: Kind) -> Taken:
        """A bare name is told by its name, since nothing is known of its payloads."""
        return Taken(self.known.get(said.id))

    def _taken(self, said: Kind, possible: frozenset[str], expected: Set[str]) -> Taken:
        names = _likeliest(self.known, possible, expected)
        if said.id in names:
            names = [said.id]
        if not names:
            return Taken(self._bare(said))
        kind = self.known[names[0]]
        if len(names) > 1:
            return Taken(kind, f"it may be {' or '.join(names)} there")
        if kind.id != said.id and said.id in self.known:
            return Taken(kind, f"it is taken for {kind.id}")
        pair = (said.id, kind.id)
        if pair not in self._fit:
            self._fit[pair] = _unfit(said.message, kind.message)
        return Taken(kind, self._fit[pair])

    def _bare(self, said: Kind) -> Kind | None:
        """The same message, if the listener knows no more of it than its name."""
        own = self.known.get(said.id)
        return own if own is not None and own.message.schema.is_name_only else None

    def _looks_of(self, said: Kind) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        """For each sort of payload the kinds that it looks like, here and there."""
        if said.id not in self._looks:
            payloads = payloads_of(said, self._telling)
            self._looks[said.id] = tuple(
                dict.fromkeys(
                    (
                        frozenset(k.id for k in _typed(self.said.values()) if payload.fits(k)),
                        frozenset(k.id for k in _typed(self.known.values()) if payload.fits(k)),
                    )
                    for payload in payloads
                )
            )
        return self._looks[said.id]


def _unfit(said: MessageSchema, read: MessageSchema) -> str:
    """What is wrong with ``said`` read as ``read``; empty if nothing is."""
    if read.condition.terms and read.condition != said.condition:
        return f"it exists only where {read.condition}"
    return misread(said.schema, read.schema) or ""


def _typed(kinds: Iterable[Kind]) -> Sequence[Kind]:
    """Without bare names, which look like everything and say nothing."""
    return [kind for kind in kinds if not kind.message.schema.is_name_only]


def _likeliest(kinds: dict[str, Kind], possible: frozenset[str], expected: Set[str]) -> list[str]:
    """The most specific of those expected now, or of all if none is; several if nothing decides."""
    among = [name for name in possible if name in expected] or list(possible)
    most = max((kinds[name].shape.specificity for name in among), default=None)
    return sorted(name for name in among if kinds[name].shape.specificity == most)
