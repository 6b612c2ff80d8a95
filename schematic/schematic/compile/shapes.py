"""What can be told about a message from its payload alone.

Real protocols seldom tag every message: ElevenLabs' audio, final and error messages are told
apart by which fields are there and which are null, its text, keep-alive and close messages by the
value of ``text``; OpenAI's ``response.create`` is one kind or another by a value within its
``response``. A `Shape` is the part of a body type that can be checked without deciding yet which
message it is: the kind of frame, the JSON type, and for each *telling* field whether it has to be
there, whether it may be null, the values that it may have, and where it holds an object, the same
about the fields of that.

Everything else about a body, such as a number where a string belongs, makes a message *invalid*,
never *unknown*, and is left to the decoder. Which fields tell depends on what else the side may
say; see `schematic.compile.shaping`.

When several shapes match one payload, the more specific one is meant: more required literals
first, then more required fields. Where that does not decide, the shapes are `alike`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, cast

import msgspec

from schematic.define import BodyKind, JsonFrame

__all__ = ["FieldShape", "Literals", "Null", "Shape", "alike", "overlaps"]

Literals: TypeAlias = frozenset[tuple[str, object]]
"""Allowed values as ``(type name, value)``, so that ``True`` and ``1`` stay two values."""


_EMPTY: Literals = frozenset({("str", "")})


class Null(Enum):
    """What a field's type says about ``null``."""

    NEVER = "never"
    ONLY = "only"
    MAY = "may"


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What can be told about one field of a JSON object.

    Attributes:
        name: the key as it stands in the JSON text.
        required: whether the key has to be there. A field whose only possible value is its
            default, such as ``text: Literal[""] = ""``, counts: it is always written.
        null: whether the value may be null.
        literals: the values that it may have instead; None means any.
        inside: what the object that it holds has to say; None where that tells nothing. What
            these fields hold is not looked into any further.
        filled: whether the empty text, by which another message is told, is not among its values.
    """

    name: str
    required: bool
    null: Null
    literals: Literals | None = None
    inside: tuple[FieldShape, ...] | None = None
    filled: bool = False

    @property
    def is_telling(self) -> bool:
        """Whether any payload at all can fail this field."""
        return self.required or self.null is Null.ONLY or self._says_what

    @property
    def _says_what(self) -> bool:
        """Whether it says something about values other than null."""
        return self.literals is not None or self.inside is not None or self.filled

    @property
    def admits_null(self) -> bool:
        """Whether a null matches. In an optional field it is at worst an invalid value."""
        if self.null is Null.NEVER:
            return not self.required and not self._says_what
        return True

    @property
    def specificity(self) -> tuple[int, int]:
        """What it adds to that of the shape: required values, then required fields."""
        if not self.required:
            return (0, 0)
        values, fields = _specificity(self.inside or ())
        has_value = self.literals is not None or self.null is Null.ONLY
        return (values + has_value, fields + 1)

    def admits(self, value: object) -> bool:
        """Whether a ``value`` that is there matches."""
        if value is None:
            return self.admits_null
        if self.null is Null.ONLY or (self.filled and value == ""):
            return False
        if self.inside is not None:
            return isinstance(value, dict) and all(
                field.fits(cast("dict[str, object]", value)) for field in self.inside
            )
        if self.literals is None:
            return True
        return isinstance(value, str | int) and (type(value).__name__, value) in self.literals

    def fits(self, body: dict[str, object]) -> bool:
        """Whether the object ``body`` has this field as it has to be."""
        return self.admits(body[self.name]) if self.name in body else not self.required

    def meets(self, other: FieldShape) -> bool:
        """Whether some value, or its absence, matches both."""
        if not (self.required or other.required):
            return True
        if self.admits_null and other.admits_null:
            return True
        if Null.ONLY in (self.null, other.null):
            return False
        if self.inside is not None or other.inside is not None:
            scalar = self.literals is not None or other.literals is not None
            return not scalar and _meet(self.inside or (), other.inside or ())
        if self.literals is None or other.literals is None:
            values = self.literals or other.literals
            return not (self.filled or other.filled) or values != _EMPTY
        return not self.literals.isdisjoint(other.literals)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the payloads of one kind of message can be recognised.

    Attributes:
        kind: JSON, other text, or bytes of any content.
        types: for JSON, the Python types of the decoded value.
        fields: the telling fields, when the value is an object.
        words: for text, the accepted texts; empty means any.
        tag: the name of the field, one of ``fields``, that says of a payload that it is meant to
            be of this kind, or of one of those that share the value; empty where there is none.
        frame: for JSON, the kind of frame that carries it.
    """

    kind: BodyKind
    types: frozenset[type] = frozenset()
    fields: tuple[FieldShape, ...] = ()
    words: tuple[str, ...] = ()
    tag: str = ""
    frame: JsonFrame = "text"

    @property
    def in_text(self) -> bool:
        """Whether text frames carry it."""
        return self.kind is not BodyKind.BINARY and self.frame != "binary"

    @property
    def in_binary(self) -> bool:
        """Whether binary frames carry it."""
        return self.kind is BodyKind.BINARY or self.frame != "text"

    @property
    def specificity(self) -> tuple[int, int]:
        """Required values (literals, null), then required fields: the higher, the more it says.

        A word counts as one literal; text and bytes of any content as less than any JSON.
        """
        if self.kind is not BodyKind.JSON:
            return (1, 1) if self.words else (-1, 0)
        return _specificity(self.fields)

    def matches(self, raw: object) -> bool:
        """Whether ``raw`` may be a message of this kind.

        Args:
            raw: the decoded value for JSON, the text for text, the bytes for binary.
        """
        if self.kind is BodyKind.BINARY:
            return isinstance(raw, bytes)
        if self.kind is BodyKind.TEXT:
            return isinstance(raw, str) and (not self.words or raw in self.words)
        if type(raw) not in self.types:
            return False
        return not isinstance(raw, dict) or all(
            field.fits(cast("dict[str, object]", raw)) for field in self.fields
        )

    def claims(self, raw: object) -> bool:
        """Whether ``raw`` carries the tag of this kind, and so is broken if it matches none."""
        return isinstance(raw, dict) and any(
            field.name == self.tag and field.fits(cast("dict[str, object]", raw))
            for field in self.fields
        )

    def likeness(self, raw: object) -> int:
        """How many fields of an object that it claims are as they have to be."""
        return sum(field.fits(cast("dict[str, object]", raw)) for field in self.fields)


