"""Which kinds may this payload be? Answered from the shapes alone, most specific first.

Untagged JSON is read twice: once here, into a struct of nothing but the fields that tell kinds
apart, and once by the decoder of the kind that was found. What counts about those fields is only
whether each is there, its JSON type, and which of the known literals it is, if any. That
*signature* has few values, so the kinds for each are worked out once (by `Shape.matches`, the
single truth) and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schematic.compile import Shape
from schematic.compile.shapes import FieldShape
from schematic.define import BodyKind

__all__ = ["Recogniser", "Shaped"]

_MOST_SIGNATURES = 1024
"""How many signatures are remembered, so that a hostile peer cannot make them grow for ever."""

_MOST_WORDS = 200
"""How many characters of a payload a description may take."""


class Shaped(Protocol):
    """Anything that is recognised by a shape."""

    @property
    def shape(self) -> Shape:
        """How its payloads look."""
        ...


K = TypeVar("K", bound=Shaped)


class Recogniser(Generic[K]):
    """Finds, among the kinds of one side, those that a payload may be.

    Attributes:
        reads_binary: whether any kind travels in binary frames.
    """

    __slots__ = ("_bytes", "_json_in_binary", "_json_in_text", "_words", "reads_binary")

    def __init__(self, kinds: Sequence[K]) -> None:
        json = [kind for kind in kinds if kind.shape.kind is BodyKind.JSON]
        self._words = [kind for kind in kinds if kind.shape.kind is BodyKind.TEXT]
        self._bytes = tuple(kind for kind in kinds if kind.shape.kind is BodyKind.BINARY)
        self._json_in_text = _JsonProbe([kind for kind in json if kind.shape.in_text])
        self._json_in_binary = _JsonProbe([kind for kind in json if kind.shape.in_binary])
        self.reads_binary = any(kind.shape.in_binary for kind in kinds)

    def find(self, payload: str | bytes, *, is_text: bool) -> tuple[K, ...]:
        """What `text` or `binary` says, by the kind of frame."""
        return self.text(payload) if is_text else self.binary(payload)

    def text(self, payload: str | bytes) -> tuple[K, ...]:
        """The kinds that the content of a text frame may be, most specific first.

        Args:
            payload: the text; if given as bytes, valid UTF-8.

        Raises:
            ValueError: it is neither JSON nor text of a known kind, though some kind is JSON.
            RecursionError: it is JSON nested too deeply to read.
        """
        if not self._words:
            return self._json_in_text.find(payload)
        words = payload if isinstance(payload, str) else payload.decode()
        texts = tuple(kind for kind in self._words if kind.shape.matches(words))
        return _found(self._json_in_text, words, texts)

    def binary(self, payload: str | bytes) -> tuple[K, ...]:
        """The kinds that the content of a binary frame may be, most specific first.

        Raises:
            ValueError: it is not JSON, though all kinds that it may be are.
            RecursionError: it is JSON nested too deeply to read.
        """
        if not self._json_in_binary.kinds:
            return self._bytes
        return _found(self._json_in_binary, payload, self._bytes)

    def describe(self, payload: str | bytes, *, is_text: bool) -> str:
        """What a payload that no kind looks like is, in a few words."""
        size = len(payload)
        what = (
            self._json_in_text.describe(payload) if is_text else f"a binary message of {size} bytes"
        )
        elsewhere = self._json_in_binary if is_text else self._json_in_text
        with suppress(ValueError, RecursionError):
            if elsewhere.find(payload):
                return f"{what} (meant for a {'binary' if is_text else 'text'} frame)"
        return what


def _found(json: _JsonProbe[K], payload: str | bytes, others: tuple[K, ...]) -> tuple[K, ...]:
    """What ``payload`` may be as JSON, and as something else."""
    try:
        # msgspec takes it as it is in fields that nobody reads, so UTF-8 is checked here.
        found = json.find(payload if isinstance(payload, str) else payload.decode())
    except (ValueError, RecursionError):
        if not others:
            raise
        return others
    return tuple(sorted((*found, *others), key=_specificity, reverse=True))


class _JsonProbe(Generic[K]):
    """Finds, among kinds that are JSON, those that a payload may be.

    Attributes:
        kinds: all of them, most specific first.
    """

    __slots__ = ("_inner", "_known", "_literals", "_reader", "_telling", "kinds")

    def __init__(self, kinds: Sequence[K]) -> None:
        self.kinds = sorted(kinds, key=_specificity, reverse=True)
        self._telling = _telling_fields(kind.shape.fields for kind in self.kinds)
        self._reader = _reader(self._telling)
        self._inner = [
            (index, tuple(one.inside))
            for index, one in enumerate(self._telling.values())
            if one.inside
        ]
        slots = [one.literals for one in self._telling.values()]
        slots += [inner.literals for one in self._telling.values() for inner in one.inside.values()]
        self._literals = [(index, literals) for index, literals in enumerate(slots) if literals]
        self._known: dict[tuple[object, ...], tuple[K, ...]] = {}

    def find(self, payload: str | bytes) -> tuple[K, ...]:
        """The kinds that ``payload`` may be, most specific first; raises if it is not JSON."""
        if not self.kinds:
            return ()
        try:
            values = msgspec.structs.astuple(self._reader.decode(payload))
        except msgspec.ValidationError:  # JSON, but not an object
            return self._matching(msgspec.json.decode(payload))
        for index, names in self._inner:
            inner = values[index]
            is_object = isinstance(inner, Struct)
            values += msgspec.structs.astuple(inner) if is_object else (UNSET,) * len(names)
        signature: tuple[object, ...] = tuple(map(type, values))
        for index, literals in self._literals:
            value = values[index]
            signature += (value if type(value) in _LITERAL_TYPES and value in literals else None,)
        known = self._known.get(signature)
        return self._learn(signature, values) if known is None else known

    def _learn(self, signature: tuple[object, ...], values: tuple[object, ...]) -> tuple[K, ...]:
        raw = _present(self._telling, values)
        at = len(self._telling)
        for index, names in self._inner:
            name = tuple(self._telling)[index]
            if isinstance(values[index], Struct):
                raw[name] = _present(names, values[at:])
            at += len(names)
        found = self._matching(raw)
        if len(self._known) < _MOST_SIGNATURES:
            self._known[signature] = found
        return found

    def _matching(self, raw: object) -> tuple[K, ...]:
        """What ``raw`` looks like; with a tag that belongs to some kind, always one of those.

        What has such a tag and is as no kind has to be is broken, and not unknown. It is taken
        for the one that it resembles most, whose decoder says what is wrong with it; for the
        least specific of several.
        """
        found = [kind for kind in self.kinds if kind.shape.matches(raw)]
        claiming = [kind for kind in self.kinds if kind.shape.claims(raw)]
        if claiming and not any(kind in claiming for kind in found):
            found.append(max(reversed(claiming), key=lambda kind: kind.shape.likeness(raw)))
            found.sort(key=_specificity, reverse=True)
        return tuple(found)

    def describe(self, payload: str | bytes) -> str:
        """What ``payload`` is in a few words, if no kind looks like it."""
        try:
            raw = msgspec.json.decode(payload)
        except (ValueError, RecursionError):
            return "a text message that is not JSON"
        if not isinstance(raw, dict):
            return f"JSON that is no object but {raw!r}"[:_MOST_WORDS]
        body = cast("dict[str, object]", raw)
        parts = [part for name, value in body.items() for part in self._telling_parts(name, value)]
        return f"an object with {', '.join(parts) or 'nothing in it'}"[:_MOST_WORDS]

    def _telling_parts(self, name: str, value: object) -> Iterator[str]:
        """A field by its name, with its value if that may tell what it is."""
        telling = self._telling.get(name, _Telling())
        yield f"{name}={value!r}" if telling.literals else name
        if isinstance(value, dict):
            for inner, said in cast("dict[str, object]", value).items():
                if inner in telling.inside and telling.inside[inner].literals:
                    yield f"{name}.{inner}={said!r}"


_LITERAL_TYPES = frozenset({str, int, bool})
"""The types of literals and tags. Types are compared besides, so ``true`` is not the literal 1."""


def _specificity(kind: Shaped) -> tuple[int, int]:
    return kind.shape.specificity


@dataclass(slots=True)
class _Telling:
    """A field that tells some kind: all literals that it has in any, and what tells inside it."""

    literals: set[object] = field(default_factory=set[object])
    inside: dict[str, _Telling] = field(default_factory=dict[str, "_Telling"])


def _telling_fields(shapes: Iterable[Iterable[FieldShape]]) -> dict[str, _Telling]:
    """Every field that tells some kind."""
    found: dict[str, _Telling] = {}
    for one in (one for fields in shapes for one in fields):
        telling = found.setdefault(one.name, _Telling())
        telling.literals.update(value for _, value in one.literals or ())
        telling.literals.update([""] if one.filled else ())
        for name, inner in _telling_fields([one.inside or ()]).items():
            telling.inside.setdefault(name, _Telling()).literals.update(inner.literals)
    return found


def _present(names: Iterable[str], values: Iterable[object]) -> dict[str, object]:
    """An object of the ``values`` that are there."""
    named = zip(names, values, strict=False)
    return {name: value for name, value in named if value is not UNSET}


class _Object(Struct, gc=False):
    """Stands for any object: of its content, nothing is read."""


_Outside: TypeAlias = str | int | float | bool | list[Any] | UnsetType | None
"""A value as far as a shape looks at it, if it is no object."""


def _reader(fields: dict[str, _Telling]) -> msgspec.json.Decoder[msgspec.Struct]:
    """Decodes nothing but ``fields`` of an object; those that are not there are UNSET."""
    return msgspec.json.Decoder(_struct(fields))


def _struct(fields: dict[str, _Telling]) -> type[msgspec.Struct]:
    keys = {f"field_{number}": name for number, name in enumerate(fields)}
    types: list[Any] = [
        _Outside | (_struct(one.inside) if one.inside else _Object) for one in fields.values()
    ]
    members = [(key, kind, cast("Any", UNSET)) for key, kind in zip(keys, types, strict=True)]
    return msgspec.defstruct("Probed", members, rename=keys, gc=False)
