"""Which kinds may this payload be? Answered from the shapes alone, most specific first.

Untagged JSON is read twice: once here, into a struct of nothing but the fields that tell kinds
apart, and once by the decoder of the kind that was found. What counts about those fields is only
whether each is there, its JSON type, and which of the known literals it is, if any. That
*signature* has few values, so the kinds for each are worked out once (by `Shape.matches`, the
single truth) and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from schematic.compile import Shape
from schematic.define import BodyKind

__all__ = ["Probe", "Shaped"]

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


class Probe(Generic[K]):
    """Finds, among the kinds of one side, those that a payload may be.

    Attributes:
        binary: the kinds that a binary frame may be.
    """

    __slots__ = ("_fields", "_json", "_known", "_literals", "_reader", "_text", "binary")

    def __init__(self, kinds: Sequence[K]) -> None:
        by_specificity = sorted(kinds, key=_specificity, reverse=True)
        self._json = [kind for kind in by_specificity if kind.shape.frame is BodyKind.JSON]
        self._text = [kind for kind in by_specificity if kind.shape.frame is BodyKind.TEXT]
        self.binary = tuple(k for k in by_specificity if k.shape.frame is BodyKind.BINARY)
        self._fields = _telling_fields([kind.shape for kind in self._json])
        self._literals = [
            (index, literals) for index, literals in enumerate(self._fields.values()) if literals
        ]
        self._reader = _reader(tuple(self._fields))
        self._known: dict[tuple[object, ...], tuple[K, ...]] = {}

    def text(self, payload: str | bytes) -> tuple[K, ...]:
        """The kinds that the content of a text frame may be, most specific first.

        Args:
            payload: the text; if given as bytes, valid UTF-8.

        Raises:
            ValueError: it is neither JSON nor text of a known kind, though some kind is JSON.
            RecursionError: it is JSON nested too deeply to read.
        """
        if not self._text:
            return self._as_json(payload)
        words = payload if isinstance(payload, str) else payload.decode()
        texts = [kind for kind in self._text if kind.shape.matches(words)]
        try:
            found = [*self._as_json(payload), *texts]
        except (ValueError, RecursionError):
            if not texts:
                raise
            found = texts
        return tuple(sorted(found, key=_specificity, reverse=True))

    def describe(self, payload: str | bytes) -> str:
        """What a text payload that no kind looks like is, in a few words."""
        try:
            raw = msgspec.json.decode(payload)
        except (ValueError, RecursionError):
            return "a text message that is not JSON"
        if not isinstance(raw, dict):
            return f"JSON that is no object but {raw!r}"[:_MOST_WORDS]
        parts = [
            f"{key}={value!r}" if self._fields.get(key) else key
            for key, value in cast("dict[str, object]", raw).items()
        ]
        return f"an object with {', '.join(parts) or 'nothing in it'}"[:_MOST_WORDS]

    def _as_json(self, payload: str | bytes) -> tuple[K, ...]:
        if not self._json:
            return ()
        try:
            values = msgspec.structs.astuple(self._reader.decode(payload))
        except msgspec.ValidationError:  # JSON, but not an object
            return self._matching(msgspec.json.decode(payload))
        signature: tuple[object, ...] = tuple(map(type, values))
        for index, literals in self._literals:
            value = values[index]
            signature += (value if type(value) in _LITERAL_TYPES and value in literals else None,)
        known = self._known.get(signature)
        return self._learn(signature, values) if known is None else known

    def _learn(self, signature: tuple[object, ...], values: tuple[object, ...]) -> tuple[K, ...]:
        named = zip(self._fields, values, strict=True)
        found = self._matching({name: value for name, value in named if value is not UNSET})
        if len(self._known) < _MOST_SIGNATURES:
            self._known[signature] = found
        return found

    def _matching(self, raw: object) -> tuple[K, ...]:
        return tuple(kind for kind in self._json if kind.shape.matches(raw))


_LITERAL_TYPES = frozenset({str, int})
"""The types of literals and tags. A bool is left out, so that ``true`` is not the literal 1."""


def _specificity(kind: Shaped) -> tuple[int, int]:
    return kind.shape.specificity


def _telling_fields(shapes: Sequence[Shape]) -> dict[str, frozenset[object]]:
    """Every field that tells some kind, with all literals that it has in any of them."""
    found: dict[str, frozenset[object]] = {}
    for shape in shapes:
        for field in shape.fields:
            values = frozenset(value for _, value in field.literals or ())
            found[field.name] = found.get(field.name, frozenset()) | values
    return found


class _Object(Struct, gc=False):
    """Stands for any object: of its content, nothing is read."""


_Outside: TypeAlias = str | int | float | bool | list[Any] | _Object | UnsetType | None
"""A value as far as a shape looks at it: what an object holds is only passed over."""


def _reader(names: Sequence[str]) -> msgspec.json.Decoder[msgspec.Struct]:
    """Decodes nothing but the fields ``names`` of an object; those not there are UNSET."""
    keys = {f"field_{number}": name for number, name in enumerate(names)}
    fields = [(attribute, _Outside, cast("Any", UNSET)) for attribute in keys]
    return msgspec.json.Decoder(msgspec.defstruct("Probed", fields, rename=keys, gc=False))
