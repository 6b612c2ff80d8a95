"""Messages that are told by their position: a first one that has fields which no later one has.

ElevenLabs' first piece of audio is one, which may say what was said before; later ones cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from schematic.define import BodyKind, Side
from schematic_engine.infer.kinds import Kind, Step

__all__ = ["apart"]

_ENOUGH = 2
_MOST_NAMED = 6


def apart(
    kinds: Sequence[Kind], steps: Sequence[Sequence[Step]]
) -> tuple[tuple[Kind, ...], tuple[tuple[Step, ...], ...]]:
    """The kinds and the conversations, with first messages as kinds of their own."""
    listed = list(kinds)
    talks = [tuple(some) for some in steps]
    for side in Side:
        split = _split([[step for step in some if step.side is side] for some in talks])
        if split is not None:
            first, firsts = split
            listed.insert(listed.index(cast("Kind", first.rest)), first)
            talks = [
                tuple(Step(first, one.sample) if id(one) in firsts else one for one in some)
                for some in talks
            ]
    return tuple(listed), tuple(talks)


def _split(said: Sequence[Sequence[Step]]) -> tuple[Kind, set[int]] | None:
    """The kind of the first messages of a side, and the ids of those steps, if they are one."""
    numbered = [(number, some) for number, some in enumerate(said) if some]
    kinds = {some[0].kind for _, some in numbered}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None or kind.body is not BodyKind.JSON or kind.literals:
        return None
    later = [step for _, some in numbered for step in some[1:] if step.kind is kind]
    if len(later) < _ENOUGH or not all(isinstance(one.value, dict) for one in kind.samples):
        return None
    theirs = {name for step in later for name in _filled(step)}
    own = _filled(numbered[0][1][0]) - theirs
    for _, some in numbered:
        own &= _filled(some[0])
    if not own:
        return None
    first = Kind(
        f"First{kind.id}",
        kind.side,
        kind.body,
        f"{kind.why}, and as the first that has {', '.join(sorted(own)[:_MOST_NAMED])}",
        tag=kind.tag,
        in_binary=kind.in_binary,
        own=frozenset(own),
        rest=kind,
    )
    first.samples = [some[0].sample for _, some in numbered]
    first.sources = {number for number, _ in numbered}
    kind.samples = [one for one in kind.samples if all(one is not o for o in first.samples)]
    kind.sources = {number for number, some in numbered if any(s in later for s in some[1:])}
    kind.lacks = frozenset(own)
    return first, {id(some[0]) for _, some in numbered}


def _filled(step: Step) -> set[str]:
    """The fields that are not null."""
    body = cast("dict[str, Any]", step.sample.value)
    return {name for name, value in body.items() if value is not None}