def overlaps(a: Shape, b: Shape) -> bool:
    """Whether some payload may match both shapes."""
    if not ((a.in_text and b.in_text) or (a.in_binary and b.in_binary)):
        return False
    if a.kind is b.kind is BodyKind.JSON:
        return _overlap_as_json(a, b)
    if BodyKind.BINARY in (a.kind, b.kind):
        return True
    if a.kind is BodyKind.JSON:
        a, b = b, a
    if b.kind is BodyKind.JSON:
        return not a.words or any(b.matches(raw) for raw in _readable(a.words))
    return not a.words or not b.words or not set(a.words).isdisjoint(b.words)


def alike(a: Shape, b: Shape) -> bool:
    """Whether nothing tells some payload of ``a`` from one of ``b``."""
    return a.specificity == b.specificity and overlaps(a, b)


def _specificity(fields: Iterable[FieldShape]) -> tuple[int, int]:
    said = [field.specificity for field in fields]
    return sum(values for values, _ in said), sum(required for _, required in said)


def _overlap_as_json(a: Shape, b: Shape) -> bool:
    common = a.types & b.types
    return _meet(a.fields, b.fields) if common == frozenset({dict}) else bool(common)


def _meet(some: Iterable[FieldShape], more: Iterable[FieldShape]) -> bool:
    """Whether one object can have both."""
    others = {field.name: field for field in more}
    return all(field.meets(others[field.name]) for field in some if field.name in others)


def _readable(words: Iterable[str]) -> Iterator[object]:
    for word in words:
        try:
            yield msgspec.json.decode(word)
        except msgspec.DecodeError:
            continue
