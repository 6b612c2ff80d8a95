"""Kinds of messages: what each side says, told apart by what can be seen of it.

Messages are told by the kind of frame; JSON objects by their tag, and without one by the fields
that are not null; these again by a text that is empty or blank where it is not otherwise, which is
how ElevenLabs' first and last messages are told. Other texts are words if few are said again and
again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import msgspec

from schematic.define import BodyKind, Side
from schematic.generate.names import BUILTINS, Names, class_name
from schematic_engine.infer.conversations import Conversation, Said
from schematic_engine.infer.samples import nameable
from schematic_engine.infer.tags import second_tag_of, tag_of

__all__ = ["Heard", "Kind", "Sample", "Step", "kinds_of"]

_MOST_WORDS = 8
_WORD = re.compile(r"(?:[A-Za-z]{1,20}(?:[ _.:-][A-Za-z]{1,20}){0,3})?", re.ASCII)
"""What may stand in a definition: a word or a few, and nothing that could be a token."""

_MOST_CLUSTERS = 100
_ALIKE = 0.5

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One message and what it holds: the JSON value, or the payload."""

    said: Said
    value: Any
    is_json: bool


@dataclass(slots=True, eq=False)
class Kind:
    """One kind of message.

    Attributes:
        id: what it is called.
        side: who says it.
        body: whether it is JSON, another text, or bytes.
        why: how it is told apart, in words.
        tag: the field that says what it is, and the value; empty where nothing does.
        literals: fields that hold one value, by which it is told.
        words: for texts, the only ones.
        in_binary: whether its JSON travels in binary frames.
        samples: what was said.
        sources: the numbers of the conversations that have it.
        own: fields by which a first message is told from later ones.
        lacks: those that a later one does not have.
        rest: the kind of later messages, for one that is told by coming first.
    """

    id: str
    side: Side
    body: BodyKind
    why: str
    tag: tuple[str, str] | None = None
    literals: Mapping[str, str] = field(default_factory=dict[str, str])
    words: tuple[str, ...] = ()
    in_binary: bool = False
    samples: list[Sample] = field(default_factory=list[Sample])
    sources: set[int] = field(default_factory=set[int])
    own: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    rest: Kind | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a conversation, by its kind."""

    kind: Kind
    sample: Sample

    @property
    def side(self) -> Side:
        """Who said it."""
        return self.kind.side


@dataclass(frozen=True, slots=True)
class Heard:
    """Kinds, and the conversations in terms of them.

    Attributes:
        kinds: all kinds, in order of appearance.
        steps: for each conversation its messages.
    """

    kinds: tuple[Kind, ...]
    steps: tuple[tuple[Step, ...], ...]


def kinds_of(conversations: Sequence[Conversation]) -> Heard:
    """The kinds of messages in conversations with one endpoint."""
    read = [[_read(said) for said in one.said] for one in conversations]
    sorters = {
        side: _Sorter(side, [one for some in read for one in some if one.said.side is side])
        for side in Side
    }
    found: dict[tuple[Side, Key], Kind] = {}
    steps: list[tuple[Step, ...]] = []
    for number, some in enumerate(read):
        here: list[Step] = []
        for sample in some:
            side = sample.said.side
            key = sorters[side].key(sample)
            if (side, key) not in found:
                found[side, key] = sorters[side].kind(key)
            kind = found[side, key]
            kind.samples.append(sample)
            kind.sources.add(number)
            here.append(Step(kind, sample))
        steps.append(tuple(here))
    _name(found.values())
    return Heard(tuple(found.values()), tuple(steps))


def _read(said: Said) -> Sample:
    payload = said.payload
    if payload:
        try:
            value = msgspec.json.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Sample(said, payload, is_json=False)
        if isinstance(value, dict):
            return Sample(said, nameable(cast("dict[str, Any]", value)), is_json=True)
        if isinstance(value, list):
            return Sample(said, value, is_json=True)
    return Sample(said, payload, is_json=False)


def _name(kinds: Iterable[Kind]) -> None:
    """Give every kind a name of its own; what both sides say is called after the side."""
    listed = list(kinds)
    wanted = Counter(class_name(one.id) for one in listed)
    names = Names(BUILTINS)
    for one in listed:
        both = wanted[class_name(one.id)] > 1
        one.id = names.new_class(f"{one.side.value} {one.id}" if both else one.id)


class _Sorter:
    """Sorts the messages of one side into kinds."""

    def __init__(self, side: Side, samples: Sequence[Sample]) -> None:
        self._side = side
        values: list[Any] = [one.value for one in samples]
        objects = [cast("dict[str, Any]", one) for one in values if isinstance(one, dict)]
        self._tag = tag_of(objects)
        untagged = [one for one in objects if not self._tag or self._tag not in one]
        self._clusters = _Clusters(untagged)
        tagged: dict[str, list[dict[str, Any]]] = {}
        for one in objects:
            if self._tag and self._tag in one:
                tagged.setdefault(one[self._tag], []).append(one)
        self._seconds = {tag: second_tag_of(some, self._tag) for tag, some in tagged.items()}
        texts = Counter(
            one.value for one in samples if not one.is_json and isinstance(one.value, str)
        )
        few = len(texts) <= _MOST_WORDS and all(
            count > 1 and _WORD.fullmatch(word) for word, count in texts.items()
        )
        self._words = tuple(texts) if few else ()

    def key(self, sample: Sample) -> Key:
        """What tells the kind of a message."""
        in_binary = isinstance(sample.said.payload, bytes)
        if not sample.is_json:
            if in_binary:
                return ("binary",)
            return ("word", sample.value) if sample.value in self._words else ("text",)
        if isinstance(sample.value, list):
            return ("array", in_binary)
        body = cast("dict[str, Any]", sample.value)
        if self._tag and self._tag in body:
            second = self._seconds[body[self._tag]]
            return ("tag", body[self._tag], second, body.get(second, ""), in_binary)
        return ("fields", *self._clusters.find(body), in_binary)

    def kind(self, key: Key) -> Kind:
        """The kind that ``key`` tells."""
        match key:
            case ("binary",):
                return Kind("Binary", self._side, BodyKind.BINARY, "a binary frame")
            case ("word", str(word)):
                why = "a text that is said again and again"
                return Kind(word or "Empty", self._side, BodyKind.TEXT, why, words=(word,))
            case ("text",):
                return Kind("Text", self._side, BodyKind.TEXT, "a text that is no JSON object")
            case ("tag", str(value), str(second), str(event), bool(in_binary)):
                return self._tagged(value, second, event, in_binary)
            case ("fields", int(number), str(name), str(value), bool(in_binary)):
                return self._untagged(number, name, value, in_binary)
            case _:
                in_binary = bool(key[-1])
                return Kind("Array", self._side, BodyKind.JSON, "a JSON array", in_binary=in_binary)

    def _tagged(self, value: str, second: str, event: str, in_binary: bool) -> Kind:
        why = f"the fields {self._tag} and {second}" if second else f"the field {self._tag}"
        return Kind(
            event or value,
            self._side,
            BodyKind.JSON,
            why,
            tag=(self._tag, value),
            literals={second: event} if second else {},
            in_binary=in_binary,
        )

    def _untagged(self, number: int, name: str, value: str, in_binary: bool) -> Kind:
        called = self._clusters.name(number)
        why = f"its fields ({', '.join(sorted(self._clusters.fields(number))[:6])})"
        literals: dict[str, str] = {}
        if name:
            literals = {name: value}
            called = f"{'Blank' if value else 'Empty'} {called}"
            why += f", of which {name} is {'blank' if value else 'empty'}"
        return Kind(called, self._side, BodyKind.JSON, why, literals=literals, in_binary=in_binary)


class _Clusters:
    """Objects without a tag, put together by the fields that are not null."""

    def __init__(self, objects: Sequence[dict[str, Any]]) -> None:
        self._fields: list[set[str]] = []
        self._known: dict[frozenset[str], int] = {}
        shapes = Counter(map(_shape, objects))
        for shape, _ in sorted(shapes.items(), key=lambda one: (-len(one[0]), sorted(one[0]))):
            self._known[shape] = self._place(shape)
        self._special = self._specials(objects)

    def find(self, body: dict[str, Any]) -> tuple[int, str, str]:
        """The number of the cluster, and the field with its value that tells within it."""
        number = self._known[_shape(body)]
        for name in sorted(self._special[number]):
            value = body.get(name)
            if isinstance(value, str) and not value.strip() and len(value) <= 1:
                return number, name, value
        return number, "", ""

    def fields(self, number: int) -> set[str]:
        """All fields of a cluster that are ever not null."""
        return self._fields[number]

    def name(self, number: int) -> str:
        """A cluster by the field that only it has, or by its first one."""
        own = self._fields[number]
        others = set[str]().union(*(one for n, one in enumerate(self._fields) if n != number))
        found = sorted(own - others) or sorted(own) or ["Object"]
        telling = [one for one in ("error", "text", "audio", "result", "data") if one in found]
        return (telling or found)[0]

    def _place(self, shape: frozenset[str]) -> int:
        """The cluster that a set of fields is of: a part of it, or much like it."""
        best, number = 0.0, -1
        for index, fields in enumerate(self._fields):
            union = len(shape | fields)
            likeness = len(shape & fields) / union if union else 1.0
            if shape and shape <= fields:
                likeness = max(likeness, _ALIKE + 0.01)
            if likeness > best:
                best, number = likeness, index
        if best <= _ALIKE and len(self._fields) < _MOST_CLUSTERS:
            self._fields.append(set())
            number = len(self._fields) - 1
        self._fields[number] |= shape
        return number

    def _specials(self, objects: Sequence[dict[str, Any]]) -> list[set[str]]:
        """For each cluster the fields whose texts are empty or blank in some objects, not all."""
        blank: list[set[str]] = [set() for _ in self._fields]
        full: list[set[str]] = [set() for _ in self._fields]
        for body in objects:
            number = self._known[_shape(body)]
            for name, value in body.items():
                if isinstance(value, str):
                    (full if value.strip() else blank)[number].add(name)
        return [some & others for some, others in zip(blank, full, strict=True)]


def _shape(body: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, value in body.items() if value is not None)
