"""Channels: messages that belong together by a key which they repeat.

A *family* is the fields of one name (``context_id``, ``contextId``, ``context.id``) that hold a
short text or a number in every message of some kinds. It makes a channel if each key is used first
by the same kinds of one side, if there were several keys, and if other messages follow on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from schematic.define import BodyKind, Side
from schematic.generate.names import class_name, snake_case
from schematic_engine.conformance.redact import is_secret
from schematic_engine.infer.kinds import Kind, Step
from schematic_engine.infer.words import alike

__all__ = ["Talk", "channels_of"]

Value: TypeAlias = str | int

_ENDINGS = ("id", "uid", "uuid", "key", "ref")
_LONGEST_KEY = 200
_MOSTLY = 0.9
_LEAST_KEYS = 2


@dataclass(slots=True)
class Talk:
    """A channel that was found.

    Attributes:
        name: what to call it.
        side: who opens it.
        paths: for each of its kinds, where its key is; empty for bytes, which have none.
        openers: the kinds that open it.
        ends: for each side, the kinds after which it says nothing more on a key.
        leaves: those of them after which mostly neither side does.
        strays: kinds that were said on a key that was not open.
        last: for the kinds that end it, how often that was so, and of how many times.
        most_open: how many were open at once, at most.
        keys: how many keys there were.
        conversations: in how many conversations.
        where: where the first of them were opened.
    """

    name: str
    side: Side
    paths: dict[Kind, str]
    openers: list[Kind]
    ends: set[Kind] = field(default_factory=set[Kind])
    leaves: set[Kind] = field(default_factory=set[Kind])
    strays: set[Kind] = field(default_factory=set[Kind])
    last: dict[Kind, tuple[int, int]] = field(default_factory=dict[Kind, tuple[int, int]])
    most_open: int = 0
    keys: int = 0
    conversations: int = 0
    where: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def channels_of(kinds: Sequence[Kind], steps: Sequence[Sequence[Step]]) -> list[Talk]:
    """The channels of one endpoint; no kind is of two.

    Args:
        kinds: all kinds of messages.
        steps: the conversations.
    """
    found: list[Talk] = []
    taken: set[Kind] = set()
    families = sorted(_families(kinds).items(), key=lambda one: (-len(one[1]), one[0]))
    for name, paths in families:
        free = {kind: path for kind, path in paths.items() if kind not in taken}
        talk = _talk(name, free, steps)
        if talk is not None:
            _carry_bytes(talk, [kind for kind in kinds if kind not in taken], steps)
            found.append(talk)
            taken.update(talk.paths)
    return found


def _carry_bytes(talk: Talk, kinds: Sequence[Kind], steps: Sequence[Sequence[Step]]) -> None:
    """Take binary frames of the opening side to a channel, if they were said on it alone."""
    for kind in kinds:
        if kind.body is not BodyKind.BINARY or kind.side is not talk.side:
            continue
        within = [one for some in steps for one in _open_at(kind, talk, some)]
        if all(within) and sum(map(len, within)) >= _LEAST_KEYS and len(set(within)) > 1:
            talk.paths[kind] = ""


def _open_at(kind: Kind, talk: Talk, steps: Sequence[Step]) -> Iterator[tuple[Value, ...]]:
    """For each time that ``kind`` is said, the keys on which its side has not ended."""
    now: list[Value] = []
    for step in steps:
        if step.kind is kind:
            yield tuple(now)
        path = talk.paths.get(step.kind)
        key = _key_at(path, step.sample.value) if path else None
        if key is not None and step.kind in talk.openers:
            now.append(key)
        elif key in now and step.kind in talk.ends and step.side is kind.side:
            now.remove(key)


def _most_open(talk: Talk, steps: Sequence[Sequence[Step]]) -> int:
    """How many channels were open at once: opened, and ended by nobody."""
    most = 0
    for some in steps:
        now: list[Value] = []
        for step in some:
            path = talk.paths.get(step.kind)
            key = _key_at(path, step.sample.value) if path else None
            if key is not None and step.kind in talk.openers:
                now.append(key)
                most = max(most, len(now))
            elif key in now and step.kind in talk.ends:
                now.remove(key)
    return most


def _families(kinds: Iterable[Kind]) -> dict[str, dict[Kind, str]]:
    """For each name of a key, the kinds that have it, and where."""
    families: dict[str, dict[Kind, str]] = {}
    for kind in kinds:
        if kind.body is BodyKind.JSON and kind.samples:
            for name, path in _keys_of(kind):
                known = families.setdefault(name, {})
                if kind not in known or path.count(".") < known[kind].count("."):
                    known[kind] = path
    return families


def _keys_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """The fields of a kind that may be keys, by the name of the family and their path."""
    first = kind.samples[0].value
    if not isinstance(first, dict):
        return
    for name, value in cast("dict[str, Any]", first).items():
        inner = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        for path in (name, *(f"{name}.{one}" for one in inner)):
            family = _family(path)
            if (
                family
                and not is_secret(path)
                and all(_key_at(path, one.value) is not None for one in kind.samples)
            ):
                yield family, path


def _family(path: str) -> str:
    """The name of the family that a path is of; empty if its name is no key's."""
    if path.count(".") > 1 or not all(path.split(".")):
        return ""
    parts = [snake_case(part) for part in path.split(".")]
    if parts[-1] in _ENDINGS:
        return "_".join(parts)
    return parts[-1] if parts[-1].rpartition("_")[2] in _ENDINGS else ""


def _key_at(path: str, body: Any) -> Value | None:
    value = body
    for name in path.split("."):
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return value if not isinstance(value, str) or 0 < len(value) <= _LONGEST_KEY else None


@dataclass(slots=True)
class _Use:
    """One key in one conversation, and what was said on it."""

    conversation: int
    steps: list[Step]


def _talk(name: str, paths: Mapping[Kind, str], steps: Sequence[Sequence[Step]]) -> Talk | None:
    """The channel that a family makes, if it makes one."""
    uses = list(_uses(paths, steps))
    openers = _openers(uses)
    if len(paths) < 2 or not openers:
        return None
    several = max(_per_conversation(uses), default=0) >= _LEAST_KEYS
    if not several and not _is_asked(paths, uses, openers):
        return None
    opened = [part for use in uses for part in _parts(use, openers)]
    if sum(len(one.steps) > 1 for one in opened) < max(_LEAST_KEYS, len(opened) / 3):
        return None
    side = openers[0].side
    stem = name.removesuffix("_id").removesuffix("id").strip("_")
    talk = Talk(class_name(stem or openers[0].id), side, dict(paths), openers)
    talk.keys = len(opened)
    talk.conversations = len({one.conversation for one in opened})
    talk.where = [(one.conversation, one.steps[0].sample.said.line) for one in opened[:3]]
    talk.strays = {
        step.kind for use in uses for step in use.steps if use.steps[0].kind not in openers
    } - set(openers)
    _end(talk, opened)
    talk.most_open = _most_open(talk, steps)
    return talk


def _is_asked(paths: Mapping[Kind, str], uses: Sequence[_Use], openers: Sequence[Kind]) -> bool:
    """Whether it is a question and its answers, though no conversation asks twice.

    A key that all messages repeat, such as that of a session, is none: the other side answers,
    with messages that are called like the question.
    """
    others = [kind for kind in paths if kind not in openers]
    return (
        len({use.conversation for use in uses}) >= _LEAST_KEYS
        and len(openers) == 1
        and all(kind.side is not openers[0].side for kind in others)
        and all(alike(kind.id, openers[0].id) for kind in others)
    )


def _uses(paths: Mapping[Kind, str], steps: Sequence[Sequence[Step]]) -> Iterator[_Use]:
    for number, some in enumerate(steps):
        by_key: dict[Value, list[Step]] = {}
        for step in some:
            if step.kind in paths:
                key = _key_at(paths[step.kind], step.sample.value)
                if key is not None:
                    by_key.setdefault(key, []).append(step)
        for said in by_key.values():
            yield _Use(number, said)


def _per_conversation(uses: Sequence[_Use]) -> Iterable[int]:
    return Counter(use.conversation for use in uses).values()


def _openers(uses: Sequence[_Use]) -> list[Kind]:
    """The kinds that use a key first: nearly always they, and never later on the same key.

    Empty where that is not so, or where both sides do it.
    """
    firsts = Counter(use.steps[0].kind for use in uses)
    openers: list[Kind] = []
    covered = 0
    for kind, count in firsts.most_common():
        if covered >= _MOSTLY * len(uses):
            break
        openers.append(kind)
        covered += count
    if len({kind.side for kind in openers}) != 1:
        return []
    for use in uses:
        later = [step.kind for step in use.steps[1:]]
        if len(openers) > 1 and any(kind in openers for kind in later):
            return []
    return openers


def _parts(use: _Use, openers: Sequence[Kind]) -> Iterator[_Use]:
    """A use, cut where its key opens another channel; what comes before the first is left out."""
    part: list[Step] = []
    for step in use.steps:
        if step.kind in openers:
            if part:
                yield _Use(use.conversation, part)
            part = [step]
        elif part:
            part.append(step)
    if part:
        yield _Use(use.conversation, part)


def _end(talk: Talk, opened: Sequence[_Use]) -> None:
    """Find the kinds that end it."""
    count: Counter[Kind] = Counter()
    early: Counter[Kind] = Counter()
    for use in opened:
        for side in Side:
            said = [step.kind for step in use.steps if step.side is side]
            early.update(set(said[:-1]))
            count.update(said[-1:])
    whole = all(not early[use.steps[-1].kind] for use in opened) and len(opened) > 1
    talk.ends = {
        kind
        for kind, times in count.items()
        if kind not in talk.openers
        and (times > 1 or whole)
        and times >= _MOSTLY * (times + early[kind])
    }
    talk.last = {kind: (count[kind], count[kind] + early[kind]) for kind in talk.ends}
    answered = Counter(
        kind
        for use in opened
        for kind in talk.ends & {step.kind for step in use.steps}
        for other in [step.kind for step in use.steps if step.side is not kind.side]
        if other in talk.ends
    )
    talk.leaves = {kind for kind in talk.ends if answered[kind] <= count[kind] / 2}
